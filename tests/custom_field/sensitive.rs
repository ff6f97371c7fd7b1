//! Sensitive fields: sealed in tables and log, redacted without the permission, found through the blind index.

use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use super::{create_customer, create_definition, customer_names, set_values};
use crate::world::{DatabaseKind, World, each_database};

/// Everything that the tables hold about values, as text.
async fn stored_text(world: &World) -> String {
    let db = world.db.connection();
    let mut all = String::new();
    for (table, columns) in [
        (
            "custom_field_value",
            ["boolean", "number", "text", "text_key", "date", "json", "amount", "displaced"].as_slice(),
        ),
        ("change", &["before", "after"]),
    ] {
        let of = if table == "change" { "AND table_name = 'custom_field_value'" } else { "" };
        for column in columns {
            let sql = format!(
                "SELECT CAST(\"{column}\" AS TEXT) FROM \"{table}\" WHERE tenant_id = $1 AND \"{column}\" IS NOT NULL {of}"
            );
            let statement =
                Statement::from_sql_and_values(db.get_database_backend(), sql, [world.tenant.row.id.into()]);
            for row in db.query_all_raw(statement).await.unwrap() {
                all.push_str(&row.try_get_by_index::<String>(0).unwrap());
                all.push('\n');
            }
        }
    }
    all
}

#[apply(each_database)]
async fn a_sensitive_value_is_encrypted_and_null_without_permission(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    create_definition(&admin, "secret", "STRING", json!({ "sensitive": true })).await;
    create_definition(&admin, "salary", "MONETARY", json!({ "sensitive": true })).await;
    create_definition(&admin, "colour", "STRING", json!({})).await;
    let id = create_customer(
        &admin,
        "Acme",
        json!({ "secret": "Rosebud Sleigh", "salary": "77123.45", "colour": "Mauvish" }),
    )
    .await;
    set_values(&admin, &id, json!([{ "key": "secret", "value": "Rosebud Sled" }])).await;
    let all = stored_text(&world).await;
    assert!(all.contains("Mauvish"), "{all}");
    for secret in ["Rosebud", "rosebud", "77123", "7712345"] {
        assert!(!all.contains(secret), "{secret} is in plain text: {all}");
    }
    let query = "{ customers { nodes { customFields { nodes { key value displayValue
        ... on CustomFieldStringValue { text } ... on CustomFieldMonetaryValue { money { amount currency } } } } } } }";
    let response = admin.execute(query).await;
    // The list, the values, the definitions; the server that created the data key has it in memory.
    assert_eq!(response.statements(), 3);
    assert_eq!(
        *response.at("/data/customers/nodes/0/customFields/nodes"),
        json!([
            { "key": "secret", "value": "Rosebud Sled", "displayValue": "Rosebud Sled", "text": "Rosebud Sled" },
            { "key": "salary", "value": { "amount": "77123.45", "currency": "USD" }, "displayValue": "77123.45 USD",
                "money": { "amount": "77123.45", "currency": "USD" } },
            { "key": "colour", "value": "Mauvish", "displayValue": "Mauvish", "text": "Mauvish" },
        ])
    );
    let response = world.viewer().execute(query).await;
    assert_eq!(
        response.data()["customers"]["nodes"][0]["customFields"]["nodes"],
        json!([
            { "key": "secret", "value": null, "displayValue": null, "text": null },
            { "key": "salary", "value": null, "displayValue": null, "money": null },
            { "key": "colour", "value": "Mauvish", "displayValue": "Mauvish", "text": "Mauvish" },
        ])
    );
    let path = |field: &str| json!(format!("customers.nodes.customFields.nodes.{field}"));
    assert_eq!(
        *response.at("/extensions/redacted"),
        json!([path("displayValue"), path("money"), path("text"), path("value")])
    );
}

#[apply(each_database)]
async fn a_sensitive_value_is_found_through_the_blind_index(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    for (key, kind) in
        [("secret", "STRING"), ("level", "NUMBER"), ("born", "DATE"), ("line", "PHONE_NUMBER"), ("extra", "JSON")]
    {
        create_definition(&admin, key, kind, json!({ "sensitive": true })).await;
    }
    let acme = create_customer(
        &admin,
        "Acme",
        json!({ "secret": "Rosebud Sled", "level": "12.50", "born": "1990-02-03", "line": "+1 (555) 123-4567" }),
    )
    .await;
    create_customer(&admin, "Bolt", json!({ "secret": "Sled", "level": "-12.5" })).await;
    let found = async |test: &str| {
        customer_names(&admin, &format!("customFields: [{{ {test} }}]"), "{ name: ASC }").await.join(" ")
    };
    assert_eq!(found(r#"key: "secret", personal: { eq: "rosebud SLED" }"#).await, "Acme");
    assert_eq!(found(r#"key: "secret", personal: { startsWith: "sl" }"#).await, "Acme Bolt");
    assert_eq!(found(r#"key: "secret", personal: { in: ["sled", "nothing"] }"#).await, "Bolt");
    assert_eq!(found(r#"key: "level", personal: { eq: "12.5" }"#).await, "Acme");
    assert_eq!(found(r#"key: "level", personal: { eq: "-12.500" }"#).await, "Bolt");
    assert_eq!(found(r#"key: "born", personal: { eq: "1990-02-03" }"#).await, "Acme");
    assert_eq!(found(r#"key: "line", personal: { eq: "5551234567" }"#).await, "Acme");
    assert_eq!(found(r#"key: "born", isNull: true"#).await, "Bolt");
    // A new value removes the old one from the index.
    set_values(&admin, &acme, json!([{ "key": "secret", "value": "Toboggan" }, { "key": "born", "value": null }]))
        .await;
    assert_eq!(found(r#"key: "secret", personal: { startsWith: "rose" }"#).await, "");
    assert_eq!(found(r#"key: "secret", personal: { startsWith: "tobo" }"#).await, "Acme");
    assert_eq!(found(r#"key: "born", personal: { eq: "1990-02-03" }"#).await, "");
    set_values(&admin, &acme, json!([{ "key": "born", "value": "1991-01-01" }])).await;
    assert_eq!(found(r#"key: "born", personal: { eq: "1991-01-01" }"#).await, "Acme");
    assert_eq!(found(r#"key: "born", personal: { eq: "1990-02-03" }"#).await, "");
    let count_query =
        |test: &str| format!("{{ customers(where: {{ customFields: [{{ {test} }}] }}) {{ totalCount }} }}");
    let viewer = world.viewer().execute(&count_query(r#"key: "secret", personal: { eq: "sled" }"#)).await;
    assert_eq!(viewer.error_codes(), ["FORBIDDEN"]);
    for test in [
        r#"key: "secret", text: { eq: "sled" }"#,
        r#"key: "level", number: { gt: 1 }"#,
        r#"key: "extra", personal: { eq: "x" }"#,
    ] {
        assert_eq!(admin.execute(&count_query(test)).await.error_codes(), ["BAD_INPUT"], "{test}");
    }
    for key in ["level", "born"] {
        let refused = admin.execute(&count_query(&format!("key: {key:?}, personal: {{ startsWith: \"1\" }}"))).await;
        let message = refused.text("/errors/0/message").to_owned();
        assert!(message.contains("personal.startsWith") && message.contains("personal.eq or personal.in"), "{message}");
    }
    let ordered = admin.execute("{ customers(orderBy: [{ customField: { key: \"secret\" } }]) { totalCount } }").await;
    assert_eq!(ordered.text("/errors/0/message"), "The custom field secret is sensitive: its values have no order.");
}

#[apply(each_database)]
async fn sensitive_options_are_found_one_by_one(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let options = json!(["gold", "Gold_plus", "tin"].map(|key| json!({ "key": key, "title": key })));
    create_definition(&admin, "tier", "DROPDOWN", json!({ "sensitive": true, "options": options })).await;
    let several = json!({ "sensitive": true, "options": options, "multiSelect": true });
    create_definition(&admin, "tags", "DROPDOWN", several).await;
    create_definition(&admin, "flag", "BOOLEAN", json!({ "sensitive": true })).await;
    create_customer(&admin, "Acme", json!({ "tier": "gold", "tags": ["gold", "tin"], "flag": true })).await;
    create_customer(&admin, "Bolt", json!({ "tier": "Gold_plus", "tags": ["Gold_plus"], "flag": false })).await;
    let found = async |test: &str| {
        customer_names(&admin, &format!("customFields: [{{ {test} }}]"), "{ name: ASC }").await.join(" ")
    };
    assert_eq!(found(r#"key: "tier", personal: { eq: "GOLD" }"#).await, "Acme");
    assert_eq!(found(r#"key: "tier", personal: { eq: "gold_plus" }"#).await, "Bolt");
    assert_eq!(found(r#"key: "tier", personal: { in: ["gold", "gold_plus"] }"#).await, "Acme Bolt");
    assert_eq!(found(r#"key: "tags", personal: { eq: "gold" }"#).await, "Acme");
    assert_eq!(found(r#"key: "tags", personal: { eq: "tin" }"#).await, "Acme");
    assert_eq!(found(r#"key: "tags", personal: { in: ["tin", "gold_plus"] }"#).await, "Acme Bolt");
    assert_eq!(found(r#"key: "flag", personal: { eq: "true" }"#).await, "Acme");
    assert_eq!(found(r#"key: "flag", personal: { eq: "tru" }"#).await, "");
}

#[apply(each_database)]
async fn making_a_field_sensitive_seals_its_values(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let id = create_definition(&admin, "secret", "STRING", json!({})).await;
    create_customer(&admin, "Acme", json!({ "secret": "Rosebud" })).await;
    create_customer(&admin, "Bolt", json!({ "secret": "Xy" })).await;
    admin.mutate("customFieldDefinitionUpdate", json!({ "id": id, "minimumLength": 3, "displace": true }), "").await;
    assert!(stored_text(&world).await.contains("Rosebud"));
    admin.mutate("customFieldDefinitionUpdate", json!({ "id": id, "sensitive": true }), "").await;
    let all = stored_text(&world).await;
    assert!(!all.contains("Rosebud") && !all.contains("Xy"), "{all}");
    assert_eq!(
        customer_names(&admin, r#"customFields: [{ key: "secret", personal: { startsWith: "ros" } }]"#, "").await,
        ["Acme"]
    );
    let read = "{ customers { nodes { customField(key: \"secret\") { value displacedValue } } } }";
    let shown = json!([
        { "customField": { "value": "Rosebud", "displacedValue": null } },
        { "customField": { "value": null, "displacedValue": "Xy" } },
    ]);
    assert_eq!(*admin.execute(read).await.at("/data/customers/nodes"), shown);
    let viewer = world.viewer().execute(read).await;
    assert_eq!(*viewer.at("/data/customers/nodes/1/customField"), json!({ "value": null, "displacedValue": null }));
    // And back: the values are found by their text again and no longer through the index.
    admin.mutate("customFieldDefinitionUpdate", json!({ "id": id, "sensitive": false }), "").await;
    assert_eq!(
        customer_names(&admin, r#"customFields: [{ key: "secret", text: { eq: "rosebud" } }]"#, "").await,
        ["Acme"]
    );
    assert_eq!(*admin.execute(read).await.at("/data/customers/nodes"), shown);
}
