//! Custom fields, through the schema.

mod definition;
mod find;
mod load;
mod narrow;
mod owner;
mod sensitive;
mod value;

use serde_json::{Value as Json, json};

use crate::world::Actor;

/// Adds a field to customers; gives its id.
async fn field(admin: &Actor, key: &str, kind: &str, settings: Json) -> Json {
    let mut input = json!({ "entity": "CUSTOMER", "key": key, "type": kind, "title": key });
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    admin.done("customFieldDefinitionCreate", input, "id").await["id"].clone()
}

/// Makes a customer with values of custom fields; gives its id.
async fn customer(admin: &Actor, name: &str, values: Json) -> Json {
    let values: Vec<_> =
        values.as_object().unwrap().iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let input = json!({ "name": name, "type": "SHIPPER", "customFields": values });
    admin.done("customerCreate", input, "id").await["id"].clone()
}

/// Sets values on a row; gives what the payload says.
async fn set(actor: &Actor, id: &Json, values: Json) -> Json {
    let query = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) {
        values { key value displayValue } userErrors { code message field } } }";
    let answer = actor.ask_with(query, json!({ "input": { "entity": id, "values": values } })).await;
    answer.data()["customFieldValuesSet"].clone()
}

/// The names of the customers that pass a filter, in an order, by one statement for the fields and one for the list.
async fn names(actor: &Actor, filter: &str, order: &str) -> Vec<String> {
    let query = format!("{{ customers(where: {{ {filter} }}, orderBy: [{order}]) {{ nodes {{ name }} }} }}");
    let answer = actor.ask(&query).await;
    assert_eq!(answer.statements(), 2, "{answer}");
    let nodes = answer.at("/data/customers/nodes").as_array().unwrap();
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}
