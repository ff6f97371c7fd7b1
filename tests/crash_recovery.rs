//! Crash recovery: a server that is killed at any time, under clients that repeat every request until it is acknowledged,
//! has executed each request exactly once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use crate::world::{Actor, DatabaseKind, World, each_database_in_parallel, program::Server, random::Random};

/// How many times the server is killed.
const KILLS: usize = 200;
/// The number of concurrent clients.
const CLIENTS: usize = 2;

/// Sends one mutation after the other to the current server, each with its key and until it is acknowledged, until it is
/// stopped. Gives the number of acknowledged mutations.
async fn send(
    client: usize,
    actor: Actor,
    base: Arc<std::sync::Mutex<String>>,
    sent: Arc<AtomicUsize>,
    stop: Arc<AtomicUsize>,
) -> usize {
    for number in 0.. {
        let key = format!("{client}-{number}");
        let input = json!({ "name": format!("Killed {key}"), "type": "BROKER", "idempotencyKey": key });
        loop {
            if stop.load(Ordering::Relaxed) >= KILLS {
                return number;
            }
            let at = base.lock().unwrap().clone();
            sent.fetch_add(1, Ordering::Relaxed);
            let response = actor.at(&at).try_mutate("customerCreate", &input).await;
            if response.is_some_and(|response| response.at("/data/customerCreate/customer/id").is_string()) {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    unreachable!("the numbers do not end")
}

#[apply(each_database_in_parallel)]
async fn acknowledged_writes_exist_exactly_once_after_a_kill(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let url = world.database.url.clone();
    let (sent, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut server = Server::start(&url);
    let base = Arc::new(std::sync::Mutex::new(server.base.clone()));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let sending = send(client, world.admin(), base.clone(), sent.clone(), stop.clone());
            #[expect(clippy::disallowed_methods, reason = "a client of the test lives beside it")]
            tokio::spawn(sending)
        })
        .collect();
    let killing = {
        let (base, sent, stop) = (base.clone(), sent.clone(), stop.clone());
        tokio::task::spawn_blocking(move || {
            let mut random = Random::from_seed(7);
            for kill in 1..=KILLS {
                // The kill comes after one to four more requests, at a random time during the next one.
                let until = sent.load(Ordering::Relaxed) + 1 + random.below(4);
                while sent.load(Ordering::Relaxed) < until {
                    std::thread::yield_now();
                }
                for _ in 0..random.below(2_000) {
                    std::thread::yield_now();
                }
                drop(server);
                server = Server::start(&url);
                base.lock().unwrap().clone_from(&server.base);
                if kill < KILLS {
                    stop.store(kill, Ordering::Relaxed);
                }
            }
            (server, stop)
        })
    };
    let (_server, stop) = killing.await.unwrap();
    stop.store(KILLS, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for client in clients {
        acknowledged.push(client.await.unwrap());
    }
    let db = world.db.connection();
    for (client, count) in acknowledged.iter().enumerate() {
        assert!(*count > 0, "client {client} was never answered");
    }
    world.link_changes().await;
    let response = world.admin().execute("{ customers { totalCount } changes { totalCount } }").await;
    let customers = response.at("/data/customers/totalCount").as_u64().unwrap();
    assert_eq!(response.at("/data/changes/totalCount").as_u64().unwrap(), customers);
    let count = async |sql: &str| {
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        u64::try_from(row.try_get_by_index::<i64>(0).unwrap()).unwrap()
    };
    // No name exists twice; every acknowledged customer exists; at most the last one of each client is not acknowledged.
    let names = count("SELECT COUNT(DISTINCT name) FROM customer").await;
    assert_eq!(names, customers);
    let acknowledged: usize = acknowledged.iter().sum();
    let over = customers - acknowledged as u64;
    assert!(over <= CLIENTS as u64, "{customers} customers, {acknowledged} acknowledged");
    assert_eq!(count("SELECT COUNT(*) FROM idempotency WHERE row_id IS NOT NULL").await, customers);
    assert_eq!(count("SELECT COUNT(*) FROM idempotency").await, customers);
}

/// The number of customers that backfills rewrite, more than one batch, each with a contact.
const CUSTOMERS: usize = 150;

/// Changes of settings, and in SQL how many rows do not have the form of the new setting yet.
const SETTINGS: [(&str, &str); 5] = [
    (r#"{ "sealedNames": "ALL" }"#, "SELECT COUNT(*) FROM customer WHERE name IS NOT NULL"),
    (
        r#"{ "orderSealedNames": false }"#,
        "SELECT (SELECT COUNT(*) FROM customer WHERE name_order IS NOT NULL)
            + (SELECT COUNT(*) FROM contact WHERE name_order IS NOT NULL)",
    ),
    (
        r#"{ "orderSealedNames": true }"#,
        "SELECT (SELECT COUNT(*) FROM customer WHERE name_order IS NULL)
            + (SELECT COUNT(*) FROM contact WHERE name_order IS NULL)",
    ),
    (r#"{ "sealedNames": "NONE" }"#, "SELECT COUNT(*) FROM customer WHERE name_sealed IS NOT NULL"),
    // The test deletes the index of the telephone numbers.
    (
        r#"{ "country": "GB" }"#,
        "SELECT (SELECT COUNT(*) FROM customer) + (SELECT COUNT(*) FROM contact)
            - (SELECT COUNT(DISTINCT row_id) FROM search_token WHERE field IN ('customer.phone', 'contact.phone'))",
    ),
];

#[apply(each_database_in_parallel)]
async fn a_backfill_continues_where_a_kill_ended_it(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let admin = world.admin();
    let phone = "020 7946 0958";
    let document = "mutation($inputs: [CustomerCreateInput!]!) { customerCreateMany(inputs: $inputs, atomic: true) {
        userErrors { message } } }";
    for part in 0..CUSTOMERS / 50 {
        let customer = |number: usize| {
            let contacts = json!([{ "name": format!("Contact {part} {number}"), "phone": phone }]);
            json!({ "name": format!("Customer {part} {number}"), "type": "BROKER", "contactInfo": { "phone": phone },
                    "contacts": contacts })
        };
        admin.execute_with(document, json!({ "inputs": (0..50).map(customer).collect::<Vec<_>>() })).await.data();
    }
    let read = async || {
        world.link_changes().await;
        let document = "query($after: String) { customers(first: 100, after: $after) {
            nodes { id name version updatedAt contacts(first: 2) { nodes { id name phone version updatedAt } } }
            pageInfo { endCursor hasNextPage } } changes { totalCount } }";
        let (mut rows, mut after) = (Vec::new(), serde_json::Value::Null);
        loop {
            let page = admin.execute_with(document, json!({ "after": after })).await.data().clone();
            rows.extend(page["customers"]["nodes"].as_array().unwrap().clone());
            if page["customers"]["pageInfo"]["hasNextPage"] == json!(false) {
                return (rows, page["changes"]["totalCount"].as_i64().unwrap());
            }
            after = page["customers"]["pageInfo"]["endCursor"].clone();
        }
    };
    let db = world.db.connection();
    let count = async |sql: &str| {
        let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    let (rows, mut changes) = read().await;
    assert_eq!(rows.len(), CUSTOMERS);
    let tokens = "FROM search_token WHERE field IN ('customer.phone', 'contact.phone')";
    db.execute_unprepared(&format!("DELETE {tokens}")).await.unwrap();
    let (mut random, mut kills, mut backfills) = (Random::from_seed(8), 0, 0);
    // On a busy machine every backfill of a round can end before its first kill; the country changes once.
    while kills == backfills {
        assert!(backfills < 5 * SETTINGS.len(), "every backfill was done before its first kill");
        let settings = if backfills == 0 { &SETTINGS[..] } else { &SETTINGS[..4] };
        for (setting, left) in settings {
            admin.mutate("tenantUpdate", serde_json::from_str(setting).unwrap(), "").await;
            loop {
                let before = count(left).await;
                if before == 0 {
                    break;
                }
                let _killed_at_the_end = Server::start(&world.database.url);
                loop {
                    let is_pending = count("SELECT COUNT(*) FROM backfill WHERE NOT is_second_pass").await > 0;
                    if count(left).await != before {
                        break;
                    }
                    assert!(is_pending, "{setting}: the backfill ended before {before} rows");
                    tokio::task::yield_now().await;
                }
                for _ in 0..random.below(2_000) {
                    std::thread::yield_now();
                }
                kills += 1;
            }
            assert_eq!(count("SELECT COUNT(*) FROM customer WHERE (name IS NULL) = (name_sealed IS NULL)").await, 0);
            (changes, backfills) = (changes + 1, backfills + 1);
            assert_eq!(read().await, (rows.clone(), changes), "{setting}");
        }
    }
    let document = "query($phone: String!) { customers(where: { phone: { eq: $phone } }) { totalCount }
        contacts(where: { phone: { eq: $phone } }) { totalCount } }";
    let found = admin.execute_with(document, json!({ "phone": "+44 20 7946 0958" })).await;
    let all = json!({ "totalCount": CUSTOMERS });
    assert_eq!(*found.data(), json!({ "customers": all, "contacts": all }));
}
