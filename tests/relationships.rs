//! Relationships: every edge of the model leads both ways, and every id leads to its record.

use access::Role;
use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{Actor, DatabaseKind, World, each_database};

/// Creates the customers `acme` and `bolt`, each with an address and a contact, and the asset `lift`.
async fn create_customers_and_asset(admin: &Actor) {
    for reference in ["acme", "bolt"] {
        let address = json!({ "type": "SHIPPING", "name": "Dock", "externalReference": format!("{reference}-dock") });
        let contact = json!({ "name": "Ann", "externalReference": format!("{reference}-ann") });
        let customer = json!({ "name": reference, "type": "RENTAL", "externalReference": reference,
            "addresses": [address], "contacts": [contact] });
        admin.mutate("customerCreate", customer, "").await;
    }
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
}

/// The contract number of the current assignment of `lift`.
async fn current_contract(admin: &Actor) -> Json {
    let response = admin.execute("{ assets { nodes { currentAssignment { contractNumber } } } }").await;
    response.at("/data/assets/nodes/0/currentAssignment").clone()
}

#[apply(each_database)]
async fn the_current_assignment_has_started_and_is_not_over(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    let assign = async |contract: &str, relationship: &str, from: &str, until: Option<&str>| {
        let input = json!({ "customer": "acme", "asset": { "existing": "lift" }, "relationship": relationship, "from": from,
            "until": until, "contractNumber": contract, "externalReference": contract });
        admin.mutate("customerAssetAssign", input, "").await;
    };
    assert_eq!(current_contract(&admin).await, json!(null));
    assign("past", "UNDER_SERVICE", "2020-01-01T00:00:00Z", Some("2020-02-01T00:00:00Z")).await;
    assign("future", "UNDER_SERVICE", "2990-01-01T00:00:00Z", None).await;
    assert_eq!(current_contract(&admin).await, json!(null));
    assign("service", "UNDER_SERVICE", "2024-01-01T00:00:00Z", None).await;
    assert_eq!(current_contract(&admin).await, json!({ "contractNumber": "service" }));
    // A rental comes before a later start, and runs past its agreed end until the asset is returned.
    assign("rental", "RENTED", "2021-01-01T00:00:00Z", Some("2021-02-01T00:00:00Z")).await;
    assert_eq!(current_contract(&admin).await, json!({ "contractNumber": "rental" }));
    let returned = json!({ "id": "rental", "at": "2021-03-01T00:00:00Z" });
    admin.mutate("customerAssetReturn", returned, "").await;
    assert_eq!(current_contract(&admin).await, json!({ "contractNumber": "service" }));
    let query = "{ assets { nodes { name currentAssignment { asset { name } } } } }";
    assert_eq!(admin.execute(query).await.statements(), 3);
}

#[apply(each_database)]
async fn loads_and_service_records_are_reached_from_both_ends(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    let load = json!({ "customer": "acme", "number": "L-1", "pickupLocation": "acme-dock",
        "deliveryLocation": "bolt-dock" });
    admin.mutate("loadCreate", load, "").await;
    let assignment = json!({ "customer": "acme", "asset": { "existing": "lift" }, "relationship": "UNDER_SERVICE",
        "externalReference": "contract" });
    admin.mutate("customerAssetAssign", assignment, "").await;
    let record = json!({ "customer": "acme", "equipment": ["contract"], "summary": "Oil",
        "serviceType": "Repair", "serviceDate": "2026-01-20T08:00:00Z" });
    admin.mutate("serviceRecordCreate", record, "").await;
    let query = "{
        addresses(where: { customer: { name: { eq: \"bolt\" } } }) { nodes { loads { nodes { number } } } }
        contacts(where: { customer: { name: { eq: \"acme\" } } }) { nodes {
            loads { nodes { number contacts { nodes { name } } } }
            serviceRecords { nodes { summary contacts { nodes { name } } } }
        } }
        assets { nodes { serviceRecords { nodes { summary } } } }
    }";
    let ann = json!({ "nodes": [{ "name": "Ann" }] });
    let response = admin.execute(query).await;
    let expected = json!({
        "addresses": { "nodes": [{ "loads": { "nodes": [{ "number": "L-1" }] } }] },
        "contacts": { "nodes": [{
            "loads": { "nodes": [{ "number": "L-1", "contacts": ann }] },
            "serviceRecords": { "nodes": [{ "summary": "Oil", "contacts": ann }] },
        }] },
        "assets": { "nodes": [{ "serviceRecords": { "nodes": [{ "summary": "Oil" }] } }] },
    });
    assert_eq!(*response.data(), expected);
}

#[apply(each_database)]
async fn a_change_and_a_custom_field_value_are_nodes(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let definition = json!({ "ownerType": "CUSTOMER", "key": "colour", "type": "STRING", "title": "Colour" });
    admin.mutate("customFieldDefinitionCreate", definition, "").await;
    let customer = json!({ "name": "Acme", "type": "BROKER",
        "customFields": [{ "key": "colour", "value": "blue" }] });
    admin.mutate("customerCreate", customer, "").await;
    world.link_changes().await;
    let query = "{ customers { nodes { customField(key: \"colour\") { id } } }
        changes(where: { nodeType: { eq: CUSTOMER } }) { nodes { id node { ... on Customer { name } } } } }";
    let response = admin.execute(query).await;
    assert_eq!(*response.at("/data/changes/nodes/0/node"), json!({ "name": "Acme" }));
    let pointers = ["/data/customers/nodes/0/customField/id", "/data/changes/nodes/0/id"];
    let ids = json!({ "ids": pointers.map(|pointer| response.text(pointer)) });
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let found = admin.execute_with(query, ids.clone()).await;
    let expected = ["CustomFieldStringValue", "Change"].iter().zip(ids["ids"].as_array().unwrap());
    let expected: Vec<_> = expected.map(|(name, id)| json!({ "__typename": name, "id": id })).collect();
    assert_eq!(*found.at("/data/nodes"), json!(expected));
    // Another tenant has neither, and a role that cannot read the change log has no change.
    assert_eq!(*world.other_admin().execute_with(query, ids.clone()).await.at("/data/nodes"), json!([null, null]));
    let dispatcher = world.actor(Role::Dispatcher).execute_with(query, ids).await;
    assert_eq!(*dispatcher.at("/data/nodes/1"), json!(null));
}

#[apply(each_database)]
async fn an_upsert_does_not_move_an_address_or_a_contact_to_another_customer(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customers_and_asset(&admin).await;
    let address = json!({ "externalReference": "acme-dock", "customer": "bolt", "type": "SHIPPING" });
    let contact = json!({ "externalReference": "acme-ann", "customer": "bolt", "name": "Ann" });
    for (mutation, input) in [("addressUpsert", address), ("contactUpsert", contact)] {
        let errors = admin.user_errors(mutation, input.clone()).await;
        assert!(errors.iter().any(|error| error.starts_with("IMMUTABLE input.customer")), "{mutation}: {errors:?}");
        let mut input = input;
        input["customer"] = json!("acme");
        admin.mutate(mutation, input, "").await;
    }
}
