//! Conformance: standard GraphQL clients work with the server and generate code from its schema.

use std::{path::Path, process::Stdio};

use rstest_reuse::apply;
use serde_json::json;
use tokio::process::Command;

use crate::world::{DatabaseKind, Sqlite, World, assert_snapshot, each_database};

#[expect(clippy::disallowed_methods, reason = "cargo xtask test passes the path of Node.js in this variable")]
fn node() -> String {
    std::env::var("FG_TEST_NODE")
        .expect("run the tests with `cargo xtask test`, which sees to Node.js and its packages")
}

/// The output of a program of `tests/clients` that ran against a world's server.
async fn client_output(world: &World, program: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/clients");
    assert!(
        folder.join("node_modules").exists(),
        "the packages of tests/clients are not installed: run the tests with `cargo xtask test`, or `npm ci` there"
    );
    let token = world.user(&[access::Role::Admin]).subject("client").token();
    let output = Command::new(node())
        .arg(program)
        .args([&format!("{}/graphql", world.base), &token])
        .arg(root.join("schema/schema.graphql"))
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
