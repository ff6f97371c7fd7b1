//! Contacts, through the schema.

use rstest::rstest;
use serde_json::json;

use crate::world::{On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn a_contact_is_made_once_and_changed_by_its_external_reference(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let nobody = admin.refused("contactUpsert", json!({ "externalReference": "P-1", "name": "Ann" })).await;
    assert_eq!(nobody, ["REQUIRED input.customer: A new contact needs its customer."]);
    let customer = json!({ "name": "Acme", "type": "BROKER", "externalReference": "A-1" });
    admin.done("customerCreate", customer, "").await;
    let ann = json!({ "externalReference": "P-1", "customer": "A-1", "name": "Ann", "role": "Dispatcher" });
    let select = "id version name role email";
    let made = admin.done("contactUpsert", ann, select).await;
    let changed = json!({ "externalReference": "P-1", "email": "ann@example.com", "role": null });
    let after = admin.done("contactUpsert", changed, select).await;
    assert_eq!(
        after,
        json!({ "id": made["id"], "version": 2, "name": "Ann", "role": null, "email": "ann@example.com" })
    );
    // What is deleted comes back with the same reference.
    admin.done("contactDelete", json!({ "id": "P-1", "expectedVersion": 2 }), "").await;
    let back = json!({ "externalReference": "P-1", "name": "Anna" });
    let back = admin.done("contactUpsert", back, "id name deletedAt email").await;
    assert_eq!(back, json!({ "id": made["id"], "name": "Anna", "deletedAt": null, "email": "ann@example.com" }));
}

#[rstest]
#[tokio::test]
async fn contacts_are_found_by_the_beginnings_of_their_words(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let contacts = json!([
        { "name": "José Álvarez", "mobile": "+1 (555) 123-4567" },
        { "name": "Night desk", "kind": "DEPARTMENT", "email": "Night@Example.com" },
    ]);
    admin.done("customerCreate", json!({ "name": "Acme", "type": "BROKER", "contacts": contacts }), "").await;
    for (filter, found) in [
        (json!({ "name": { "startsWith": "alv jo" } }), json!([{ "name": "José Álvarez" }])),
        (json!({ "mobile": { "eq": "555.123.4567" } }), json!([{ "name": "José Álvarez" }])),
        (json!({ "email": { "startsWith": "night@ex" } }), json!([{ "name": "Night desk" }])),
        (json!({ "name": { "eq": "jose" } }), json!([])),
        (json!({ "not": { "name": { "startsWith": "jo" } } }), json!([{ "name": "Night desk" }])),
    ] {
        let query = "query($where: ContactFilter) { contacts(where: $where) { nodes { name } } }";
        let answer = admin.ask_with(query, json!({ "where": filter })).await;
        assert_eq!(*answer.at("/data/contacts/nodes"), found, "{filter}");
    }
}
