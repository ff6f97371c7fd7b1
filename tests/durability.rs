//! Durability: an acknowledged write on SQLite is on the disk, and a write that takes too long leaves nothing.

use std::{sync::Arc, time::Duration};

use fieldgate::config;
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Database as SeaDatabase, TransactionTrait};
use serde_json::json;
use store::{
    Database,
    clock::Clock,
    database::{Settings, SqliteSynchronous},
    vault::Vault,
};

use crate::world::{DatabaseKind, Postgres, World, database::MASTER_KEY, each_database, http_settings};

#[tokio::test]
async fn sqlite_waits_for_the_disk_unless_the_setting_says_otherwise() {
    let settings = |toml: &str| config::parse(toml).unwrap().database_settings().unwrap().sqlite_synchronous;
    assert_eq!(settings(""), SqliteSynchronous::Full);
    assert_eq!(settings("sqlite_synchronous = \"normal\""), SqliteSynchronous::Normal);
    assert!(config::parse("sqlite_synchronous = \"off\"").unwrap_err().to_string().contains("sqlite_synchronous"));
    // The numbers of https://sqlite.org/pragma.html#pragma_synchronous.
    for (sqlite_synchronous, number) in [(SqliteSynchronous::Full, 2), (SqliteSynchronous::Normal, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("a.sqlite").display());
        let timeout = Duration::from_secs(10);
        let settings = Settings {
            url,
            connections: 1,
            connect_timeout: timeout,
            acquire_timeout: timeout,
            write_timeout: timeout,
            book_ahead: Duration::from_hours(24),
            sqlite_synchronous,
            clock: Clock::default(),
        };
        let db = Database::connect(&settings, Vault::open(MASTER_KEY).unwrap()).await.unwrap();
        let statement = sea_orm::Statement::from_string(db.backend(), "PRAGMA synchronous");
        let row = db.connection().query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), number);
    }
}

#[apply(each_database)]
async fn a_write_that_takes_longer_than_the_setting_writes_nothing(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let settings = Settings {
        url: world.database.url.clone(),
        connections: 2,
        connect_timeout: Duration::from_secs(10),
        acquire_timeout: Duration::from_secs(10),
        // Every write takes longer.
        write_timeout: Duration::ZERO,
        book_ahead: Duration::from_hours(24),
        sqlite_synchronous: SqliteSynchronous::Full,
        clock: Clock::default(),
    };
    let db = Arc::new(Database::connect(&settings, Vault::open(MASTER_KEY).unwrap()).await.unwrap());
    let slow = world.admin().at(&world.start_server_on(db, http_settings()).await);
    let input = json!({ "name": "Late", "type": "BROKER", "contacts": [{ "name": "Ann" }] });
    let response = slow.send_mutation("customerCreate", input, "id").await;
    assert_eq!(response.error_codes(), ["BUSY"]);
    world.link_changes().await;
    let rows =
        world.admin().execute("{ customers { totalCount } contacts { totalCount } changes { totalCount } }").await;
    for list in ["customers", "contacts", "changes"] {
        assert_eq!(rows.data()[list]["totalCount"], json!(0), "{rows}");
    }
}

/// The database of a world with two connections, for a server whose writes may take 200 ms.
async fn impatient_database(world: &World) -> Arc<Database> {
    let settings = Settings {
        url: world.database.url.clone(),
        connections: 2,
        connect_timeout: Duration::from_secs(10),
        acquire_timeout: Duration::from_secs(10),
        write_timeout: Duration::from_millis(200),
        book_ahead: Duration::from_hours(24),
        sqlite_synchronous: SqliteSynchronous::Full,
        clock: Clock::default(),
    };
    Arc::new(Database::connect(&settings, Vault::open(MASTER_KEY).unwrap()).await.unwrap())
}

/// A statement of it still waits for a lock.
#[tokio::test]
async fn a_write_ends_at_its_deadline_while_it_still_works() {
    let world = World::builder(Postgres).isolated().build().await;
    let db = impatient_database(&world).await;
    let impatient = world.admin().at(&world.start_server_on(db.clone(), http_settings()).await);
    let own = SeaDatabase::connect(&world.database.url).await.unwrap();
    let lock = own.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let input = json!({ "name": "Late", "type": "BROKER" });
    let response = impatient.send_mutation("customerCreate", input.clone(), "id").await;
    assert_eq!(response.error_codes(), ["BUSY"]);
    assert!(response.text("/errors/0/message").starts_with("The write took longer than a write may"), "{response}");
    assert_eq!(db.connections().held(), 0);
    lock.rollback().await.unwrap();
    let response = world.admin().execute("{ customers { totalCount } changes { totalCount } }").await;
    assert_eq!(*response.at("/data/customers/totalCount"), json!(0));
    world.admin().mutate("customerCreate", input, "").await;
}

/// PostgreSQL itself ends a statement that waits for a lock for as long as a write may take: the connection is free again.
#[tokio::test]
async fn writes_that_wait_for_a_lock_leave_their_connections_to_others() {
    let world = World::builder(Postgres).isolated().build().await;
    let db = impatient_database(&world).await;
    let admin = world.admin().at(&world.start_server_on(db, http_settings()).await);
    let own = SeaDatabase::connect(&world.database.url).await.unwrap();
    let lock = own.begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE").await.unwrap();
    for _ in 0..3 {
        let response = admin.send_mutation("customerCreate", json!({ "name": "Late", "type": "BROKER" }), "id").await;
        assert_eq!(response.error_codes(), ["BUSY"], "{response}");
    }
    let response = admin.execute("{ assets { totalCount } }").await;
    assert_eq!(*response.at("/data/assets/totalCount"), json!(0), "{response}");
    // A reader waits for a lock no longer, either.
    let response = admin.execute("{ customers { totalCount } }").await;
    assert_eq!(response.error_codes(), ["BUSY"], "{response}");
    lock.rollback().await.unwrap();
}
