//! Reads: a list, an edge and the payload of a mutation show a row only to a caller who may read its type.

use access::Action;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};
use store::table::TABLES;

use super::{Token, data::create_rows, tokens};
use crate::world::{
    DatabaseKind, JsonResponse, World, each_database,
    sample_data::SampleData,
    schema::{Field, Schema, lower},
};

/// The action that reads a type; nothing for a type whose values are not rows with an id.
fn read_action(schema: &Schema, name: &str) -> Option<Action> {
    if !schema.is_node(name) && name != "CustomFieldValue" {
        return None;
    }
    let name = if schema.is_of(name, "CustomFieldValue") { "CustomFieldValue" } else { name };
    TABLES.iter().find(|table| table.name.replace('_', "") == name.to_lowercase()).map(|table| table.read)
}

/// The type of the rows at the other end of a field.
fn target<'a>(schema: &Schema, field: &'a Field) -> &'a str {
    schema.connection_node(&field.type_name).unwrap_or(&field.type_name)
}

/// A selection of every edge of a type, each with the type of its rows only, and the actions that the edges need.
fn edges(schema: &Schema, node: &str) -> (String, Vec<(String, Action)>) {
    let (mut selections, mut found) = (vec!["__typename".to_owned()], Vec::new());
    for field in &schema.get(node).fields {
        let Some(action) = read_action(schema, target(schema, field)) else { continue };
        if field.args.iter().any(|arg| arg.required) {
            continue;
        }
        let is_connection = schema.connection_node(&field.type_name).is_some();
        let below = if is_connection { "nodes { __typename }" } else { "__typename" };
        selections.push(format!("{} {{ {below} }}", field.name));
        found.push((field.name.clone(), action));
    }
    (selections.join(" "), found)
}

/// The paths of the errors that say FORBIDDEN, without the indexes of lists.
fn forbidden(response: &JsonResponse) -> Vec<String> {
    let errors = response.at("/errors").as_array().cloned().unwrap_or_default();
    let path = |error: &Json| {
        assert_eq!(error["extensions"]["code"], "FORBIDDEN", "{response}");
        let path = error["path"].as_array().cloned().unwrap_or_default();
        path.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(".")
    };
    let mut paths: Vec<_> = errors.iter().map(path).collect();
    paths.sort();
    paths
}

/// Whether any row has a value at an edge: a resolver that finds no id reads nothing.
fn is_followed(rows: &Json, edge: &str) -> bool {
    rows.as_array().into_iter().flatten().any(|row| match &row[edge] {
        Json::Array(items) => !items.is_empty(),
        other => !other.is_null(),
    })
}

#[apply(each_database)]
async fn a_list_and_its_edges_show_only_what_the_policy_allows(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    create_rows(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 2).await;
    world.link_changes().await;
    let (tokens, mut followed) = (tokens(&world), 0);
    for node in schema.listed_nodes() {
        let list = &schema.root_list(node).name;
        let (selection, edges) = edges(&schema, node);
        let document = format!("{{ {list}(first: 30) {{ nodes {{ {selection} }} }} }}");
        let rows = admin.execute(&document).await.data()[list]["nodes"].clone();
        let edges: Vec<_> = edges.into_iter().filter(|(name, _)| is_followed(&rows, name)).collect();
        followed += edges.len();
        let read = read_action(&schema, node).unwrap();
        for token in &tokens {
            let expected = if token.caller.may(read) {
                let refused = edges.iter().filter(|(_, action)| !token.caller.may(*action));
                let mut paths: Vec<_> = refused.map(|(name, _)| format!("{list}.nodes.{name}")).collect();
                paths.sort();
                paths
            } else {
                vec![list.clone()]
            };
            let response = token.actor.execute(&document).await;
            assert_eq!(forbidden(&response), expected, "{} with {}", node, token.name);
        }
    }
    assert!(followed > 30, "only {followed} edges were followed");
}

#[apply(each_database)]
async fn a_payload_shows_only_what_the_policy_allows(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 2).await;
    let tokens = tokens(&world);
    for (node, ids) in &sample.ids {
        let Some(mutation) = schema.mutation(&format!("{}Update", lower(node))) else { continue };
        let (input, row) = (json!({ "id": ids[1] }), lower(node));
        let (selection, edges) = edges(&schema, node);
        let document = format!(
            "mutation($input: {}) {{ {}(input: $input) {{ {row} {{ {selection} }} }} }}",
            mutation.args[0].type_text, mutation.name
        );
        let written = admin.execute_with(&document, json!({ "input": input })).await;
        let rows = json!([written.data()[&mutation.name][&row]]);
        let edges: Vec<_> = edges.into_iter().filter(|(name, _)| is_followed(&rows, name)).collect();
        let table = TABLES.iter().find(|table| table.name.replace('_', "") == node.to_lowercase()).unwrap();
        for token in tokens.iter().filter(|token| token.caller.may(table.write)) {
            let refused = edges.iter().filter(|(_, action)| !token.caller.may(*action));
            let mut expected: Vec<_> = refused.map(|(name, _)| format!("{}.{row}.{name}", mutation.name)).collect();
            expected.sort();
            let response = token.actor.execute_with(&document, json!({ "input": input })).await;
            assert_eq!(forbidden(&response), expected, "{} with {}", mutation.name, token.name);
        }
    }
}

#[apply(each_database)]
async fn the_payload_of_custom_field_values_needs_the_permission_to_read_them(database: DatabaseKind) {
    let world = World::new(database).await;
    create_rows(&world.admin()).await;
    let writer = Token::with_scopes(&world, "a writer".to_owned(), std::iter::once(Action::CustomerWrite));
    let document = "mutation($input: CustomFieldValuesSetInput!) {
        customFieldValuesSet(input: $input) { values { key } userErrors { code message } } }";
    let set = async |input: Json| writer.actor.execute_with(document, json!({ "input": input })).await;
    let values = json!([{ "key": "note", "value": "red" }]);
    for input in [
        json!({ "owner": "acme", "ownerType": "CUSTOMER", "values": values, "idempotencyKey": "k" }),
        json!({ "owner": "acme", "ownerType": "CUSTOMER", "values": values, "idempotencyKey": "k" }),
        json!({ "owner": "acme", "ownerType": "CUSTOMER", "values": values, "expectedVersion": 1_000_000 }),
    ] {
        let response = set(input).await;
        assert_eq!(forbidden(&response), ["customFieldValuesSet.values"], "{response}");
        assert_eq!(*response.at("/data/customFieldValuesSet/values"), Json::Null, "{response}");
    }
    // What was written is written: only its reading is refused.
    let read = "{ customer(ref: \"acme\") { customField(key: \"note\") { value } } }";
    let stored = world.admin().execute(read).await;
    assert!(stored.data().to_string().contains("red"), "{stored}");
    // The keys of the other fields are not shown either.
    let unknown = set(json!({ "owner": "acme", "ownerType": "CUSTOMER", "values": [{ "key": "nothing" }] })).await;
    assert!(!unknown.to_string().contains("spare"), "{unknown}");
}
