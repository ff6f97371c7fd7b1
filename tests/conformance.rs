//! Conformance: what others wrote to talk to any GraphQL server talks to this one, and generates code from its schema.

use std::{path::Path, process::Stdio};

use rstest::rstest;
use serde_json::json;
use tokio::process::Command;

use crate::world::{On, Postgres, Sqlite, World};

#[expect(clippy::disallowed_methods, reason = "cargo xtask test says here where Node.js is")]
fn node() -> String {
    std::env::var("FG_TEST_NODE")
        .expect("run the tests with `cargo xtask test`, which sees to Node.js and its packages")
}

/// What a program of `tests/clients` prints about a world's server.
async fn printed(world: &World, program: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/clients");
    assert!(
        folder.join("node_modules").exists(),
        "the packages of tests/clients are not installed: run the tests with `cargo xtask test`, or `npm ci` there"
    );
    let token = world.token(&world.tenant, &[access::Role::Admin], None, "client");
    let output = Command::new(node())
        .arg(program)
        .args([&format!("{}/graphql", world.base), &token])
        .arg(root.join("schema/schema.graphql"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let [said, complained] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{program}: {said}{complained}");
    said
}

#[rstest]
#[tokio::test]
async fn every_check_of_the_audit_of_graphql_over_http_is_passed(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    assert_eq!(printed(&world, "audit.js").await, "61 of 61\n");
}

#[tokio::test]
async fn graphql_js_reads_the_published_schema_by_introspection() {
    let world = World::on(Sqlite).await;
    assert_eq!(printed(&world, "schema.js").await, "whole schema, 0 wrong\n");
}

#[rstest]
#[tokio::test]
async fn relay_and_codegen_generate_strict_code_whose_operations_run(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    for name in ["Anvil Works", "Boiler & Sons", "Crane Rental", "Diesel Depot", "Engine House"] {
        world.admin().done("customerCreate", json!({ "name": name, "type": "SERVICE" }), "").await;
    }
    let said = printed(&world, "clients.js").await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(said, @"
        5 operations, 8 artifacts
        pages: Anvil Works, Boiler & Sons, Crane Rental, Diesel Depot, Engine House
        made: Pat Page; read again: Pat Page of Customer Engine House
        ");
    }
}
