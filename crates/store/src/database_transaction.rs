//! A transaction of the database. Dropped before it is committed, it is rolled back.

use std::{sync::Arc, time::Instant};

use error::Result;
use fair_semaphore::Permit;
use futures_util::{FutureExt, TryFutureExt, TryStreamExt, future::BoxFuture};
use sea_orm::{
    DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::{self, PgPool, Postgres, Transaction},
};
use tokio::sync::Mutex;

use super::{
    sqlite_writer::{SqliteTransaction, SqliteWriter},
    statement::query,
    works_for::WorksFor,
};

/// An open transaction. Its statements run one after the other.
#[derive(Debug)]
pub enum DatabaseTransaction {
    /// On PostgreSQL: with when it began, and the permit for its connection, which is dropped after it.
    Postgres(Mutex<Transaction<'static, Postgres>>, Instant, Permit<WorksFor>),
    /// On SQLite.
    Sqlite(Mutex<SqliteTransaction>),
}

impl DatabaseTransaction {
    /// Begins a transaction on PostgreSQL.
    pub async fn begin_postgres(pool: &PgPool, permit: Permit<WorksFor>) -> Result<Self, DbErr> {
        let transaction = pool.begin().await.map_err(connection_error)?;
        Ok(Self::Postgres(Mutex::new(transaction), Instant::now(), permit))
    }

    /// Begins a transaction on SQLite that will write.
    pub async fn begin_sqlite(writer: &Arc<SqliteWriter>, permit: Permit<WorksFor>) -> Result<Self, DbErr> {
        Ok(Self::Sqlite(Mutex::new(writer.begin(permit).await.map_err(connection_error)?)))
    }

    /// From when on the time counts that a write may take.
    pub async fn begun(&self) -> Instant {
        match self {
            Self::Postgres(_, begun, _) => *begun,
            Self::Sqlite(transaction) => transaction.lock().await.begun(),
        }
    }

    /// Runs a statement that gives rows.
    pub fn query_all_raw(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<QueryResult>, DbErr>> {
        let query_error = |error: sqlx::Error| DbErr::Query(RuntimeErr::SqlxError(error.into()));
        match self {
            Self::Postgres(transaction, ..) => async move {
                let mut transaction = transaction.lock().await;
                query(statement).fetch(&mut **transaction).map_ok(QueryResult::from).try_collect().await
            }
            .map_err(query_error)
            .boxed(),
            Self::Sqlite(transaction) => async move {
                let mut transaction = transaction.lock().await;
                let rows = query(statement).fetch(transaction.connection()?).map_ok(QueryResult::from).try_collect();
                let rows = rows.await;
                rows.inspect_err(|error| transaction.note(error))
            }
            .map_err(query_error)
            .boxed(),
        }
    }

    /// Runs a statement that gives no rows.
    pub fn execute_raw(&self, statement: Statement) -> BoxFuture<'_, Result<ExecResult, DbErr>> {
        let execution_error = |error: sqlx::Error| DbErr::Exec(RuntimeErr::SqlxError(error.into()));
        match self {
            Self::Postgres(transaction, ..) => async move {
                let mut transaction = transaction.lock().await;
                query(statement).execute(&mut **transaction).await.map(ExecResult::from)
            }
            .map_err(execution_error)
            .boxed(),
            Self::Sqlite(transaction) => async move {
                let mut transaction = transaction.lock().await;
                let result = query(statement).execute(transaction.connection()?).await;
                result.map(ExecResult::from).inspect_err(|error| transaction.note(error))
            }
            .map_err(execution_error)
            .boxed(),
        }
    }

    /// Makes what was written lasting.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Postgres(transaction, _, permit) => {
                let result = transaction.into_inner().commit().await;
                drop(permit);
                Ok(result.map_err(connection_error)?)
            }
            Self::Sqlite(transaction) => transaction.into_inner().commit().await,
        }
    }
}

fn connection_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}
