//! Reads: a list, a lookup and an edge show a row only to a caller who may read its type.

use std::collections::BTreeSet;

use access::Action;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};
use store::registry::TABLES;

use super::{Token, data::create_rows, tokens};
use crate::world::{
    Actor, DatabaseKind, JsonResponse, World, each_database,
    sample_data::SampleData,
    schema::{Field, Schema},
};

/// The action that reads a type; nothing for a type whose values are not rows with an id.
pub fn read_action(schema: &Schema, name: &str) -> Option<Action> {
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
pub fn edges(schema: &Schema, node: &str) -> (String, Vec<(String, Action)>) {
    let (mut selections, mut found) = (vec!["__typename".to_owned()], Vec::new());
    for field in &schema.get(node).fields {
        let Some(action) = read_action(schema, target(schema, field)) else { continue };
        let required: Vec<_> = field.args.iter().filter(|arg| arg.required).map(|arg| arg.name.as_str()).collect();
        let args = match required[..] {
            [] => "",
            ["key"] => "(key: \"note\")",
            _ => panic!("{node}.{} requires {required:?}: say with which values the edge is followed", field.name),
        };
        let is_connection = schema.connection_node(&field.type_name).is_some();
        let below = if is_connection { "nodes { __typename }" } else { "__typename" };
        selections.push(format!("{}{args} {{ {below} }}", field.name));
        found.push((field.name.clone(), action));
    }
    (selections.join(" "), found)
}

/// The paths of the errors that say FORBIDDEN, without the indexes of lists.
pub fn forbidden(response: &JsonResponse) -> Vec<String> {
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

/// Whether any row has a value at an edge: a resolver that finds no id reads nothing. Whether a row has a value of a custom
/// field is read, too.
pub fn is_followed(rows: &Json, edge: &str) -> bool {
    edge == "customField"
        || rows.as_array().into_iter().flatten().any(|row| match &row[edge] {
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
            let expected = match token.caller.may(read) {
                true if may_read_owner(node, token) => refused_edges(token, &format!("{list}.nodes"), &edges),
                true => Vec::new(),
                false => vec![list.clone()],
            };
            let response = token.actor.execute(&document).await;
            assert_eq!(forbidden(&response), expected, "{} with {}", node, token.name);
        }
    }
    assert!(followed > 30, "only {followed} edges were followed");
}

/// The action that reads the row that has one of this type. Where the caller may not read that one, there is none.
fn owner_read(node: &str) -> Option<Action> {
    (node == "Document").then_some(Action::CustomerRead)
}

fn may_read_owner(node: &str, token: &Token) -> bool {
    owner_read(node).is_none_or(|read| token.caller.may(read))
}

/// A row, the action that reads its type, and for a document or the value of a custom field the one that reads the row that
/// has it.
struct Row {
    node: String,
    id: Json,
    read: Action,
    owner_read: Option<Action>,
}

/// A row of every type that implements `Node`, but for the types of values that no row has.
async fn rows_to_look_up(admin: &Actor, schema: &Schema) -> Vec<Row> {
    let value = "customField(key: \"note\") { __typename id }";
    let document = format!(
        "{{ customer(ref: \"acme\") {{ __typename id {value} }} load(ref: \"load-paid\") {{ __typename id {value} }}
            contact(ref: \"acme-contact\") {{ __typename id {value} }} asset(ref: \"truck\") {{ __typename id {value} }}
            address(ref: \"acme-address\") {{ __typename id {value} }} viewer {{ tenant {{ __typename id {value} }} }}
            customerAsset(ref: \"rental\") {{ __typename id {value} }}
            serviceRecord(ref: \"visit\") {{ __typename id {value} }}
            recurringService(ref: \"plan\") {{ __typename id {value} }}
            rate(ref: \"tariff\") {{ __typename id {value} }}
            equipmentSchedule(ref: \"upkeep\") {{ __typename id {value} }}
            document(ref: \"scan\") {{ __typename id {value} }}
            meterReading(ref: \"reading\") {{ __typename id }}
            customFieldDefinition(ref: \"spare\") {{ __typename id }}
            changes(first: 1) {{ nodes {{ __typename id }} }} }}"
    );
    let response = admin.execute(&document).await;
    let data = response.data();
    let mut rows = Vec::new();
    for row in data.as_object().unwrap().values() {
        let row = [&row["tenant"], &row["nodes"][0], row].into_iter().find(|row| row["id"].is_string()).unwrap();
        let node = row["__typename"].as_str().unwrap().to_owned();
        let read = read_action(schema, &node).unwrap();
        let value = &row["customField"];
        if value.is_object() {
            let node = value["__typename"].as_str().unwrap().to_owned();
            let (id, owner_read) = (value["id"].clone(), Some(read));
            rows.push(Row { read: read_action(schema, &node).unwrap(), node, id, owner_read });
        }
        rows.push(Row { owner_read: owner_read(&node), node, id: row["id"].clone(), read });
    }
    let found: BTreeSet<_> = rows.iter().map(|row| row.node.as_str()).collect();
    let missing: Vec<_> = schema.nodes().iter().filter(|node| !found.contains(node.as_str())).collect();
    assert!(missing.iter().all(|node| schema.is_of(node, "CustomFieldValue")), "{missing:?}");
    rows
}

/// The paths that a token is refused below `place`, where its row has been found.
fn refused_edges(token: &Token, place: &str, edges: &[(String, Action)]) -> Vec<String> {
    let refused = edges.iter().filter(|(_, action)| !token.caller.may(*action));
    let mut paths: Vec<_> = refused.map(|(name, _)| format!("{place}.{name}")).collect();
    paths.sort();
    paths
}

/// An id says its type. Of which type the row is that has a value of a custom field, it does not say: where the caller may
/// not read that one, there is no value.
#[apply(each_database)]
async fn a_lookup_by_id_shows_only_what_the_policy_allows(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    create_rows(&admin).await;
    world.link_changes().await;
    let (rows, tokens) = (rows_to_look_up(&admin, &schema).await, tokens(&world));
    for Row { node, id, read, owner_read } in &rows {
        let (selection, edges) = edges(&schema, node);
        let select = format!("... on {node} {{ {selection} }}");
        for (place, field) in [("node", "node(id: $id)"), ("nodes", "nodes(ids: [$id])")] {
            let document = format!("query($id: ID!) {{ {field} {{ {select} }} }}");
            let found = |response: &JsonResponse| match &response.at("/data")[place] {
                Json::Array(rows) => json!(rows),
                row => json!([row]),
            };
            let whole = admin.execute_with(&document, json!({ "id": id })).await;
            let rows = found(&whole);
            assert_eq!(rows[0]["__typename"], **node, "{whole}");
            let edges: Vec<_> = edges.iter().filter(|(name, _)| is_followed(&rows, name)).cloned().collect();
            for token in &tokens {
                let response = token.actor.execute_with(&document, json!({ "id": id })).await;
                let [may_read_type, may_read_owner] =
                    [Some(*read), *owner_read].map(|action| action.is_none_or(|action| token.caller.may(action)));
                let may_read = may_read_type && may_read_owner;
                let expected = match may_read_type {
                    true if may_read_owner => refused_edges(token, place, &edges),
                    true => Vec::new(),
                    false => vec![place.to_owned()],
                };
                assert_eq!(forbidden(&response), expected, "{place} of {node} with {}", token.name);
                assert_eq!(found(&response)[0].is_object(), may_read, "{node} with {}: {response}", token.name);
            }
        }
    }
}

#[apply(each_database)]
async fn a_search_shows_only_what_the_policy_allows(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    create_rows(&admin).await;
    world.link_changes().await;
    let (selection, edges) = edges(&schema, "Customer");
    let document = format!("{{ search(query: \"acme\") {{ totalCount nodes {{ {selection} }} }} }}");
    let rows = admin.execute(&document).await.data()["search"]["nodes"].clone();
    let edges: Vec<_> = edges.into_iter().filter(|(name, _)| is_followed(&rows, name)).collect();
    assert!(edges.len() > 5, "only {edges:?} were followed");
    for token in tokens(&world) {
        let may_read = token.caller.may(Action::CustomerRead);
        let expected = if may_read { refused_edges(&token, "search.nodes", &edges) } else { vec!["search".to_owned()] };
        let response = token.actor.execute(&document).await;
        assert_eq!(forbidden(&response), expected, "{}", token.name);
    }
}
