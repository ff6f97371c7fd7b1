//! Custom fields: one of every kind for every type of row, and values of them, with ties and gaps.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Actor, random::Random, schema::Schema};

/// A field that every type of row gets.
pub struct Kind {
    /// Its key.
    pub key: &'static str,
    /// The type of its values.
    of: &'static str,
    /// What it is given besides.
    settings: Json,
    /// The tests of a filter that fit it, besides `isNull`.
    pub tests: &'static [&'static str],
    /// Whether rows are ordered by it.
    pub ordered: bool,
    /// The values that rows have of it.
    values: Json,
}

/// The fields.
pub fn kinds() -> Vec<Kind> {
    let options = |keys: &[&str]| keys.iter().map(|key| json!({ "key": key, "title": key })).collect::<Json>();
    let kind = |key, of, tests, values| Kind { key, of, settings: json!({}), tests, ordered: true, values };
    vec![
        kind("flag", "BOOLEAN", &["boolean"], json!([true, false])),
        kind("day", "DATE", &["date"], json!(["0999-12-31", "2026-03-04", "2026-03-05", "2026-11-01"])),
        kind("size", "NUMBER", &["number"], json!(["-2.5", "-0.000001", "0", "9.25", "10", "100"])),
        kind("price", "MONETARY", &["number"], json!(["-12.34", "0", "3.25", "12.34", "12.35", "100"])),
        kind("note", "STRING", &["text"], json!(["Alpha", "alpha beta", "Ärmel", "armel", "ze_ta", "ze%ta", "Zulu"])),
        kind("mail", "EMAIL", &["text"], json!(["a_b@example.com", "A.B@example.com", "axb@example.org"])),
        Kind {
            settings: json!({ "options": options(&["gold", "gold_plus", "Tin"]) }),
            ..kind("tier", "DROPDOWN", &["text", "options"], json!(["gold", "gold_plus", "Tin"]))
        },
        Kind {
            settings: json!({ "options": options(&["gold", "gold_plus", "Tin"]), "multiSelect": true }),
            ordered: false,
            ..kind("tags", "DROPDOWN", &["options"], json!([["gold"], ["gold_plus"], ["gold", "Tin"], ["Tin"]]))
        },
        Kind {
            settings: json!({ "sensitive": true }),
            ordered: false,
            ..kind("secret", "STRING", &["personal"], json!(["Alpha", "alpha beta", "Ärmel 51", "gamma armel"]))
        },
    ]
}

/// Adds the fields to every type of row that can have some, and gives about two rows of three a value of each.
pub async fn fill(admin: &Actor, schema: &Schema, ids: &BTreeMap<String, Vec<String>>, random: &mut Random) {
    let mut filled = 0;
    for entity in &schema.get("CustomFieldEntity").values {
        let words = entity.split('_').map(|word| format!("{}{}", &word[..1], word[1..].to_lowercase()));
        let Some(rows) = ids.get(&words.collect::<String>()) else { continue };
        for Kind { key, of, settings, .. } in kinds() {
            define(admin, entity, key, of, settings).await;
        }
        for row in rows {
            let given = kinds().into_iter().filter(|_| random.chance(65)).collect::<Vec<_>>();
            let values = given.iter().map(|kind| (kind.key, random.one(kind.values.as_array().unwrap()).clone()));
            set(admin, row, &values.collect::<Vec<_>>()).await;
        }
        filled += rows.len();
    }
    assert!(filled > 50, "only {filled} rows have custom fields");
}

/// Gives two customers sensitive values, and others that a narrower field displaced. Gives the texts.
pub async fn seal(admin: &Actor, customers: &[String], marker: &str) -> Vec<String> {
    let mut said = Vec::new();
    let long = define(admin, "CUSTOMER", "displaced", "STRING", json!({ "sensitive": true })).await;
    define(admin, "CUSTOMER", "secret", "STRING", json!({ "sensitive": true })).await;
    for (place, row) in customers.iter().enumerate() {
        let texts = ["displaced", "secret"].map(|key| (key, format!("{marker}{key}{}", ["a", "b", "c"][place])));
        set(admin, row, &texts.clone().map(|(key, text)| (key, json!(text)))).await;
        said.extend(texts.map(|(_, text)| text));
    }
    admin.done("customFieldDefinitionUpdate", json!({ "id": long, "maximumLength": 3, "displace": true }), "").await;
    said
}

async fn define(admin: &Actor, entity: &str, key: &str, of: &str, settings: Json) -> Json {
    let mut input = json!({ "entity": entity, "key": key, "type": of, "title": key });
    input.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    admin.done("customFieldDefinitionCreate", input, "id").await["id"].clone()
}

/// Gives a row values of fields.
pub async fn set(admin: &Actor, row: &str, values: &[(&str, Json)]) {
    let values: Vec<_> = values.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    let query = "mutation($input: CustomFieldValuesSetInput!) { customFieldValuesSet(input: $input) {
        userErrors { code message field } } }";
    let answer = admin.ask_with(query, json!({ "input": { "entity": row, "values": values } })).await;
    assert_eq!(answer.data()["customFieldValuesSet"]["userErrors"], json!([]), "{answer}");
}
