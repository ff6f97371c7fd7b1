//! Customers, through the schema.

use access::Role;
use rstest::rstest;
use serde_json::json;

use crate::world::{Answer, On, Postgres, Sqlite, World};

#[rstest]
#[tokio::test]
async fn a_customer_is_made_with_its_addresses_and_contacts(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let made = world
        .admin()
        .done(
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
    insta::allow_duplicates! {
        insta::assert_snapshot!(crate::world::shown(&made), @r#"
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
}

#[rstest]
#[tokio::test]
async fn a_viewer_is_told_what_was_hidden_from_them(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    world
        .admin()
        .done("customerCreate", json!({ "name": "Eve Resident", "type": "RESIDENTIAL", "notes": "dog" }), "")
        .await;
    let answer = world.viewer().ask("{ customers { nodes { number name displayName notes } } }").await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(answer.shown(), @r#"
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
    }
    assert_eq!(
        *answer.at("/extensions/redacted"),
        json!(["customers.nodes.displayName", "customers.nodes.name", "customers.nodes.notes"])
    );
}

#[rstest]
#[tokio::test]
async fn contacts_of_fifty_customers_cost_two_statements(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    for index in 0..50 {
        let contacts = json!([{ "name": format!("Ann {index}") }, { "name": format!("Bob {index}") }]);
        admin
            .done(
                "customerCreate",
                json!({ "name": format!("Customer {index}"), "type": "SHIPPER", "contacts": contacts }),
                "",
            )
            .await;
    }
    let query = "{ customers(first: 50) { nodes { contacts(first: 1, orderBy: [{ field: NAME, direction: DESC }]) { nodes { role kind } } } } }";
    let answer = admin.ask(query).await;
    assert_eq!(answer.statements(), 2);
    assert_eq!(answer.at("/data/customers/nodes").as_array().unwrap().len(), 50);
    let counted = "{ customers(first: 50) { nodes { contacts(first: 1) { totalCount nodes { id } } } } }";
    let answer = admin.ask(counted).await;
    assert_eq!(answer.statements(), 3);
    assert_eq!(*answer.at("/data/customers/nodes/7/contacts/totalCount"), json!(2));
}

#[rstest]
#[tokio::test]
async fn a_new_primary_contact_takes_over_in_one_step(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let contacts = json!([{ "name": "Ann", "primary": true }, { "name": "Bob" }]);
    let customer = admin
        .done(
            "customerCreate",
            json!({ "name": "Acme", "type": "BROKER", "contacts": contacts }),
            "id contacts { nodes { id name } }",
        )
        .await;
    let bob = customer["contacts"]["nodes"][1]["id"].clone();
    admin.done("contactUpdate", json!({ "id": bob, "primary": true }), "").await;
    let answer = admin.ask("{ contacts(orderBy: [{ field: NAME }]) { nodes { name primary version } } }").await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(answer.shown(), @r#"
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
}

#[rstest]
#[tokio::test]
async fn everything_wrong_with_an_input_is_named_at_once(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let errors = world
        .actor(Role::Dispatcher)
        .refused(
            "customerCreate",
            json!({
                "name": " ", "type": "SHIPPER", "paymentTermsDays": 400, "parent": "nobody",
                "contactInfo": { "email": "not an address" },
                "addresses": [{ "type": "PRIMARY", "timeZone": "Mars/Olympus" }, { "type": "PRIMARY", "coordinates": [200, 0] }],
                "contacts": [{ "phone": "12" }],
            }),
        )
        .await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(errors.join("\n"), @r#"
    OUT_OF_RANGE input.paymentTermsDays: paymentTermsDays is from 0 to 365; 400 was given.
    REQUIRED input.name: name cannot be empty.
    INVALID input.contactInfo.email: This is not an e-mail address; an example is ada@example.com.
    NOT_FOUND input.parent: "nobody" is neither the id nor the external reference of a customer.
    INVALID input.addresses.0.timeZone: "Mars/Olympus" is not an IANA time zone; an example is America/Chicago.
    OUT_OF_RANGE input.addresses.1.coordinates: coordinates are [longitude, latitude] in degrees, from [-180, -90] to [180, 90].
    TAKEN input.addresses.1.type: A customer has one PRIMARY address; the list has two.
    REQUIRED input.contacts.0.name: A contact needs a name; a department's or call centre's name will do.
    INVALID input.contacts.0.phone: This is not a telephone number; an example is (555) 123-4567.
    "#);
    }
    let answer =
        world.admin().ask("{ customers { totalCount } contacts { totalCount } addresses { totalCount } }").await;
    assert_eq!(
        *answer.data(),
        json!({ "customers": { "totalCount": 0 }, "contacts": { "totalCount": 0 }, "addresses": { "totalCount": 0 } })
    );
}

#[rstest]
#[tokio::test]
async fn another_tenant_sees_not_found(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let id =
        world.admin().done("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await["id"].clone();
    let stranger = world.stranger();
    let query = "query($id: ID!) { customer(id: $id) { id } node(id: $id) { id } customers { totalCount } }";
    let answer = stranger.ask_with(query, json!({ "id": id })).await;
    assert_eq!(*answer.data(), json!({ "customer": null, "node": null, "customers": { "totalCount": 0 } }));
    let refused = stranger.refused("customerUpdate", json!({ "id": id, "name": "Mine" })).await;
    assert_eq!(
        refused,
        [format!(
            "NOT_FOUND input.id: \"{}\" is neither the id nor the external reference of a customer.",
            id.as_str().unwrap()
        )]
    );
}

#[rstest]
#[tokio::test]
async fn a_deleted_customer_comes_back_with_its_contacts(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let contacts = json!([{ "name": "Ann" }, { "name": "Bob" }]);
    let input = json!({ "name": "Acme", "type": "BROKER", "externalReference": "A-1", "contacts": contacts });
    let customer = admin.done("customerCreate", input.clone(), "id contacts { nodes { id } }").await;
    // Bob went before the customer did, and stays away when it comes back.
    admin.done("contactDelete", json!({ "id": customer["contacts"]["nodes"][1]["id"] }), "").await;
    admin.done("customerDelete", json!({ "id": "A-1" }), "deletedAt").await;
    let gone = admin
        .ask("{ customers { totalCount } contacts { totalCount } gone: contacts(deleted: ONLY) { totalCount } }")
        .await;
    assert_eq!(
        *gone.data(),
        json!({ "customers": { "totalCount": 0 }, "contacts": { "totalCount": 0 }, "gone": { "totalCount": 2 } })
    );
    let refused = admin.refused("customerCreate", input).await;
    assert!(refused[0].starts_with("DELETED input.externalReference: The deleted customer cust_"), "{refused:?}");
    let back =
        admin.done("customerRestore", json!({ "id": customer["id"] }), "version contacts { nodes { name } }").await;
    assert_eq!(back, json!({ "version": 3, "contacts": { "nodes": [{ "name": "Ann" }] } }));
}

#[rstest]
#[tokio::test]
async fn a_write_on_a_stale_version_gives_the_present_row(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let id = admin.done("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "id").await["id"].clone();
    admin.done("customerUpdate", json!({ "id": id, "industry": "steel", "expectedVersion": 1 }), "").await;
    let answer = admin
        .tried("customerUpdate", json!({ "id": id, "industry": "wood", "expectedVersion": 1 }), "version industry")
        .await;
    insta::allow_duplicates! {
        insta::assert_snapshot!(answer.shown(), @r#"
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
}

#[rstest]
#[tokio::test]
async fn the_deepest_document_allowed_fits_the_stack(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let input = json!({ "name": "Acme", "type": "BROKER", "contacts": [{ "name": "Ann" }] });
    admin.done("customerCreate", input, "").await;
    let level = "contacts { nodes { customer {";
    let query = format!("{{ customers {{ nodes {{ {} number {} }} }} }}", level.repeat(4), "} } }".repeat(4));
    let answer = admin.ask(&query).await;
    // The customers, and of each edge the first level: further down the same is asked again, and known.
    assert_eq!(answer.statements(), 4);
    let end = format!("/data/customers/nodes/0{}/number", "/contacts/nodes/0/customer".repeat(4));
    assert_eq!(*answer.at(&end), json!("C-00001"));
}

#[rstest]
#[tokio::test]
async fn fields_that_ask_for_the_same_share_a_statement(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    for name in ["Acme", "Bolt"] {
        let input = json!({ "name": name, "type": "BROKER", "contacts": [{ "name": "Ann" }, { "name": "Bob" }] });
        admin.done("customerCreate", input, "").await;
    }
    let query = |head: &str, body: &str| {
        format!(
            "{{ customers {{ nodes {{ ...Head ...Body }} }} }}
            fragment Head on Customer {{ contacts({head}) {{ nodes {{ name }} }} }}
            fragment Body on Customer {{ number {body}: contacts(first: 1) {{ nodes {{ name }} }} }}"
        )
    };
    let names = |answer: &Answer, key: &str| answer.at(&format!("/data/customers/nodes/1/{key}/nodes")).clone();
    let same = admin.ask(&query("first: 1", "contacts")).await;
    assert_eq!((same.statements(), names(&same, "contacts")), (2, json!([{ "name": "Ann" }])));
    let renamed = admin.ask(&query("first: 1", "one")).await;
    assert_eq!((renamed.statements(), names(&renamed, "one")), (2, json!([{ "name": "Ann" }])));
    // What differs in anything is asked for by itself.
    for (head, found) in [
        ("first: 2", json!([{ "name": "Ann" }, { "name": "Bob" }])),
        ("last: 1", json!([{ "name": "Bob" }])),
        ("first: 1, orderBy: [{ field: NAME, direction: DESC }]", json!([{ "name": "Bob" }])),
        ("first: 1, where: { name: { eq: \"bob\" } }", json!([{ "name": "Bob" }])),
        ("first: 1, deleted: ONLY", json!([])),
    ] {
        let other = admin.ask(&query(head, "one")).await;
        assert_eq!((other.statements(), names(&other, "contacts")), (3, found), "{head}");
        assert_eq!(names(&other, "one"), json!([{ "name": "Ann" }]), "{head}");
    }
}

/// A row stands although nothing of what was asked of it could be told.
#[rstest]
#[tokio::test]
async fn a_row_of_which_every_field_fails_is_still_a_row(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    for name in ["Acme", "Bolt"] {
        world.admin().done("customerCreate", json!({ "name": name, "type": "BROKER" }), "").await;
    }
    let changes = "changes { totalCount }";
    let all = format!(
        "{{ customers {{ nodes {{ {changes} }} }} one: customers(first: 1) {{ edges {{ node {{ {changes} }} }} }}
        viewer {{ tenant {{ {changes} }} }} customers2: customers {{ nodes {{ customField(key: \"none\") {{ key }} }} }} }}"
    );
    let answer = world.viewer().ask(&all).await;
    let none = json!({ "changes": null });
    assert_eq!(
        *answer.at("/data"),
        json!({
            "customers": { "nodes": [none, none] },
            "one": { "edges": [{ "node": none }] },
            "viewer": { "tenant": none },
            "customers2": { "nodes": [{ "customField": null }, { "customField": null }] },
        }),
        "{answer}"
    );
    let mut codes = answer.codes();
    codes.sort_unstable();
    assert_eq!(codes, ["BAD_INPUT", "BAD_INPUT", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN"]);
    let write = format!(
        "mutation {{ customerUpsert(input: {{ externalReference: \"A\", name: \"A\", type: BROKER }}) {{ customer {{ {changes} }} }} }}"
    );
    let answer = world.actor(Role::Agent).ask(&write).await;
    assert_eq!(*answer.at("/data"), json!({ "customerUpsert": { "customer": none } }), "{answer}");
}
