//! Sample custom fields: one of every type for every type of row, and values with ties and gaps.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Actor, random::Random, schema::Schema};

/// A custom field that every type of row gets.
pub struct SampleField {
    /// Its key.
    pub key: &'static str,
    /// The type of its values.
    value_type: &'static str,
    /// The other settings of its definition.
    settings: Json,
    /// The filters that accept its type, besides `isNull`.
    pub filters: &'static [&'static str],
    /// Whether rows can be ordered by it.
    pub ordered: bool,
    /// The values that rows get.
    values: Json,
}

/// One field of every type.
pub fn sample_fields() -> Vec<SampleField> {
    let options = |keys: &[&str]| keys.iter().map(|key| json!({ "key": key, "title": key })).collect::<Json>();
    let field = |key, value_type, filters, values| SampleField {
        key,
        value_type,
        settings: json!({}),
        filters,
        ordered: true,
        values,
    };
    vec![
        field("flag", "BOOLEAN", &["boolean"], json!([true, false])),
        field("day", "DATE", &["date"], json!(["0999-12-31", "2026-03-04", "2026-03-05", "2026-11-01"])),
        field("size", "NUMBER", &["number"], json!(["-2.5", "-0.000001", "0", "9.25", "10", "100"])),
        field("price", "MONETARY", &["number"], json!(["-12.34", "0", "3.25", "12.34", "12.35", "100"])),
        field("note", "STRING", &["text"], json!(["Alpha", "alpha beta", "Ärmel", "armel", "ze_ta", "ze%ta", "Zulu"])),
        SampleField {
            settings: json!({ "sensitive": false }),
            ..field("mail", "EMAIL", &["text"], json!(["a_b@example.com", "A.B@example.com", "axb@example.org"]))
        },
        SampleField {
            settings: json!({ "options": options(&["gold", "gold_plus", "Tin"]) }),
            ..field("tier", "DROPDOWN", &["text", "options"], json!(["gold", "gold_plus", "Tin"]))
        },
        SampleField {
            settings: json!({ "options": options(&["gold", "gold_plus", "Tin"]), "multiSelect": true }),
            ordered: false,
            ..field("tags", "DROPDOWN", &["options"], json!([["gold"], ["gold_plus"], ["gold", "Tin"], ["Tin"]]))
        },
        SampleField {
            settings: json!({ "sensitive": true }),
            ordered: false,
            ..field("secret", "STRING", &["personal"], json!(["Alpha", "alpha beta", "Ärmel 51", "gamma armel"]))
        },
    ]
}

/// Adds the fields to every type of row that has custom fields, and gives two thirds of the rows a value of each.
pub async fn add_values(admin: &Actor, schema: &Schema, ids: &BTreeMap<String, Vec<String>>, random: &mut Random) {
    let mut filled = 0;
    for owner_type in &schema.get("CustomFieldOwnerType").values {
        let words = owner_type.split('_').map(|word| format!("{}{}", &word[..1], word[1..].to_lowercase()));
        let Some(rows) = ids.get(&words.collect::<String>()) else { continue };
        for SampleField { key, value_type, settings, .. } in sample_fields() {
            create_definition(admin, owner_type, key, value_type, settings).await;
        }
        for row in rows {
            let fields = sample_fields().into_iter().filter(|_| random.chance(65)).collect::<Vec<_>>();
            let values =
                fields.iter().map(|field| (field.key, random.choose(field.values.as_array().unwrap()).clone()));
            set_values(admin, row, &values.collect::<Vec<_>>()).await;
        }
        filled += rows.len();
    }
    assert!(filled > 50, "only {filled} rows have custom fields");
}

/// Gives customers sensitive values, and sensitive values that a narrower field displaced. Gives their texts.
pub async fn add_sensitive_values(admin: &Actor, customers: &[String], prefix: &str) -> Vec<String> {
    let mut written = Vec::new();
    let long = create_definition(admin, "CUSTOMER", "displaced", "STRING", json!({ "sensitive": true })).await;
    create_definition(admin, "CUSTOMER", "secret", "STRING", json!({ "sensitive": true })).await;
    for (index, row) in customers.iter().enumerate() {
        let texts = ["displaced", "secret"].map(|key| (key, format!("{prefix}{key}{}", ["a", "b", "c"][index])));
        set_values(admin, row, &texts.clone().map(|(key, text)| (key, json!(text)))).await;
        written.extend(texts.map(|(_, text)| text));
    }
    admin.mutate("customFieldDefinitionUpdate", json!({ "id": long, "maximumLength": 3, "displace": true }), "").await;
    written
}

/// Creates the definition of a custom field and gives its id.
pub async fn create_definition(admin: &Actor, owner_type: &str, key: &str, value_type: &str, settings: Json) -> Json {
    let mut input = json!({ "ownerType": owner_type, "key": key, "type": value_type, "title": key });
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    admin.mutate("customFieldDefinitionCreate", input, "id").await["id"].clone()
}

/// Sets values of custom fields on a row.
pub async fn set_values(admin: &Actor, row: &str, values: &[(&str, Json)]) {
    let values: Vec<_> = values.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let query = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) {
        userErrors { code message field } } }";
    let response = admin.execute_with(query, json!({ "input": { "owner": row, "values": values } })).await;
    assert_eq!(response.data()["customFieldValuesSet"]["userErrors"], json!([]), "{response}");
}
