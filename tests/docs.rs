//! The documents: every GraphQL example in them runs as it stands, and finds what it is about.

use rstest::rstest;
use serde_json::{Value as Json, json};

use crate::world::{Actor, On, Postgres, Sqlite, World, custom};

/// What the examples are given for their variables.
const VARIABLES: &str = r#"{ "last": 0 }"#;

/// The GraphQL examples of every document, in the order in which they stand there.
fn examples() -> Vec<(String, Vec<String>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = docs.chain([root.join("README.md")]).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "md"));
    files.sort();
    let read = |file: std::path::PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        let blocks = text.split("```graphql\n").skip(1).map(|part| part.split("```").next().unwrap().to_owned());
        (file.file_name().unwrap().to_string_lossy().into_owned(), blocks.collect::<Vec<_>>())
    };
    files.into_iter().map(read).filter(|(_, blocks)| !blocks.is_empty()).collect()
}

/// What the examples are about: a customer whom all of them find.
async fn acme(admin: &Actor) -> String {
    let input = json!({
        "name": "Acme", "type": "SHIPPER", "externalReference": "ACME", "industry": "Steel works", "tags": ["vip"],
        "contacts": [{ "name": "Ann", "primary": true }],
    });
    admin.done("customerCreate", input, "id").await["id"].as_str().unwrap().to_owned()
}

/// The places of an answer where a list is empty.
fn empty(path: &str, answer: &Json) -> Vec<String> {
    match answer {
        Json::Object(fields) => {
            fields.iter().flat_map(|(name, field)| empty(&format!("{path}.{name}"), field)).collect()
        }
        Json::Array(rows) if rows.is_empty() => vec![path.to_owned()],
        Json::Array(rows) => rows.iter().flat_map(|row| empty(path, row)).collect(),
        _ => Vec::new(),
    }
}

#[rstest]
#[tokio::test]
async fn every_example_runs_and_finds_something(#[values(Sqlite, Postgres)] on: On) {
    let mut ran = 0;
    for (file, blocks) in examples() {
        let world = World::on(on).await;
        let admin = world.admin();
        let id = acme(&admin).await;
        world.link().await;
        for block in blocks {
            let answer = admin.ask_with(&block, serde_json::from_str(VARIABLES).unwrap()).await;
            assert_eq!(*answer.at("/errors"), Json::Null, "docs/{file}:\n{block}\n{answer}");
            let refused = answer
                .data()
                .as_object()
                .unwrap()
                .iter()
                .filter(|(_, of)| of.get("userErrors").is_some_and(|errors| *errors != json!([])));
            assert_eq!(refused.count(), 0, "docs/{file}:\n{block}\n{answer}");
            let mut nothing = empty("data", answer.data());
            nothing.retain(|path| !path.ends_with(".userErrors"));
            assert_eq!(nothing, Vec::<String>::new(), "docs/{file} finds nothing:\n{block}\n{answer}");
            // What the next example asks for.
            if let Some(key) = answer.at("/data/customFieldDefinitionCreate/customFieldDefinition/key").as_str() {
                custom::set(&admin, &id, &[(key, json!(700))]).await;
            }
            ran += 1;
        }
    }
    assert!(ran >= 5, "only {ran} examples were run");
}
