//! The documentation: every GraphQL example in it runs unchanged in the demo and finds rows there.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::{
    demo::Demo,
    world::{DatabaseKind, each_database},
};

/// The values of the examples' variables.
const VARIABLES: &str = r#"{ "last": 0 }"#;

/// The GraphQL examples of every page of the documentation, in their order.
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

/// The paths of a response where a list is empty.
fn empty_lists(path: &str, response: &Json) -> Vec<String> {
    match response {
        Json::Object(fields) => {
            fields.iter().flat_map(|(name, field)| empty_lists(&format!("{path}.{name}"), field)).collect()
        }
        Json::Array(rows) if rows.is_empty() => vec![path.to_owned()],
        Json::Array(rows) => rows.iter().flat_map(|row| empty_lists(path, row)).collect(),
        _ => Vec::new(),
    }
}

#[apply(each_database)]
async fn every_example_of_the_documentation_runs_in_the_demo_and_finds_rows(database: DatabaseKind) {
    let demo = Demo::on(database).await;
    let manager = demo.actor("lonestar", "MANAGER");
    // The demo numbers the entries of its change log shortly after it has begun; until then nobody sees them.
    let first_change = "{ changes(first: 1) { nodes { id } } }";
    while *manager.execute(first_change).await.at("/data/changes/nodes") == json!([]) {}
    let mut ran = 0;
    for (file, blocks) in examples() {
        for block in blocks {
            let response = manager.execute_with(&block, serde_json::from_str(VARIABLES).unwrap()).await;
            assert_eq!(*response.at("/errors"), Json::Null, "docs/{file}:\n{block}\n{response}");
            let refused = response
                .data()
                .as_object()
                .unwrap()
                .iter()
                .filter(|(_, of)| of.get("userErrors").is_some_and(|errors| *errors != json!([])));
            assert_eq!(refused.count(), 0, "docs/{file}:\n{block}\n{response}");
            let mut nothing = empty_lists("data", response.data());
            // An image shows the lists of its record, which may be empty.
            nothing.retain(|path| !path.ends_with(".userErrors") && !path.contains(".after."));
            assert_eq!(nothing, Vec::<String>::new(), "docs/{file} finds nothing:\n{block}\n{response}");
            ran += 1;
        }
    }
    assert!(ran >= 8, "only {ran} examples were run");
}
