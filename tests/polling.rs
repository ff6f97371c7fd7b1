//! Polling: a reader misses nothing who continues after the last sequence number of the change log, or who goes back from the
//! last `updatedAt` of a list by the time that the documentation states.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use fieldgate::config;
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Database as SeaDatabase, DbBackend, Statement, TransactionTrait};
use serde_json::{Map, Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, Postgres, World, custom_fields, each_database_in_parallel,
    schema::{Field, Schema, upper},
};

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

/// The lists that are polled, with what their rows show and with the conditions in SQL by which their row `late` is locked.
const LISTS: [(&str, &str, &str); 13] = [
    (
        "customers",
        "customFields { nodes { value } } contacts { totalCount } addresses { totalCount }",
        "customer WHERE external_reference = 'late'",
    ),
    ("contacts", "name customFields { nodes { value } }", "contact WHERE external_reference = 'late'"),
    ("addresses", "city customFields { nodes { value } }", "address WHERE external_reference = 'late'"),
    ("assets", "customFields { nodes { value } }", "asset WHERE external_reference = 'late'"),
    ("customerAssets", "notes customFields { nodes { value } }", "customer_asset WHERE external_reference = 'late'"),
    ("loads", "customFields { nodes { value } }", "load WHERE external_reference = 'late'"),
    ("serviceRecords", "summary customFields { nodes { value } }", "service_record WHERE external_reference = 'late'"),
    (
        "recurringServices",
        "summary customFields { nodes { value } }",
        "recurring_service WHERE external_reference = 'late'",
    ),
    ("rates", "name customFields { nodes { value } }", "rate WHERE external_reference = 'late'"),
    (
        "equipmentSchedules",
        "serviceType customFields { nodes { value } }",
        "equipment_schedule WHERE external_reference = 'late'",
    ),
    ("documents", "title customFields { nodes { value } }", "document WHERE external_reference = 'late'"),
    ("meterReadings", "value", "meter_reading WHERE external_reference = 'late'"),
    ("customFieldDefinitions", "title", "custom_field_definition WHERE external_reference = 'late'"),
];

/// The types of rows that have a custom field, and their root fields.
const OWNERS: [(&str, &str); 11] = [
    ("CUSTOMER", "customer"),
    ("CONTACT", "contact"),
    ("ADDRESS", "address"),
    ("ASSET", "asset"),
    ("CUSTOMER_ASSET", "customerAsset"),
    ("LOAD", "load"),
    ("SERVICE_RECORD", "serviceRecord"),
    ("RECURRING_SERVICE", "recurringService"),
    ("RATE", "rate"),
    ("EQUIPMENT_SCHEDULE", "equipmentSchedule"),
    ("DOCUMENT", "document"),
];

/// A reader who polls the lists by `updatedAt`.
struct Reader {
    overlap: TimeDelta,
    /// The last `updatedAt` that each list has shown.
    last: BTreeMap<&'static str, DateTime<Utc>>,
    /// The rows of each list as the reader has read them last, by id.
    rows: BTreeMap<&'static str, BTreeMap<String, Json>>,
}

impl Reader {
    fn new(overlap: TimeDelta) -> Self {
        Self { overlap, last: BTreeMap::new(), rows: BTreeMap::new() }
    }

    /// Reads what was updated since the overlap before the last time that was seen, in the order of the times.
    async fn poll(&mut self, actor: &Actor) {
        for (list, select, _) in LISTS {
            let mut condition = Map::new();
            if let Some(last) = self.last.get(list) {
                let since = (*last - self.overlap).to_rfc3339_opts(SecondsFormat::Micros, true);
                condition.insert("updatedAt".to_owned(), json!({ "gte": since }));
            }
            let row_type = list.strip_suffix("es").filter(|_| list == "addresses").unwrap_or(&list[..list.len() - 1]);
            let query = format!(
                "query($where: {}Filter) {{ {list}(first: 100, where: $where, orderBy: [{{ updatedAt: ASC }}]) {{
                nodes {{ id version updatedAt {select} }} pageInfo {{ hasNextPage }} }} }}",
                upper(row_type)
            );
            let response = actor.execute_with(&query, json!({ "where": condition })).await;
            let page = &response.data()[list];
            assert_eq!(page["pageInfo"]["hasNextPage"], json!(false), "{list}");
            for row in page["nodes"].as_array().unwrap() {
                let updated_at = row["updatedAt"].as_str().unwrap().parse().unwrap();
                let last = self.last.entry(list).or_insert(updated_at);
                *last = updated_at.max(*last);
                self.rows.entry(list).or_default().insert(row["id"].as_str().unwrap().to_owned(), row.clone());
            }
        }
    }
}

/// Creates a row of each list, all under one external reference.
async fn create_rows(admin: &Actor, reference: &str) {
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    for (mutation, input) in [
        ("customerCreate", json!({ "name": "A", "type": "BROKER" })),
        ("contactCreate", json!({ "customer": reference, "name": "A" })),
        ("addressCreate", json!({ "customer": reference, "city": "A" })),
        ("assetCreate", json!({ "name": "A" })),
        ("customerAssetCreate", json!({ "customer": reference, "asset": reference, "relationship": "OWNED" })),
        ("loadCreate", json!({ "customer": reference, "stops": stops })),
        (
            "serviceRecordCreate",
            json!({ "customer": reference, "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit" }),
        ),
        (
            "recurringServiceCreate",
            json!({ "customer": reference, "serviceType": "Visit", "frequency": "DAILY", "startDate": "2090-01-01" }),
        ),
        ("rateCreate", json!({ "type": "FLAT", "amount": "1", "serviceType": reference })),
        ("equipmentScheduleCreate", json!({ "equipment": reference, "serviceType": "A", "intervalDays": 9 })),
        ("documentCreate", json!({ "customer": reference, "link": "https://a.example" })),
        ("meterReadingCreate", json!({ "equipment": reference, "value": "1" })),
        (
            "customFieldDefinitionCreate",
            json!({ "ownerType": "TENANT", "key": reference, "title": "A", "type": "STRING" }),
        ),
    ] {
        let mut input = input;
        input["externalReference"] = json!(reference);
        admin.mutate(mutation, input, "").await;
    }
}

async fn create_custom_fields(admin: &Actor) {
    for (owner_type, _) in OWNERS {
        custom_fields::create_definition(admin, owner_type, "k", "STRING", json!({})).await;
    }
}

/// The id of the row of a root field with an external reference.
async fn id_of(admin: &Actor, root: &str, reference: &str) -> String {
    let response = admin.execute(&format!("{{ {root}(ref: \"{reference}\") {{ id }} }}")).await;
    response.text(&format!("/data/{root}/id")).to_owned()
}

/// Writes of own fields and of custom fields, each with a list of which it moves the `updatedAt` of a row.
fn writes(reference: &str, value: &str) -> [(&'static str, &'static str, Json); 23] {
    let own = json!([{ "key": "k", "value": value }]);
    [
        ("customers", "customerUpdate", json!({ "id": reference, "customFields": own })),
        ("assets", "assetUpdate", json!({ "id": reference, "customFields": own })),
        ("loads", "loadUpdate", json!({ "id": reference, "customFields": own })),
        ("contacts", "contactUpdate", json!({ "id": reference, "customFields": own })),
        ("addresses", "addressUpdate", json!({ "id": reference, "customFields": own })),
        ("customerAssets", "customerAssetUpdate", json!({ "id": reference, "customFields": own })),
        ("serviceRecords", "serviceRecordUpdate", json!({ "id": reference, "customFields": own })),
        ("recurringServices", "recurringServiceUpdate", json!({ "id": reference, "customFields": own })),
        ("rates", "rateUpdate", json!({ "id": reference, "customFields": own })),
        ("equipmentSchedules", "equipmentScheduleUpdate", json!({ "id": reference, "customFields": own })),
        ("documents", "documentUpdate", json!({ "id": reference, "customFields": own })),
        ("contacts", "contactUpsert", json!({ "customer": reference, "externalReference": reference, "name": value })),
        ("addresses", "addressUpsert", json!({ "externalReference": reference, "city": value })),
        ("customerAssets", "customerAssetUpdate", json!({ "id": reference, "notes": value })),
        ("serviceRecords", "serviceRecordUpdate", json!({ "id": reference, "summary": value })),
        ("customFieldDefinitions", "customFieldDefinitionUpdate", json!({ "id": reference, "title": value })),
        ("recurringServices", "recurringServiceUpdate", json!({ "id": reference, "summary": value })),
        ("rates", "rateUpdate", json!({ "id": reference, "name": value })),
        ("equipmentSchedules", "equipmentScheduleUpdate", json!({ "id": reference, "serviceType": value })),
        ("documents", "documentUpdate", json!({ "id": reference, "title": value })),
        ("contacts", "contactCreate", json!({ "customer": reference, "name": value })),
        ("addresses", "addressCreate", json!({ "customer": reference, "city": value })),
        ("meterReadings", "meterReadingCreate", json!({ "equipment": reference, "value": "1" })),
    ]
}

#[apply(each_database_in_parallel)]
async fn every_list_that_is_filtered_by_its_time_of_update_is_polled(database: DatabaseKind) {
    let world = World::new(database).await;
    let schema = Schema::load(&world.admin()).await;
    let is_polled = |list: &&Field| {
        let mut arguments = list.args.iter().filter(|argument| argument.name == "where");
        arguments.any(|argument| schema.has_field(&argument.type_name, "updatedAt"))
    };
    let mut lists: Vec<_> = schema.queries().iter().filter(is_polled).map(|list| list.name.as_str()).collect();
    // The search gives rows of customers by relevance, and what is due are schedules of another list.
    lists.retain(|list| !["search", "equipmentDue"].contains(list));
    lists.sort_unstable();
    let mut polled = LISTS.map(|(list, ..)| list);
    polled.sort_unstable();
    assert_eq!(lists, polled);
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
        for (_, root) in OWNERS {
            ids.push(id_of(&admin, root, reference).await);
        }
    }
    let running = AtomicUsize::new(WRITERS);
    let write = async |writer: usize| {
        for round in 0..WRITES {
            // The rows of a writer are those of the next one in the next round.
            let (reference, value) = (&references[(writer + round) % WRITERS], format!("{writer} {round}"));
            let (_, mutation, input) = writes(reference, &value)[(writer * 3 + round) % 18].clone();
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
    for (list, ..) in LISTS {
        assert!(read[list].len() >= WRITERS, "{list}");
        assert_eq!(read[list], whole.rows[list], "{list}");
    }
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
    let mut late = BTreeSet::new();
    for (list, mutation, input) in writes("late", "late") {
        let mut readers = [documented_overlap(), TimeDelta::zero()].map(Reader::new);
        let lock = own.begin().await.unwrap();
        for (.., rows) in LISTS {
            lock.execute_unprepared(&format!("SELECT 1 FROM {rows} FOR UPDATE")).await.unwrap();
        }
        let held = admin.mutate(mutation, input, "id");
        let meanwhile = async {
            // The held write has begun, and its time is set.
            while lock_waits().await == 0 {}
            for (_, mutation, input) in writes("early", mutation) {
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
        assert_ne!(without_overlap.rows[list], whole.rows[list], "{mutation} did not become visible late");
        late.insert(list);
    }
    assert_eq!(late, LISTS.map(|(list, ..)| list).into());
}
