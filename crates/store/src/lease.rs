//! A lease: a connection for one statement that reads, which ends when nobody waits for its rows any more.
//!
//! Invariant: a connection goes back to the pool only when its statement has ended. One that is let go of before is closed
//! instead. PostgreSQL looks every second whether the far end is still there ([`WATCH`]); SQLite asks every few thousand
//! steps whether it should go on. Given back, a connection would run the statement to its end, for nobody, and be missing
//! to everybody.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sea_orm::{
    DbErr, QueryResult, RuntimeErr, Statement,
    sea_query::Values,
    sqlx::{self, AssertSqlSafe, PgPool, SqlitePool, pool::PoolConnection, query_with},
};
use sea_query_sqlx::SqlxValues;

/// How PostgreSQL (14 or later) is told to look whether its client is still there.
pub const WATCH: (&str, &str) = ("client_connection_check_interval", "1s");

/// After how many steps of its virtual machine SQLite asks whether to go on: some tenths of a millisecond.
const STEPS: i32 = 10_000;

struct Lease<D: sqlx::Database> {
    connection: PoolConnection<D>,
    ended: bool,
    /// Told to what runs the statement in this process.
    left: Arc<AtomicBool>,
}

impl<D: sqlx::Database> Lease<D> {
    fn of(connection: PoolConnection<D>) -> Self {
        Self { connection, ended: false, left: Arc::default() }
    }
}

impl<D: sqlx::Database> Drop for Lease<D> {
    fn drop(&mut self) {
        if !self.ended {
            self.left.store(true, Ordering::Relaxed);
            self.connection.close_on_drop();
        }
    }
}

/// Runs a statement that reads, on PostgreSQL.
pub async fn on_postgres(pool: &PgPool, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
    let mut lease = Lease::of(pool.acquire().await.map_err(failed)?);
    let rows = query_with(AssertSqlSafe(statement.sql), values(statement.values)).fetch_all(&mut *lease.connection);
    let rows = rows.await;
    lease.ended = true;
    Ok(rows.map_err(failed)?.into_iter().map(QueryResult::from).collect())
}

/// Runs a statement that reads, on SQLite.
pub async fn on_sqlite(pool: &SqlitePool, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
    let mut lease = Lease::of(pool.acquire().await.map_err(failed)?);
    let left = lease.left.clone();
    let mut handle = lease.connection.lock_handle().await.map_err(failed)?;
    handle.set_progress_handler(STEPS, move || !left.load(Ordering::Relaxed));
    drop(handle);
    let rows = query_with(AssertSqlSafe(statement.sql), values(statement.values)).fetch_all(&mut *lease.connection);
    let rows = rows.await;
    lease.ended = true;
    Ok(rows.map_err(failed)?.into_iter().map(QueryResult::from).collect())
}

fn values(values: Option<Values>) -> SqlxValues {
    SqlxValues(values.unwrap_or_else(|| Values(Vec::new())))
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
