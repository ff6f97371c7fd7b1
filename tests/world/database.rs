//! The databases of the tests: a SQLite file for each world, one PostgreSQL database that all worlds share.

use std::{path::PathBuf, sync::Arc, time::Duration};

use migration::{Migrator, MigratorTrait};
use rstest_reuse::template;
use sea_orm::{ConnectionTrait, Database as SeaDatabase};
use store::{
    Database,
    clock::Clock,
    database::{Settings, SqliteSynchronous},
    vault::Vault,
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The database that a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// SQLite in a file.
    Sqlite,
    /// PostgreSQL, started by `cargo xtask test`.
    Postgres,
}

pub use DatabaseKind::{Postgres, Sqlite};

/// A test that runs once on each database: `#[apply(each_database)] async fn name(database: DatabaseKind)`.
#[template]
#[rstest::rstest]
#[tokio::test]
async fn each_database(#[values(DatabaseKind::Sqlite, DatabaseKind::Postgres)] database: DatabaseKind) {}

/// A test on each database whose server and clients run on several threads, so that requests really meet.
#[template]
#[rstest::rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_database_in_parallel(#[values(DatabaseKind::Sqlite, DatabaseKind::Postgres)] database: DatabaseKind) {}

/// An open database. A SQLite file is deleted with it.
pub struct TestDatabase {
    /// The database.
    pub db: Arc<Database>,
    /// The URL to connect to it.
    pub url: String,
    /// The folder of a SQLite file.
    pub folder: Option<TempDir>,
}

/// The master key of all worlds: on PostgreSQL they share a database.
pub const MASTER_KEY: &str = "fgk1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

static SQLITE_TEMPLATE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
static SHARED_POSTGRES: OnceCell<String> = OnceCell::const_new();

impl TestDatabase {
    /// Opens a migrated database; on PostgreSQL other tests use the same one.
    pub async fn shared(kind: DatabaseKind) -> Self {
        match kind {
            Sqlite => {
                // Migrating once and copying the file is a hundred times faster than migrating for each test.
                let (_, template) = SQLITE_TEMPLATE.get_or_init(create_sqlite_template).await;
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("fieldgate.sqlite");
                std::fs::copy(template, &file).unwrap();
                let url = format!("sqlite://{}", file.display());
                Self { db: connect(&url, 5).await, url, folder: Some(folder) }
            }
            Postgres => {
                let url = SHARED_POSTGRES.get_or_init(create_shared_postgres).await.clone();
                Self { db: connect(&url, 5).await, url, folder: None }
            }
        }
    }

    /// Opens a migrated database that no other test uses, for a test that reads whole tables.
    pub async fn isolated(kind: DatabaseKind) -> Self {
        if kind == Sqlite {
            return Self::shared(kind).await;
        }
        let database = Self::empty(kind).await;
        Migrator::up(database.db.connection(), None).await.unwrap();
        database
    }

    /// Opens a database without tables.
    pub async fn empty(kind: DatabaseKind) -> Self {
        let (url, folder) = match kind {
            Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                (format!("sqlite://{}?mode=rwc", folder.path().join("fieldgate.sqlite").display()), Some(folder))
            }
            Postgres => {
                let name = format!("fieldgate_{}", uuid::Uuid::now_v7().simple());
                (create_postgres_database(&name).await, None)
            }
        };
        Self { db: connect(&url, 5).await, url, folder }
    }

    /// Deletes the database, which nobody else uses.
    pub async fn delete(self) {
        // The file of SQLite goes with its folder.
        if self.folder.is_none() {
            let (_, name) = self.url.rsplit_once('/').unwrap();
            let server = SeaDatabase::connect(postgres_server()).await.unwrap();
            server.execute_unprepared(&format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await.unwrap();
        }
    }
}

async fn create_sqlite_template() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("template.sqlite");
    let db = connect(&format!("sqlite://{}?mode=rwc", file.display()), 1).await;
    Migrator::up(db.connection(), None).await.unwrap();
    db.connection().execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    db.connection().clone().close().await.unwrap();
    (folder, file)
}

async fn create_shared_postgres() -> String {
    let url = create_postgres_database(&format!("fieldgate_test_{}", std::process::id())).await;
    let db = connect(&url, 1).await;
    Migrator::up(db.connection(), None).await.unwrap();
    db.connection().clone().close().await.unwrap();
    url
}

/// Creates an empty database on the server and gives its URL.
async fn create_postgres_database(name: &str) -> String {
    let server = postgres_server();
    let db = SeaDatabase::connect(&server).await.unwrap();
    db.execute_unprepared(&format!("CREATE DATABASE \"{name}\"")).await.unwrap();
    db.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

#[expect(clippy::disallowed_methods, reason = "cargo xtask test passes the address of its PostgreSQL in this variable")]
fn postgres_server() -> String {
    std::env::var("FG_TEST_POSTGRES").expect("run the tests with `cargo xtask test`, which starts PostgreSQL")
}

/// How far ahead the tests' servers book visits: 90 days.
pub const BOOK_AHEAD: Duration = Duration::from_hours(24 * 90);

/// Opens a database again.
pub async fn connect(url: &str, connections: u32) -> Arc<Database> {
    let vault = Vault::open(MASTER_KEY).unwrap();
    let timeout = Duration::from_secs(30);
    let settings = Settings {
        url: url.to_owned(),
        connections,
        connect_timeout: timeout,
        acquire_timeout: timeout,
        write_timeout: timeout,
        clock: Clock::settable(),
        book_ahead: BOOK_AHEAD,
        // A test does not survive a power cut.
        sqlite_synchronous: SqliteSynchronous::Normal,
    };
    Arc::new(Database::connect(&settings, vault).await.unwrap())
}
