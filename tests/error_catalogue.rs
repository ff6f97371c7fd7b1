//! The catalogue of errors: the server returns each code, with the properties that the catalogue describes.

use std::{collections::BTreeSet, time::Duration};

use error::catalogue::{self, ERRORS, USER_ERRORS};

use fieldgate::{
    graphql::limit::Limits,
    http::{Settings, auth::Grant, introspection::Introspection, trusted_documents::Mode},
};
use reqwest::Method;
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::document::form::Form;
use crate::world::{Actor, DatabaseKind, JsonResponse, Postgres, Sqlite, World, http_client, http_settings};

/// Returned errors: code, status, and whether the request may be repeated.
type ReturnedErrors = BTreeSet<(String, u16, bool)>;

fn record(returned: &mut ReturnedErrors, response: &JsonResponse) {
    for error in response.at("/errors").as_array().unwrap_or_else(|| panic!("no errors: {response}")) {
        let extensions = &error["extensions"];
        assert!(extensions["requestId"].is_string(), "{response}");
        let code = extensions["code"].as_str().unwrap_or_else(|| panic!("no code: {response}"));
        returned.insert((code.to_owned(), response.status, extensions["retryable"].as_bool().unwrap()));
    }
}

async fn world_with(database: DatabaseKind, change: impl FnOnce(&mut Settings)) -> World {
    World::builder(database).isolated().http(change).build().await
}

/// The response to any request of an administrator.
async fn send(world: &World, change: impl FnOnce(reqwest::Client, &str) -> reqwest::RequestBuilder) -> JsonResponse {
    let client = http_client();
    let token = world.user(&[access::Role::Admin]).subject("ada").token();
    let response = change(client, &world.base).bearer_auth(token).send().await.unwrap();
    let status = response.status().as_u16();
    JsonResponse::new(status, response.json().await.unwrap())
}

/// The response to a request with more headers, whose body never arrives.
async fn send_headers(world: &World, headers: &str) -> JsonResponse {
    let token = world.user(&[access::Role::Admin]).subject("ada").token();
    let mut wire = TcpStream::connect(world.base.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: 10\r\n{headers}\r\n"
    );
    wire.write_all(head.as_bytes()).await.unwrap();
    let mut received = String::new();
    wire.read_to_string(&mut received).await.unwrap();
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    JsonResponse::new(status, serde_json::from_str(body).unwrap())
}

const QUERY: &str = "{ viewer { subject } }";

async fn exceed_limits(returned: &mut ReturnedErrors) {
    let world = world_with(Sqlite, |settings| {
        settings.limits.tokens = 60;
        settings.limits.brackets = 9;
        (settings.limits.fields, settings.limits.depth, settings.limits.root_fields) = (6, 4, 3);
        (settings.limits.aliases, settings.limits.directives, settings.limits.introspection) = (1, 1, 0);
        (settings.limits.fragments, settings.limits.selections, settings.cost_limit) = (2, 20, 90);
        (settings.limits.items, settings.limits.filter_size, settings.limits.filter_edges) = (2, 4, 1);
        (settings.limits.filter_lookups, settings.limits.input_items, settings.limits.arguments) = (1, 1, 400);
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
        record(returned, &world.admin().execute(document).await);
    }
}

async fn spend_budgets(returned: &mut ReturnedErrors) {
    let world = World::new(Sqlite).await;
    world.admin().mutate("customerCreate", json!({ "name": "Acme", "type": "SHIPPER" }), "").await;
    let changes: [fn(&mut Limits); 7] = [
        |limits| limits.statements = 0,
        |limits| limits.rows = 0,
        |limits| limits.read_bytes = 0,
        |limits| limits.values = 0,
        |limits| limits.answer_bytes = 0,
        |limits| limits.cpu_time = 0,
        |limits| limits.database_time = 0,
    ];
    // The names are computed before the contacts are read.
    let names = (0..190).map(|number| format!("n{number}: displayName ")).collect::<Vec<_>>().concat();
    let query = format!("{{ customers {{ nodes {{ {names} contacts {{ nodes {{ id }} }} }} }} }}");
    for change in changes {
        let mut settings = http_settings();
        change(&mut settings.limits);
        let admin = world.admin().at(&world.start_server(settings).await);
        record(returned, &admin.execute(&query).await);
    }
}

async fn ask_for_bytes_beyond_the_file(returned: &mut ReturnedErrors) {
    let world = World::new(Sqlite).await;
    let admin = world.admin();
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
    let form = Form::new().field("asset", "lift").file("a.txt", "text/plain", b"hello");
    assert_eq!(form.send(&admin).await.status, 201);
    let address = admin.execute("{ documents { nodes { file { download { url } } } } }").await;
    let request = admin.http(Method::GET, address.text("/data/documents/nodes/0/file/download/url"));
    let response = request.header("range", "bytes=5-").send().await.unwrap();
    record(returned, &JsonResponse::read(response).await);
}

async fn fill_the_memory(returned: &mut ReturnedErrors) {
    let world = world_with(Sqlite, |settings| settings.request_memory = 0).await;
    let mutation = "mutation { assetCreate(input: { name: \"A\" }) { asset { id } } }";
    record(returned, &world.admin().execute(mutation).await);
}

async fn send_bad_requests(returned: &mut ReturnedErrors) {
    let world = World::new(Sqlite).await;
    let body = json!({ "query": QUERY }).to_string();
    let post = |client: reqwest::Client, base: &str| {
        client.post(format!("{base}/graphql")).header("content-type", "application/json")
    };
    record(returned, &send(&world, |client, base| post(client, base).body("{")).await);
    record(returned, &send(&world, |client, base| post(client, base).body("[]")).await);
    record(returned, &send(&world, |client, base| client.get(format!("{base}/nothing"))).await);
    record(returned, &send(&world, |client, base| client.put(format!("{base}/graphql"))).await);
    record(
        returned,
        &send(&world, |client, base| post(client, base).header("accept", "text/html").body(body.clone())).await,
    );
    record(returned, &send(&world, |client, base| client.post(format!("{base}/graphql")).body(body.clone())).await);
    record(returned, &world.actor_with_token("nonsense").execute(QUERY).await);
    let small = world_with(Sqlite, |settings| {
        (settings.body_limit, settings.variables_limit, settings.query_string_limit) = (200, 20, 20);
        (settings.rate.capacity, settings.rate.per_second) = (26, 1);
    })
    .await;
    let long = "x".repeat(300);
    record(returned, &send(&small, |client, base| post(client, base).body(long.clone())).await);
    record(returned, &small.admin().execute_with(QUERY, json!({ "long": "x".repeat(30) })).await);
    record(returned, &send(&small, |client, base| client.get(format!("{base}/graphql?query={long}"))).await);
    assert_eq!(small.admin().execute(QUERY).await.status, 200);
    record(returned, &small.admin().execute("{ customers { nodes { id } } }").await);
    let impatient = world_with(Postgres, |settings| settings.request_timeout = Duration::from_millis(100)).await;
    let lock = impatient.db.connection().begin().await.unwrap();
    lock.execute_unprepared("LOCK TABLE customer IN ACCESS EXCLUSIVE MODE").await.unwrap();
    record(returned, &impatient.admin().execute("{ customers { totalCount } }").await);
    lock.rollback().await.unwrap();
    let slow = world_with(Sqlite, |settings| settings.body_timeout = Duration::ZERO).await;
    record(returned, &send_headers(&slow, "").await);
    record(returned, &send_headers(&world, &"x-many: 1\r\n".repeat(100)).await);
    let full = world_with(Sqlite, |settings| settings.requests = 0).await;
    record(returned, &full.admin().execute(QUERY).await);
}

async fn send_bad_documents(returned: &mut ReturnedErrors) {
    let world = World::new(Sqlite).await;
    let [by_id, by_hash] = [
        json!({ "documentId": "a" }),
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "a" } } }),
    ];
    record(returned, &send(&world, |client, base| client.post(format!("{base}/graphql")).json(&by_id)).await);
    record(returned, &send(&world, |client, base| client.post(format!("{base}/graphql")).json(&by_hash)).await);
    let strict = world_with(Sqlite, |settings| {
        settings.trusted.mode = Mode::Enforce;
        settings.introspection = Introspection::Roles(Vec::new());
    })
    .await;
    record(returned, &send(&strict, |client, base| client.post(format!("{base}/graphql")).json(&by_hash)).await);
    record(returned, &strict.viewer().execute(QUERY).await);
    record(returned, &strict.admin().execute("{ __schema { queryType { name } } }").await);
}

async fn select_failing_fields(returned: &mut ReturnedErrors) {
    let world = world_with(Postgres, |_| {}).await;
    let admin = world.admin();
    let page = admin.execute("{ customers(after: \"nonsense\") { totalCount } }").await;
    record(returned, &page);
    record(returned, &admin.execute("{ customers(first: 1, last: 1) { totalCount } }").await);
    let create = "mutation { customerCreate(input: { name: \"A\", type: BROKER }) { customer { id } } }";
    record(returned, &world.viewer().execute(create).await);
    let db = world.db.connection();
    for sql in [
        "CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$",
        "CREATE TRIGGER lost BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION lost()",
    ] {
        db.execute_unprepared(sql).await.unwrap();
    }
    record(returned, &admin.execute(create).await);
    db.execute_unprepared("DROP TABLE customer CASCADE").await.unwrap();
    let response = admin.execute("{ customers { totalCount } }").await;
    assert!(!response.to_string().contains("relation"), "the response shows internals: {response}");
    record(returned, &response);
    db.execute_unprepared("ALTER TABLE tenant RENAME TO gone").await.unwrap();
    // A tenant that the server has not cached yet.
    let (tenant, roles) = (uuid::Uuid::now_v7(), &[access::Role::Admin]);
    let (subject, scopes, technician, read_only, seconds) = ("ada", None, None, false, 600);
    let grant = Grant { tenant, subject, roles, scopes, technician, read_only, seconds };
    let token = world.tokens.sign(&grant).unwrap().text;
    record(returned, &world.actor_with_token(&token).execute(QUERY).await);
}

/// Every code is returned, and every response has the properties that the catalogue describes.
#[tokio::test]
async fn every_error_of_the_catalogue_is_returned() {
    let mut returned = ReturnedErrors::new();
    exceed_limits(&mut returned).await;
    spend_budgets(&mut returned).await;
    ask_for_bytes_beyond_the_file(&mut returned).await;
    fill_the_memory(&mut returned).await;
    send_bad_requests(&mut returned).await;
    send_bad_documents(&mut returned).await;
    select_failing_fields(&mut returned).await;
    let written = ERRORS.iter().map(|entry| {
        // Here it is the error of a field; a failure before execution has the status of the catalogue, see tests/http.
        let status = if entry.code == "INTERNAL" { 200 } else { entry.status };
        (entry.code.to_owned(), status, entry.retryable)
    });
    let written: ReturnedErrors = written.collect();
    let missing: Vec<_> = written.difference(&returned).collect();
    let unknown: Vec<_> = returned.difference(&written).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "not produced: {missing:?}\nnot in the catalogue: {unknown:?}");
}

async fn record_user_errors(returned: &mut BTreeSet<String>, actor: &Actor, mutation: &str, input: Json) {
    for error in actor.user_errors(mutation, input).await {
        returned.insert(error.split(' ').next().unwrap_or_default().to_owned());
    }
}

async fn record_batch_user_errors(returned: &mut BTreeSet<String>, actor: &Actor, inputs: Json, atomic: bool) {
    let query = "mutation($inputs: [CustomerCreateInput!]!, $atomic: Boolean!) {
        customerCreateMany(inputs: $inputs, atomic: $atomic) { userErrors { code } } }";
    let response = actor.execute_with(query, json!({ "inputs": inputs, "atomic": atomic })).await;
    for payload in response.at("/data/customerCreateMany").as_array().unwrap_or_else(|| panic!("{response}")) {
        returned.extend(payload["userErrors"][0]["code"].as_str().map(str::to_owned));
    }
}

#[tokio::test]
async fn every_user_error_of_the_catalogue_is_returned() {
    let world = world_with(Postgres, |_| {}).await;
    let admin = world.admin();
    let mut returned = BTreeSet::new();
    let acme = json!({ "name": "Acme", "type": "BROKER", "externalReference": "ACME", "idempotencyKey": "1" });
    admin.mutate("customerCreate", acme.clone(), "id").await;
    let gone = json!({ "name": "Gone", "type": "BROKER", "externalReference": "GONE" });
    admin.mutate("customerCreate", gone, "id").await;
    admin.mutate("customerDelete", json!({ "id": "GONE" }), "id").await;
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "LIFT" }), "id").await;
    let rent = json!({ "customer": "ACME", "asset": { "existing": "LIFT" }, "relationship": "RENTED", "from": "2026-01-01T00:00:00Z" });
    admin.mutate("customerAssetAssign", rent.clone(), "id").await;
    let stops = json!([{ "type": "PICKUP" }, { "type": "DELIVERY" }]);
    let load = json!({ "customer": "ACME", "stops": stops, "externalReference": "LOAD" });
    admin.mutate("loadCreate", load, "id").await;
    admin.mutate("customerCreate", json!({ "name": "B", "type": "BROKER", "externalReference": "B" }), "id").await;
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
        record_user_errors(&mut returned, &admin, mutation, input).await;
    }
    record_batch_user_errors(
        &mut returned,
        &admin,
        json!([{ "name": "C", "type": "BROKER" }, { "name": " ", "type": "BROKER" }]),
        true,
    )
    .await;
    let db = world.db.connection();
    let raising = |code: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{code}'; END $$"
        )
    };
    db.execute_unprepared(&raising("40001")).await.unwrap();
    let trigger = "CREATE TRIGGER lost BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION lost()";
    db.execute_unprepared(trigger).await.unwrap();
    record_batch_user_errors(&mut returned, &admin, json!([{ "name": "D", "type": "BROKER" }]), false).await;
    let narrow = world.user(&[access::Role::Admin]).scopes(&["customer:write".to_owned()]).actor();
    let with_contact = json!([{ "name": "F", "type": "BROKER", "contacts": [{ "name": "Bo" }] }]);
    record_batch_user_errors(&mut returned, &narrow, with_contact, false).await;
    db.execute_unprepared(&raising("P0001")).await.unwrap();
    record_batch_user_errors(&mut returned, &admin, json!([{ "name": "E", "type": "BROKER" }]), false).await;
    let written: BTreeSet<_> = USER_ERRORS.iter().map(|entry| entry.code.to_owned()).collect();
    assert_eq!(returned, written);
}

#[test]
fn the_documentation_of_errors_matches_the_catalogue() {
    let kept = include_str!("../docs/errors.md");
    assert!(kept == catalogue::page(), "docs/errors.md differs from the catalogue; to update it: cargo xtask schema");
}
