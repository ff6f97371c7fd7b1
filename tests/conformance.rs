//! Conformance: standard GraphQL clients work with the server and generate code from its schema.

mod document_generator;
mod input_generator;

use std::{path::Path, process::Stdio};

use access::Role;
use fieldgate::http::{Settings, rate_limit};
use rstest_reuse::apply;
use serde_json::json;
use tokio::process::Command;

use self::document_generator::{DocumentGenerator, Kind};
use crate::world::{
    DatabaseKind, Sqlite, World, assert_snapshot, each_database, sample_data::SampleData, schema::Schema,
};

#[expect(clippy::disallowed_methods, reason = "cargo xtask test passes the path of Node.js in this variable")]
fn node() -> String {
    std::env::var("FG_TEST_NODE")
        .expect("run the tests with `cargo xtask test`, which sees to Node.js and its packages")
}

/// The output of a program of `tests/clients` that ran against a world's server.
async fn client_output(world: &World, program: &str) -> String {
    client_output_with(world, program, &[]).await
}

async fn client_output_with(world: &World, program: &str, files: &[&Path]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/clients");
    assert!(
        folder.join("node_modules").exists(),
        "the packages of tests/clients are not installed: run the tests with `cargo xtask test`, or `npm ci` there"
    );
    let token = world.user(&[Role::Admin]).subject("client").token();
    let output = Command::new(node())
        .arg(program)
        .args([&format!("{}/graphql", world.base), &token])
        .arg(root.join("schema/schema.graphql"))
        .args(files)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{program}: {stdout}{stderr}");
    stdout
}

#[apply(each_database)]
async fn the_server_passes_the_graphql_over_http_audit(database: DatabaseKind) {
    let world = World::new(database).await;
    assert_eq!(client_output(&world, "audit.js").await, "61 of 61\n");
}

#[tokio::test]
async fn graphql_js_reads_the_schema_by_introspection() {
    let world = World::new(Sqlite).await;
    assert_eq!(client_output(&world, "schema.js").await, "whole schema, 0 wrong\n");
}

/// The number of random queries.
const QUERIES: usize = 2_500;

/// The number of random mutations: of the many types of input, few references meet a row that is there.
const MUTATIONS: usize = 700;

/// The number of random queries of the schema.
const INTROSPECTIONS: usize = 500;

/// What the comparison of random documents says.
async fn comparison(kind: Kind, count: usize) -> String {
    // The rate limit is within 32 bits, as the Int of the schema.
    let rate = rate_limit::Settings { capacity: 2_000_000_000, per_second: 0 };
    let raise_limits = |http: &mut Settings| (http.cost_limit, http.rate) = (1_000_000_000, rate);
    let world = World::builder(Sqlite).http(raise_limits).build().await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 2).await;
    world.link_changes().await;
    let mut inputs = SampleData::random(&schema, 8);
    inputs.ids = sample.ids;
    let mut generator = DocumentGenerator::new(&schema, 6, inputs);
    // A technician may not do everything: fields are errors.
    let tokens = [Role::Admin, Role::Admin, Role::Admin, Role::Technician].map(|role| world.user(&[role]).token());
    let request = |index| {
        let mut request = generator.document(kind);
        request["token"] = json!(tokens[index % tokens.len()]);
        request
    };
    let requests: Vec<_> = (0..count).map(request).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("requests.json");
    std::fs::write(&file, serde_json::to_string(&requests).unwrap()).unwrap();
    client_output_with(&world, "execution.js", &[&file]).await
}

#[tokio::test]
async fn responses_have_the_form_that_graphql_js_gives_them() {
    let output = comparison(Kind::Query, QUERIES).await;
    assert_snapshot!(output, @"2500 requests, enough refused, enough with errors, enough otherwise on purpose, enough with errors below an interface, 0 differ");
}

#[tokio::test]
async fn mutations_have_the_form_that_graphql_js_gives_them_and_write_nothing_if_refused() {
    let output = comparison(Kind::Mutation, MUTATIONS).await;
    assert_snapshot!(output, @"700 requests, enough refused, enough with errors, enough otherwise on purpose, enough executed, enough written, enough in order, 0 differ");
}

#[tokio::test]
async fn introspection_says_what_graphql_js_says_about_the_published_schema() {
    let output = comparison(Kind::Introspection, INTROSPECTIONS).await;
    assert_snapshot!(output, @"500 requests, enough refused, enough with errors, enough otherwise on purpose, 0 differ");
}

#[apply(each_database)]
async fn operations_generated_by_relay_and_codegen_run(database: DatabaseKind) {
    let world = World::new(database).await;
    for name in ["Anvil Works", "Boiler & Sons", "Crane Rental", "Diesel Depot", "Engine House"] {
        world.admin().mutate("customerCreate", json!({ "name": name, "type": "SERVICE" }), "").await;
    }
    let output = client_output(&world, "clients.js").await;
    assert_snapshot!(output, @"
        5 operations, 8 artifacts
        pages: Anvil Works, Boiler & Sons, Crane Rental, Diesel Depot, Engine House
        made: Pat Page; read again: Pat Page of Customer Engine House
        ");
}
