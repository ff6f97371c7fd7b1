//! A transaction of the database. Dropped before it is committed, it is rolled back.

use futures_util::{FutureExt, TryFutureExt, TryStreamExt, future::BoxFuture};
use sea_orm::{
    DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::{self, PgPool, Postgres, Sqlite, SqlitePool, Transaction},
};
use tokio::sync::Mutex;

use super::statement::query;

/// An open transaction. Its statements run one after the other.
#[derive(Debug)]
pub enum DatabaseTransaction {
    /// On PostgreSQL.
    Postgres(Mutex<Transaction<'static, Postgres>>),
    /// On SQLite.
    Sqlite(Mutex<Transaction<'static, Sqlite>>),
}

impl DatabaseTransaction {
    /// Begins a transaction on PostgreSQL.
    pub async fn begin_postgres(pool: &PgPool) -> Result<Self, DbErr> {
        Ok(Self::Postgres(Mutex::new(pool.begin().await.map_err(connection_error)?)))
    }

    /// Begins a transaction on SQLite that will write: SQLite refuses the first write of a deferred one if another has written
    /// since its first read.
    pub async fn begin_sqlite(pool: &SqlitePool) -> Result<Self, DbErr> {
        Ok(Self::Sqlite(Mutex::new(pool.begin_with("BEGIN IMMEDIATE").await.map_err(connection_error)?)))
    }

    /// Runs a statement that gives rows.
    pub fn query_all_raw(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<QueryResult>, DbErr>> {
        let query_error = |error: sqlx::Error| DbErr::Query(RuntimeErr::SqlxError(error.into()));
        match self {
            Self::Postgres(transaction) => async move {
                let mut transaction = transaction.lock().await;
                query(statement).fetch(&mut **transaction).map_ok(QueryResult::from).try_collect().await
            }
            .map_err(query_error)
            .boxed(),
            Self::Sqlite(transaction) => async move {
                let mut transaction = transaction.lock().await;
                query(statement).fetch(&mut **transaction).map_ok(QueryResult::from).try_collect().await
            }
            .map_err(query_error)
            .boxed(),
        }
    }

    /// Runs a statement that gives no rows.
    pub fn execute_raw(&self, statement: Statement) -> BoxFuture<'_, Result<ExecResult, DbErr>> {
        let execution_error = |error: sqlx::Error| DbErr::Exec(RuntimeErr::SqlxError(error.into()));
        match self {
            Self::Postgres(transaction) => async move {
                let mut transaction = transaction.lock().await;
                query(statement).execute(&mut **transaction).await.map(ExecResult::from)
            }
            .map_err(execution_error)
            .boxed(),
            Self::Sqlite(transaction) => async move {
                let mut transaction = transaction.lock().await;
                query(statement).execute(&mut **transaction).await.map(ExecResult::from)
            }
            .map_err(execution_error)
            .boxed(),
        }
    }

    /// Makes what was written lasting.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Postgres(transaction) => transaction.into_inner().commit().await,
            Self::Sqlite(transaction) => transaction.into_inner().commit().await,
        }
        .map_err(connection_error)
    }
}

fn connection_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}
