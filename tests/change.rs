//! The change log, through the schema.

use access::Role;
use rstest_reuse::apply;
use serde_json::json;

use crate::world::{DatabaseKind, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn a_write_logs_one_change_per_changed_row_without_gaps(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let contacts = json!([{ "name": "Ann", "primary": true }, { "name": "Bob" }]);
    let input = json!({ "name": "Acme", "type": "BROKER", "contacts": contacts });
    let customer = admin.mutate("customerCreate", input, "id contacts { nodes { id } }").await;
    let [ann, bob] = [0, 1].map(|index| customer["contacts"]["nodes"][index]["id"].clone());
    admin.mutate("contactUpdate", json!({ "id": bob, "primary": true, "role": "Dock" }), "").await;
    // A write that changes nothing is not logged.
    admin.mutate("contactUpdate", json!({ "id": bob, "role": "Dock" }), "").await;
    admin.mutate("contactDelete", json!({ "id": ann }), "").await;
    let unlinked = admin.execute("{ changes { totalCount } }").await;
    assert_eq!(*unlinked.at("/data/changes/totalCount"), json!(0), "what is not linked is not shown");
    world.link_changes().await;
    let response = admin.execute("{ changes { nodes { sequence nodeType nodeId action actor fields } } }").await;
    assert_snapshot!(response.snapshot(), @r#"
    {
      "data": {
        "changes": {
          "nodes": [
            {
              "action": "CREATE",
              "actor": "ADMIN",
              "fields": [
                "name",
                "number",
                "status",
                "type"
              ],
              "nodeId": "cust_1",
              "nodeType": "CUSTOMER",
              "sequence": 1
            },
            {
              "action": "CREATE",
              "actor": "ADMIN",
              "fields": [
                "customer",
                "name",
                "primary",
                "type"
              ],
              "nodeId": "cont_2",
              "nodeType": "CONTACT",
              "sequence": 2
            },
            {
              "action": "CREATE",
              "actor": "ADMIN",
              "fields": [
                "customer",
                "name",
                "primary",
                "type"
              ],
              "nodeId": "cont_3",
              "nodeType": "CONTACT",
              "sequence": 3
            },
            {
              "action": "UPDATE",
              "actor": "ADMIN",
              "fields": [
                "primary"
              ],
              "nodeId": "cont_2",
              "nodeType": "CONTACT",
              "sequence": 4
            },
            {
              "action": "UPDATE",
              "actor": "ADMIN",
              "fields": [
                "primary",
                "role"
              ],
              "nodeId": "cont_3",
              "nodeType": "CONTACT",
              "sequence": 5
            },
            {
              "action": "DELETE",
              "actor": "ADMIN",
              "fields": [
                "deletedAt"
              ],
              "nodeId": "cont_2",
              "nodeType": "CONTACT",
              "sequence": 6
            }
          ]
        }
      }
    }
    "#);
    let query = "query($id: ID!) { contact(id: $id) { changes { totalCount nodes { action } } } }";
    let of_bob = admin.execute_with(query, json!({ "id": bob })).await;
    assert_eq!(
        *of_bob.at("/data/contact/changes"),
        json!({ "totalCount": 2, "nodes": [{ "action": "CREATE" }, { "action": "UPDATE" }] })
    );
}

#[apply(each_database)]
async fn images_show_personal_data_only_with_permission(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let reach = json!({ "email": "eve@example.com" });
    let input = json!({ "name": "Eve Resident", "type": "RESIDENTIAL", "industry": "none", "contactInfo": reach });
    let id = admin.mutate("customerCreate", input, "id").await["id"].clone();
    admin.mutate("customerUpdate", json!({ "id": id, "industry": "gardening", "notes": "dog" }), "").await;
    world.link_changes().await;
    let query = "{ changes { nodes { before after } } }";
    let opened = admin.execute(query).await;
    assert_snapshot!(opened.snapshot(), @r#"
    {
      "data": {
        "changes": {
          "nodes": [
            {
              "after": {
                "billTo": null,
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
                "preferences": null,
                "status": "ACTIVE",
                "tags": [],
                "type": "RESIDENTIAL"
              },
              "before": null
            },
            {
              "after": {
                "billTo": null,
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
                "preferences": null,
                "status": "ACTIVE",
                "tags": [],
                "type": "RESIDENTIAL"
              },
              "before": {
                "billTo": null,
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
                "preferences": null,
                "status": "ACTIVE",
                "tags": [],
                "type": "RESIDENTIAL"
              }
            }
          ]
        }
      }
    }
    "#);
    let scopes = ["change:read".to_owned()];
    let auditor = world.user(&[Role::Manager]).scopes(&scopes).subject("auditor").actor();
    let closed = auditor.execute(query).await;
    assert!(!closed.body.to_string().contains("eve@example.com"), "{closed}");
    assert_eq!(*closed.at("/data/changes/nodes/1/after/industry"), json!("gardening"));
    assert_eq!(*closed.at("/extensions/redacted"), json!(["changes.nodes.after", "changes.nodes.before"]));
    let refused = world.actor(Role::Agent).execute(query).await;
    assert_eq!(refused.error_codes(), ["FORBIDDEN"]);
}

#[apply(each_database)]
async fn a_reader_of_the_log_continues_after_its_last_cursor(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for number in 0..5 {
        admin.mutate("customerCreate", json!({ "name": format!("Customer {number}"), "type": "OTHER" }), "").await;
    }
    world.link_changes().await;
    let query = "{ changes(where: { sequence: { gt: 3 } }) { nodes { sequence } } }";
    assert_eq!(*admin.execute(query).await.at("/data/changes/nodes"), json!([{ "sequence": 4 }, { "sequence": 5 }]));
    admin.mutate("customerCreate", json!({ "name": "Another", "type": "OTHER" }), "").await;
    world.link_changes().await;
    let last = admin.execute("{ changes(last: 1) { nodes { sequence } pageInfo { hasPreviousPage } } }").await;
    assert_eq!(
        *last.at("/data/changes"),
        json!({ "nodes": [{ "sequence": 6 }], "pageInfo": { "hasPreviousPage": true } })
    );
    // The other tenant has a log of its own.
    assert_eq!(
        *world.other_admin().execute("{ changes { totalCount } }").await.at("/data/changes/totalCount"),
        json!(0)
    );
}

#[apply(each_database)]
async fn no_change_is_deleted(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("assetCreate", json!({ "name": "Lift" }), "").await;
    world.link_changes().await;
    for (deleted, count) in [("EXCLUDE", 1), ("INCLUDE", 1), ("ONLY", 0)] {
        let response = admin.execute(&format!("{{ changes(deleted: {deleted}) {{ totalCount }} }}")).await;
        assert_eq!(*response.at("/data/changes/totalCount"), json!(count), "{deleted}");
    }
}
