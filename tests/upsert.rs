//! Upserts: one external reference names one row, however it is written and however often it is sent.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use crate::world::{
    Actor, DatabaseKind, JsonResponse, World, database::connect, each_database, each_database_in_parallel,
    http_settings,
};

/// An input of each upsert that makes a row.
fn inputs() -> Vec<(&'static str, Json)> {
    vec![
        ("customerUpsert", json!({ "name": "Acme", "type": "RENTAL" })),
        ("contactUpsert", json!({ "customer": "acme", "name": "Ann" })),
        ("addressUpsert", json!({ "customer": "acme", "type": "SERVICE", "city": "Waco" })),
        ("assetUpsert", json!({ "name": "Lift" })),
        ("customerAssetUpsert", json!({ "customer": "acme", "asset": "lift", "relationship": "OWNED" })),
        ("loadUpsert", json!({ "customer": "acme", "stops": [{ "type": "PICKUP" }, { "type": "DELIVERY" }] })),
        (
            "serviceRecordUpsert",
            json!({ "customer": "acme", "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit" }),
        ),
    ]
}

async fn create_customer_and_asset(admin: &Actor) {
    let customer = json!({ "name": "Acme", "type": "RENTAL", "externalReference": "acme" });
    admin.mutate("customerCreate", customer, "").await;
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
}

fn with_reference(input: &Json, reference: &str) -> Json {
    let mut input = input.clone();
    input["externalReference"] = json!(reference);
    input
}

#[apply(each_database)]
async fn an_upsert_reads_its_reference_as_it_is_stored(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_asset(&admin).await;
    for (mutation, input) in inputs() {
        for empty in ["", "  "] {
            let refused = admin.user_errors(mutation, with_reference(&input, empty)).await;
            let expected = "REQUIRED input.externalReference: An upsert needs the external reference of its row; it cannot be empty.";
            assert_eq!(refused, [expected], "{mutation}");
        }
        let first = admin.mutate(mutation, with_reference(&input, " x "), "id externalReference version").await;
        assert_eq!(first["externalReference"], json!("x"), "{mutation}");
        for again in [" x ", "x", "x\t"] {
            let same = admin.mutate(mutation, with_reference(&input, again), "id externalReference version").await;
            assert_eq!(same, first, "{mutation} {again:?}");
        }
    }
    // A reference in another input is read the same way.
    admin.mutate("contactUpdate", json!({ "id": " x ", "name": "Anna" }), "").await;
    admin.mutate("contactCreate", json!({ "customer": " acme", "name": "Bob" }), "").await;
}

#[apply(each_database)]
async fn the_same_customer_sent_again_changes_nothing(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let contacts = json!([
        { "name": "P", "email": "p@example.com" }, { "name": "Quinn", "primary": true }, { "name": "P", "role": "Dock" },
        { "name": "R", "externalReference": " r " },
    ]);
    let addresses = json!([
        { "city": "Austin" }, { "city": "Boise", "type": "SERVICE" }, { "city": "Austin", "state": "TX", "type": "SERVICE" },
        { "name": "Yard", "type": "SERVICE" }, { "street": "1 Main", "type": "BILLING" },
        { "externalReference": "e", "zipCode": "76701", "type": "SERVICE" },
    ]);
    let input = json!({ "externalReference": "r", "name": "R", "type": "COMMERCIAL", "contacts": contacts, "addresses": addresses });
    let select = "id version updatedAt contacts(deleted: INCLUDE) { nodes { id version name role email } }
        addresses(deleted: INCLUDE) { nodes { id version city street } }";
    let first = admin.mutate("customerUpsert", input.clone(), select).await;
    assert_eq!(first["contacts"]["nodes"].as_array().unwrap().len(), 4);
    assert_eq!(first["addresses"]["nodes"].as_array().unwrap().len(), 6);
    for _ in 0..2 {
        assert_eq!(admin.mutate("customerUpsert", input.clone(), select).await, first);
    }
    // A contact of the same name is the same contact with other details, and another name is another contact.
    let mut changed = input.clone();
    changed["contacts"] = json!([{ "name": "quinn", "role": "Night" }, { "name": "S" }]);
    let select = "contacts { nodes { id name role } }";
    let after = admin.mutate("customerUpsert", changed, select).await;
    let quinn = &first["contacts"]["nodes"][1];
    assert_eq!(after["contacts"]["nodes"][0], json!({ "id": quinn["id"], "name": "quinn", "role": "Night" }));
    assert_eq!(after["contacts"]["nodes"][1]["name"], json!("S"));
}

#[apply(each_database)]
async fn an_item_with_an_id_keeps_its_row_from_items_without(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let input = json!({ "externalReference": "r", "name": "R", "type": "BROKER", "contacts": [{ "name": "P" }] });
    let select = "contacts { nodes { id name } }";
    let first = admin.mutate("customerUpsert", input, select).await["contacts"]["nodes"][0].clone();
    let input = json!({ "externalReference": "r", "contacts": [{ "name": "P" }, { "id": first["id"], "name": "Q" }] });
    let after = admin.mutate("customerUpsert", input, select).await["contacts"]["nodes"].clone();
    assert_eq!(after[0], json!({ "id": first["id"], "name": "Q" }));
    assert_eq!(after[1]["name"], json!("P"));
}

/// The number of clients that send the same new reference at once.
const CLIENTS: usize = 8;

#[apply(each_database_in_parallel)]
async fn concurrent_upserts_of_one_new_reference_give_one_row(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_customer_and_asset(&admin).await;
    let field = json!({ "ownerType": "ASSET", "type": "STRING", "title": "K" });
    let inputs = inputs().into_iter().chain([("customFieldDefinitionUpsert", field)]);
    for (mutation, input) in inputs {
        for round in 0..3 {
            let mut input = with_reference(&input, &format!("new-{round}"));
            if mutation == "customFieldDefinitionUpsert" {
                input["key"] = json!(format!("k{round}"));
            }
            let responses = futures_util::future::join_all(
                (0..CLIENTS).map(|_| admin.mutate(mutation, input.clone(), "id version")),
            );
            let rows = responses.await;
            assert!(rows.iter().all(|row| *row == rows[0]), "{mutation}: {rows:?}");
            assert_eq!(rows[0]["version"], json!(1), "{mutation}");
        }
    }
}

#[apply(each_database)]
async fn an_upsert_of_a_new_customer_asset_needs_its_relationship(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "RENTAL", "externalReference": "acme" }), "").await;
    admin.mutate("assetCreate", json!({ "name": "Lift", "externalReference": "lift" }), "").await;
    let input = json!({ "externalReference": "out", "customer": "acme", "asset": "lift" });
    assert_eq!(
        admin.user_errors("customerAssetUpsert", input).await,
        ["REQUIRED input.relationship: There is no customer asset \"out\" yet, and a new one needs its relationship."]
    );
}

/// The clients that write at once: twice as many as a write has attempts.
const RACERS: u32 = 10;

#[apply(each_database_in_parallel)]
async fn a_lost_race_says_what_the_rule_says(database: DatabaseKind) {
    let world = World::new(database).await;
    // Each of them has a connection, so that they do not wait for one.
    let db = connect(&world.database.url, RACERS).await;
    let admin = world.admin().at(&world.start_server_on(db, http_settings()).await);
    let race = async |mutation: &str, inputs: Vec<Json>| {
        let sent = inputs.into_iter().map(|input| admin.send_mutation(mutation, input, "id"));
        let responses = futures_util::future::join_all(sent).await;
        let line = |response: &JsonResponse| match response.error_codes()[..] {
            [] => {
                let errors = response.at(&format!("/data/{mutation}/userErrors"));
                errors[0]["message"].as_str().unwrap_or_default().to_owned()
            }
            _ => response.to_string(),
        };
        responses.iter().map(line).collect::<Vec<_>>()
    };
    let same = |input: &Json| vec![input.clone(); RACERS as usize];
    for round in 0..4 {
        let reference = format!("c{round}");
        let customer = json!({ "name": "Acme", "type": "BROKER", "externalReference": reference });
        admin.mutate("customerCreate", customer, "").await;
        let contact = json!({ "customer": reference, "name": "Ann", "primary": true });
        let lines = race("contactCreate", same(&contact)).await;
        assert_eq!(lines, [""; RACERS as usize], "each one replaces the one before");
        let query = "query($c: String!) { contacts(where: { customer: { externalReference: { eq: $c } } }) { nodes { id primary } } }";
        let contacts = admin.execute_with(query, json!({ "c": reference })).await;
        let contacts = contacts.at("/data/contacts/nodes").as_array().unwrap().clone();
        assert_eq!(contacts.iter().filter(|contact| contact["primary"] == json!(true)).count(), 1, "{contacts:?}");
        let updates = contacts.iter().map(|contact| json!({ "id": contact["id"], "primary": true })).collect();
        assert_eq!(race("contactUpdate", updates).await, [""; RACERS as usize], "each one replaces the one before");
        let field = json!({ "ownerType": "CUSTOMER", "key": format!("k{round}"), "type": "STRING", "title": "K" });
        let number = json!({ "name": "B", "type": "BROKER", "number": format!("N-{round}") });
        let taken = json!({ "name": "B", "type": "BROKER", "externalReference": format!("t{round}") });
        let address = |kind: &str| json!({ "customer": reference, "type": kind, "city": "Waco" });
        for (mutation, input, rule) in [
            ("addressCreate", address("PRIMARY"), "The customer has a PRIMARY address already; change that one."),
            ("addressCreate", address("BILLING"), "The customer has a BILLING address already; change that one."),
            ("customFieldDefinitionCreate", field, "has this key already."),
            ("customerCreate", number, " has the number "),
            ("customerCreate", taken, "has the external reference "),
        ] {
            let mut lines = race(mutation, same(&input)).await;
            lines.sort_unstable();
            assert_eq!(lines[0], "", "{mutation}: one of them succeeds");
            assert!(lines[1..].iter().all(|line| line.contains(rule)), "{mutation}: {lines:?}");
        }
    }
}
