//! The tenant, through the schema.

use rstest_reuse::apply;
use serde_json::json;

use crate::world::{DatabaseKind, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn a_tenant_shows_its_settings_to_its_users_only(database: DatabaseKind) {
    let world = World::new(database).await;
    let query = "{ viewer { tenant { id name industries country currency timeZone weightUnit distanceUnit sealedNames
        orderSealedNames version } } }";
    let response = world.viewer().execute(query).await;
    assert_snapshot!(response.snapshot(), @r#"
        {
          "data": {
            "viewer": {
              "tenant": {
                "country": "US",
                "currency": "USD",
                "distanceUnit": "MI",
                "id": "tenant_1",
                "industries": [
                  "TRUCKING"
                ],
                "name": "Lonestar Freight",
                "orderSealedNames": true,
                "sealedNames": "RESIDENTIAL",
                "timeZone": "America/Chicago",
                "version": 1,
                "weightUnit": "LB"
              }
            }
          }
        }
        "#);
    let id = response.at("/data/viewer/tenant/id");
    let node = "query($id: ID!) { node(id: $id) { id ... on Tenant { name } } }";
    assert_eq!(
        *world.viewer().execute_with(node, json!({ "id": id })).await.at("/data/node/name"),
        json!("Lonestar Freight")
    );
    assert_eq!(*world.other_admin().execute_with(node, json!({ "id": id })).await.data(), json!({ "node": null }));
}

#[apply(each_database)]
async fn a_change_of_settings_is_for_admins_and_on_the_record(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let input = json!({
        "expectedVersion": 1, "name": " Northern Freight ", "industries": ["SERVICE", "TRUCKING", "SERVICE"],
        "country": "CA", "currency": "CAD", "timeZone": "America/Toronto", "weightUnit": "KG", "distanceUnit": "KM",
        "sealedNames": "ALL", "orderSealedNames": false,
    });
    let select =
        "name industries country currency timeZone weightUnit distanceUnit sealedNames orderSealedNames version";
    let response = admin.send_mutation("tenantUpdate", input.clone(), select).await;
    assert_snapshot!(response.snapshot(), @r#"
    {
      "data": {
        "tenantUpdate": {
          "tenant": {
            "country": "CA",
            "currency": "CAD",
            "distanceUnit": "KM",
            "industries": [
              "TRUCKING",
              "SERVICE"
            ],
            "name": "Northern Freight",
            "orderSealedNames": false,
            "sealedNames": "ALL",
            "timeZone": "America/Toronto",
            "version": 2,
            "weightUnit": "KG"
          },
          "userErrors": []
        }
      }
    }
    "#);
    let tenant = response.at("/data/tenantUpdate/tenant").clone();
    // What was answered is what stands.
    let read = admin.execute(&format!("{{ viewer {{ tenant {{ {select} }} }} }}")).await;
    assert_eq!(read.data()["viewer"]["tenant"], tenant);
    let stale = admin.send_mutation("tenantUpdate", input.clone(), "version currency").await;
    assert_snapshot!(stale.snapshot(), @r#"
    {
      "data": {
        "tenantUpdate": {
          "tenant": {
            "currency": "CAD",
            "version": 2
          },
          "userErrors": [
            {
              "code": "VERSION_CONFLICT",
              "field": [
                "input",
                "expectedVersion"
              ],
              "message": "The tenant is at version 2, not 1; read it again."
            }
          ]
        }
      }
    }
    "#);
    let refused = world.actor(access::Role::Manager).send_mutation("tenantUpdate", json!({ "name": "M" }), "id").await;
    assert_eq!(refused.error_codes(), ["FORBIDDEN"]);
    // The same settings again change nothing.
    let mut same = input;
    same.as_object_mut().unwrap().remove("expectedVersion");
    assert_eq!(admin.mutate("tenantUpdate", same, "version").await["version"], json!(2));
    world.link_changes().await;
    let changes = "{ changes(where: { nodeType: { eq: TENANT } }) { nodes { action actor fields before after } } }";
    let changes = admin.execute(changes).await;
    // The slug is random, too.
    let changes = changes.snapshot().replace(&world.tenant.row.slug, "SLUG");
    assert_snapshot!(changes, @r#"
    {
      "data": {
        "changes": {
          "nodes": [
            {
              "action": "UPDATE",
              "actor": "ADMIN",
              "after": {
                "country": "CA",
                "currency": "CAD",
                "deletedAt": null,
                "distanceUnit": "KM",
                "externalReference": null,
                "industries": [
                  "TRUCKING",
                  "SERVICE"
                ],
                "name": "Northern Freight",
                "orderSealedNames": false,
                "sealedNames": "ALL",
                "slug": "SLUG",
                "timeZone": "America/Toronto",
                "weightUnit": "KG"
              },
              "before": {
                "country": "US",
                "currency": "USD",
                "deletedAt": null,
                "distanceUnit": "MI",
                "externalReference": null,
                "industries": [
                  "TRUCKING"
                ],
                "name": "Lonestar Freight",
                "orderSealedNames": true,
                "sealedNames": "RESIDENTIAL",
                "slug": "SLUG",
                "timeZone": "America/Chicago",
                "weightUnit": "LB"
              },
              "fields": [
                "country",
                "currency",
                "distanceUnit",
                "industries",
                "name",
                "orderSealedNames",
                "sealedNames",
                "timeZone",
                "weightUnit"
              ]
            }
          ]
        }
      }
    }
    "#);
    let other = world.other_admin().execute("{ viewer { tenant { name version } } }").await;
    assert_eq!(other.data()["viewer"]["tenant"]["version"], json!(1));
}

#[apply(each_database)]
async fn a_setting_that_does_not_exist_is_refused_with_its_name(database: DatabaseKind) {
    let world = World::new(database).await;
    let input = json!({
        "name": " ", "industries": [], "country": "UK", "currency": "EURO", "timeZone": "CST", "weightUnit": null,
        "sealedNames": null,
    });
    let errors = world.admin().user_errors("tenantUpdate", input).await;
    assert_snapshot!(errors.join("\n"), @r#"
    INVALID input.country: "UK" is not an ISO 3166-1 country code; an example is US.
    INVALID input.timeZone: "CST" is not an IANA time zone; an example is America/Chicago.
    INVALID input.currency: "EURO" is not a currency; give an ISO 4217 code such as USD.
    REQUIRED input.name: name cannot be empty.
    REQUIRED input.weightUnit: weightUnit cannot be null.
    REQUIRED input.sealedNames: sealedNames cannot be null.
    REQUIRED input.industries: A tenant has at least one industry: TRUCKING or SERVICE.
    "#);
    let version = world.admin().execute("{ viewer { tenant { version } } }").await;
    assert_eq!(version.data()["viewer"]["tenant"]["version"], json!(1));
}

#[apply(each_database)]
async fn later_mutations_of_the_same_request_use_the_new_settings(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    admin.mutate("customerCreate", json!({ "name": "A", "type": "BROKER", "externalReference": "a" }), "").await;
    for reference in ["p", "d"] {
        let address = json!({ "customer": "a", "city": "Chicago", "externalReference": reference });
        admin.mutate("addressCreate", address, "").await;
    }
    let document = r#"mutation {
        tenantUpdate(input: { currency: "CAD", timeZone: "America/Toronto" }) { tenant { currency } }
        loadCreate(input: { customer: "a", pickupLocation: "p", deliveryLocation: "d", charges: [{ type: LINEHAUL, unitAmount: "5" }] }) {
            load { charge { currency } } userErrors { message } }
        addressCreate(input: { customer: "a", city: "Toronto" }) { address { timeZone } userErrors { message } }
    }"#;
    let response = admin.execute(document).await;
    assert_snapshot!(response.snapshot(), @r#"
    {
      "data": {
        "addressCreate": {
          "address": {
            "timeZone": "America/Toronto"
          },
          "userErrors": []
        },
        "loadCreate": {
          "load": {
            "charge": {
              "currency": "CAD"
            }
          },
          "userErrors": []
        },
        "tenantUpdate": {
          "tenant": {
            "currency": "CAD"
          }
        }
      }
    }
    "#);
    let later = admin.mutate("addressCreate", json!({ "customer": "a", "city": "Ottawa" }), "timeZone").await;
    assert_eq!(later["timeZone"], json!("America/Toronto"));
}
