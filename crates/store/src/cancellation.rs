//! Cancellation: a statement that reads ends when its future is dropped.
//!
//! Invariant: a connection returns to the pool only when its statement has finished; dropped before, it is closed. An
//! abandoned statement would keep a pooled connection busy until it ends. PostgreSQL checks every second whether its client
//! is still connected ([`CONNECTION_CHECK`]); SQLite checks every few thousand steps whether to continue.

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

/// The setting with which PostgreSQL (14 or later) checks whether its client is still connected.
pub const CONNECTION_CHECK: (&str, &str) = ("client_connection_check_interval", "1s");

/// After how many steps of its virtual machine SQLite checks whether to continue: some tenths of a millisecond.
const PROGRESS_STEPS: i32 = 10_000;

/// A pooled connection for one statement.
struct CancellableConnection<D: sqlx::Database> {
    inner: PoolConnection<D>,
    finished: bool,
    /// Read by the progress handler of SQLite.
    cancelled: Arc<AtomicBool>,
}

impl<D: sqlx::Database> CancellableConnection<D> {
    fn new(inner: PoolConnection<D>) -> Self {
        Self { inner, finished: false, cancelled: Arc::default() }
    }
}

impl<D: sqlx::Database> Drop for CancellableConnection<D> {
    fn drop(&mut self) {
        if !self.finished {
            self.cancelled.store(true, Ordering::Relaxed);
            self.inner.close_on_drop();
        }
    }
}

/// Runs a statement that reads, on PostgreSQL.
pub async fn fetch_postgres(pool: &PgPool, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
    let mut connection = CancellableConnection::new(pool.acquire().await.map_err(query_error)?);
    let rows = query_with(AssertSqlSafe(statement.sql), values(statement.values)).fetch_all(&mut *connection.inner);
    let rows = rows.await;
    connection.finished = true;
    Ok(rows.map_err(query_error)?.into_iter().map(QueryResult::from).collect())
}

/// Runs a statement that reads, on SQLite.
pub async fn fetch_sqlite(pool: &SqlitePool, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
    let mut connection = CancellableConnection::new(pool.acquire().await.map_err(query_error)?);
    let cancelled = connection.cancelled.clone();
    let mut handle = connection.inner.lock_handle().await.map_err(query_error)?;
    handle.set_progress_handler(PROGRESS_STEPS, move || !cancelled.load(Ordering::Relaxed));
    drop(handle);
    let rows = query_with(AssertSqlSafe(statement.sql), values(statement.values)).fetch_all(&mut *connection.inner);
    let rows = rows.await;
    connection.finished = true;
    Ok(rows.map_err(query_error)?.into_iter().map(QueryResult::from).collect())
}

fn values(values: Option<Values>) -> SqlxValues {
    SqlxValues(values.unwrap_or_else(|| Values(Vec::new())))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
