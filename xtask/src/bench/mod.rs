//! `cargo xtask bench`: the CPU time of hostile documents and of the demo's queries, as a table for bench/README.md.

mod cpu;
#[path = "../../../tests/hostile/document.rs"]
mod document;
mod server;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::postgres::Postgres;
use crate::process::Result;
use cpu::Meter;
use server::Server;

/// How long a request is repeated: a hundred ticks and more of the clock that CPU time is counted by.
const TIME: Duration = Duration::from_secs(2);

/// A name, a document, and its variables in JSON; `ID` stands for a customer's id.
const QUERIES: [(&str, &str, &str); 6] = [
    ("one customer", include_str!("../../../bench/one.graphql"), "{\"id\":\"ID\"}"),
    ("50 customers", include_str!("../../../bench/list.graphql"), "{}"),
    ("20 customers, contacts, loads", include_str!("../../../bench/nested.graphql"), "{}"),
    ("overview of 20", include_str!("../../../bench/overview.graphql"), "{\"first\":20}"),
    ("overview of 100", include_str!("../../../bench/overview.graphql"), "{\"first\":100}"),
    // It adds rows, so it comes last.
    ("customerCreate with a contact", include_str!("../../../bench/change.graphql"), "{}"),
];

pub fn run(profile: &str) -> Result<ExitCode> {
    server::build(profile)?;
    let mut sqlite = Server::start(profile, &[])?;
    hostile(&mut sqlite)?;
    requests(&sqlite)?;
    let postgres = Postgres::start()?;
    let mut other = Server::start(profile, &["--database-url", postgres.url()])?;
    let ids = [customer(&mut sqlite)?, customer(&mut other)?];
    println!(
        "\n| query | KiB | SQL | SQLite: server | PostgreSQL: server | PostgreSQL: database |\n|---|---|---|---|---|---|"
    );
    for (name, query, variables) in QUERIES {
        let on_sqlite = measured(&mut sqlite, query, &variables.replace("ID", &ids[0]), None)?;
        let on_postgres = measured(&mut other, query, &variables.replace("ID", &ids[1]), Some(postgres.keeper()))?;
        let statements = number(&on_sqlite.answer, "statements").unwrap_or_default();
        if !on_sqlite.answer.starts_with("{\"data\":{") {
            return Err(format!("{name}: {}", on_sqlite.answer).into());
        }
        #[expect(clippy::cast_precision_loss, reason = "an answer has less than 2^52 bytes")]
        let size = on_sqlite.answer.len() as f64 / 1024.0;
        println!(
            "| {name} | {size:.1} | {statements} | {:.2} | {:.2} | {:.2} |",
            on_sqlite.server, on_postgres.server, on_postgres.database
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn hostile(server: &mut Server) -> Result<()> {
    println!("| document | bytes | refused by | CPU ms |\n|---|---|---|---|");
    for (document, limit, _) in document::hostile_documents() {
        let measured = measured(server, &document, "{}", None)?;
        if !measured.answer.contains(&format!("\"LIMIT_{limit}\"")) {
            return Err(format!("{limit} should refuse it: {}", measured.answer).into());
        }
        let begin: String = document.chars().take(48).collect();
        println!("| `{begin}` | {} | {limit} | {:.2} |", document.len(), measured.server);
    }
    Ok(())
}

/// What is hostile as a whole: its body, its type, or that it never ends.
fn requests(server: &Server) -> Result<()> {
    let whole = |kind: &str, body: &[u8]| [server.head(kind, body.len()).as_bytes(), body].concat();
    let operation = "{\"query\":\"{ __typename }\"}";
    let batch = format!("[{}]", vec![operation; 1_000].join(","));
    println!("\n| request | bytes | status | CPU ms |\n|---|---|---|---|");
    for (name, bytes) in [
        ("1,000 operations in an array", whole("application/json", batch.as_bytes())),
        ("a body of 20 MB", whole("application/json", &vec![b' '; 20 << 20])),
        ("no UTF-8", whole("application/json", b"{\"query\":\"\xff\"}")),
        ("a form of another site", whole("text/plain", operation.as_bytes())),
        ("a head that stops", b"POST /graphql HTTP/1.1\r\nHost: bench\r\nX-Slow: ".to_vec()),
        ("a body that stops", server.head("application/json", 1_000).into_bytes()),
        ("no HTTP", b"\x16\x03\x01\x02\r\n\r\n".to_vec()),
    ] {
        let meter = Meter::start(server.id())?;
        let (begun, mut times, mut status) = (Instant::now(), 0_u32, String::new());
        while begun.elapsed() < TIME {
            status = server.send(&bytes, name.ends_with("that stops"))?;
            times += 1;
        }
        let each = meter.spent()?.as_secs_f64() * 1000.0 / f64::from(times);
        println!("| {name} | {} | {} | {each:.2} |", bytes.len(), status);
    }
    Ok(())
}

/// The id of some customer.
fn customer(server: &mut Server) -> Result<String> {
    let answer = server.ask("{ customers(first: 1) { nodes { id } } }", "{}")?;
    let id = answer.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next());
    id.map(String::from).ok_or_else(|| format!("the demo has no customer: {answer}").into())
}

/// Milliseconds of CPU time per request, and the last answer.
struct Measured {
    server: f64,
    database: f64,
    answer: String,
}

/// Repeats a request for some time, one after the other; `database` is the process above those of the database.
fn measured(server: &mut Server, query: &str, variables: &str, database: Option<u32>) -> Result<Measured> {
    for _ in 0..20 {
        server.ask(query, variables)?;
    }
    let (meter, databases) = (Meter::start(server.id())?, database.map(Meter::start).transpose()?);
    let (begun, mut times, mut answer) = (Instant::now(), 0_u32, String::new());
    while begun.elapsed() < TIME {
        answer = server.ask(query, variables)?;
        times += 1;
    }
    let each = |spent: Duration| spent.as_secs_f64() * 1000.0 / f64::from(times);
    let database = databases.map_or(Ok(Duration::ZERO), |meter| meter.spent())?;
    Ok(Measured { server: each(meter.spent()?), database: each(database), answer })
}

/// The number of a name in JSON, without reading all of it.
fn number(json: &str, name: &str) -> Option<u32> {
    let (_, rest) = json.rsplit_once(&format!("\"{name}\":"))?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_from_the_end_of_an_answer() {
        let answer = "{\"data\":{\"statements\":1},\"extensions\":{\"statements\":12}}";
        assert_eq!(number(answer, "statements"), Some(12));
        assert_eq!(number(answer, "errors"), None);
    }
}
