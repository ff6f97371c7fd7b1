//! The databases of the tests: a SQLite file for each world, one PostgreSQL database for all of them.

use std::{path::PathBuf, sync::Arc};

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database as SeaDatabase};
use store::{Database, database::Settings, vault::Vault};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// SQLite in a file.
    Sqlite,
    /// PostgreSQL, started by `cargo xtask test`.
    Postgres,
}

pub use On::{Postgres, Sqlite};

/// An open database, and the folder it lives in, which goes when the world goes.
pub struct Home {
    /// The database.
    pub db: Arc<Database>,
    /// How to reach it.
    pub url: String,
    /// The folder of a SQLite file.
    pub folder: Option<TempDir>,
}

/// One master key for all worlds: on PostgreSQL they share a database.
pub const MASTER: &str = "fgk1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

static TEMPLATE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
static POSTGRES: OnceCell<String> = OnceCell::const_new();

/// Opens a database for a world.
pub async fn open(on: On) -> Home {
    match on {
        Sqlite => {
            // Migrating once and copying the file is a hundred times faster than migrating for each test.
            let (_, template) = TEMPLATE.get_or_init(template).await;
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("fieldgate.sqlite");
            std::fs::copy(template, &file).unwrap();
            let url = format!("sqlite://{}", file.display());
            Home { db: connect(&url, 5).await, url, folder: Some(folder) }
        }
        Postgres => {
            let url = POSTGRES.get_or_init(shared).await.clone();
            Home { db: connect(&url, 5).await, url, folder: None }
        }
    }
}

/// A migrated database that no other test uses, for a test that looks at all of it.
pub async fn own(on: On) -> Home {
    let home = match on {
        Sqlite => return open(on).await,
        Postgres => empty(on).await,
    };
    Migrator::up(home.db.connection(), None).await.unwrap();
    home
}

/// A database without a table.
pub async fn empty(on: On) -> Home {
    let (url, folder) = match on {
        Sqlite => {
            let folder = tempfile::tempdir().unwrap();
            (format!("sqlite://{}?mode=rwc", folder.path().join("fieldgate.sqlite").display()), Some(folder))
        }
        Postgres => (made(&format!("fieldgate_{}", uuid::Uuid::now_v7().simple())).await, None),
    };
    Home { db: connect(&url, 5).await, url, folder }
}

async fn template() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("template.sqlite");
    let db = connect(&format!("sqlite://{}?mode=rwc", file.display()), 1).await;
    Migrator::up(db.connection(), None).await.unwrap();
    db.connection().execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    db.connection().clone().close().await.unwrap();
    (folder, file)
}

async fn shared() -> String {
    let url = made(&format!("fieldgate_test_{}", std::process::id())).await;
    let db = connect(&url, 1).await;
    Migrator::up(db.connection(), None).await.unwrap();
    db.connection().clone().close().await.unwrap();
    url
}

async fn made(name: &str) -> String {
    let server = server();
    let db = SeaDatabase::connect(&server).await.unwrap();
    db.execute_unprepared(&format!("CREATE DATABASE \"{name}\"")).await.unwrap();
    db.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

#[expect(clippy::disallowed_methods, reason = "cargo xtask test says here where its PostgreSQL is")]
fn server() -> String {
    std::env::var("FG_TEST_POSTGRES").expect("run the tests with `cargo xtask test`, which starts PostgreSQL")
}

async fn connect(url: &str, connections: u32) -> Arc<Database> {
    let vault = Vault::open(MASTER).unwrap();
    Arc::new(Database::connect(&Settings { url: url.to_owned(), connections }, vault).await.unwrap())
}
