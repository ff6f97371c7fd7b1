//! The database: one pool of SQLite or PostgreSQL, opened idempotency, and what is shared by all requests on it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use error::{Error, Result};
use sea_orm::{
    ConnectOptions, Database as SeaDatabase, DatabaseConnection, DatabaseTransaction, DbBackend, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, prelude::Uuid,
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{cancellation, tenant::Tenant, vault::Vault};

/// How long a tenant's settings may be out of date on a server that did not change them.
const TENANT_CACHE_TTL: Duration = Duration::from_secs(10);

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite://PATH?mode=rwc` or `postgres://USER:PASSWORD@HOST/NAME`.
    pub url: String,
    /// The most connections of the pool.
    pub connections: u32,
}

/// An open database with its vault.
#[derive(Debug)]
pub struct Database {
    connection: DatabaseConnection,
    /// SQLite has one writer: those who wait do so in order here, not by trying again there.
    writer: Arc<Semaphore>,
    /// The keys.
    pub vault: Vault,
    tenants: Mutex<HashMap<Uuid, (Instant, Arc<Tenant>)>>,
    commits: Notify,
}

impl Database {
    /// Opens the pool.
    pub async fn connect(settings: &Settings, vault: Vault) -> Result<Self> {
        let mut options = ConnectOptions::new(&settings.url);
        options.max_connections(settings.connections).sqlx_logging(false).test_before_acquire(false);
        options.connect_timeout(Duration::from_secs(10)).acquire_timeout(Duration::from_secs(30));
        options.map_sqlx_postgres_opts(|postgres| postgres.options([cancellation::CONNECTION_CHECK]));
        options.map_sqlx_sqlite_opts(|sqlite| {
            use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .busy_timeout(Duration::from_secs(10))
                .foreign_keys(true)
                // Deleted text leaves the file when it is deleted.
                .pragma("secure_delete", "ON")
                // LIKE compares letters as they are, as PostgreSQL's does; texts are folded before.
                .pragma("case_sensitive_like", "ON")
        });
        let connection = SeaDatabase::connect(options).await?;
        Ok(Self {
            connection,
            writer: Arc::new(Semaphore::new(1)),
            vault,
            tenants: Mutex::default(),
            commits: Notify::new(),
        })
    }

    /// SQLite or PostgreSQL.
    pub fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// The pool itself: for migrations, and for nobody above this floor.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Runs a statement that reads, outside a transaction. It ends when nobody waits for it any more.
    pub(super) async fn rows(&self, statement: Statement) -> Result<Vec<QueryResult>> {
        let connection = &self.connection;
        Ok(match self.backend() {
            DbBackend::Postgres => {
                cancellation::fetch_postgres(connection.get_postgres_connection_pool(), statement).await?
            }
            _ => cancellation::fetch_sqlite(connection.get_sqlite_connection_pool(), statement).await?,
        })
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.connection.ping().await?)
    }

    /// Resolves when a change was committed here since the last call.
    pub async fn wait_for_commit(&self) {
        self.commits.notified().await;
    }

    /// Says that a change was committed.
    pub(super) fn notify_commit(&self) {
        self.commits.notify_one();
    }

    /// Begins a transaction that will write.
    pub(super) async fn begin(&self) -> Result<(DatabaseTransaction, Option<OwnedSemaphorePermit>)> {
        if self.backend() != DbBackend::Sqlite {
            return Ok((self.connection.begin().await?, None));
        }
        let writer_permit = self.writer.clone().acquire_owned().await.map_err(Error::internal)?;
        // A deferred transaction that reads, then writes while another wrote, is refused by SQLite.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok((self.connection.begin_with_options(options).await?, Some(writer_permit)))
    }

    /// A tenant whose settings were read a moment ago.
    pub(super) fn cached_tenant(&self, id: Uuid) -> Option<Arc<Tenant>> {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants.get(&id).filter(|(read, _)| read.elapsed() < TENANT_CACHE_TTL).map(|(_, tenant)| tenant.clone())
    }

    /// Keeps a tenant's settings for a moment.
    pub(super) fn cache_tenant(&self, tenant: &Arc<Tenant>) {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants.insert(tenant.row.id, (Instant::now(), tenant.clone()));
    }

    /// Forgets a tenant's settings, because they changed.
    pub(super) fn evict_tenant(&self, id: Uuid) {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}
