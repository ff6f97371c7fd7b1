//! Images of the change log: they show a record in the names, shapes, units and ids of the schema.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{DatabaseKind, World, each_database, sample_data::SampleData, schema::Schema};

/// Compares the fields that both have. Gives their number.
fn compare(path: &str, image: &Json, record: &Json) -> usize {
    match (image, record) {
        (Json::Object(image), Json::Object(record)) => {
            let shared = image.iter().filter_map(|(name, value)| Some((name, value, record.get(name)?)));
            shared.map(|(name, value, shown)| compare(&format!("{path}.{name}"), value, shown)).sum()
        }
        (Json::Array(image), Json::Array(record)) => {
            assert_eq!(image.len(), record.len(), "{path}");
            image.iter().zip(record).map(|(image, record)| compare(path, image, record)).sum()
        }
        // An edge is its id in an image.
        (Json::String(id), Json::Object(record)) if record.contains_key("id") => {
            assert_eq!(json!(id), record["id"], "{path}");
            1
        }
        _ => {
            assert_eq!(image, record, "{path}");
            1
        }
    }
}

#[apply(each_database)]
async fn an_image_shows_a_record_as_the_schema_does(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 1).await;
    world.link_changes().await;
    let mut compared = 0;
    for node in sample.creatable_types() {
        let id = sample.id(&node, 0).unwrap();
        let select = schema.leaf_selections(&node).join(" ");
        let query = format!(
            "query($id: ID!) {{ node(id: $id) {{ ... on {node} {{ {select} }} }}
             changes(last: 1, where: {{ entityId: {{ eq: $id }} }}) {{ nodes {{ fields after }} }} }}"
        );
        let response = admin.execute_with(&query, json!({ "id": id })).await;
        let change = &response.data()["changes"]["nodes"][0];
        compared += compare(&node, &change["after"], &response.data()["node"]);
        // The names of the fields are those of the image.
        for field in change["fields"].as_array().unwrap() {
            assert!(change["after"].get(field.as_str().unwrap()).is_some(), "{node}: {field} is not in the image");
        }
    }
    assert!(compared > 100, "only {compared} values were compared");
}

#[apply(each_database)]
async fn units_and_ids_of_an_image_are_those_of_the_schema(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let customer = json!({ "name": "Acme", "type": "BROKER", "externalReference": "acme", "tags": ["vip", "cold"],
        "preferences": { "preferredServiceWindow": "8am", "emergencyContact": "Ann" } });
    admin.mutate("customerCreate", customer, "").await;
    let asset = json!({ "name": "Lift", "externalReference": "lift", "meter": { "value": "168702.5", "unit": "h", "at": "2026-01-01T00:00:00Z" } });
    admin.mutate("assetCreate", asset, "").await;
    let terms =
        json!({ "customer": "acme", "asset": { "existing": "lift" }, "relationship": "OWNED", "meterOut": "168702.5" });
    let unit = admin.mutate("customerAssetAssign", terms, "id").await["id"].clone();
    let visit = json!({ "customer": "acme", "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit", "equipment": [unit],
        "technicians": ["tim"], "charge": { "amount": "189.99" }, "partsUsed": [{ "partNumber": "P", "quantity": 2, "unitCost": { "amount": "1.5" } }] });
    admin.mutate("serviceRecordCreate", visit, "").await;
    world.link_changes().await;
    let response = admin.execute("{ changes { nodes { entity fields after } } }").await;
    let after = |entity: &str| {
        let nodes = response.data()["changes"]["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["entity"] == entity).unwrap()["after"].clone()
    };
    assert_eq!(after("CUSTOMER")["tags"], json!(["cold", "vip"]));
    assert_eq!(after("CUSTOMER")["preferences"]["emergencyContact"], json!("Ann"));
    assert_eq!(after("ASSET")["meter"], json!({ "value": "168702.5", "unit": "h", "at": "2026-01-01T00:00:00Z" }));
    assert_eq!(after("CUSTOMER_ASSET")["meterOut"], json!("168702.5"));
    let record = after("SERVICE_RECORD");
    assert_eq!(record["charge"], json!({ "amount": "189.99", "currency": "USD" }));
    assert_eq!((&record["equipment"], &record["technicians"]), (&json!([unit]), &json!(["tim"])));
    assert_eq!(record["partsUsed"][0]["unitCost"], json!({ "amount": "1.5", "currency": "USD" }));
    assert_eq!(record["partsUsed"][0]["quantity"], json!("2"));
}
