//! Sensitive fields: sealed in the file and in the log, hidden from those who may not, found by the blind index.

use rstest::rstest;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use super::{customer, field, names, set};
use crate::world::{On, Postgres, Sqlite, World};

/// Everything the tables say about values, as text.
async fn stored(world: &World) -> String {
    let db = world.db.connection();
    let mut all = String::new();
    for (table, columns) in [
        (
            "custom_field_value",
            ["boolean", "number", "text", "text_key", "date", "json", "amount", "displaced"].as_slice(),
        ),
        ("change", &["before", "after"]),
    ] {
        let of = if table == "change" { "AND entity = 'custom_field_value'" } else { "" };
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

#[rstest]
#[tokio::test]
async fn a_sensitive_value_is_ciphertext_and_null_without_permission(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    field(&admin, "secret", "STRING", json!({ "sensitive": true })).await;
    field(&admin, "salary", "MONETARY", json!({ "sensitive": true })).await;
    field(&admin, "colour", "STRING", json!({})).await;
    let id = customer(&admin, "Acme", json!({ "secret": "Rosebud Sleigh", "salary": "77123.45", "colour": "Mauvish" }))
        .await;
    set(&admin, &id, json!([{ "key": "secret", "value": "Rosebud Sled" }])).await;
    let all = stored(&world).await;
    assert!(all.contains("Mauvish"), "{all}");
    for secret in ["Rosebud", "rosebud", "77123", "7712345"] {
        assert!(!all.contains(secret), "{secret} stands in clear: {all}");
    }
    let query = "{ customers { nodes { customFields { nodes { key value displayValue
        ... on StringValue { text } ... on MonetaryValue { money { amount currency } } } } } } }";
    let answer = admin.ask(query).await;
    // The list, the values, the fields; the data key is known to the server that made it.
    assert_eq!(answer.statements(), 3);
    assert_eq!(
        *answer.at("/data/customers/nodes/0/customFields/nodes"),
        json!([
            { "key": "colour", "value": "Mauvish", "displayValue": "Mauvish", "text": "Mauvish" },
            { "key": "salary", "value": { "amount": "77123.45", "currency": "USD" }, "displayValue": "77123.45 USD",
                "money": { "amount": "77123.45", "currency": "USD" } },
            { "key": "secret", "value": "Rosebud Sled", "displayValue": "Rosebud Sled", "text": "Rosebud Sled" },
        ])
    );
    let answer = world.viewer().ask(query).await;
    assert_eq!(
        answer.data()["customers"]["nodes"][0]["customFields"]["nodes"],
        json!([
            { "key": "colour", "value": "Mauvish", "displayValue": "Mauvish", "text": "Mauvish" },
            { "key": "salary", "value": null, "displayValue": null, "money": null },
            { "key": "secret", "value": null, "displayValue": null, "text": null },
        ])
    );
    let path = |field: &str| json!(format!("customers.nodes.customFields.nodes.{field}"));
    assert_eq!(
        *answer.at("/extensions/redacted"),
        json!([path("displayValue"), path("money"), path("text"), path("value")])
    );
}

#[rstest]
#[tokio::test]
async fn a_sensitive_value_is_found_by_the_blind_index(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    for (key, kind) in
        [("secret", "STRING"), ("level", "NUMBER"), ("born", "DATE"), ("line", "PHONE_NUMBER"), ("extra", "JSON")]
    {
        field(&admin, key, kind, json!({ "sensitive": true })).await;
    }
    let acme = customer(
        &admin,
        "Acme",
        json!({ "secret": "Rosebud Sled", "level": "12.50", "born": "1990-02-03", "line": "+1 (555) 123-4567" }),
    )
    .await;
    customer(&admin, "Bolt", json!({ "secret": "Sled", "level": "-12.5" })).await;
    let found =
        async |test: &str| names(&admin, &format!("customFields: [{{ {test} }}]"), "{ field: NAME }").await.join(" ");
    assert_eq!(found(r#"key: "secret", personal: { eq: "rosebud SLED" }"#).await, "Acme");
    assert_eq!(found(r#"key: "secret", personal: { startsWith: "sl" }"#).await, "Acme Bolt");
    assert_eq!(found(r#"key: "secret", personal: { in: ["sled", "nothing"] }"#).await, "Bolt");
    assert_eq!(found(r#"key: "level", personal: { eq: "12.5" }"#).await, "Acme");
    assert_eq!(found(r#"key: "level", personal: { eq: "-12.500" }"#).await, "Bolt");
    assert_eq!(found(r#"key: "born", personal: { startsWith: "1990-02" }"#).await, "Acme");
    assert_eq!(found(r#"key: "line", personal: { eq: "5551234567" }"#).await, "Acme");
    assert_eq!(found(r#"key: "born", isNull: true"#).await, "Bolt");
    // A new value leaves nothing of the old one in the index.
    set(&admin, &acme, json!([{ "key": "secret", "value": "Toboggan" }, { "key": "born", "value": null }])).await;
    assert_eq!(found(r#"key: "secret", personal: { startsWith: "rose" }"#).await, "");
    assert_eq!(found(r#"key: "secret", personal: { startsWith: "tobo" }"#).await, "Acme");
    assert_eq!(found(r#"key: "born", personal: { eq: "1990-02-03" }"#).await, "");
    set(&admin, &acme, json!([{ "key": "born", "value": "1991-01-01" }])).await;
    assert_eq!(found(r#"key: "born", personal: { eq: "1991-01-01" }"#).await, "Acme");
    assert_eq!(found(r#"key: "born", personal: { eq: "1990-02-03" }"#).await, "");
    let asked = |test: &str| format!("{{ customers(where: {{ customFields: [{{ {test} }}] }}) {{ totalCount }} }}");
    let viewer = world.viewer().ask(&asked(r#"key: "secret", personal: { eq: "sled" }"#)).await;
    assert_eq!(viewer.codes(), ["FORBIDDEN"]);
    for test in [
        r#"key: "secret", text: { eq: "sled" }"#,
        r#"key: "level", number: { gt: 1 }"#,
        r#"key: "extra", personal: { eq: "x" }"#,
    ] {
        assert_eq!(admin.ask(&asked(test)).await.codes(), ["BAD_INPUT"], "{test}");
    }
    let ordered = admin.ask("{ customers(orderBy: [{ customField: \"secret\" }]) { totalCount } }").await;
    assert_eq!(ordered.text("/errors/0/message"), "The custom field secret is sensitive: its values have no order.");
}

#[rstest]
#[tokio::test]
async fn a_field_that_becomes_sensitive_seals_what_it_has(#[values(Sqlite, Postgres)] on: On) {
    let world = World::on(on).await;
    let admin = world.admin();
    let id = field(&admin, "secret", "STRING", json!({})).await;
    customer(&admin, "Acme", json!({ "secret": "Rosebud" })).await;
    customer(&admin, "Bolt", json!({ "secret": "Xy" })).await;
    admin.done("customFieldDefinitionUpdate", json!({ "id": id, "minimumLength": 3, "displace": true }), "").await;
    assert!(stored(&world).await.contains("Rosebud"));
    admin.done("customFieldDefinitionUpdate", json!({ "id": id, "sensitive": true }), "").await;
    let all = stored(&world).await;
    assert!(!all.contains("Rosebud") && !all.contains("Xy"), "{all}");
    assert_eq!(
        names(&admin, r#"customFields: [{ key: "secret", personal: { startsWith: "ros" } }]"#, "").await,
        ["Acme"]
    );
    let read = "{ customers { nodes { customField(key: \"secret\") { value displacedValue } } } }";
    let shown = json!([
        { "customField": { "value": "Rosebud", "displacedValue": null } },
        { "customField": { "value": null, "displacedValue": "Xy" } },
    ]);
    assert_eq!(*admin.ask(read).await.at("/data/customers/nodes"), shown);
    let viewer = world.viewer().ask(read).await;
    assert_eq!(*viewer.at("/data/customers/nodes/1/customField"), json!({ "value": null, "displacedValue": null }));
    // And back: the values are found by their text again, and not by the index.
    admin.done("customFieldDefinitionUpdate", json!({ "id": id, "sensitive": false }), "").await;
    assert_eq!(names(&admin, r#"customFields: [{ key: "secret", text: { eq: "rosebud" } }]"#, "").await, ["Acme"]);
    assert_eq!(*admin.ask(read).await.at("/data/customers/nodes"), shown);
}
