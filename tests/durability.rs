//! Durability: an acknowledged write on SQLite is on the disk.

use std::time::Duration;

use fieldgate::config;
use sea_orm::ConnectionTrait;
use store::{
    Database,
    database::{Settings, SqliteSynchronous},
    vault::Vault,
};

#[tokio::test]
async fn sqlite_waits_for_the_disk_unless_the_setting_says_otherwise() {
    let settings = |toml: &str| config::parse(toml).unwrap().database_settings().sqlite_synchronous;
    assert_eq!(settings(""), SqliteSynchronous::Full);
    assert_eq!(settings("sqlite_synchronous = \"normal\""), SqliteSynchronous::Normal);
    assert!(config::parse("sqlite_synchronous = \"off\"").unwrap_err().to_string().contains("sqlite_synchronous"));
    // The numbers of https://sqlite.org/pragma.html#pragma_synchronous.
    for (sqlite_synchronous, number) in [(SqliteSynchronous::Full, 2), (SqliteSynchronous::Normal, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("a.sqlite").display());
        let timeout = Duration::from_secs(10);
        let settings =
            Settings { url, connections: 1, connect_timeout: timeout, acquire_timeout: timeout, sqlite_synchronous };
        let db = Database::connect(&settings, Vault::open(crate::world::database::MASTER_KEY).unwrap()).await.unwrap();
        let statement = sea_orm::Statement::from_string(db.backend(), "PRAGMA synchronous");
        let row = db.connection().query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), number);
    }
}
