//! Customers, through the schema.

use access::Role;
use rstest_reuse::apply;
use serde_json::json;

use crate::world::{DatabaseKind, JsonResponse, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn a_customer_is_created_with_its_addresses_and_contacts(database: DatabaseKind) {
    let world = World::new(database).await;
    let created = world
        .admin()
        .mutate(
            "customerCreate",
            json!({
                "name": "ABC Manufacturing", "type": "COMMERCIAL", "industry": "manufacturing",
                "contactInfo": { "email": "contact@abcmfg.com", "phone": "(555) 123-4567", "primaryContact": "John Smith" },
                "addresses": [{ "type": "PRIMARY", "street": "123 Industrial Blvd", "city": "Manufacturing City",
                    "state": "TX", "zipCode": "75001", "coordinates": [-96.8352, 32.6839] }],
                "preferences": { "preferredServiceWindow": "8am-5pm", "communicationMethod": "EMAIL",
                    "emergencyContact": "(555) 987-6543" },
                "contacts": [{ "name": "Ada Lovelace", "primary": true, "email": "ada@example.com" }],
            }),
            "number name version industry contactInfo { email phone primaryContact }
             addresses { nodes { type street city state zipCode coordinates timeZone } }
             preferences { preferredServiceWindow communicationMethod emergencyContact }
             contacts { totalCount nodes { name primary email customer { displayName } } }",
        )
        .await;
    assert_snapshot!(crate::world::snapshot_text(&created), @r#"
    {
      "addresses": {
        "nodes": [
          {
            "city": "Manufacturing City",
            "coordinates": [
              -96.8352,
              32.6839
            ],
            "state": "TX",
            "street": "123 Industrial Blvd",
            "timeZone": "America/Chicago",
            "type": "PRIMARY",
            "zipCode": "75001"
          }
        ]
      },
      "contactInfo": {
        "email": "contact@abcmfg.com",
        "phone": "(555) 123-4567",
        "primaryContact": "John Smith"
      },
      "contacts": {
        "nodes": [
          {
            "customer": {
              "displayName": "ABC Manufacturing"
            },
            "email": "ada@example.com",
            "name": "Ada Lovelace",
            "primary": true
          }
        ],
        "totalCount": 1
      },
      "industry": "manufacturing",
      "name": "ABC Manufacturing",
      "number": "C-00001",
      "preferences": {
        "communicationMethod": "EMAIL",
        "emergencyContact": "(555) 987-6543",
        "preferredServiceWindow": "8am-5pm"
      },
      "version": 1
    }
    "#);
}

#[apply(each_database)]
async fn a_viewer_gets_the_paths_of_redacted_fields(database: DatabaseKind) {
    let world = World::new(database).await;
    world
        .admin()
        .mutate("customerCreate", json!({ "name": "Eve Resident", "type": "RESIDENTIAL", "notes": "dog" }), "")
        .await;
    let response = world.viewer().execute("{ customers { nodes { number name displayName notes } } }").await;
    assert_snapshot!(response.snapshot(), @r#"
    {
      "data": {
        "customers": {
          "nodes": [
            {
              "displayName": "Customer C-00001",
              "name": null,
              "notes": null,
              "number": "C-00001"
            }
          ]
        }
      }
    }
    "#);
    assert_eq!(
        *response.at("/extensions/redacted"),
        json!(["customers.nodes.displayName", "customers.nodes.name", "customers.nodes.notes"])
    );
}

#[apply(each_database)]
async fn contacts_of_fifty_customers_take_two_statements(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for index in 0..50 {
        let contacts = json!([{ "name": format!("Ann {index}") }, { "name": format!("Bob {index}") }]);
        admin
            .mutate(
                "customerCreate",
                json!({ "name": format!("Customer {index}"), "type": "SHIPPER", "contacts": contacts }),
                "",
            )
            .await;
    }
    let query =
        "{ customers(first: 50) { nodes { contacts(first: 1, orderBy: [{ name: DESC }]) { nodes { role type } } } } }";
    let response = admin.execute(query).await;
    assert_eq!(response.statements(), 2);
    assert_eq!(response.at("/data/customers/nodes").as_array().unwrap().len(), 50);
    let counted = "{ customers(first: 50) { nodes { contacts(first: 1) { totalCount nodes { id } } } } }";
    let response = admin.execute(counted).await;
    assert_eq!(response.statements(), 3);
    assert_eq!(*response.at("/data/customers/nodes/7/contacts/totalCount"), json!(2));
}

#[apply(each_database)]
async fn a_new_primary_contact_replaces_the_current_one(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let contacts = json!([{ "name": "Ann", "primary": true }, { "name": "Bob" }]);
    let customer = admin
        .mutate(
            "customerCreate",
            json!({ "name": "Acme", "type": "BROKER", "contacts": contacts }),
            "id contacts { nodes { id name } }",
        )
        .await;
    let bob = customer["contacts"]["nodes"][1]["id"].clone();
    admin.mutate("contactUpdate", json!({ "id": bob, "primary": true }), "").await;
    let response = admin.execute("{ contacts(orderBy: [{ name: ASC }]) { nodes { name primary version } } }").await;
    assert_snapshot!(response.snapshot(), @r#"
    {
      "data": {
        "contacts": {
          "nodes": [
            {
              "name": "Ann",
              "primary": false,
              "version": 2
            },
            {
              "name": "Bob",
              "primary": true,
              "version": 2
            }
          ]
        }
      }
    }
    "#);
}

#[apply(each_database)]
async fn a_customer_reports_all_violations_at_once(database: DatabaseKind) {
    let world = World::new(database).await;
    let errors = world
        .actor(Role::Dispatcher)
        .user_errors(
            "customerCreate",
            json!({
                "name": " ", "type": "SHIPPER", "paymentTermsDays": 400, "parent": "nobody",
                "contactInfo": { "email": "not an address" },
                "addresses": [{ "type": "PRIMARY", "timeZone": "Mars/Olympus" }, { "type": "PRIMARY", "coordinates": [200, 0] }],
                "contacts": [{ "phone": "12" }],
            }),
        )
        .await;
    assert_snapshot!(errors.join("\n"), @r#"
    OUT_OF_RANGE input.paymentTermsDays: paymentTermsDays is from 0 to 365; 400 was given.
    REQUIRED input.name: name cannot be empty.
    INVALID input.contactInfo.email: This is not an e-mail address; an example is ada@example.com.
    NOT_FOUND input.parent: "nobody" is neither the id, the external reference nor the number of a customer.
    INVALID input.addresses.0.timeZone: "Mars/Olympus" is not an IANA time zone; an example is America/Chicago.
    OUT_OF_RANGE input.addresses.1.coordinates: coordinates are [longitude, latitude] in degrees, from [-180, -90] to [180, 90].
    TAKEN input.addresses.1.type: A customer has one PRIMARY address; the list has two.
    REQUIRED input.contacts.0.name: A contact needs a name; a department's or call centre's name will do.
    INVALID input.contacts.0.phone: This is not a telephone number; an example is (555) 123-4567.
    "#);
    let response =
        world.admin().execute("{ customers { totalCount } contacts { totalCount } addresses { totalCount } }").await;
    assert_eq!(
        *response.data(),
        json!({ "customers": { "totalCount": 0 }, "contacts": { "totalCount": 0 }, "addresses": { "totalCount": 0 } })
    );
}

#[apply(each_database)]
async fn another_tenant_gets_not_found(database: DatabaseKind) {
    let world = World::new(database).await;
    let id =
        world.admin().mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await["id"].clone();
    let other_admin = world.other_admin();
    let query = "query($id: ID!) { customer(id: $id) { id } node(id: $id) { id } customers { totalCount } }";
    let response = other_admin.execute_with(query, json!({ "id": id })).await;
    assert_eq!(*response.data(), json!({ "customer": null, "node": null, "customers": { "totalCount": 0 } }));
    let refused = other_admin.user_errors("customerUpdate", json!({ "id": id, "name": "Mine" })).await;
    assert_eq!(
        refused,
        [format!(
            "NOT_FOUND input.id: \"{}\" is neither the id, the external reference nor the number of a customer.",
            id.as_str().unwrap()
        )]
    );
}

#[apply(each_database)]
async fn restoring_a_customer_restores_its_contacts(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let contacts = json!([{ "name": "Ann" }, { "name": "Bob" }]);
    let input = json!({ "name": "Acme", "type": "BROKER", "externalReference": "A-1", "contacts": contacts });
    let customer = admin.mutate("customerCreate", input.clone(), "id contacts { nodes { id } }").await;
    // Bob was deleted before the customer, and stays deleted when the customer is restored.
    admin.mutate("contactDelete", json!({ "id": customer["contacts"]["nodes"][1]["id"] }), "").await;
    admin.mutate("customerDelete", json!({ "id": "A-1" }), "deletedAt").await;
    let gone = admin
        .execute("{ customers { totalCount } contacts { totalCount } gone: contacts(deleted: ONLY) { totalCount } }")
        .await;
    assert_eq!(
        *gone.data(),
        json!({ "customers": { "totalCount": 0 }, "contacts": { "totalCount": 0 }, "gone": { "totalCount": 2 } })
    );
    let refused = admin.user_errors("customerCreate", input).await;
    assert!(refused[0].starts_with("DELETED input.externalReference: The deleted customer cust_"), "{refused:?}");
    let back =
        admin.mutate("customerRestore", json!({ "id": customer["id"] }), "version contacts { nodes { name } }").await;
    assert_eq!(back, json!({ "version": 4, "contacts": { "nodes": [{ "name": "Ann" }] } }));
}

#[apply(each_database)]
async fn a_stale_version_returns_the_current_customer(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let id = admin.mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await["id"].clone();
    admin.mutate("customerUpdate", json!({ "id": id, "industry": "steel", "expectedVersion": 1 }), "").await;
    let response = admin
        .send_mutation(
            "customerUpdate",
            json!({ "id": id, "industry": "wood", "expectedVersion": 1 }),
            "version industry",
        )
        .await;
    assert_snapshot!(response.snapshot(), @r#"
    {
      "data": {
        "customerUpdate": {
          "customer": {
            "industry": "steel",
            "version": 2
          },
          "userErrors": [
            {
              "code": "VERSION_CONFLICT",
              "field": [
                "input",
                "expectedVersion"
              ],
              "message": "The customer is at version 2, not 1; read it again."
            }
          ]
        }
      }
    }
    "#);
}

#[apply(each_database)]
async fn the_deepest_document_allowed_does_not_overflow_the_stack(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let input = json!({ "name": "Acme", "type": "BROKER", "contacts": [{ "name": "Ann" }] });
    admin.mutate("customerCreate", input, "").await;
    let level = "contacts { nodes { customer {";
    let query = format!("{{ customers {{ nodes {{ {} number {} }} }} }}", level.repeat(4), "} } }".repeat(4));
    let response = admin.execute(&query).await;
    // The customers, and the first level of each edge: further levels select the same again, which is loaded already.
    assert_eq!(response.statements(), 4);
    let end = format!("/data/customers/nodes/0{}/number", "/contacts/nodes/0/customer".repeat(4));
    assert_eq!(*response.at(&end), json!("C-00001"));
}

#[apply(each_database)]
async fn equal_selections_share_a_statement(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for name in ["Acme", "Bolt"] {
        let input = json!({ "name": name, "type": "BROKER", "contacts": [{ "name": "Ann" }, { "name": "Bob" }] });
        admin.mutate("customerCreate", input, "").await;
    }
    let query = |head: &str, body: &str| {
        format!(
            "{{ customers {{ nodes {{ ...Head ...Body }} }} }}
            fragment Head on Customer {{ contacts({head}) {{ nodes {{ name }} }} }}
            fragment Body on Customer {{ number {body}: contacts(first: 1) {{ nodes {{ name }} }} }}"
        )
    };
    let names =
        |response: &JsonResponse, key: &str| response.at(&format!("/data/customers/nodes/1/{key}/nodes")).clone();
    let same = admin.execute(&query("first: 1", "contacts")).await;
    assert_eq!((same.statements(), names(&same, "contacts")), (2, json!([{ "name": "Ann" }])));
    let renamed = admin.execute(&query("first: 1", "one")).await;
    assert_eq!((renamed.statements(), names(&renamed, "one")), (2, json!([{ "name": "Ann" }])));
    // A selection that differs in anything takes a statement of its own.
    for (head, found) in [
        ("first: 2", json!([{ "name": "Ann" }, { "name": "Bob" }])),
        ("last: 1", json!([{ "name": "Bob" }])),
        ("first: 1, orderBy: [{ name: DESC }]", json!([{ "name": "Bob" }])),
        ("first: 1, where: { name: { eq: \"bob\" } }", json!([{ "name": "Bob" }])),
        ("first: 1, deleted: ONLY", json!([])),
    ] {
        let other = admin.execute(&query(head, "one")).await;
        assert_eq!((other.statements(), names(&other, "contacts")), (3, found), "{head}");
        assert_eq!(names(&other, "one"), json!([{ "name": "Ann" }]), "{head}");
    }
}

/// A row remains in the list although each of its selected fields failed.
#[apply(each_database)]
async fn a_row_remains_when_all_of_its_fields_fail(database: DatabaseKind) {
    let world = World::new(database).await;
    for name in ["Acme", "Bolt"] {
        world.admin().mutate("customerCreate", json!({ "name": name, "type": "BROKER" }), "").await;
    }
    let changes = "changes { totalCount }";
    let all = format!(
        "{{ customers {{ nodes {{ {changes} }} }} one: customers(first: 1) {{ edges {{ node {{ {changes} }} }} }}
        viewer {{ tenant {{ {changes} }} }} customers2: customers {{ nodes {{ customField(key: \"none\") {{ key }} }} }} }}"
    );
    let response = world.viewer().execute(&all).await;
    let none = json!({ "changes": null });
    assert_eq!(
        *response.at("/data"),
        json!({
            "customers": { "nodes": [none, none] },
            "one": { "edges": [{ "node": none }] },
            "viewer": { "tenant": none },
            "customers2": { "nodes": [{ "customField": null }, { "customField": null }] },
        }),
        "{response}"
    );
    let mut codes = response.error_codes();
    codes.sort_unstable();
    assert_eq!(codes, ["BAD_INPUT", "BAD_INPUT", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"]);
    let write = format!(
        "mutation {{ customerUpsert(input: {{ externalReference: \"A\", name: \"A\", type: BROKER }}) {{ customer {{ {changes} }} }} }}"
    );
    let response = world.actor(Role::Agent).execute(&write).await;
    assert_eq!(*response.at("/data"), json!({ "customerUpsert": { "customer": none } }), "{response}");
}

#[apply(each_database)]
async fn no_customer_pays_for_itself(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for (name, payer) in [("a", None), ("b", Some("a")), ("c", Some("b"))] {
        let input = json!({ "name": name, "type": "BROKER", "externalReference": name, "billTo": payer });
        admin.mutate("customerCreate", input, "").await;
    }
    for (name, payer) in [("a", "a"), ("a", "b"), ("a", "c"), ("b", "c")] {
        let refused = admin.user_errors("customerUpdate", json!({ "id": name, "billTo": payer })).await;
        let expected =
            "CYCLE input.billTo: This customer would pay for itself; leave billTo empty for a customer that does.";
        assert_eq!(refused, [expected], "{name} {payer}");
    }
    admin.mutate("customerUpdate", json!({ "id": "c", "billTo": "a" }), "").await;
}
