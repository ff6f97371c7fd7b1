//! The database: one pool of connections to SQLite or PostgreSQL, and what all requests share.

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use error::{Error, Result};
use fair_semaphore::{FairSemaphore, Permit};
use sea_orm::{
    ConnectOptions, Database as SeaDatabase, DatabaseConnection, DbBackend, QueryResult, Statement,
    sqlx::{SqlitePool, sqlite},
};
use tokio::sync::Notify;

use super::{
    budget::Budget,
    cancellation,
    clock::Clock,
    database_transaction::DatabaseTransaction,
    shared_read::SharedReads,
    sqlite_writer::SqliteWriter,
    tenant::{Tenant, TenantCache},
    vault::Vault,
    works_for::WorksFor,
};

/// How many statements a connection that reads from SQLite keeps prepared. One that writes a row of a table with many indexes takes about 60 KB,
/// and there is one for each set of columns that an update changes.
const SQLITE_PREPARED_STATEMENTS: usize = 40;
/// The same for the connection that writes.
const SQLITE_WRITER_PREPARED_STATEMENTS: usize = 80;
/// The page cache of the connection that writes to SQLite, in negative KiB (<https://sqlite.org/pragma.html#pragma_cache_size>).
const SQLITE_WRITER_CACHE: &str = "-8000";

/// How much longer than a write a statement may wait for a lock, on PostgreSQL: the write ends first, and says why.
const LOCK_TIMEOUT_MARGIN: Duration = Duration::from_secs(1);

/// How to reach the database.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite://PATH?mode=rwc` or `postgres://USER:PASSWORD@HOST/NAME`.
    pub url: String,
    /// The most connections that the pool opens; on SQLite there is one more, which writes.
    pub connections: u32,
    /// Whether SQLite waits at every commit until the disk has it.
    pub sqlite_synchronous: SqliteSynchronous,
    /// How long opening a connection may take.
    pub connect_timeout: Duration,
    /// How long a statement waits for a free connection, and a write for SQLite's only writer.
    pub acquire_timeout: Duration,
    /// How long a write may take from its beginning to its commit. A reader who polls by `updated_at` relies on it.
    pub write_timeout: Duration,
    /// The clock of requests. Only tests set another one than the system's.
    pub clock: Clock,
    /// How far ahead the visits of recurring services are booked.
    pub book_ahead: Duration,
}

impl Settings {
    /// The file of a SQLite database; nothing for PostgreSQL.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let options = self.url.starts_with("sqlite:").then(|| sqlite::SqliteConnectOptions::from_str(&self.url))?;
        options.ok().map(|options| options.get_filename().to_owned())
    }

    /// What every connection to SQLite is opened with.
    fn sqlite_options(&self, options: sqlite::SqliteConnectOptions) -> sqlite::SqliteConnectOptions {
        let synchronous = match self.sqlite_synchronous {
            SqliteSynchronous::Full => sqlite::SqliteSynchronous::Full,
            SqliteSynchronous::Normal => sqlite::SqliteSynchronous::Normal,
        };
        options
            .statement_cache_capacity(SQLITE_PREPARED_STATEMENTS)
            .journal_mode(sqlite::SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .busy_timeout(self.acquire_timeout)
            .foreign_keys(true)
            // Deleted text is overwritten in the file.
            .pragma("secure_delete", "ON")
            // LIKE distinguishes case, as in PostgreSQL; texts are folded before.
            .pragma("case_sensitive_like", "ON")
    }

    /// The pool of the one connection that writes to SQLite; nothing for PostgreSQL. It is the same one for every write,
    /// because a write of one connection empties the page caches of all others.
    fn sqlite_writer(&self) -> Result<Option<SqlitePool>> {
        if !self.url.starts_with("sqlite:") {
            return Ok(None);
        }
        let options = self.sqlite_options(self.url.parse().map_err(Error::internal)?);
        let pool = sqlite::SqlitePoolOptions::new().max_connections(1).test_before_acquire(false);
        let pool = pool.acquire_timeout(self.acquire_timeout).idle_timeout(None).max_lifetime(None);
        let options = options.statement_cache_capacity(SQLITE_WRITER_PREPARED_STATEMENTS);
        let options = options.pragma("cache_size", SQLITE_WRITER_CACHE);
        // What a savepoint keeps to be rolled back, too.
        Ok(Some(pool.connect_lazy_with(options.pragma("temp_store", "MEMORY"))))
    }
}

/// The URL may have a password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("connections", &self.connections).finish_non_exhaustive()
    }
}

/// Whether the URL of a database has a password.
pub fn has_password(url: &str) -> bool {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || rest.contains("password=")
}

/// When SQLite waits for the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SqliteSynchronous {
    /// At every commit: an acknowledged write survives a power cut.
    #[default]
    Full,
    /// At checkpoints: the last writes before a power cut may be lost, and the file stays whole.
    Normal,
}

/// An open database with its vault.
#[derive(Debug)]
pub struct Database {
    connection: DatabaseConnection,
    sqlite_writer: Option<Arc<SqliteWriter>>,
    connections: FairSemaphore<WorksFor>,
    writer: FairSemaphore<WorksFor>,
    acquire_timeout: Duration,
    /// The master keys and the opened data keys.
    pub vault: Vault,
    /// The clock of requests.
    pub clock: Clock,
    /// How long a write may take.
    pub(super) write_timeout: Duration,
    /// How far ahead the visits of recurring services are booked.
    pub(super) book_ahead: Duration,
    /// The tenants read lately.
    pub(super) tenants: TenantCache,
    /// The reads of tenants that run, by the name that is asked for.
    pub(super) tenant_reads: SharedReads<String, Option<Arc<Tenant>>>,
    commits: Notify,
    backfills: Notify,
}

impl Database {
    /// Opens the pool.
    pub async fn connect(settings: &Settings, vault: Vault) -> Result<Self> {
        let mut options = ConnectOptions::new(&settings.url);
        options.max_connections(settings.connections);
        options.sqlx_logging(false).test_before_acquire(false);
        options.connect_timeout(settings.connect_timeout).acquire_timeout(settings.acquire_timeout);
        // A statement that still waits for a lock when its write has ended would keep its connection.
        let lock_timeout = format!("{}ms", (settings.write_timeout + LOCK_TIMEOUT_MARGIN).as_millis());
        options.map_sqlx_postgres_opts(move |postgres| {
            postgres.options([cancellation::CONNECTION_CHECK, ("lock_timeout", lock_timeout.as_str())])
        });
        let of_every_connection = settings.clone();
        options.map_sqlx_sqlite_opts(move |sqlite| of_every_connection.sqlite_options(sqlite));
        let connection = SeaDatabase::connect(options).await?;
        let writer = FairSemaphore::with_background(1, None);
        let sqlite_writer = settings.sqlite_writer()?.map(|pool| Arc::new(SqliteWriter::new(pool, writer.clone())));
        Ok(Self {
            connection,
            sqlite_writer,
            connections: FairSemaphore::with_background(settings.connections as usize, None),
            writer,
            acquire_timeout: settings.acquire_timeout,
            vault,
            clock: settings.clock.clone(),
            write_timeout: settings.write_timeout,
            book_ahead: settings.book_ahead,
            tenants: TenantCache::default(),
            tenant_reads: SharedReads::default(),
            commits: Notify::new(),
            backfills: Notify::new(),
        })
    }

    /// SQLite or PostgreSQL.
    pub fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// The pool: for migrations, and for no layer above this one.
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// Who may use a connection of the pool.
    pub fn connections(&self) -> &FairSemaphore<WorksFor> {
        &self.connections
    }

    /// Who may write on SQLite, which has one writer: transactions wait in turn here instead of retrying there. A writer
    /// that waits holds no connection, so that the readers of its tenant have them.
    pub fn writer(&self) -> &FairSemaphore<WorksFor> {
        &self.writer
    }

    async fn acquire(&self, semaphore: &FairSemaphore<WorksFor>, works_for: WorksFor) -> Result<Permit<WorksFor>> {
        let permit = tokio::time::timeout(self.acquire_timeout, semaphore.acquire(works_for)).await;
        permit.map_err(|_| Error::Overloaded)
    }

    /// Runs a statement that reads, outside a transaction. The statement is cancelled when the future is dropped.
    pub(super) async fn rows(
        &self,
        works_for: WorksFor,
        statement: Statement,
        budget: &Budget,
    ) -> Result<Vec<QueryResult>> {
        let permit = self.acquire(&self.connections, works_for).await?;
        budget.count_overtaken(permit.overtaken());
        let connection = &self.connection;
        Ok(match self.backend() {
            DbBackend::Postgres => {
                cancellation::fetch_postgres(connection.get_postgres_connection_pool(), statement, budget).await?
            }
            _ => cancellation::fetch_sqlite(connection.get_sqlite_connection_pool(), statement, budget).await?,
        })
    }

    /// Checks that the database answers.
    pub async fn ping(&self) -> Result<()> {
        let _permit = self.acquire(&self.connections, None).await?;
        Ok(self.connection.ping().await?)
    }

    /// Resolves when this server has committed a change since the last call.
    pub async fn wait_for_commit(&self) {
        self.commits.notified().await;
    }

    /// Wakes [`Self::wait_for_commit`].
    pub(super) fn notify_commit(&self) {
        self.commits.notify_one();
    }

    /// Resolves when this server has requested a backfill since the last call.
    pub async fn wait_for_backfill(&self) {
        self.backfills.notified().await;
    }

    /// Wakes [`Self::wait_for_backfill`].
    pub(super) fn notify_backfill(&self) {
        self.backfills.notify_one();
    }

    /// Begins a transaction that will write.
    pub(super) async fn begin(&self, works_for: WorksFor) -> Result<DatabaseTransaction> {
        Ok(self.begin_counting(works_for).await?.0)
    }

    /// The same, with how often others overtook it in the queue.
    pub(super) async fn begin_counting(&self, works_for: WorksFor) -> Result<(DatabaseTransaction, u64)> {
        if let Some(writer) = &self.sqlite_writer {
            let permit = self.acquire(&self.writer, works_for).await?;
            let overtaken = permit.overtaken();
            return Ok((DatabaseTransaction::begin_sqlite(writer, permit).await?, overtaken));
        }
        let permit = self.acquire(&self.connections, works_for).await?;
        let overtaken = permit.overtaken();
        let pool = self.connection.get_postgres_connection_pool();
        Ok((DatabaseTransaction::begin_postgres(pool, permit).await?, overtaken))
    }
}
