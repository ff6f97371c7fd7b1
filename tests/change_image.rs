//! Images of the change log: they show a record in the names, shapes, units and ids of the schema.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, World, each_database,
    sample_data::SampleData,
    schema::{Schema, lower},
};

/// What a record has and its image has not: what every entry of the log says by itself, and what the API
/// derives from other fields.
const NOT_IN_IMAGE: &[&str] = &["id", "version", "createdAt", "updatedAt", "current", "displayName"];

/// What a schedule has and its image has not: what follows of other records and of the clock.
const DERIVED_OF_SCHEDULE: &[&str] =
    &["status", "nextDue", "nextDueDate", "nextDueMeter", "predictedDue", "meterUsePerDay"];

/// Where an image differs from the record that the API shows, in any of its fields and lists.
fn differences(path: &str, image: &Json, record: &Json) -> Vec<String> {
    match (image, record) {
        (Json::Object(image), Json::Object(record)) => {
            let unknown = image.keys().filter(|name| !record.contains_key(*name));
            let unknown: Vec<_> = unknown.map(|name| format!("{path}.{name} is not a field of the record")).collect();
            let names = record.keys().filter(|name| !NOT_IN_IMAGE.contains(&name.as_str()));
            let value = |name: &String| image.get(name).unwrap_or(&Json::Null).clone();
            let known = names.flat_map(|name| differences(&format!("{path}.{name}"), &value(name), &record[name]));
            known.chain(unknown).collect()
        }
        (Json::Array(image), Json::Array(record)) if image.len() == record.len() => {
            image.iter().zip(record).flat_map(|(image, record)| differences(path, image, record)).collect()
        }
        // An edge is its id in an image.
        (Json::String(_), Json::Object(record)) if record.contains_key("id") => differences(path, image, &record["id"]),
        _ if image == record => Vec::new(),
        _ => vec![format!("{path} is {image} in the image and {record} in the record")],
    }
}

/// Where the image after the last change of a record differs from the record, and the image before it from the last image.
async fn last_differences(admin: &Actor, schema: &Schema, node: &str, id: &str, mutation: &str) -> Vec<String> {
    let mut select = schema.leaf_selections(node).join(" ");
    if node == "ServiceRecord" {
        select.push_str(" equipment(first: 100) { nodes { id } } equipmentSchedules(first: 100) { nodes { id } }");
    }
    let query = format!(
        "query($id: ID!) {{ changes(last: 2, where: {{ nodeId: {{ eq: $id }} }}) {{
         nodes {{ fields before after node {{ ... on {node} {{ {select} }} }} }} }} }}"
    );
    let response = admin.execute_with(&query, json!({ "id": id })).await;
    let changes = response.data()["changes"]["nodes"].as_array().unwrap();
    let change = changes.last().unwrap();
    let mut record = change["node"].clone();
    for list in ["equipment", "equipmentSchedules"] {
        if let Some(list) = record.get_mut(list) {
            *list = list["nodes"].take();
        }
    }
    if node == "EquipmentSchedule" {
        record.as_object_mut().unwrap().retain(|field, _| !DERIVED_OF_SCHEDULE.contains(&field.as_str()));
    }
    let mut found = differences(&format!("{mutation}: {node}"), &change["after"], &record);
    if let [earlier, _] = changes.as_slice()
        && change["before"] != earlier["after"]
    {
        found.push(format!(
            "{mutation} of a {node}: {} is before, and {} was after",
            change["before"], earlier["after"]
        ));
    }
    // The names of the fields are those of the image.
    for field in change["fields"].as_array().unwrap() {
        if change["after"].get(field.as_str().unwrap()).is_none() {
            found.push(format!("{mutation}: {field} is not in the image"));
        }
    }
    found
}

/// Rows with the required fields only, whose steps are still to come: type, mutation and input.
fn rows_without_lists() -> [(&'static str, &'static str, Json); 3] {
    let asset = json!({ "new": { "name": "Lift" } });
    [
        (
            "CustomerAsset",
            "customerAssetAssign",
            json!({ "asset": asset, "relationship": "RENTED", "from": "2026-01-01T00:00:00Z" }),
        ),
        (
            "Load",
            "loadCreate",
            json!({ "stops": [{ "type": "PICKUP" }, { "type": "DELIVERY" }], "charges": [{ "type": "FUEL", "unitAmount": "7" }] }),
        ),
        (
            "ServiceRecord",
            "serviceRecordCreate",
            json!({ "serviceDate": "2036-01-01T00:00:00Z", "serviceType": "Visit", "status": "SCHEDULED", "technicians": ["tim"] }),
        ),
    ]
}

/// The steps of a row after its create, each with its input beyond the id.
fn steps(node: &str) -> Vec<(&'static str, Json)> {
    match node {
        "CustomerAsset" => vec![("customerAssetReturn", json!({ "meterIn": "7" }))],
        "Load" => vec![
            (
                "loadSchedule",
                json!({ "scheduledPickup": "2026-01-20T08:00:00Z", "scheduledDelivery": "2026-01-21T08:00:00Z" }),
            ),
            ("loadReschedule", json!({ "scheduledDelivery": "2026-01-22T08:00:00Z" })),
            ("loadDispatch", json!({ "driver": "Ann" })),
            ("loadUndispatch", json!({})),
            ("loadDispatch", json!({ "carrier": "Acme", "note": "by phone" })),
            ("loadStart", json!({})),
            ("loadComplete", json!({})),
            ("loadInvoice", json!({})),
            ("loadUninvoice", json!({})),
            ("loadReopen", json!({})),
            ("loadCancel", json!({ "reason": "no freight" })),
        ],
        "ServiceRecord" => {
            vec![("serviceRecordStart", json!({})), ("serviceRecordComplete", json!({ "satisfactionScore": 5 }))]
        }
        _ => Vec::new(),
    }
}

#[apply(each_database)]
async fn an_image_shows_a_record_as_the_schema_does(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let schema = Schema::load(&admin).await;
    let mut sample = SampleData::complete(&schema, "own");
    sample.create_all(&admin, 1).await;
    let mut rows: Vec<_> =
        sample.creatable_types().into_iter().map(|node| (sample.id(&node, 0).unwrap().clone(), node)).collect();
    for (node, mutation, mut input) in rows_without_lists() {
        input["customer"] = json!(sample.id("Customer", 0));
        rows.push((admin.mutate(mutation, input, "").await["id"].as_str().unwrap().to_owned(), node.to_owned()));
    }
    let mut found = Vec::new();
    // A row that others need is deleted after them.
    for (index, (id, node)) in rows.iter().enumerate().rev() {
        let lower = lower(node);
        let name = if node == "CustomFieldDefinition" { "title" } else { "externalReference" };
        let mut mutations = vec![(format!("{lower}Create"), None)];
        mutations.push((format!("{lower}Update"), Some(json!({ name: format!("new {index}") }))));
        let is_sample = index < sample.creatable_types().len() && node != "Load";
        let steps = if is_sample { Vec::new() } else { steps(node) };
        mutations.extend(steps.into_iter().map(|(mutation, input)| (mutation.to_owned(), Some(input))));
        mutations.extend(["Delete", "Restore"].map(|verb| (format!("{lower}{verb}"), Some(json!({})))));
        // A meter reading is only created.
        mutations.retain(|(mutation, _)| schema.mutation(mutation).is_some());
        for (mutation, input) in mutations {
            if let Some(mut input) = input {
                input["id"] = json!(id);
                let response = admin.send_mutation(&mutation, input, "").await;
                if *response.at(&format!("/data/{mutation}/userErrors")) != json!([]) {
                    found.push(format!("{mutation} is refused: {response}"));
                }
            }
            world.link_changes().await;
            found.extend(last_differences(&admin, &schema, node, id, &mutation).await);
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
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
    let response = admin.execute("{ changes { nodes { nodeType fields after } } }").await;
    let after = |node_type: &str| {
        let nodes = response.data()["changes"]["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["nodeType"] == node_type).unwrap()["after"].clone()
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
