//! The change log, through the schema.

use access::Role;
use rstest::rstest;
use serde_json::json;

use crate::world::{On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn every_write_is_one_entry_per_changed_row_and_the_log_has_no_gaps(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let contacts = json!([{ "name": "Ann", "primary": true }, { "name": "Bob" }]);
    let input = json!({ "name": "Acme", "type": "BROKER", "contacts": contacts });
    let customer = admin.done("customerCreate", input, "id contacts { nodes { id } }").await;
    let [ann, bob] = [0, 1].map(|index| customer["contacts"]["nodes"][index]["id"].clone());
    admin.done("contactUpdate", json!({ "id": bob, "primary": true, "role": "Dock" }), "").await;
    // What changes nothing is not on the record.
    admin.done("contactUpdate", json!({ "id": bob, "role": "Dock" }), "").await;
    admin.done("contactDelete", json!({ "id": ann }), "").await;
    let unlinked = admin.ask("{ changes { totalCount } }").await;
    assert_eq!(*unlinked.at("/data/changes/totalCount"), json!(0), "what is not linked is not shown");
    world.link().await;
    let answer = admin.ask("{ changes { nodes { sequence entity entityId action actor fields } } }").await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(answer.shown(), @r#"
        {
          "data": {
            "changes": {
              "nodes": [
                {
                  "action": "CREATE",
                  "actor": "ADMIN",
                  "entity": "customer",
                  "entityId": "cust_1",
                  "fields": [
                    "name",
                    "number",
                    "status",
                    "type"
                  ],
                  "sequence": 1
                },
                {
                  "action": "CREATE",
                  "actor": "ADMIN",
                  "entity": "contact",
                  "entityId": "cont_2",
                  "fields": [
                    "customer",
                    "kind",
                    "name",
                    "primary"
                  ],
                  "sequence": 2
                },
                {
                  "action": "CREATE",
                  "actor": "ADMIN",
                  "entity": "contact",
                  "entityId": "cont_3",
                  "fields": [
                    "customer",
                    "kind",
                    "name",
                    "primary"
                  ],
                  "sequence": 3
                },
                {
                  "action": "UPDATE",
                  "actor": "ADMIN",
                  "entity": "contact",
                  "entityId": "cont_2",
                  "fields": [
                    "primary"
                  ],
                  "sequence": 4
                },
                {
                  "action": "UPDATE",
                  "actor": "ADMIN",
                  "entity": "contact",
                  "entityId": "cont_3",
                  "fields": [
                    "primary",
                    "role"
                  ],
                  "sequence": 5
                },
                {
                  "action": "DELETE",
                  "actor": "ADMIN",
                  "entity": "contact",
                  "entityId": "cont_2",
                  "fields": [
                    "deletedAt"
                  ],
                  "sequence": 6
                }
              ]
            }
          }
        }
        "#);
    }
    let query = "query($id: ID!) { contact(id: $id) { changes { totalCount nodes { action } } } }";
    let of_bob = admin.ask_with(query, json!({ "id": bob })).await;
    assert_eq!(
        *of_bob.at("/data/contact/changes"),
        json!({ "totalCount": 2, "nodes": [{ "action": "CREATE" }, { "action": "UPDATE" }] })
    );
}

#[rstest]
#[tokio::test]
async fn images_show_personal_data_to_those_who_may_read_it(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let reach = json!({ "email": "eve@example.com" });
    let input = json!({ "name": "Eve Resident", "type": "RESIDENTIAL", "industry": "none", "contactInfo": reach });
    let id = admin.done("customerCreate", input, "id").await["id"].clone();
    admin.done("customerUpdate", json!({ "id": id, "industry": "gardening", "notes": "dog" }), "").await;
    world.link().await;
    let query = "{ changes { nodes { before after } } }";
    let opened = admin.ask(query).await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(opened.shown(), @r#"
        {
          "data": {
            "changes": {
              "nodes": [
                {
                  "after": {
                    "billTo": null,
                    "communicationMethod": null,
                    "contactInfo": {
                      "email": "eve@example.com"
                    },
                    "deletedAt": null,
                    "dotNumber": null,
                    "externalReference": null,
                    "industry": "none",
                    "mcNumber": null,
                    "name": "Eve Resident",
                    "number": "C-00001",
                    "parent": null,
                    "paymentTermsDays": null,
                    "preferredServiceWindow": null,
                    "status": "ACTIVE",
                    "tags": null,
                    "type": "RESIDENTIAL"
                  },
                  "before": null
                },
                {
                  "after": {
                    "billTo": null,
                    "communicationMethod": null,
                    "contactInfo": {
                      "email": "eve@example.com"
                    },
                    "deletedAt": null,
                    "dotNumber": null,
                    "externalReference": null,
                    "industry": "gardening",
                    "mcNumber": null,
                    "name": "Eve Resident",
                    "notes": "dog",
                    "number": "C-00001",
                    "parent": null,
                    "paymentTermsDays": null,
                    "preferredServiceWindow": null,
                    "status": "ACTIVE",
                    "tags": null,
                    "type": "RESIDENTIAL"
                  },
                  "before": {
                    "billTo": null,
                    "communicationMethod": null,
                    "contactInfo": {
                      "email": "eve@example.com"
                    },
                    "deletedAt": null,
                    "dotNumber": null,
                    "externalReference": null,
                    "industry": "none",
                    "mcNumber": null,
                    "name": "Eve Resident",
                    "number": "C-00001",
                    "parent": null,
                    "paymentTermsDays": null,
                    "preferredServiceWindow": null,
                    "status": "ACTIVE",
                    "tags": null,
                    "type": "RESIDENTIAL"
                  }
                }
              ]
            }
          }
        }
        "#);
    }
    let scopes = ["change:read".to_owned()];
    let auditor = world.granted(&world.tenant, &[Role::Manager], Some(&scopes), "auditor");
    let closed = auditor.ask(query).await;
    assert!(!closed.body.to_string().contains("eve@example.com"), "{closed}");
    assert_eq!(*closed.at("/data/changes/nodes/1/after/industry"), json!("gardening"));
    assert_eq!(*closed.at("/extensions/redacted"), json!(["changes.nodes.after", "changes.nodes.before"]));
    let refused = world.actor(Role::Agent).ask(query).await;
    assert_eq!(refused.codes(), ["FORBIDDEN"]);
}

#[rstest]
#[tokio::test]
async fn a_reader_goes_on_where_it_stopped(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    for number in 0..5 {
        admin.done("customerCreate", json!({ "name": format!("Customer {number}"), "type": "OTHER" }), "").await;
    }
    world.link().await;
    let query = "{ changes(where: { sequence: { gt: 3 } }) { nodes { sequence } } }";
    assert_eq!(*admin.ask(query).await.at("/data/changes/nodes"), json!([{ "sequence": 4 }, { "sequence": 5 }]));
    admin.done("customerCreate", json!({ "name": "Another", "type": "OTHER" }), "").await;
    world.link().await;
    let last = admin.ask("{ changes(last: 1) { nodes { sequence } pageInfo { hasPreviousPage } } }").await;
    assert_eq!(
        *last.at("/data/changes"),
        json!({ "nodes": [{ "sequence": 6 }], "pageInfo": { "hasPreviousPage": true } })
    );
    // The other tenant's log is its own.
    assert_eq!(*world.stranger().ask("{ changes { totalCount } }").await.at("/data/changes/totalCount"), json!(0));
}
