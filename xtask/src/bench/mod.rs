//! `cargo xtask bench`: measures the CPU time of hostile requests and of the demo's queries, as tables for bench/README.md.

mod cpu;
#[path = "../../../tests/hostile/document.rs"]
mod document;
mod environment;
pub mod instructions;
pub mod peers;
mod server;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::postgres::Postgres;
use crate::process::Result;
use crate::program;
use cpu::Meter;
use server::Server;

pub const HELP: &str = "\
Measure the CPU time of hostile requests and of the demo's queries, on SQLite and on PostgreSQL.

Usage: cargo xtask bench [--profile P]

  --profile P    The cargo profile to build and measure (default: release; dist is the one for deployment)

`cargo xtask bench peers` measures Fieldgate beside other servers, and `cargo xtask bench instructions` counts the instructions
of requests; each has its own `--help`.

Prints tables in the form of bench/README.md, which has the last results. Takes about 3 minutes after the build.
";

/// How long each request is repeated: long enough for at least 100 ticks of CPU time.
const REPEAT_TIME: Duration = Duration::from_secs(2);

/// Name, document, and variables in JSON; `ID` is replaced by the id of a customer.
const QUERIES: [(&str, &str, &str); 6] = [
    ("one customer", include_str!("../../../bench/one.graphql"), "{\"id\":\"ID\"}"),
    ("50 customers", include_str!("../../../bench/list.graphql"), "{}"),
    ("20 customers, contacts, loads", include_str!("../../../bench/nested.graphql"), "{}"),
    ("overview of 20", include_str!("../../../bench/overview.graphql"), "{\"first\":20}"),
    ("overview of 100", include_str!("../../../bench/overview.graphql"), "{\"first\":100}"),
    // Last, because it adds rows.
    ("customerCreate with a contact", include_str!("../../../bench/change.graphql"), "{}"),
];

pub fn run(profile: &str) -> Result<ExitCode> {
    program::build(profile)?;
    let mut sqlite_server = Server::start(profile, &[])?;
    measure_hostile_documents(&mut sqlite_server)?;
    measure_hostile_requests(&sqlite_server)?;
    let postgres = Postgres::start()?;
    let mut postgres_server = Server::start(profile, &["--database-url", postgres.url()])?;
    let ids = [any_customer_id(&mut sqlite_server)?, any_customer_id(&mut postgres_server)?];
    println!(
        "\n| query | KiB | SQL | SQLite: server | PostgreSQL: server | PostgreSQL: database |\n|---|---|---|---|---|---|"
    );
    for (name, query, variables) in QUERIES {
        let on_sqlite = measure(&mut sqlite_server, query, &variables.replace("ID", &ids[0]), None)?;
        let on_postgres =
            measure(&mut postgres_server, query, &variables.replace("ID", &ids[1]), Some(postgres.supervisor_id()))?;
        let statements = last_number(&on_sqlite.response, "statements").unwrap_or_default();
        if !on_sqlite.response.starts_with("{\"data\":{") {
            return Err(format!("{name}: {}", on_sqlite.response).into());
        }
        #[expect(clippy::cast_precision_loss, reason = "a response has less than 2^52 bytes")]
        let size = on_sqlite.response.len() as f64 / 1024.0;
        println!(
            "| {name} | {size:.1} | {statements} | {:.2} | {:.2} | {:.2} |",
            on_sqlite.server, on_postgres.server, on_postgres.database
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn measure_hostile_documents(server: &mut Server) -> Result<()> {
    println!("| document | bytes | rejected by | CPU ms |\n|---|---|---|---|");
    for (document, limit, _) in document::hostile_documents() {
        let measurement = measure(server, &document, "{}", None)?;
        if !measurement.response.contains(&format!("\"LIMIT_{limit}\"")) {
            return Err(format!("{limit} should refuse the document: {}", measurement.response).into());
        }
        let prefix: String = document.chars().take(48).collect();
        println!("| `{prefix}` | {} | {limit} | {:.2} |", document.len(), measurement.server);
    }
    Ok(())
}

/// Requests whose bytes are hostile, not their document: the body, its content type, or an end that never comes.
fn measure_hostile_requests(server: &Server) -> Result<()> {
    let request = |kind: &str, body: &[u8]| [server.head(kind, body.len()).as_bytes(), body].concat();
    let operation = "{\"query\":\"{ __typename }\"}";
    let batch = format!("[{}]", vec![operation; 1_000].join(","));
    println!("\n| request | bytes | status | CPU ms |\n|---|---|---|---|");
    for (name, bytes) in [
        ("a batch of 1,000 operations", request("application/json", batch.as_bytes())),
        ("a body of 20 MB", request("application/json", &vec![b' '; 20 << 20])),
        ("invalid UTF-8", request("application/json", b"{\"query\":\"\xff\"}")),
        ("a cross-site form", request("text/plain", operation.as_bytes())),
        ("an incomplete head", b"POST /graphql HTTP/1.1\r\nHost: bench\r\nX-Slow: ".to_vec()),
        ("an incomplete body", server.head("application/json", 1_000).into_bytes()),
        ("not HTTP", b"\x16\x03\x01\x02\r\n\r\n".to_vec()),
    ] {
        let meter = Meter::start(server.id())?;
        let (start, mut times, mut status) = (Instant::now(), 0_u32, String::new());
        while start.elapsed() < REPEAT_TIME {
            status = server.send(&bytes, name.starts_with("an incomplete"))?;
            times += 1;
        }
        let each = meter.elapsed()?.as_secs_f64() * 1000.0 / f64::from(times);
        println!("| {name} | {} | {} | {each:.2} |", bytes.len(), status);
    }
    Ok(())
}

/// The id of a customer of the demo.
fn any_customer_id(server: &mut Server) -> Result<String> {
    let response = server.query("{ customers(first: 1) { nodes { id } } }", "{}")?;
    let id = response.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next());
    id.map(String::from).ok_or_else(|| format!("the demo has no customer: {response}").into())
}

/// Milliseconds of CPU time per request, and the last response.
struct Measurement {
    server: f64,
    database: f64,
    response: String,
}

/// Repeats a request for `REPEAT_TIME`, one at a time; `database` is the id of the database's parent process.
fn measure(server: &mut Server, query: &str, variables: &str, database: Option<u32>) -> Result<Measurement> {
    for _ in 0..20 {
        server.query(query, variables)?;
    }
    let (meter, databases) = (Meter::start(server.id())?, database.map(Meter::start).transpose()?);
    let (start, mut times, mut response) = (Instant::now(), 0_u32, String::new());
    while start.elapsed() < REPEAT_TIME {
        response = server.query(query, variables)?;
        times += 1;
    }
    let each = |spent: Duration| spent.as_secs_f64() * 1000.0 / f64::from(times);
    let database = databases.map_or(Ok(Duration::ZERO), |meter| meter.elapsed())?;
    Ok(Measurement { server: each(meter.elapsed()?), database: each(database), response })
}

/// The last number with this name in JSON text.
fn last_number(json: &str, name: &str) -> Option<u32> {
    let (_, rest) = json.rsplit_once(&format!("\"{name}\":"))?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_of_a_name_is_read() {
        let response = "{\"data\":{\"statements\":1},\"extensions\":{\"statements\":12}}";
        assert_eq!(last_number(response, "statements"), Some(12));
        assert_eq!(last_number(response, "errors"), None);
    }
}
