//! Narrowing a definition: rejected with the number of values that it would displace; displaced values are kept.

use rstest_reuse::apply;
use serde_json::{Value as Json, json};

use super::{create_customer, create_definition, customer_names, set_values};
use crate::world::{Actor, DatabaseKind, World, assert_snapshot, each_database};

/// Narrows a definition: gives the error, and the values that remain after displacing the others.
async fn narrow(admin: &Actor, id: &Json, settings: Json) -> String {
    let mut input = json!({ "id": id });
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let refused = admin.user_errors("customFieldDefinitionUpdate", input.clone()).await;
    input["displace"] = json!(true);
    admin.mutate("customFieldDefinitionUpdate", input, "").await;
    let read = "{ customers(orderBy: [{ name: ASC }]) { nodes { customFields { nodes { value displacedValue } } } } }";
    let response = admin.execute(read).await;
    let nodes = response.at("/data/customers/nodes").as_array().unwrap().clone();
    let shown = |node: &Json| {
        let values = node["customFields"]["nodes"].as_array().unwrap();
        values
            .iter()
            .map(|value| format!("{}/{}", value["value"], value["displacedValue"]))
            .collect::<Vec<_>>()
            .join(" ")
    };
    format!("{settings}\n  {}\n  {}", refused.join("\n  "), nodes.iter().map(shown).collect::<Vec<_>>().join(", "))
}

#[apply(each_database)]
async fn narrowing_a_field_reports_and_keeps_displaced_values(database: DatabaseKind) {
    let options = json!([{ "key": "gold", "title": "Gold" }, { "key": "tin", "title": "Tin" }]);
    let less = json!([{ "key": "gold", "title": "Gold" }]);
    let mut lines = Vec::new();
    for (kind, settings, values, narrower) in [
        ("NUMBER", json!({}), json!([1, 5.5, 9]), json!({ "maximum": 8 })),
        ("NUMBER", json!({ "minimum": 0 }), json!([1, 5.5, 9]), json!({ "minimum": 2 })),
        ("NUMBER", json!({}), json!([1, 5.5, 9]), json!({ "integer": true })),
        ("STRING", json!({}), json!(["a", "bcd", "e1"]), json!({ "maximumLength": 2 })),
        ("STRING", json!({}), json!(["a", "bcd", "e1"]), json!({ "minimumLength": 2 })),
        ("STRING", json!({ "pattern": "[a-z0-9]+" }), json!(["a", "bcd", "e1"]), json!({ "pattern": "[a-z]+" })),
        ("DROPDOWN", json!({ "options": options }), json!(["gold", "tin", "tin"]), json!({ "options": less })),
        (
            "DROPDOWN",
            json!({ "options": options, "multiSelect": true }),
            json!([["gold"], ["tin", "gold"], "tin"]),
            json!({ "multiSelect": false }),
        ),
        ("MONETARY", json!({}), json!([1, 5.5, 9]), json!({ "maximum": 5.49 })),
        ("MONETARY", json!({}), json!([1, 5.5, 9]), json!({ "currency": "EUR" })),
        ("NUMBER", json!({ "sensitive": true }), json!([1, 5.5, 9]), json!({ "maximum": 8 })),
    ] {
        let world = World::new(database).await;
        let admin = world.admin();
        let id = create_definition(&admin, "given", kind, settings).await;
        for (index, value) in values.as_array().unwrap().iter().enumerate() {
            create_customer(&admin, &format!("Customer {index}"), json!({ "given": value })).await;
        }
        create_customer(&admin, "Without", json!({})).await;
        lines.push(format!("{kind} {}", narrow(&admin, &id, narrower).await));
    }
    assert_snapshot!(lines.join("\n"), @r#"
        NUMBER {"maximum":8}
          IN_USE input.displace: 1 value of given is not admitted any more; say displace: true to displace and keep what was there.
          "1"/null, "5.5"/null, null/"9", 
        NUMBER {"minimum":2}
          IN_USE input.displace: 1 value of given is not admitted any more; say displace: true to displace and keep what was there.
          null/"1", "5.5"/null, "9"/null, 
        NUMBER {"integer":true}
          IN_USE input.displace: 1 value of given is not admitted any more; say displace: true to displace and keep what was there.
          "1"/null, null/"5.5", "9"/null, 
        STRING {"maximumLength":2}
          IN_USE input.displace: 1 value of given is not admitted any more; say displace: true to displace and keep what was there.
          "a"/null, null/"bcd", "e1"/null, 
        STRING {"minimumLength":2}
          IN_USE input.displace: 1 value of given is not admitted any more; say displace: true to displace and keep what was there.
          null/"a", "bcd"/null, "e1"/null, 
        STRING {"pattern":"[a-z]+"}
          IN_USE input.displace: 1 value of given is not admitted any more; say displace: true to displace and keep what was there.
          "a"/null, "bcd"/null, null/"e1", 
        DROPDOWN {"options":[{"key":"gold","title":"Gold"}]}
          IN_USE input.displace: 2 values of given are not admitted any more; say displace: true to displace and keep what was there.
          "gold"/null, null/"tin", null/"tin", 
        DROPDOWN {"multiSelect":false}
          IN_USE input.displace: 1 value of given is not admitted any more; say displace: true to displace and keep what was there.
          "gold"/null, null/["gold","tin"], "tin"/null, 
        MONETARY {"maximum":5.49}
          IN_USE input.displace: 2 values of given are not admitted any more; say displace: true to displace and keep what was there.
          {"amount":"1","currency":"USD"}/null, null/{"amount":"5.5","currency":"USD"}, null/{"amount":"9","currency":"USD"}, 
        MONETARY {"currency":"EUR"}
          IN_USE input.displace: 3 values of given are not admitted any more; say displace: true to displace and keep what was there.
          null/{"amount":"1","currency":"USD"}, null/{"amount":"5.5","currency":"USD"}, null/{"amount":"9","currency":"USD"}, 
        NUMBER {"maximum":8}
          IN_USE input.displace: 1 value of given is not admitted any more; say displace: true to displace and keep what was there.
          "1"/null, "5.5"/null, null/"9",
        "#);
}

#[apply(each_database)]
async fn displacing_a_value_is_a_change_of_its_own(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let id = create_definition(&admin, "size", "NUMBER", json!({})).await;
    let acme = create_customer(&admin, "Acme", json!({ "size": 5 })).await;
    let bolt = create_customer(&admin, "Bolt", json!({ "size": 1 })).await;
    // The value of a deleted row is not counted, and is not restored if it is invalid by then.
    let gone = create_customer(&admin, "Gone", json!({ "size": 7 })).await;
    admin.mutate("customerDelete", json!({ "id": gone }), "").await;
    let refused = admin.user_errors("customFieldDefinitionUpdate", json!({ "id": id, "maximum": 3 })).await;
    assert_eq!(
        refused,
        [
            "IN_USE input.displace: 1 value of size is not admitted any more; say displace: true to displace and keep what was there."
        ]
    );
    // Nothing changed: the field still accepts the same values.
    set_values(&admin, &bolt, json!([{ "key": "size", "value": 4 }])).await;
    set_values(&admin, &bolt, json!([{ "key": "size", "value": 2 }])).await;
    world.link_changes().await;
    let log = "{ changes(last: 3, where: { nodeType: { eq: CUSTOM_FIELD_VALUE }, field: \"displaced\" }) { nodes { action fields } } }";
    assert_eq!(*admin.execute(log).await.at("/data/changes/nodes"), json!([]));
    admin.mutate("customFieldDefinitionUpdate", json!({ "id": id, "maximum": 3, "displace": true }), "").await;
    world.link_changes().await;
    let displaced = json!({ "action": "UPDATE", "fields": ["displaced", "number"] });
    assert_eq!(*admin.execute(log).await.at("/data/changes/nodes"), json!([displaced, displaced]));
    assert_eq!(customer_names(&admin, "customFields: [{ key: \"size\", isNull: true }]", "").await, ["Acme"]);
    assert_eq!(customer_names(&admin, "customFields: [{ key: \"size\", number: { gt: 0 } }]", "").await, ["Bolt"]);
    let found = admin
        .execute(
            "{ customers { nodes { customFields(where: { displaced: { eq: true } }) { nodes { displacedValue } } } } }",
        )
        .await;
    assert_eq!(*found.at("/data/customers/nodes/0/customFields/nodes"), json!([{ "displacedValue": "5" }]));
    assert_eq!(*found.at("/data/customers/nodes/1/customFields/nodes"), json!([]));
    admin.mutate("customerRestore", json!({ "id": gone }), "").await;
    assert_eq!(customer_names(&admin, "customFields: [{ key: \"size\", isNull: true }]", "").await, ["Acme", "Gone"]);
    // A new value replaces the displaced one.
    set_values(&admin, &acme, json!([{ "key": "size", "value": 3 }])).await;
    let read = "query($id: ID!) { customer(id: $id) { customField(key: \"size\") { value displacedValue } } }";
    let response = admin.execute_with(read, json!({ "id": acme })).await;
    assert_eq!(*response.at("/data/customer/customField"), json!({ "value": "3", "displacedValue": null }));
}

#[apply(each_database)]
async fn making_a_field_required_reports_rows_without_a_value(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let id = create_definition(&admin, "size", "NUMBER", json!({})).await;
    create_customer(&admin, "Acme", json!({ "size": 5 })).await;
    create_customer(&admin, "Bolt", json!({})).await;
    let refused = admin.user_errors("customFieldDefinitionUpdate", json!({ "id": id, "required": true })).await;
    assert_eq!(refused, ["IN_USE input.required: 1 row has no value of size; say displace: true to leave that so."]);
    admin
        .mutate("customFieldDefinitionUpdate", json!({ "id": id, "required": true, "displace": true }), "required")
        .await;
    let refused = admin.user_errors("customerCreate", json!({ "name": "Cask", "type": "BROKER" })).await;
    assert_eq!(refused, ["REQUIRED input.customFields: The custom field size is required."]);
}

#[apply(each_database)]
async fn a_concurrent_value_is_checked_against_the_narrowed_field(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for round in 0..12 {
        let key = format!("size{round}");
        let id = create_definition(&admin, &key, "NUMBER", json!({})).await;
        let acme = create_customer(&admin, "Acme", json!({ &key: 1 })).await;
        let narrow = admin.send_mutation("customFieldDefinitionUpdate", json!({ "id": id, "maximum": 3 }), "");
        let (payload, narrowed) = tokio::join!(set_values(&admin, &acme, json!([{ "key": key, "value": 9 }])), narrow);
        let refused = |errors: &Json| errors.as_array().is_some_and(|errors| !errors.is_empty());
        let narrowed = refused(narrowed.at("/data/customFieldDefinitionUpdate/userErrors"));
        // The second of both got the error caused by the first.
        assert_ne!(refused(&payload["userErrors"]), narrowed, "{payload}");
    }
}
