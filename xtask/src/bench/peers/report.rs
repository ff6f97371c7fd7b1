//! The report: tables, what is lost to whom, and the machine, between two marks of bench/README.md.

use std::fmt::Write;
use std::fs;

use super::adapter::Peer;
use super::fieldgate::Fieldgate;
use super::measure::Sample;
use super::options::Options;
use super::query::Query;
use super::{Prepared, plot, serve};
use crate::postgres::Postgres;
use crate::process::Result;

const BEGIN: &str = "<!-- Written by `cargo xtask bench peers`. -->\n";
const END: &str = "<!-- The end of what it writes. -->";

/// The machine and the versions.
pub struct Environment {
    date: String,
    machine: String,
    versions: String,
}

impl Environment {
    pub fn read(options: &Options, postgres: &Postgres, fieldgate: Option<&Fieldgate>) -> Result<Self> {
        let sql = |text: &str| postgres.psql("peers", &["--command", text]);
        let cpu = fs::read_to_string("/proc/cpuinfo")?;
        let model = cpu
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or("", |(_, model)| model);
        let cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
        let memory = fs::read_to_string("/proc/meminfo")?;
        let kibibytes: u64 =
            memory.lines().next().and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg")?;
        let load = load.split_whitespace().take(3).collect::<Vec<_>>().join(", ");
        let mut versions = vec![format!("PostgreSQL {}", sql("SHOW server_version")?)];
        if let Some(fieldgate) = fieldgate {
            versions.push(fieldgate.version()?);
        }
        if options.peers.iter().any(|peer| matches!(peer, Peer::PostGraphile | Peer::Yoga)) {
            let packages = [
                "node",
                "postgraphile",
                "postgraphile-plugin-connection-filter",
                "graphql-yoga",
                "graphql",
                "dataloader",
                "pg",
            ];
            versions.extend(packages.into_iter().filter_map(package_version));
        }
        let lock = fs::read_to_string(serve::folder().join("Cargo.lock"))?;
        versions.extend(["seaography", "sea-orm", "async-graphql", "tokio-postgres"].into_iter().filter_map(|name| {
            let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
            Some(format!("{name} {}", rest.split('"').next()?))
        }));
        Ok(Self {
            date: sql("SELECT current_date")?,
            machine: format!(
                "{model}, {cores} cores, {} GiB, Linux; server, database and load generator on the same machine, load average \
                 {load} at the end",
                kibibytes >> 20
            ),
            versions: versions.join(", "),
        })
    }
}

fn package_version(name: &str) -> Option<String> {
    let text = fs::read_to_string(serve::node_folder().join(format!("node_modules/{name}/package.json"))).ok()?;
    let package: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(format!("{name} {}", package["version"].as_str()?))
}

/// Prints the report and writes it into bench/README.md.
pub fn write(options: &Options, environment: &Environment, servers: &[Prepared], samples: &[Sample]) -> Result<()> {
    let results = Results { options, servers, medians: medians(samples) };
    let text = results.text(environment)?;
    println!("{text}");
    if !options.write {
        return Ok(());
    }
    let bench = crate::workspace_root().join("bench");
    fs::write(bench.join("peers.svg"), plot::plot(&results.cpu_of_queries(), &peers_of(servers)))?;
    let path = bench.join("README.md");
    let readme = fs::read_to_string(&path)?;
    let (before, rest) = readme.split_once(BEGIN).ok_or_else(|| format!("bench/README.md has no line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| format!("bench/README.md has no line {END}"))?;
    Ok(fs::write(path, format!("{before}{BEGIN}\n{text}\n{END}{after}"))?)
}

fn peers_of(servers: &[Prepared]) -> Vec<Peer> {
    servers.iter().map(|server| server.peer).collect()
}

/// For each server, query and number of connections the run with the median CPU time of its rounds.
fn medians(samples: &[Sample]) -> Vec<Sample> {
    let key = |sample: &Sample| (sample.peer, sample.query, sample.connections);
    let mut medians: Vec<Sample> = Vec::new();
    for sample in samples {
        if medians.iter().any(|median| key(median) == key(sample)) {
            continue;
        }
        let mut rounds: Vec<_> = samples.iter().filter(|other| key(other) == key(sample)).collect();
        let middle = (rounds.len() - 1) / 2;
        rounds.sort_by(|one, other| one.cpu().total_cmp(&other.cpu()));
        let errors = rounds.iter().map(|round| round.errors).sum();
        let memory = rounds.iter().map(|round| round.memory).max().unwrap_or_default();
        medians.push(Sample { memory, errors, ..rounds[middle].clone() });
    }
    medians
}

struct Results<'a> {
    options: &'a Options,
    servers: &'a [Prepared],
    medians: Vec<Sample>,
}

impl Results<'_> {
    fn find(&self, peer: Peer, query: Query, connections: usize) -> Option<&Sample> {
        self.medians
            .iter()
            .find(|median| (median.peer, median.query, median.connections) == (Some(peer), Some(query), connections))
    }

    /// The connections that the overview and the plot have: the middle one of the numbers.
    fn middle(&self) -> usize {
        self.options.connections[self.options.connections.len() / 2]
    }

    /// For each query the CPU time of each server.
    fn cpu_of_queries(&self) -> Vec<(&'static str, Vec<Option<f64>>)> {
        let of_query = |query: Query| {
            let of_server = |server: &Prepared| self.find(server.peer, query, self.middle()).map(Sample::cpu);
            (query.name(), self.servers.iter().map(of_server).collect())
        };
        Query::ALL.into_iter().map(of_query).collect()
    }

    fn text(&self, environment: &Environment) -> std::result::Result<String, std::fmt::Error> {
        let Options { tenants, customers, rounds, seconds, .. } = self.options;
        let mut text = format!(
            "{}. {}.\n\n{}.\n\n{tenants} tenants of {customers} customers, {rounds} rounds, {seconds} s per measurement; of each \
             cell the round with the median CPU time.\n\n![CPU time per request](peers.svg)\n\n",
            environment.date, environment.machine, environment.versions
        );
        writeln!(text, "### Queries\n\n| name | query |\n|---|---|")?;
        for query in Query::ALL {
            writeln!(text, "| {} | {} |", query.name(), query.title())?;
        }
        self.write_overview(&mut text)?;
        self.write_losses(&mut text)?;
        for connections in &self.options.connections {
            self.write_connections(&mut text, *connections)?;
        }
        self.write_memory(&mut text)?;
        Ok(text.trim_end().to_owned())
    }

    /// The CPU time of server and database; the least of the GraphQL servers is bold.
    fn write_overview(&self, text: &mut String) -> std::fmt::Result {
        let plural = if self.middle() == 1 { "" } else { "s" };
        writeln!(
            text,
            "\n### CPU time\n\nMilliseconds of CPU time per request, of server and database together, {} connection{plural}; the \
             least of the GraphQL servers is bold.\n",
            self.middle()
        )?;
        self.write_head(text, "query")?;
        for query in Query::ALL {
            write!(text, "| {} |", query.name())?;
            let cpu = |peer: Peer| self.find(peer, query, self.middle()).map(Sample::cpu);
            let servers = self.servers.iter().filter(|server| server.peer != Peer::LimitRows);
            let least = servers.filter_map(|server| cpu(server.peer)).fold(f64::INFINITY, f64::min);
            for Prepared { peer, .. } in self.servers {
                match cpu(*peer) {
                    Some(time) if *peer != Peer::LimitRows && time <= least => write!(text, " **{time:.2}** |")?,
                    Some(time) => write!(text, " {time:.2} |")?,
                    None => write!(text, " {} |", peer.lacks(query).unwrap_or("not measured"))?,
                }
            }
            writeln!(text)?;
        }
        Ok(())
    }

    fn write_head(&self, text: &mut String, first: &str) -> std::fmt::Result {
        let names = self.servers.iter().map(Prepared::name).collect::<Vec<_>>().join(" | ");
        writeln!(text, "| {first} | {names} |\n|---|{}", "---|".repeat(self.servers.len()))
    }

    /// For each query the GraphQL servers that are better than Fieldgate.
    fn write_losses(&self, text: &mut String) -> std::fmt::Result {
        let connections = &self.options.connections;
        let heads = |what: &str| {
            let heads = connections.iter().map(|connections| format!(" {what}, {connections} |"));
            heads.collect::<String>()
        };
        writeln!(
            text,
            "\n### Where Fieldgate loses\n\nThe GraphQL servers that need less CPU time for a query, with their share of \
             Fieldgate's, and those that answer more requests per second, with the multiple of Fieldgate's, by the number of \
             connections.\n\n| query |{}{}\n|---|{}",
            heads("less CPU time"),
            heads("more requests"),
            "---|".repeat(2 * connections.len())
        )?;
        for query in Query::ALL {
            let cpu = connections.iter().map(|connections| {
                self.losses(query, *connections, |own, other| other.cpu() / own.cpu(), |ratio| ratio < 1.0)
            });
            let rate = |own: &Sample, other: &Sample| other.requests_per_second / own.requests_per_second;
            let rate =
                connections.iter().map(|connections| self.losses(query, *connections, rate, |ratio| ratio > 1.0));
            writeln!(text, "| {} | {} |", query.name(), cpu.chain(rate).collect::<Vec<_>>().join(" | "))?;
        }
        self.write_distance(text)
    }

    /// The GraphQL servers whose ratio to Fieldgate is better, with the ratio.
    fn losses(
        &self,
        query: Query,
        connections: usize,
        ratio: impl Fn(&Sample, &Sample) -> f64,
        is_better: impl Fn(f64) -> bool,
    ) -> String {
        let Some(own) = self.find(Peer::Fieldgate, query, connections) else { return String::new() };
        let servers = self.servers.iter().map(|server| server.peer).filter(|peer| *peer != Peer::LimitRows);
        let losses = servers.filter_map(|peer| {
            let ratio = ratio(own, self.find(peer, query, connections)?);
            is_better(ratio).then(|| format!("{} {ratio:.2}", peer.name()))
        });
        let losses: Vec<_> = losses.collect();
        if losses.is_empty() { "none".to_owned() } else { losses.join(", ") }
    }

    /// How far Fieldgate is from the physical limit.
    fn write_distance(&self, text: &mut String) -> std::fmt::Result {
        let ratios = Query::ALL.into_iter().filter_map(|query| {
            let [own, limit] = [Peer::Fieldgate, Peer::LimitRows].map(|peer| self.find(peer, query, self.middle()));
            Some(format!("{} {:.1}", query.name(), own?.cpu() / limit?.cpu()))
        });
        let ratios = ratios.collect::<Vec<_>>();
        if ratios.is_empty() {
            return Ok(());
        }
        writeln!(text, "\nIts CPU time as a multiple of that of limit-rows: {}.", ratios.join(", "))
    }

    fn write_connections(&self, text: &mut String, connections: usize) -> std::fmt::Result {
        let plural = if connections == 1 { "" } else { "s" };
        writeln!(
            text,
            "\n### {connections} connection{plural}\n\n| query | server | requests/s | p50 ms | p99 ms | server CPU ms | database CPU \
             ms | SQL |\n|---|---|---|---|---|---|---|---|"
        )?;
        for query in Query::ALL {
            for Prepared { peer, .. } in self.servers {
                let Some(sample) = self.find(*peer, query, connections) else { continue };
                let [p50, p99] = [sample.p50, sample.p99].map(|time| time.as_secs_f64() * 1000.0);
                let errors = if sample.errors == 0 { String::new() } else { format!(" ({} errors)", sample.errors) };
                writeln!(
                    text,
                    "| {} | {}{errors} | {:.0} | {p50:.1} | {p99:.1} | {:.2} | {:.2} | {:.1} |",
                    query.name(),
                    peer.name(),
                    sample.requests_per_second,
                    sample.server,
                    sample.database,
                    sample.statements
                )?;
            }
        }
        Ok(())
    }

    fn write_memory(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "\n### Memory\n\nMiB of the server's processes after its start, and the most after a measurement.\n"
        )?;
        self.write_head(text, "")?;
        let idle = self.servers.iter().map(|server| server.idle_memory);
        let most = self.servers.iter().map(|server| {
            let own = self.medians.iter().filter(|median| median.peer == Some(server.peer));
            own.map(|median| median.memory).max().unwrap_or_default()
        });
        for (name, bytes) in [("after the start", idle.collect::<Vec<_>>()), ("most", most.collect())] {
            let cells = bytes.iter().map(|bytes| (bytes >> 20).to_string()).collect::<Vec<_>>().join(" | ");
            writeln!(text, "| {name} | {cells} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_round_counts_and_all_errors() {
        let round = |server, errors| Sample { server, errors, memory: errors as u64, ..Sample::default() };
        let medians = medians(&[round(3.0, 1), round(1.0, 0), round(2.0, 4)]);
        assert_eq!(medians.len(), 1);
        assert_eq!((medians[0].cpu().to_string(), medians[0].errors, medians[0].memory), ("2".to_owned(), 5, 4));
    }
}
