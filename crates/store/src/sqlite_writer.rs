//! The only writer of SQLite, with group commit: transactions that wait for it share one commit.
//!
//! A commit waits for the disk, and writes a page that several transactions changed once for each of them. A transaction that
//! ends while others wait for the writer leaves the commit to the next one, and is answered after it. So the answer to a
//! write still means that the disk has it. Each one after the first is in a savepoint, so that one that fails takes nothing
//! of the others with it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use error::{Error, Result};
use fair_semaphore::{FairSemaphore, Permit};
use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{
        self, AssertSqlSafe, SqlSafeStr, Sqlite, SqliteConnection, SqlitePool, error::ErrorKind, pool::PoolConnection,
        sqlite::SqliteTransactionManager as Manager,
    },
};
use sqlx_core::transaction::TransactionManager;
use tokio::sync::oneshot;

use crate::works_for::WorksFor;

/// How many transactions share a commit.
const MAX_MEMBERS: usize = 64;
/// How old a group may be that another transaction joins: its first one waits for the commit.
const MAX_AGE: Duration = Duration::from_millis(20);
/// How long a transaction waits for the next one before it commits the group itself: the next one may have gone away.
const MAX_WAIT: Duration = Duration::from_millis(5);

/// The connection that writes, whose turn it is, and the group that the next one joins.
#[derive(Debug)]
pub struct SqliteWriter {
    pool: SqlitePool,
    turns: FairSemaphore<WorksFor>,
    open: Mutex<Option<Group>>,
}

/// An open transaction of SQLite, and who waits for its commit.
#[derive(Debug)]
struct Group {
    connection: PoolConnection<Sqlite>,
    begun: Instant,
    members: Vec<oneshot::Sender<Result<(), NotCommitted>>>,
}

/// The commit of a group failed, or another transaction broke it.
#[derive(Clone, Copy, Debug)]
struct NotCommitted;

/// A transaction of a group. Dropped before it is committed, it is rolled back.
#[derive(Debug)]
pub struct SqliteTransaction {
    writer: Arc<SqliteWriter>,
    group: Option<Group>,
    /// Whether it is in a savepoint: there was a group before it.
    in_savepoint: bool,
    /// Whether an error may have ended the whole transaction of SQLite.
    is_broken: bool,
    permit: Option<Permit<WorksFor>>,
}

impl SqliteWriter {
    /// The writer of a pool of one connection.
    pub fn new(pool: SqlitePool, turns: FairSemaphore<WorksFor>) -> Self {
        Self { pool, turns, open: Mutex::default() }
    }

    /// Begins a transaction, alone or in the group that is open.
    pub async fn begin(self: &Arc<Self>, permit: Permit<WorksFor>) -> Result<SqliteTransaction, sqlx::Error> {
        let group = self.open().take();
        let mut transaction = SqliteTransaction {
            writer: self.clone(),
            group,
            in_savepoint: false,
            // Until it is begun, nobody knows how far the connection is.
            is_broken: true,
            permit: Some(permit),
        };
        transaction.in_savepoint = transaction.group.is_some();
        if transaction.in_savepoint {
            Manager::begin(transaction.connection()?, None).await?;
        } else {
            let connection = self.pool.acquire().await?;
            let group = Group { connection, begun: Instant::now(), members: Vec::new() };
            let Group { connection, .. } = transaction.group.insert(group);
            // SQLite refuses the first write of a deferred transaction if another has written since its first read.
            Manager::begin(connection, Some(AssertSqlSafe("BEGIN IMMEDIATE").into_sql_str())).await?;
        }
        transaction.is_broken = false;
        Ok(transaction)
    }

    fn open(&self) -> MutexGuard<'_, Option<Group>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a transaction that ends leaves the commit of its group to the next one.
    fn is_followed(&self, group: &Group) -> bool {
        group.members.len() < MAX_MEMBERS && group.begun.elapsed() < MAX_AGE && self.turns.has_waiters()
    }

    /// Waits until the group of a transaction is committed.
    async fn wait(&self, mut committed: oneshot::Receiver<Result<(), NotCommitted>>) -> Result<()> {
        let in_time = tokio::time::timeout(MAX_WAIT, &mut committed).await;
        let result = if let Ok(result) = in_time {
            result
        } else {
            let permit = self.turns.acquire(None).await;
            let group = self.open().take();
            if let Some(group) = group {
                // An error is told to its members, of whom this is one.
                drop(group.commit(permit).await);
            }
            committed.await
        };
        match result {
            Ok(Ok(())) => Ok(()),
            // Nothing is written: the write may be tried again.
            Ok(Err(NotCommitted)) => Err(Error::Busy),
            Err(_) => Err(Error::internal("nobody knows whether a group was committed")),
        }
    }
}

impl Group {
    /// Commits and answers the members. The future must be run to its end.
    async fn commit(mut self, permit: Permit<WorksFor>) -> Result<(), sqlx::Error> {
        let result = Manager::commit(&mut self.connection).await;
        if result.is_err() {
            // Nothing is left to undo, if the error has ended the transaction.
            drop(Manager::rollback(&mut self.connection).await);
        }
        self.answer(if result.is_ok() { Ok(()) } else { Err(NotCommitted) });
        drop(self);
        drop(permit);
        result
    }

    /// Tells the members what became of the commit.
    fn answer(&mut self, result: Result<(), NotCommitted>) {
        for member in std::mem::take(&mut self.members) {
            // Nobody waits for the answer to one who has gone away.
            let _ = member.send(result);
        }
    }
}

impl SqliteTransaction {
    /// The connection.
    pub fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.group.as_mut().map(|group| &mut *group.connection).ok_or(sqlx::Error::WorkerCrashed)
    }

    /// When the first transaction of its group began: so long may the commit have been waited for.
    pub fn begun(&self) -> Instant {
        self.group.as_ref().map_or_else(Instant::now, |group| group.begun)
    }

    /// Notes the error of a statement. A broken constraint undoes its statement only; after any other error SQLite may have
    /// ended the whole transaction (<https://sqlite.org/lang_transaction.html>).
    pub fn note(&mut self, error: &sqlx::Error) {
        let is_of_constraint =
            matches!(error, sqlx::Error::Database(error) if !matches!(error.kind(), ErrorKind::Other));
        self.is_broken |= !is_of_constraint;
    }

    /// Ends the transaction, and returns when its group is committed.
    pub async fn commit(mut self) -> Result<()> {
        if self.is_broken {
            return Err(Error::Busy);
        }
        if self.in_savepoint {
            self.is_broken = true;
            Manager::commit(self.connection().map_err(Error::internal)?).await.map_err(Error::internal)?;
        }
        let (Some(mut group), Some(permit)) = (self.group.take(), self.permit.take()) else {
            return Err(Error::internal("a transaction without a connection"));
        };
        if !self.writer.is_followed(&group) {
            return group.commit(permit).await.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())).into());
        }
        let (committed, receiver) = oneshot::channel();
        group.members.push(committed);
        *self.writer.open() = Some(group);
        drop(permit);
        self.writer.wait(receiver).await
    }
}

impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        let Some(mut group) = self.group.take() else { return };
        Manager::start_rollback(&mut group.connection);
        if self.in_savepoint && !self.is_broken {
            // The members wait for the next one, or commit themselves.
            *self.writer.open() = Some(group);
            return;
        }
        // Nothing happens where there is nothing to roll back.
        Manager::start_rollback(&mut group.connection);
        group.answer(Err(NotCommitted));
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sqlx::sqlite::SqlitePoolOptions;

    use super::*;

    async fn writer() -> Arc<SqliteWriter> {
        let options = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = options.connect("sqlite::memory:").await.unwrap();
        sqlx::query("CREATE TABLE written (name TEXT PRIMARY KEY)").execute(&pool).await.unwrap();
        Arc::new(SqliteWriter::new(pool, FairSemaphore::with_background(1, None)))
    }

    async fn begin(writer: &Arc<SqliteWriter>, name: &str) -> SqliteTransaction {
        let permit = writer.turns.acquire(Some(sea_orm::prelude::Uuid::nil())).await;
        let mut transaction = writer.begin(permit).await.unwrap();
        write(&mut transaction, name).await.unwrap();
        transaction
    }

    async fn write(transaction: &mut SqliteTransaction, name: &str) -> Result<(), sqlx::Error> {
        let insert = sqlx::query("INSERT INTO written VALUES (?)").bind(name);
        let result = insert.execute(transaction.connection()?).await;
        result.map(drop).inspect_err(|error| transaction.note(error))
    }

    /// What is written, as the next transaction sees it.
    async fn written(writer: &Arc<SqliteWriter>) -> Vec<String> {
        let permit = writer.turns.acquire(None).await;
        let mut transaction = writer.begin(permit).await.unwrap();
        let select = sqlx::query_scalar("SELECT name FROM written ORDER BY name");
        select.fetch_all(transaction.connection().unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn one_commit_answers_all_who_waited() {
        let writer = writer().await;
        let first = begin(&writer, "first").await;
        let second = async {
            let mut second = begin(&writer, "second").await;
            // The first one has ended, and is not committed yet.
            assert_eq!(second.group.as_ref().unwrap().members.len(), 1);
            write(&mut second, "third").await.unwrap();
            second.commit().await
        };
        let (second, first) = tokio::join!(biased; second, first.commit());
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(written(&writer).await, ["first", "second", "third"]);
    }

    #[tokio::test]
    async fn who_fails_takes_nothing_of_the_others_along() {
        let writer = writer().await;
        let first = begin(&writer, "first").await;
        let second = async {
            let mut second = begin(&writer, "second").await;
            write(&mut second, "first").await.unwrap_err();
        };
        let ((), first) = tokio::join!(biased; second, first.commit());
        assert!(first.is_ok());
        assert_eq!(written(&writer).await, ["first"]);
    }

    #[tokio::test]
    async fn who_may_have_ended_the_transaction_of_all_takes_all_along() {
        let writer = writer().await;
        let first = begin(&writer, "first").await;
        let second = async {
            let mut second = begin(&writer, "second").await;
            second.note(&sqlx::Error::WorkerCrashed);
            second.commit().await
        };
        let (second, first) = tokio::join!(biased; second, first.commit());
        assert!(matches!((first, second), (Err(Error::Busy), Err(Error::Busy))));
        assert_eq!(written(&writer).await, [""; 0]);
    }

    #[tokio::test]
    async fn who_waits_in_vain_commits_itself() {
        let writer = writer().await;
        let first = begin(&writer, "first").await;
        let mut gone = Box::pin(writer.turns.acquire(None));
        let first = async {
            let committed = first.commit();
            // The next one gets its turn, and goes away without a transaction.
            let (committed, ()) = tokio::join!(biased; committed, async { drop((&mut gone).await) });
            committed
        };
        assert!(first.await.is_ok());
        assert_eq!(written(&writer).await, ["first"]);
    }
}
