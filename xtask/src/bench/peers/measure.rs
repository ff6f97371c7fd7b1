//! Measures one query on one server: latencies by the loop, CPU time by /proc, statements by PostgreSQL.

use std::time::Duration;

use super::load;
use super::query::Query;
use super::{Peer, Prepared};
use crate::bench::cpu::{Meter, memory};
use crate::postgres::Postgres;
use crate::process::Result;

/// Statements since the last reset, of all databases of the server; those that begin and end transactions are left out.
const STATEMENTS: &str = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements \
    WHERE query !~* '^(begin|commit|rollback|start transaction|select pg_stat_statements)'";

/// The mean values of one run.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    pub peer: Option<Peer>,
    pub query: Option<Query>,
    pub connections: usize,
    pub requests_per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Milliseconds of CPU time per request.
    pub server: f64,
    pub database: f64,
    /// SQL statements per request.
    pub statements: f64,
    pub memory: u64,
    pub errors: usize,
}

impl Sample {
    pub fn cpu(&self) -> f64 {
        self.server + self.database
    }
}

/// Runs the loop once. None: the server does not answer this query.
pub fn measure(
    server: &Prepared,
    query: Query,
    connections: usize,
    time: Duration,
    postgres: &Postgres,
) -> Result<Option<Sample>> {
    let Some(requests) = server.requests.get(&query) else { return Ok(None) };
    postgres.psql("peers", &["--command", "SELECT pg_stat_statements_reset()"])?;
    let (of_server, of_database) = (Meter::start(server.process_id)?, Meter::start(postgres.supervisor_id())?);
    let outcome = load::run(&server.address, requests, connections, time)?;
    let (server_time, database_time) = (of_server.elapsed()?, of_database.elapsed()?);
    let statements: u32 = postgres.psql("peers", &["--command", STATEMENTS])?.parse()?;
    if let Some(error) = &outcome.error {
        eprintln!("{} of {}: {} errors, one of them: {error}", query.name(), server.name(), outcome.errors);
    }
    let count = u32::try_from(outcome.latencies.len())?.max(1);
    let each = |time: Duration| time.as_secs_f64() * 1000.0 / f64::from(count);
    Ok(Some(Sample {
        peer: Some(server.peer),
        query: Some(query),
        connections,
        requests_per_second: f64::from(count) / outcome.elapsed.as_secs_f64(),
        p50: outcome.percentile(50),
        p99: outcome.percentile(99),
        server: each(server_time),
        database: each(database_time),
        statements: f64::from(statements) / f64::from(count),
        memory: memory(server.process_id)?,
        errors: outcome.errors,
    }))
}
