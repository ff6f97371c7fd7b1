//! Contacts, through the schema.

use rstest_reuse::apply;
use serde_json::json;

use crate::world::{DatabaseKind, World, each_database};

#[apply(each_database)]
async fn a_contact_is_upserted_by_its_external_reference(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let errors = admin.user_errors("contactUpsert", json!({ "externalReference": "P-1", "name": "Ann" })).await;
    assert_eq!(errors, ["REQUIRED input.customer: There is no contact \"P-1\" yet, and a new one needs its customer."]);
    let customer = json!({ "name": "Acme", "type": "BROKER", "externalReference": "A-1" });
    admin.mutate("customerCreate", customer, "").await;
    let ann = json!({ "externalReference": "P-1", "customer": "A-1", "name": "Ann", "role": "Dispatcher" });
    let select = "id version name role email";
    let created = admin.mutate("contactUpsert", ann, select).await;
    let changed = json!({ "externalReference": "P-1", "email": "ann@example.com", "role": null });
    let after = admin.mutate("contactUpsert", changed, select).await;
    assert_eq!(
        after,
        json!({ "id": created["id"], "version": 2, "name": "Ann", "role": null, "email": "ann@example.com" })
    );
    // An upsert restores a deleted contact with the same reference.
    admin.mutate("contactDelete", json!({ "id": "P-1", "expectedVersion": 2 }), "").await;
    let back = json!({ "externalReference": "P-1", "name": "Anna" });
    let back = admin.mutate("contactUpsert", back, "id name deletedAt email").await;
    assert_eq!(back, json!({ "id": created["id"], "name": "Anna", "deletedAt": null, "email": "ann@example.com" }));
}

#[apply(each_database)]
async fn contacts_are_found_by_word_prefixes(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let contacts = json!([
        { "name": "José Álvarez", "mobile": "+1 (555) 123-4567" },
        { "name": "Night desk", "type": "DEPARTMENT", "email": "Night@Example.com" },
    ]);
    admin.mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER", "contacts": contacts }), "").await;
    for (filter, found) in [
        (json!({ "name": { "startsWith": "alv jo" } }), json!([{ "name": "José Álvarez" }])),
        (json!({ "mobile": { "eq": "555.123.4567" } }), json!([{ "name": "José Álvarez" }])),
        (json!({ "email": { "startsWith": "night@ex" } }), json!([{ "name": "Night desk" }])),
        (json!({ "name": { "eq": "jose" } }), json!([])),
        (json!({ "not": { "name": { "startsWith": "jo" } } }), json!([{ "name": "Night desk" }])),
    ] {
        let query = "query($where: ContactFilter) { contacts(where: $where) { nodes { name } } }";
        let response = admin.execute_with(query, json!({ "where": filter })).await;
        assert_eq!(*response.at("/data/contacts/nodes"), found, "{filter}");
    }
}
