//! Narrowing: refused with the count of what it would displace; what it displaces is kept.

use rstest::rstest;
use serde_json::{Value as Json, json};

use super::{customer, field, names, set};
use crate::world::{Actor, On, Postgres, Sqlite, World};

/// Narrows a field: the refusal, and what is left of the values once it was displaced.
async fn narrowed(admin: &Actor, id: &Json, settings: Json) -> String {
    let mut input = json!({ "id": id });
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let refused = admin.refused("customFieldDefinitionUpdate", input.clone()).await;
    input["displace"] = json!(true);
    admin.done("customFieldDefinitionUpdate", input, "").await;
    let read =
        "{ customers(orderBy: [{ field: NAME }]) { nodes { customFields { nodes { value displacedValue } } } } }";
    let answer = admin.ask(read).await;
    let nodes = answer.at("/data/customers/nodes").as_array().unwrap().clone();
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

#[rstest]
#[tokio::test]
async fn a_narrower_field_says_what_it_would_displace_and_keeps_it(#[values(Sqlite, Postgres)] on: On) {
    let options = json!([{ "key": "gold", "title": "Gold" }, { "key": "tin", "title": "Tin" }]);
    let less = json!([{ "key": "gold", "title": "Gold" }]);
    let mut told = Vec::new();
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
        let world = World::on(on).await;
        let admin = world.admin();
        let id = field(&admin, "given", kind, settings).await;
        for (index, value) in values.as_array().unwrap().iter().enumerate() {
            customer(&admin, &format!("Customer {index}"), json!({ "given": value })).await;
        }
        customer(&admin, "Without", json!({})).await;
        told.push(format!("{kind} {}", narrowed(&admin, &id, narrower).await));
    }
    insta::allow_duplicates! {
        insta::assert_snapshot!(told.join("\n"), @r#"
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
}

#[rstest]
#[tokio::test]
async fn a_displaced_value_is_its_own_change_and_no_value_any_more(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let id = field(&admin, "size", "NUMBER", json!({})).await;
    let acme = customer(&admin, "Acme", json!({ "size": 5 })).await;
    let bolt = customer(&admin, "Bolt", json!({ "size": 1 })).await;
    // A hidden value is not counted, but does not come back unadmitted either.
    let gone = customer(&admin, "Gone", json!({ "size": 7 })).await;
    admin.done("customerDelete", json!({ "id": gone }), "").await;
    let refused = admin.refused("customFieldDefinitionUpdate", json!({ "id": id, "maximum": 3 })).await;
    assert_eq!(
        refused,
        [
            "IN_USE input.displace: 1 value of size is not admitted any more; say displace: true to displace and keep what was there."
        ]
    );
    // Nothing happened: the field still takes what it took.
    set(&admin, &bolt, json!([{ "key": "size", "value": 4 }])).await;
    set(&admin, &bolt, json!([{ "key": "size", "value": 2 }])).await;
    world.link().await;
    let log = "{ changes(last: 3, where: { entity: { eq: \"custom_field_value\" }, field: \"displaced\" }) { nodes { action fields } } }";
    assert_eq!(*admin.ask(log).await.at("/data/changes/nodes"), json!([]));
    admin.done("customFieldDefinitionUpdate", json!({ "id": id, "maximum": 3, "displace": true }), "").await;
    world.link().await;
    let displaced = json!({ "action": "UPDATE", "fields": ["displaced", "number"] });
    assert_eq!(*admin.ask(log).await.at("/data/changes/nodes"), json!([displaced, displaced]));
    assert_eq!(names(&admin, "customFields: [{ key: \"size\", isNull: true }]", "").await, ["Acme"]);
    assert_eq!(names(&admin, "customFields: [{ key: \"size\", number: { gt: 0 } }]", "").await, ["Bolt"]);
    let found = admin
        .ask(
            "{ customers { nodes { customFields(where: { displaced: { eq: true } }) { nodes { displacedValue } } } } }",
        )
        .await;
    assert_eq!(*found.at("/data/customers/nodes/0/customFields/nodes"), json!([{ "displacedValue": "5" }]));
    assert_eq!(*found.at("/data/customers/nodes/1/customFields/nodes"), json!([]));
    admin.done("customerRestore", json!({ "id": gone }), "").await;
    assert_eq!(names(&admin, "customFields: [{ key: \"size\", isNull: true }]", "").await, ["Acme", "Gone"]);
    // A new value takes the place of what was kept.
    set(&admin, &acme, json!([{ "key": "size", "value": 3 }])).await;
    let read = "query($id: ID!) { customer(id: $id) { customField(key: \"size\") { value displacedValue } } }";
    let answer = admin.ask_with(read, json!({ "id": acme })).await;
    assert_eq!(*answer.at("/data/customer/customField"), json!({ "value": "3", "displacedValue": null }));
}

#[rstest]
#[tokio::test]
async fn a_field_becomes_required_only_knowingly(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let id = field(&admin, "size", "NUMBER", json!({})).await;
    customer(&admin, "Acme", json!({ "size": 5 })).await;
    customer(&admin, "Bolt", json!({})).await;
    let refused = admin.refused("customFieldDefinitionUpdate", json!({ "id": id, "required": true })).await;
    assert_eq!(refused, ["IN_USE input.required: 1 row has no value of size; say displace: true to leave that so."]);
    admin
        .done("customFieldDefinitionUpdate", json!({ "id": id, "required": true, "displace": true }), "required")
        .await;
    let refused = admin.refused("customerCreate", json!({ "name": "Cask", "type": "BROKER" })).await;
    assert_eq!(refused, ["REQUIRED input.customFields: The custom field size is required."]);
}

#[rstest]
#[tokio::test]
async fn a_value_on_its_way_meets_the_narrower_field(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    for round in 0..12 {
        let key = format!("size{round}");
        let id = field(&admin, &key, "NUMBER", json!({})).await;
        let acme = customer(&admin, "Acme", json!({ &key: 1 })).await;
        let narrow = admin.tried("customFieldDefinitionUpdate", json!({ "id": id, "maximum": 3 }), "");
        let (payload, narrowed) = tokio::join!(set(&admin, &acme, json!([{ "key": key, "value": 9 }])), narrow);
        let refused = |errors: &Json| errors.as_array().is_some_and(|errors| !errors.is_empty());
        let narrowed = refused(narrowed.at("/data/customFieldDefinitionUpdate/userErrors"));
        // Whoever came second was told of the other.
        assert_ne!(refused(&payload["userErrors"]), narrowed, "{payload}");
    }
}
