//! `cargo xtask bench peers`: Fieldgate beside other GraphQL servers, with the same rows and the same answers in one run.

mod adapter;
mod client;
mod fieldgate;
mod load;
mod measure;
mod options;
mod plot;
mod query;
mod report;
mod rows;
mod serve;
mod verify;

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use adapter::{Adapter, Peer, Request};
use client::{Connection, data};
use fieldgate::Fieldgate;
use measure::Sample;
pub use options::Options;
use query::Query;
use serde_json::Value as Json;
use serve::{Programs, Server};

use crate::postgres::Postgres;
use crate::process::Result;

pub const HELP: &str = "\
Measure Fieldgate beside PostGraphile, GraphQL Yoga with DataLoader, Seaography, and the physical limit of the same rows.

Usage: cargo xtask bench peers [options]

  --tenants N          Tenants (default: 20)
  --customers N        Customers of each tenant, at least 100 (default: 1000)
  --connections A,B    Numbers of connections (default: 1,8,32)
  --rounds N           Rounds, of which the median counts (default: 3)
  --seconds N          Length of each measurement (default: 5)
  --peers A,B          fieldgate, postgraphile, yoga, seaography, limit-rows (default: all)
  --profile P          The cargo profile of Fieldgate (default: dist, the one for deployment)
  --program FILE       A Fieldgate that is built already, instead of --profile
  --no-write           Print the report and write no file

Installs what the servers need, creates the rows of bench/peers/sql in a temporary PostgreSQL, compares the answers of all
servers, measures them in turn, and writes bench/README.md and bench/peers.svg. Takes about 50 minutes after the builds, of
which Fieldgate's rows take most where cores are few.
";

/// The database as it is deployed, with the statistics of statements. The settings of the tests do not sync.
const POSTGRES_SETTINGS: [&str; 9] = [
    "shared_preload_libraries=pg_stat_statements",
    "shared_buffers=1GB",
    "work_mem=32MB",
    "jit=off",
    "random_page_cost=1.1",
    "max_wal_size=4GB",
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
];

/// A started server with its requests.
pub struct Prepared {
    peer: Peer,
    address: String,
    process_id: u32,
    requests: HashMap<Query, Vec<Request>>,
    idle_memory: u64,
    _server: Server,
}

impl Prepared {
    fn name(&self) -> &'static str {
        self.peer.name()
    }
}

pub fn run(options: &Options) -> Result<ExitCode> {
    let programs = Programs::prepare(&options.peers)?;
    let postgres = Postgres::start_with(&POSTGRES_SETTINGS)?;
    let mut start = Instant::now();
    let mut step = |what: &str| {
        eprintln!("{what}: {} s", start.elapsed().as_secs());
        start = Instant::now();
    };
    serve::create_rows(&postgres, options.tenants, options.customers)?;
    step("rows of the peers");
    let with_fieldgate = options.peers.contains(&Peer::Fieldgate);
    let fieldgate = with_fieldgate.then(|| Fieldgate::prepare(options, &postgres)).transpose()?;
    step("rows of Fieldgate");
    let mut servers = Vec::new();
    for peer in &options.peers {
        let server = match (peer, &fieldgate) {
            (Peer::Fieldgate, Some(fieldgate)) => fieldgate.start()?,
            _ => programs.start(*peer, &postgres)?,
        };
        servers.push(prepare(*peer, server, fieldgate.as_ref(), options)?);
    }
    step("requests");
    for query in Query::ALL {
        let values = verify::verify(query, &servers)?;
        eprintln!("{}: the servers agree on {values} values and more", query.name());
    }
    let mut samples = Vec::new();
    // Once unmeasured, so that caches, prepared statements and compilers of the servers are warm.
    measure_all(options, &servers, &postgres, &[8], |_| ())?;
    for _ in 0..options.rounds {
        measure_all(options, &servers, &postgres, &options.connections, |sample| samples.push(sample))?;
    }
    step("measurements");
    let environment = report::Environment::read(options, &postgres, fieldgate.as_ref())?;
    report::write(options, &environment, &servers, &samples)?;
    Ok(ExitCode::SUCCESS)
}

/// Measures each query on one server after the other, so that what else runs on the machine affects all of them.
fn measure_all(
    options: &Options,
    servers: &[Prepared],
    postgres: &Postgres,
    connections: &[usize],
    mut keep: impl FnMut(Sample),
) -> Result<()> {
    let time = Duration::from_secs(options.seconds);
    for connections in connections {
        for query in Query::ALL {
            for server in servers {
                let Some(sample) = measure::measure(server, query, *connections, time, postgres)? else { continue };
                eprintln!(
                    "{:9} {connections:2} connections {:12} {:8.1}/s  {:.2} + {:.2} ms of CPU time",
                    query.name(),
                    server.name(),
                    sample.requests_per_second,
                    sample.server,
                    sample.database
                );
                keep(sample);
            }
        }
    }
    Ok(())
}

/// Makes the requests of a server, for which the cursors of its pages are read.
fn prepare(peer: Peer, server: Server, fieldgate: Option<&Fieldgate>, options: &Options) -> Result<Prepared> {
    let idle_memory = super::cpu::memory(server.id())?;
    let tenants = match (peer, fieldgate) {
        (Peer::Fieldgate, Some(fieldgate)) => fieldgate.tenants(&server.address)?,
        _ => Vec::new(),
    };
    let adapter = Adapter { peer, tenants: &tenants };
    let connection = Connection::new(&server.address);
    let mut requests = HashMap::new();
    for query in Query::ALL.into_iter().filter(|query| peer.lacks(*query).is_none()) {
        let mut cases = query::cases(query, options.tenants, options.customers);
        let mut cursors: HashMap<usize, String> = HashMap::new();
        let mut of_query = Vec::new();
        for case in &mut cases {
            // The page before of the same tenant.
            case.after = cursors.remove(&case.tenant);
            let request = adapter.request(query, case)?;
            if query.has_pages() {
                let (status, body) = connection.send(&request)?;
                let data =
                    data(status, &body).map_err(|error| format!("{} of {}: {error}", query.name(), peer.name()))?;
                cursors.extend(end_cursor(&data).map(|cursor| (case.tenant, cursor)));
            }
            of_query.push(request);
        }
        requests.insert(query, of_query);
    }
    let (address, process_id) = (server.address.clone(), server.id());
    Ok(Prepared { peer, address, process_id, requests, idle_memory, _server: server })
}

/// The cursor of the only list in an answer.
fn end_cursor(data: &Json) -> Option<String> {
    data.as_object()?.values().next()?.pointer("/pageInfo/endCursor")?.as_str().map(String::from)
}
