//! A lease: a connection of PostgreSQL for one statement that reads, which ends when nobody waits for its rows any more.
//!
//! Invariant: a connection goes back to the pool only when its statement has ended. One that is let go of before is closed
//! instead, and the server looks every second whether the far end is still there ([`WATCH`]). Given back, it would run the
//! statement to its end, for nobody, and be missing to everybody.

use sea_orm::{
    DbErr, QueryResult, RuntimeErr, Statement,
    sea_query::Values,
    sqlx::{AssertSqlSafe, PgPool, Postgres, pool::PoolConnection, query_with},
};
use sea_query_sqlx::SqlxValues;

/// How PostgreSQL (14 or later) is told to look whether its client is still there.
pub const WATCH: (&str, &str) = ("client_connection_check_interval", "1s");

struct Lease {
    connection: PoolConnection<Postgres>,
    ended: bool,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}

/// Runs a statement that reads.
pub async fn rows(pool: &PgPool, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
    let failed = |error: sea_orm::sqlx::Error| DbErr::Query(RuntimeErr::SqlxError(error.into()));
    let mut lease = Lease { connection: pool.acquire().await.map_err(failed)?, ended: false };
    let values = SqlxValues(statement.values.unwrap_or_else(|| Values(Vec::new())));
    let rows = query_with(AssertSqlSafe(statement.sql), values).fetch_all(&mut *lease.connection).await;
    lease.ended = true;
    Ok(rows.map_err(failed)?.into_iter().map(QueryResult::from).collect())
}
