//! Cancellation: a statement that reads ends when its future is dropped.
//!
//! Invariant: a connection returns to the pool only when its statement has finished; dropped before, it is closed. An
//! abandoned statement would keep a pooled connection busy until it ends. PostgreSQL checks every second whether its client
//! is still connected ([`CONNECTION_CHECK`]); SQLite checks every few thousand steps whether to continue.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use futures_util::{TryStreamExt, stream::BoxStream};
use sea_orm::{
    DbErr, QueryResult, RuntimeErr, Statement,
    sqlx::{
        self, Decode, PgPool, Row, Sqlite, SqlitePool, TypeInfo, ValueRef, pool::PoolConnection, postgres::PgRow,
        sqlite::SqliteRow,
    },
};

use super::{
    budget::{Budget, Resource},
    statement::query,
};

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
pub async fn fetch_postgres(pool: &PgPool, statement: Statement, budget: &Budget) -> Result<Vec<QueryResult>, DbErr> {
    let mut connection = CancellableConnection::new(pool.acquire().await.map_err(query_error)?);
    let rows = query(statement).fetch(&mut *connection.inner);
    let rows = collect(rows, budget, postgres_bytes).await;
    connection.finished = true;
    rows.map_err(query_error)
}

/// Runs a statement that reads, on SQLite.
pub async fn fetch_sqlite(pool: &SqlitePool, statement: Statement, budget: &Budget) -> Result<Vec<QueryResult>, DbErr> {
    let mut connection = CancellableConnection::new(pool.acquire().await.map_err(query_error)?);
    let cancelled = connection.cancelled.clone();
    let mut handle = connection.inner.lock_handle().await.map_err(query_error)?;
    handle.set_progress_handler(PROGRESS_STEPS, move || !cancelled.load(Ordering::Relaxed));
    drop(handle);
    let rows = query(statement).fetch(&mut *connection.inner);
    let rows = collect(rows, budget, sqlite_bytes).await;
    connection.finished = true;
    rows.map_err(query_error)
}

/// Collects the rows of a statement, and counts them and their bytes as they arrive.
async fn collect<R>(
    mut rows: BoxStream<'_, sqlx::Result<R>>,
    budget: &Budget,
    bytes: fn(&R) -> usize,
) -> sqlx::Result<Vec<QueryResult>>
where
    QueryResult: From<R>,
{
    let begun = Instant::now();
    let collect = async {
        let mut collected = Vec::new();
        while let Some(row) = rows.try_next().await? {
            budget.count_read(bytes(&row) as u64);
            budget.check().await;
            collected.push(row.into());
        }
        Ok(collected)
    };
    let left = budget.statement_time_left();
    let collected = if left.is_zero() { None } else { tokio::time::timeout(left, collect).await.ok() };
    budget.count_statement_time(begun.elapsed());
    let Some(collected) = collected else {
        budget.count(Resource::DatabaseTime, 1);
        // The operation is stopped and ends the statement when it is dropped.
        return std::future::pending().await;
    };
    collected
}

/// The bytes of the texts and of the encrypted values of a row.
fn postgres_bytes(row: &PgRow) -> usize {
    let bytes = |index| {
        let value = row.try_get_raw(index).ok()?;
        let is_counted = ["TEXT", "VARCHAR", "BYTEA"].contains(&value.type_info().name());
        is_counted.then(|| value.as_bytes().map_or(0, <[u8]>::len))
    };
    (0..row.len()).filter_map(bytes).sum()
}

/// The bytes of the texts and of the encrypted values of a row. Other values are not read as bytes, which would convert them.
fn sqlite_bytes(row: &SqliteRow) -> usize {
    let bytes = |index| {
        let value = row.try_get_raw(index).ok()?;
        let is_counted = ["TEXT", "BLOB"].contains(&value.type_info().name());
        // As bytes, a text is not checked to be one: it is when it is read.
        is_counted.then(|| <&[u8] as Decode<Sqlite>>::decode(value).map_or(0, <[u8]>::len))
    };
    (0..row.len()).filter_map(bytes).sum()
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
