//! Polling: a reader misses nothing who continues after the last sequence number of the change log, or who goes back from the
//! last `updatedAt` of a list by the time that the documentation states.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use fieldgate::config;
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Database as SeaDatabase, DbBackend, Statement, TransactionTrait};
use serde_json::{Map, Value as Json, json};

use crate::world::{Actor, DatabaseKind, Postgres, World, custom_fields, each_database_in_parallel};

/// The number of clients that write at once.
const WRITERS: usize = 4;
/// The number of writes of each of them.
const WRITES: usize = 12;

#[apply(each_database_in_parallel)]
async fn a_reader_who_continues_after_the_last_sequence_misses_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for writer in 0..WRITERS {
        let asset = json!({ "name": "A", "externalReference": format!("a{writer}") });
        admin.mutate("assetCreate", asset, "").await;
    }
    let running = AtomicUsize::new(WRITERS);
    let write = async |writer: usize| {
        for round in 0..WRITES {
            // Writes of several rows in one transaction, and of one row by several writers.
            let inputs: Vec<_> = [writer, (writer + 1) % WRITERS]
                .map(|asset| json!({ "id": format!("a{asset}"), "name": format!("{writer} {round}") }))
                .into();
            let query = "mutation($inputs: [AssetUpdateInput!]!) { assetUpdateMany(inputs: $inputs, atomic: true) { asset { version } userErrors { code } } }";
            let response = admin.execute_with(query, json!({ "inputs": inputs })).await;
            let outcomes = response.data()["assetUpdateMany"].as_array().unwrap().clone();
            assert!(outcomes.iter().all(|outcome| outcome["userErrors"] == json!([])), "{response}");
        }
        running.fetch_sub(1, Ordering::Relaxed);
    };
    let poll = async || {
        let mut read: Vec<(i64, String)> = Vec::new();
        loop {
            let is_last = running.load(Ordering::Relaxed) == 0;
            world.link_changes().await;
            loop {
                let last = read.last().map_or(0, |(sequence, _)| *sequence);
                let query = "query($last: Int!) { changes(first: 7, where: { sequence: { gt: $last } }) { nodes { sequence nodeId } } }";
                let response = admin.execute_with(query, json!({ "last": last })).await;
                let nodes = response.data()["changes"]["nodes"].as_array().unwrap().clone();
                let text = |node: &serde_json::Value| node["nodeId"].as_str().unwrap().to_owned();
                read.extend(nodes.iter().map(|node| (node["sequence"].as_i64().unwrap(), text(node))));
                if nodes.is_empty() {
                    break;
                }
            }
            if is_last {
                return read;
            }
        }
    };
    let writers = futures_util::future::join_all((0..WRITERS).map(write));
    let (_, read) = tokio::join!(writers, poll());
    let sequences: Vec<_> = read.iter().map(|(sequence, _)| *sequence).collect();
    let count = i64::try_from(read.len()).unwrap();
    assert_eq!(sequences, (1..=count).collect::<Vec<_>>(), "dense, in order, each once");
    // Each version of a row is one change of it.
    let mut changes: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, id) in &read {
        *changes.entry(id).or_default() += 1;
    }
    let rows = admin.execute("{ assets { nodes { id version } } }").await;
    for row in rows.data()["assets"]["nodes"].as_array().unwrap() {
        assert_eq!(json!(changes[row["id"].as_str().unwrap()]), row["version"], "{row}");
        assert_eq!(row["version"], json!(1 + 2 * WRITES));
    }
}

/// How far a reader who polls by `updatedAt` goes back, as `docs/data-model.md` states it: the longest time of a write.
fn documented_overlap() -> TimeDelta {
    let time = config::parse("").unwrap().database_settings().unwrap().write_timeout;
    let page = include_str!("../docs/data-model.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let stated = format!("up to `database_write_timeout` ({} s) after its `updatedAt`", time.as_secs());
    assert!(page.contains(&stated), "docs/data-model.md does not state: {stated}");
    TimeDelta::from_std(time).unwrap()
}

/// The lists that are polled, and what their rows show.
const LISTS: [(&str, &str); 3] = [
    ("customers", "customFields { nodes { value } } contacts { totalCount } addresses { totalCount }"),
    ("assets", "customFields { nodes { value } }"),
    ("loads", "customFields { nodes { value } }"),
];

/// A reader who polls the lists by `updatedAt`.
struct Reader {
    overlap: TimeDelta,
    /// The last `updatedAt` that each list has shown.
    last: BTreeMap<&'static str, DateTime<Utc>>,
    /// The rows as the reader has read them last, by id.
    rows: BTreeMap<String, Json>,
}

impl Reader {
    fn new(overlap: TimeDelta) -> Self {
        Self { overlap, last: BTreeMap::new(), rows: BTreeMap::new() }
    }

    /// Reads what was updated since the overlap before the last time that was seen.
    async fn poll(&mut self, actor: &Actor) {
        for (list, select) in LISTS {
            let mut condition = Map::new();
            if let Some(last) = self.last.get(list) {
                let since = (*last - self.overlap).to_rfc3339_opts(SecondsFormat::Micros, true);
                condition.insert("updatedAt".to_owned(), json!({ "gte": since }));
            }
            let filter = format!("{}Filter", list[..1].to_uppercase() + &list[1..list.len() - 1]);
            let query = format!(
                "query($where: {filter}) {{ {list}(first: 100, where: $where) {{ nodes {{ id version updatedAt {select} }} }} }}"
            );
            let response = actor.execute_with(&query, json!({ "where": condition })).await;
            for row in response.data()[list]["nodes"].as_array().unwrap() {
                let updated_at = row["updatedAt"].as_str().unwrap().parse().unwrap();
                let last = self.last.entry(list).or_insert(updated_at);
                *last = updated_at.max(*last);
                self.rows.insert(row["id"].as_str().unwrap().to_owned(), row.clone());
            }
        }
    }
}

/// Creates a customer, an asset and a load with a custom field each, all under one external reference.
async fn create_rows(admin: &Actor, reference: &str) {
    let customer = json!({ "name": "A", "type": "BROKER", "externalReference": reference });
    admin.mutate("customerCreate", customer, "").await;
    admin.mutate("assetCreate", json!({ "name": "A", "externalReference": reference }), "").await;
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let load = json!({ "customer": reference, "stops": stops, "externalReference": reference });
    admin.mutate("loadCreate", load, "").await;
}

async fn create_custom_fields(admin: &Actor) {
    for owner_type in ["CUSTOMER", "ASSET", "LOAD", "CONTACT"] {
        custom_fields::create_definition(admin, owner_type, "k", "STRING", json!({})).await;
    }
}

/// The id of the row of a root field with an external reference.
async fn id_of(admin: &Actor, root: &str, reference: &str) -> String {
    let response = admin.execute(&format!("{{ {root}(ref: \"{reference}\") {{ id }} }}")).await;
    response.text(&format!("/data/{root}/id")).to_owned()
}

/// Writes of a custom field, a contact and an address, which all move the `updatedAt` of the rows they are parts of.
fn writes_of_parts(reference: &str, value: &str) -> [(&'static str, Json); 6] {
    let own = json!([{ "key": "k", "value": value }]);
    [
        ("customerUpdate", json!({ "id": reference, "customFields": own })),
        ("assetUpdate", json!({ "id": reference, "customFields": own })),
        ("loadUpdate", json!({ "id": reference, "customFields": own })),
        ("contactCreate", json!({ "customer": reference, "name": value })),
        ("addressCreate", json!({ "customer": reference, "city": value })),
        (
            "contactUpsert",
            json!({ "customer": reference, "externalReference": reference, "name": value, "customFields": own }),
        ),
    ]
}

#[apply(each_database_in_parallel)]
async fn a_reader_who_goes_back_by_the_documented_time_misses_no_update(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_custom_fields(&admin).await;
    let references: Vec<_> = (0..WRITERS).map(|writer| format!("r{writer}")).collect();
    let mut ids = Vec::new();
    for reference in &references {
        create_rows(&admin, reference).await;
        for root in ["customer", "asset", "load"] {
            ids.push(id_of(&admin, root, reference).await);
        }
    }
    let running = AtomicUsize::new(WRITERS);
    let write = async |writer: usize| {
        for round in 0..WRITES {
            // The rows of a writer are those of the next one in the next round.
            let (reference, value) = (&references[(writer + round) % WRITERS], format!("{writer} {round}"));
            let (mutation, input) = writes_of_parts(reference, &value)[round % 6].clone();
            admin.mutate(mutation, input, "id").await;
            custom_fields::set_values(&admin, &ids[(writer * 5 + round) % ids.len()], &[("k", json!(value))]).await;
        }
        running.fetch_sub(1, Ordering::Relaxed);
    };
    let poll = async || {
        let mut reader = Reader::new(documented_overlap());
        loop {
            let is_last = running.load(Ordering::Relaxed) == 0;
            reader.poll(&admin).await;
            if is_last {
                return reader.rows;
            }
        }
    };
    let writers = futures_util::future::join_all((0..WRITERS).map(write));
    let (_, read) = tokio::join!(writers, poll());
    let mut whole = Reader::new(TimeDelta::zero());
    whole.poll(&admin).await;
    assert_eq!(read.len(), 3 * WRITERS);
    assert_eq!(read, whole.rows);
}

/// On SQLite a write begins when the one before it has ended, and no row becomes visible late.
#[tokio::test]
async fn an_update_that_becomes_visible_late_is_read_by_a_reader_who_goes_back() {
    let world = World::builder(Postgres).isolated().build().await;
    let admin = world.admin();
    create_custom_fields(&admin).await;
    for reference in ["late", "early"] {
        create_rows(&admin, reference).await;
    }
    let own = SeaDatabase::connect(&world.database.url).await.unwrap();
    let lock_waits = async || {
        let sql = "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let rows = own.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
        rows[0].try_get::<i64>("", "n").unwrap()
    };
    for (mutation, input) in writes_of_parts("late", "late") {
        let mut readers = [documented_overlap(), TimeDelta::zero()].map(Reader::new);
        let lock = own.begin().await.unwrap();
        for table in ["customer", "asset", "load"] {
            let sql = format!("SELECT 1 FROM {table} WHERE external_reference = 'late' FOR UPDATE");
            lock.execute_unprepared(&sql).await.unwrap();
        }
        let held = admin.mutate(mutation, input, "id");
        let meanwhile = async {
            // The held write has begun, and its time is set.
            while lock_waits().await == 0 {}
            for (mutation, input) in writes_of_parts("early", mutation) {
                admin.mutate(mutation, input, "id").await;
            }
            for reader in &mut readers {
                reader.poll(&admin).await;
            }
            lock.rollback().await.unwrap();
        };
        tokio::join!(held, meanwhile);
        let mut whole = Reader::new(TimeDelta::zero());
        whole.poll(&admin).await;
        for reader in &mut readers {
            reader.poll(&admin).await;
        }
        let [reader, without_overlap] = readers;
        assert_eq!(reader.rows, whole.rows, "{mutation}");
        assert_ne!(without_overlap.rows, whole.rows, "{mutation} did not become visible late");
    }
}
