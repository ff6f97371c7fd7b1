//! The catalogue of errors: each code is produced for real, and says of itself what the catalogue says.

use std::{collections::BTreeSet, time::Duration};

use error::catalogue::{self, ERRORS, USER_ERRORS};

use fieldgate::http::{Settings, auth::Grant, introspection::Introspection, trusted_documents::Mode};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::world::{Actor, Answer, On, Postgres, Sqlite, World, database, doors, token_settings};

/// What was produced: status, code, and whether it may be tried again.
type Told = BTreeSet<(String, u16, bool)>;

fn note(told: &mut Told, answer: &Answer) {
    for error in answer.at("/errors").as_array().unwrap_or_else(|| panic!("no errors: {answer}")) {
        let extensions = &error["extensions"];
        assert!(extensions["requestId"].is_string(), "{answer}");
        let code = extensions["code"].as_str().unwrap_or_else(|| panic!("no code: {answer}"));
        told.insert((code.to_owned(), answer.status, extensions["retryable"].as_bool().unwrap()));
    }
}

async fn behind(on: On, change: impl FnOnce(&mut Settings)) -> World {
    let mut settings = doors();
    change(&mut settings);
    World::behind(database::own(on).await, token_settings(), settings, |_| {}).await
}

/// An answer to any request, as an administrator sends it.
async fn sent(world: &World, change: impl FnOnce(reqwest::Client, &str) -> reqwest::RequestBuilder) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let token = world.token(&world.tenant, &[access::Role::Admin], None, "ada");
    let response = change(client, &world.base).bearer_auth(token).send().await.unwrap();
    let status = response.status().as_u16();
    Answer::new(status, response.json().await.unwrap())
}

/// An answer to a request with more headers, whose body never comes.
async fn unsent(world: &World, headers: &str) -> Answer {
    let token = world.token(&world.tenant, &[access::Role::Admin], None, "ada");
    let mut wire = TcpStream::connect(world.base.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 10\r\n{headers}\r\n"
    );
    wire.write_all(head.as_bytes()).await.unwrap();
    let mut said = String::new();
    wire.read_to_string(&mut said).await.unwrap();
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer::new(status, serde_json::from_str(body).unwrap())
}

const QUERY: &str = "{ viewer { subject } }";

async fn limits(told: &mut Told) {
    let world = behind(Sqlite, |doors| {
        doors.limits.tokens = 60;
        doors.limits.brackets = 9;
        (doors.limits.fields, doors.limits.depth, doors.limits.root_fields) = (6, 4, 3);
        (doors.limits.aliases, doors.limits.directives, doors.limits.introspection) = (1, 1, 0);
        (doors.limits.fragments, doors.limits.selections, doors.cost_limit) = (2, 20, 90);
        (doors.limits.items, doors.limits.filter_size, doors.limits.filter_edges) = (2, 4, 1);
        (doors.limits.filter_lookups, doors.limits.input_items, doors.limits.arguments) = (1, 1, 400);
    })
    .await;
    let fragments =
        "fragment A on Viewer { subject } fragment B on Viewer { subject } fragment C on Viewer { subject }";
    for document in [
        &format!("{{ a(x: {}) }}", "[".repeat(10)),
        &"a ".repeat(61),
        &format!("{{ viewer {{ ...A ...B ...C }} }} {fragments}"),
        "{ viewer { ...A } } fragment A on Viewer { ...A }",
        "{ viewer { subject } viewer { subject } viewer { subject } viewer { subject } }",
        "{ __schema { types { fields { name } } } }",
        "{ a { b { c { d { e } } } } }",
        "{ viewer { a: subject b: subject } }",
        "{ viewer { subject @skip(if: true) @include(if: true) } }",
        "{ viewer { a b c d e f } }",
        &format!("{{ viewer {{ {} }} }}", "...Nowhere ".repeat(21)),
        "{ customers(first: 101) { totalCount } }",
        "{ nodes(ids: [\"a\", \"b\", \"c\"]) { id } }",
        "{ customers(where: { id: { in: [\"a\", \"b\", \"c\"] } }) { totalCount } }",
        "{ customers(where: { parent: { parent: {} } }) { totalCount } }",
        "{ customers(where: { parent: {}, billTo: {} }) { totalCount } }",
        "mutation { assetCreate(input: { name: \"A\", customFields: [{ key: \"a\" }, { key: \"b\" }] }) { asset { id } } }",
        "{ customers(first: 90) { nodes { id } } }",
        &format!("{{ customer(id: \"{}\") {{ id }} }}", "x".repeat(500)),
    ] {
        note(told, &world.admin().ask(document).await);
    }
}

async fn requests(told: &mut Told) {
    let world = World::on(Sqlite).await;
    let body = json!({ "query": QUERY }).to_string();
    let post = |client: reqwest::Client, base: &str| {
        client.post(format!("{base}/graphql")).header("content-type", "application/json")
    };
    note(told, &sent(&world, |client, base| post(client, base).body("{")).await);
    note(told, &sent(&world, |client, base| post(client, base).body("[]")).await);
    note(told, &sent(&world, |client, base| client.get(format!("{base}/nothing"))).await);
    note(told, &sent(&world, |client, base| client.put(format!("{base}/graphql"))).await);
    note(told, &sent(&world, |client, base| post(client, base).header("accept", "text/html").body(body.clone())).await);
    note(told, &sent(&world, |client, base| client.post(format!("{base}/graphql")).body(body.clone())).await);
    note(told, &world.bearer("nonsense").ask(QUERY).await);
    let small = behind(Sqlite, |doors| {
        (doors.body_limit, doors.variables_limit, doors.query_string_limit) = (200, 20, 20);
        (doors.rate.capacity, doors.rate.per_second) = (26, 1);
    })
    .await;
    let long = "x".repeat(300);
    note(told, &sent(&small, |client, base| post(client, base).body(long.clone())).await);
    note(told, &small.admin().ask_with(QUERY, json!({ "long": "x".repeat(30) })).await);
    note(told, &sent(&small, |client, base| client.get(format!("{base}/graphql?query={long}"))).await);
    assert_eq!(small.admin().ask(QUERY).await.status, 200);
    note(told, &small.admin().ask("{ customers { nodes { id } } }").await);
    let impatient = behind(Postgres, |doors| doors.request_timeout = Duration::from_millis(100)).await;
    let lock = impatient.db.connection().begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE").await.unwrap();
    note(told, &impatient.admin().ask("{ customers { totalCount } }").await);
    lock.rollback().await.unwrap();
    let slow = behind(Sqlite, |doors| doors.body_timeout = Duration::ZERO).await;
    note(told, &unsent(&slow, "").await);
    note(told, &unsent(&world, &"x-many: 1\r\n".repeat(100)).await);
    let full = behind(Sqlite, |doors| doors.requests = 0).await;
    note(told, &full.admin().ask(QUERY).await);
}

async fn documents(told: &mut Told) {
    let world = World::on(Sqlite).await;
    let [by_id, by_hash] = [
        json!({ "documentId": "a" }),
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "a" } } }),
    ];
    note(told, &sent(&world, |client, base| client.post(format!("{base}/graphql")).json(&by_id)).await);
    note(told, &sent(&world, |client, base| client.post(format!("{base}/graphql")).json(&by_hash)).await);
    let strict = behind(Sqlite, |doors| {
        doors.trusted.mode = Mode::Enforce;
        doors.introspection = Introspection::Roles(Vec::new());
    })
    .await;
    note(told, &sent(&strict, |client, base| client.post(format!("{base}/graphql")).json(&by_hash)).await);
    note(told, &strict.viewer().ask(QUERY).await);
    note(told, &strict.admin().ask("{ __schema { queryType { name } } }").await);
}

async fn fields(told: &mut Told) {
    let world = behind(Postgres, |_| {}).await;
    let admin = world.admin();
    let page = admin.ask("{ customers(after: \"nonsense\") { totalCount } }").await;
    note(told, &page);
    note(told, &admin.ask("{ customers(first: 1, last: 1) { totalCount } }").await);
    let create = "mutation { customerCreate(input: { name: \"A\", type: BROKER }) { customer { id } } }";
    note(told, &world.viewer().ask(create).await);
    let db = world.db.connection();
    for sql in [
        "CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$",
        "CREATE TRIGGER lost BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION lost()",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    note(told, &admin.ask(create).await);
    db.execute_unprepared("DROP TABLE customer CASCADE").await.unwrap();
    let answer = admin.ask("{ customers { totalCount } }").await;
    assert!(!answer.to_string().contains("relation"), "the insides are told: {answer}");
    note(told, &answer);
    db.execute_unprepared("ALTER TABLE tenant RENAME TO gone").await.unwrap();
    // A tenant that the server does not know yet.
    let (tenant, roles) = (uuid::Uuid::now_v7(), &[access::Role::Admin]);
    let (subject, scopes, technician, read_only, seconds) = ("ada", None, None, false, 600);
    let token = world.tokens.sign(&Grant { tenant, subject, roles, scopes, technician, read_only, seconds }).unwrap();
    note(told, &world.bearer(&token).ask(QUERY).await);
}

/// Every code is produced, and every answer says of its code what the catalogue says.
#[tokio::test]
async fn every_error_of_the_catalogue_is_produced() {
    let mut told = Told::new();
    limits(&mut told).await;
    requests(&mut told).await;
    documents(&mut told).await;
    fields(&mut told).await;
    let written = ERRORS.iter().map(|entry| {
        // It is told as an error of a field here; what fails before has the status of the catalogue, see tests/http.
        let status = if entry.code == "INTERNAL" { 200 } else { entry.status };
        (entry.code.to_owned(), status, entry.retryable)
    });
    let written: Told = written.collect();
    let missing: Vec<_> = written.difference(&told).collect();
    let unknown: Vec<_> = told.difference(&written).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "not produced: {missing:?}\nnot in the catalogue: {unknown:?}");
}

async fn refused(told: &mut BTreeSet<String>, actor: &Actor, mutation: &str, input: Json) {
    for error in actor.refused(mutation, input).await {
        told.insert(error.split(' ').next().unwrap_or_default().to_owned());
    }
}

async fn many(told: &mut BTreeSet<String>, actor: &Actor, inputs: Json, atomic: bool) {
    let query = "mutation($inputs: [CustomerCreateInput!]!, $atomic: Boolean!) {
        customerCreateMany(inputs: $inputs, atomic: $atomic) { userErrors { code } } }";
    let answer = actor.ask_with(query, json!({ "inputs": inputs, "atomic": atomic })).await;
    for payload in answer.at("/data/customerCreateMany").as_array().unwrap_or_else(|| panic!("{answer}")) {
        told.extend(payload["userErrors"][0]["code"].as_str().map(str::to_owned));
    }
}

#[tokio::test]
async fn every_user_error_of_the_catalogue_is_produced() {
    let world = behind(Postgres, |_| {}).await;
    let admin = world.admin();
    let mut told = BTreeSet::new();
    let acme = json!({ "name": "Acme", "type": "BROKER", "externalReference": "ACME", "idempotencyKey": "1" });
    admin.done("customerCreate", acme.clone(), "id").await;
    let gone = json!({ "name": "Gone", "type": "BROKER", "externalReference": "GONE" });
    admin.done("customerCreate", gone, "id").await;
    admin.done("customerDelete", json!({ "id": "GONE" }), "id").await;
    admin.done("assetCreate", json!({ "name": "Lift", "externalReference": "LIFT" }), "id").await;
    let rent = json!({ "customer": "ACME", "asset": "LIFT", "relationship": "RENTED", "from": "2026-01-01T00:00:00Z" });
    admin.done("customerAssetAssign", rent.clone(), "id").await;
    let stops = json!([{ "kind": "PICKUP" }, { "kind": "DELIVERY" }]);
    let load = json!({ "customer": "ACME", "stops": stops, "externalReference": "LOAD" });
    admin.done("loadCreate", load, "id").await;
    admin.done("customerCreate", json!({ "name": "B", "type": "BROKER", "externalReference": "B" }), "id").await;
    for (mutation, input) in [
        ("customerCreate", json!({ "name": " ", "type": "BROKER" })),
        ("contactCreate", json!({ "customer": "ACME", "name": "Ann", "email": "nonsense" })),
        ("customerUpdate", json!({ "id": "ACME", "paymentTermsDays": 999 })),
        ("customerUpdate", json!({ "id": "NOBODY" })),
        ("customerCreate", json!({ "name": "A", "type": "BROKER", "externalReference": "ACME" })),
        ("customerUpdate", json!({ "id": "GONE" })),
        ("customerUpdate", json!({ "id": "ACME", "expectedVersion": 99 })),
        ("assetDelete", json!({ "id": "LIFT" })),
        ("loadPay", json!({ "id": "LOAD" })),
        ("customerUpdate", json!({ "id": "ACME", "parent": "ACME" })),
        ("customerAssetAssign", rent),
        ("loadUpdate", json!({ "id": "LOAD", "customer": "B" })),
        ("customerCreate", json!({ "name": "Other", "type": "BROKER", "idempotencyKey": "1" })),
    ] {
        refused(&mut told, &admin, mutation, input).await;
    }
    many(&mut told, &admin, json!([{ "name": "C", "type": "BROKER" }, { "name": " ", "type": "BROKER" }]), true).await;
    let db = world.db.connection();
    let raising = |code: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{code}'; END $$"
        )
    };
    db.execute_unprepared(&raising("40001")).await.unwrap();
    let trigger = "CREATE TRIGGER lost BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION lost()";
    db.execute_unprepared(trigger).await.unwrap();
    many(&mut told, &admin, json!([{ "name": "D", "type": "BROKER" }]), false).await;
    db.execute_unprepared(&raising("P0001")).await.unwrap();
    many(&mut told, &admin, json!([{ "name": "E", "type": "BROKER" }]), false).await;
    let written: BTreeSet<_> = USER_ERRORS.iter().map(|entry| entry.code.to_owned()).collect();
    assert_eq!(told, written);
}

#[test]
fn the_page_of_errors_is_made_from_the_catalogue() {
    let kept = include_str!("../docs/errors.md");
    assert!(
        kept == catalogue::page(),
        "docs/errors.md is not what the catalogue says; if that is meant: cargo xtask schema"
    );
}
