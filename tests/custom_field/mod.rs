//! Custom fields, through the schema.

mod definition;
mod load;
mod narrowing;
mod owner;
mod query;
mod sensitive;
mod statements;
mod target;
mod value;

use serde_json::{Value as Json, json};

use crate::world::Actor;

/// Creates a definition for customers and gives its id.
async fn create_definition(admin: &Actor, key: &str, kind: &str, settings: Json) -> Json {
    let mut input = json!({ "ownerType": "CUSTOMER", "key": key, "type": kind, "title": key });
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    admin.mutate("customFieldDefinitionCreate", input, "id").await["id"].clone()
}

/// Creates a customer with values of custom fields and gives its id.
async fn create_customer(admin: &Actor, name: &str, values: Json) -> Json {
    let values: Vec<_> =
        values.as_object().unwrap().iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let input = json!({ "name": name, "type": "SHIPPER", "customFields": values });
    admin.mutate("customerCreate", input, "id").await["id"].clone()
}

/// Sets values on a row and gives the payload.
async fn set_values(actor: &Actor, id: &Json, values: Json) -> Json {
    let query = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) {
        values { key value displayValue } userErrors { code message field } } }";
    let response = actor.execute_with(query, json!({ "input": { "owner": id, "values": values } })).await;
    response.data()["customFieldValuesSet"].clone()
}

/// The names of the customers that match a filter, in an order; takes one statement for the definitions and one for the list.
async fn customer_names(actor: &Actor, filter: &str, order: &str) -> Vec<String> {
    let query = format!("{{ customers(where: {{ {filter} }}, orderBy: [{order}]) {{ nodes {{ name }} }} }}");
    let response = actor.execute(&query).await;
    assert_eq!(response.statements(), 2, "{response}");
    let nodes = response.at("/data/customers/nodes").as_array().unwrap();
    nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}
