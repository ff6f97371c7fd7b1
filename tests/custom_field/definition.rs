//! Definitions: their settings, the types that accept each of them, and what is immutable.

use rstest_reuse::apply;
use serde_json::json;

use super::{create_customer, create_definition};
use crate::world::{DatabaseKind, World, assert_snapshot, each_database};

#[apply(each_database)]
async fn a_definition_is_read_back_with_all_its_settings(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let input = json!({
        "ownerType": "CUSTOMER", "key": "tier", "type": "DROPDOWN", "title": "Service tier", "externalReference": "F-1",
        "translations": [{ "language": "es", "title": "Nivel" }, { "language": "pt-BR", "title": "Nível" }],
        "required": true, "default": "gold", "multiSelect": true,
        "options": [
            { "key": "gold", "title": "Gold", "translations": [{ "language": "es", "title": "Oro" }] },
            { "key": "silver", "title": "Silver" },
        ],
    });
    let select =
        "ownerType key type title translations { language title } required default sensitive integer multiSelect
        minimum maximum unit minimumLength maximumLength pattern currency version externalReference
        options { key title translations { language title } }";
    let dropdown = admin.mutate("customFieldDefinitionCreate", input, select).await;
    assert_snapshot!(crate::world::snapshot_text(&dropdown), @r#"
    {
      "currency": null,
      "default": [
        "gold"
      ],
      "externalReference": "F-1",
      "integer": false,
      "key": "tier",
      "maximum": null,
      "maximumLength": null,
      "minimum": null,
      "minimumLength": null,
      "multiSelect": true,
      "options": [
        {
          "key": "gold",
          "title": "Gold",
          "translations": [
            {
              "language": "es",
              "title": "Oro"
            }
          ]
        },
        {
          "key": "silver",
          "title": "Silver",
          "translations": []
        }
      ],
      "ownerType": "CUSTOMER",
      "pattern": null,
      "required": true,
      "sensitive": false,
      "title": "Service tier",
      "translations": [
        {
          "language": "es",
          "title": "Nivel"
        },
        {
          "language": "pt-BR",
          "title": "Nível"
        }
      ],
      "type": "DROPDOWN",
      "unit": null,
      "version": 1
    }
    "#);
    create_definition(&admin, "credit", "MONETARY", json!({ "minimum": "0", "maximum": 5000.5, "currency": "EUR" }))
        .await;
    create_definition(&admin, "weight", "NUMBER", json!({ "minimum": -1.5, "unit": "kg" })).await;
    create_definition(
        &admin,
        "plate",
        "STRING",
        json!({ "minimumLength": 2, "maximumLength": 9, "pattern": "[A-Z]+-[0-9]+" }),
    )
    .await;
    let query = "{ customFieldDefinitions(where: { type: { neq: DROPDOWN }, ownerType: { eq: CUSTOMER } }, orderBy: [{ key: ASC }]) {
        totalCount nodes { key type minimum maximum unit currency minimumLength maximumLength pattern } } }";
    let response = admin.execute(query).await;
    assert_snapshot!(response.snapshot(), @r#"
        {
          "data": {
            "customFieldDefinitions": {
              "nodes": [
                {
                  "currency": "EUR",
                  "key": "credit",
                  "maximum": "5000.5",
                  "maximumLength": null,
                  "minimum": "0",
                  "minimumLength": null,
                  "pattern": null,
                  "type": "MONETARY",
                  "unit": null
                },
                {
                  "currency": null,
                  "key": "plate",
                  "maximum": null,
                  "maximumLength": 9,
                  "minimum": null,
                  "minimumLength": 2,
                  "pattern": "[A-Z]+-[0-9]+",
                  "type": "STRING",
                  "unit": null
                },
                {
                  "currency": null,
                  "key": "weight",
                  "maximum": null,
                  "maximumLength": null,
                  "minimum": "-1.5",
                  "minimumLength": null,
                  "pattern": null,
                  "type": "NUMBER",
                  "unit": "kg"
                }
              ],
              "totalCount": 3
            }
          }
        }
        "#);
}

#[apply(each_database)]
async fn a_setting_is_accepted_only_for_its_types(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let mut lines = Vec::new();
    for (kind, settings) in [
        (
            "STRING",
            json!({ "key": "Wrong key", "title": " ", "minimum": 1, "options": [{ "key": "a", "title": "A" }], "currency": "USD" }),
        ),
        ("NUMBER", json!({ "pattern": "a", "multiSelect": true, "minimum": 2, "maximum": 1 })),
        ("STRING", json!({ "pattern": "(a", "minimumLength": 5, "maximumLength": 4 })),
        ("STRING", json!({ "pattern": "a)|(b" })),
        ("STRING", json!({ "pattern": "(?:[a-z]{900}){900}" })),
        ("STRING", json!({ "pattern": "(?=a)b" })),
        ("DROPDOWN", json!({})),
        (
            "DROPDOWN",
            json!({ "options": [{ "key": "a", "title": "A" }, { "key": "A", "title": "" }, { "key": "ä", "title": "x" }] }),
        ),
        ("MONETARY", json!({ "currency": "XYZ" })),
        ("MONETARY", json!({ "currency": "JPY", "minimum": "0.5" })),
        ("NUMBER", json!({ "maximum": 3, "default": 4 })),
        (
            "DATE",
            json!({ "translations": [{ "language": "x", "title": "a" }, { "language": "es", "title": "a" }, { "language": "es", "title": "b" }] }),
        ),
    ] {
        let mut input = json!({ "ownerType": "CUSTOMER", "key": "given", "type": kind, "title": "Given" });
        input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        lines.push(format!("# {kind} {settings}"));
        let refused = admin.user_errors("customFieldDefinitionCreate", input).await;
        lines.extend(refused.into_iter().map(|line| line.lines().next().unwrap_or_default().to_owned()));
    }
    assert_snapshot!(lines.join("\n"), @r#"
        # STRING {"currency":"USD","key":"Wrong key","minimum":1,"options":[{"key":"a","title":"A"}],"title":" "}
        INVALID input.key: A key is a small letter and up to 62 letters, digits and underscores.
        INVALID input.minimum: minimum belongs to fields of type NUMBER and MONETARY; this one is STRING.
        INVALID input.options: options belongs to fields of type DROPDOWN; this one is STRING.
        INVALID input.currency: currency belongs to fields of type MONETARY; this one is STRING.
        REQUIRED input.title: title cannot be empty.
        # NUMBER {"maximum":1,"minimum":2,"multiSelect":true,"pattern":"a"}
        INVALID input.pattern: pattern belongs to fields of type STRING; this one is NUMBER.
        INVALID input.multiSelect: multiSelect belongs to fields of type DROPDOWN; this one is NUMBER.
        OUT_OF_RANGE input.maximum: maximum is less than the least that is allowed.
        # STRING {"maximumLength":4,"minimumLength":5,"pattern":"(a"}
        OUT_OF_RANGE input.maximumLength: maximumLength is less than the least that is allowed.
        INVALID input.pattern: This is not a regular expression of bounded size: regex parse error:
        # STRING {"pattern":"a)|(b"}
        INVALID input.pattern: This is not a regular expression of bounded size: regex parse error:
        # STRING {"pattern":"(?:[a-z]{900}){900}"}
        INVALID input.pattern: This is not a regular expression of bounded size: Compiled regex exceeds size limit of 1048576 bytes.
        # STRING {"pattern":"(?=a)b"}
        INVALID input.pattern: This is not a regular expression of bounded size: regex parse error:
        # DROPDOWN {}
        REQUIRED input.options: A DROPDOWN field has at least one option.
        # DROPDOWN {"options":[{"key":"a","title":"A"},{"key":"A","title":""},{"key":"ä","title":"x"}]}
        TAKEN input.options.1.key: Two options have the key "A", compared without case.
        REQUIRED input.options.1.title: title cannot be empty.
        INVALID input.options.2.key: An option's key is 1 to 63 letters, digits, points, hyphens and underscores.
        TAKEN input.options.2.key: Two options have the key "ä", compared without case.
        # MONETARY {"currency":"XYZ"}
        INVALID input.currency: "XYZ" is not a currency; give an ISO 4217 code such as USD.
        # MONETARY {"currency":"JPY","minimum":"0.5"}
        INVALID input.minimum: "0.5" is not an amount of JPY; give at most 0 digits after the point.
        # NUMBER {"default":4,"maximum":3}
        OUT_OF_RANGE input.default: given is at most 3; 4 was given.
        # DATE {"translations":[{"language":"x","title":"a"},{"language":"es","title":"a"},{"language":"es","title":"b"}]}
        INVALID input.translations.0.language: "x" is not a language tag (BCP 47); examples are es and pt-BR.
        TAKEN input.translations.2.language: The language es is given twice.
        "#);
    assert_eq!(
        *admin.execute("{ customFieldDefinitions { totalCount } }").await.at("/data/customFieldDefinitions/totalCount"),
        json!(0)
    );
}

#[apply(each_database)]
async fn key_and_type_are_immutable_and_keys_are_not_reused(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let id = create_definition(&admin, "colour", "STRING", json!({})).await;
    let again = json!({ "ownerType": "CUSTOMER", "key": "colour", "type": "NUMBER", "title": "Colour" });
    let taken = admin.user_errors("customFieldDefinitionCreate", again.clone()).await;
    assert_eq!(taken, [format!("TAKEN input.key: The field {} has this key already.", id.as_str().unwrap())]);
    let immutable = admin.user_errors("customFieldDefinitionUpsert", again.clone()).await;
    assert_eq!(immutable, ["IMMUTABLE input.type: The field colour is of type STRING, which never changes."]);
    // Each type of row has its own keys.
    let contact = json!({ "ownerType": "CONTACT", "key": "colour", "type": "NUMBER", "title": "Colour" });
    admin.mutate("customFieldDefinitionCreate", contact, "").await;
    let put =
        json!({ "ownerType": "CUSTOMER", "key": "colour", "type": "STRING", "title": "Paint", "maximumLength": 5 });
    let put = admin.mutate("customFieldDefinitionUpsert", put, "id title maximumLength version").await;
    assert_eq!(put, json!({ "id": id, "title": "Paint", "maximumLength": 5, "version": 2 }));
    admin.mutate("customFieldDefinitionDelete", json!({ "id": id }), "").await;
    let deleted = admin.user_errors("customFieldDefinitionCreate", again).await;
    assert!(deleted[0].starts_with("DELETED input.key: The deleted field field_"), "{deleted:?}");
}

#[apply(each_database)]
async fn values_are_deleted_and_restored_with_their_definition(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let id = create_definition(&admin, "colour", "STRING", json!({})).await;
    create_definition(&admin, "size", "NUMBER", json!({})).await;
    let kept = create_customer(&admin, "Acme", json!({ "colour": "red", "size": 3 })).await;
    let cleared = create_customer(&admin, "Bolt", json!({ "colour": "blue" })).await;
    super::set_values(&admin, &cleared, json!([{ "key": "colour", "value": null }])).await;
    admin.mutate("customFieldDefinitionDelete", json!({ "id": id }), "").await;
    let read = "query($id: ID!) { customer(id: $id) { customFields { nodes { key value } } } }";
    let shown = async |id: &serde_json::Value| {
        admin.execute_with(read, json!({ "id": id })).await.data()["customer"]["customFields"]["nodes"].clone()
    };
    assert_eq!(shown(&kept).await, json!([{ "key": "size", "value": "3" }]));
    let gone = admin
        .execute("{ customers(where: { customFields: [{ key: \"colour\", text: { eq: \"red\" } }] }) { totalCount } }")
        .await;
    assert_eq!(gone.text("/errors/0/message"), "There is no custom field \"colour\" here; the fields are: size.");
    // A customer that is deleted and restored meanwhile does not restore the value.
    admin.mutate("customerDelete", json!({ "id": kept }), "").await;
    admin.mutate("customerRestore", json!({ "id": kept }), "").await;
    assert_eq!(shown(&kept).await, json!([{ "key": "size", "value": "3" }]));
    admin.mutate("customFieldDefinitionRestore", json!({ "id": id }), "").await;
    assert_eq!(shown(&kept).await, json!([{ "key": "colour", "value": "red" }, { "key": "size", "value": "3" }]));
    assert_eq!(shown(&cleared).await, json!([]));
}

#[apply(each_database)]
async fn another_tenant_gets_no_definition(database: DatabaseKind) {
    let world = World::new(database).await;
    let (admin, other_admin) = (world.admin(), world.other_admin());
    let id = create_definition(&admin, "colour", "STRING", json!({ "required": true })).await;
    let theirs = create_customer(&admin, "Acme", json!({ "colour": "red" })).await;
    // A required field of one tenant does not exist for the other.
    create_customer(&other_admin, "Other", json!({})).await;
    let input = json!({ "name": "Mine", "type": "SHIPPER", "customFields": [{ "key": "colour", "value": "red" }] });
    let refused = other_admin.user_errors("customerCreate", input).await;
    assert_eq!(
        refused,
        ["NOT_FOUND input.customFields.0.key: There is no custom field \"colour\" here; the fields are: it has none."]
    );
    let query = "query($id: ID!) { customFieldDefinition(id: $id) { key } node(id: $id) { id } customFieldDefinitions { totalCount } }";
    let response = other_admin.execute_with(query, json!({ "id": id })).await;
    assert_eq!(
        *response.data(),
        json!({ "customFieldDefinition": null, "node": null, "customFieldDefinitions": { "totalCount": 0 } })
    );
    let response =
        other_admin.execute("{ customers(orderBy: [{ customField: { key: \"colour\" } }]) { totalCount } }").await;
    assert_eq!(response.error_codes(), ["BAD_INPUT"]);
    let payload = super::set_values(&other_admin, &theirs, json!([{ "key": "colour", "value": "blue" }])).await;
    assert_eq!(payload["userErrors"][0]["code"], json!("NOT_FOUND"));
    assert_eq!(payload["userErrors"][0]["field"], json!(["input", "owner"]));
}
