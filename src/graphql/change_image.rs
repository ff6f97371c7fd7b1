//! Images of the change log in the terms of the schema: its names, shapes, units and ids instead of those of the storage.

use domain::value::{Decimal, Money};
use serde_json::{Map, Value, json};
use store::Table;

use self::Rule::{Decimals, Ids, Items, Json, Lists, MoneyOf, Object, Texts, Titles};

/// How stored fields become fields of the schema.
enum Rule {
    /// Millionths, as a decimal.
    Decimals(&'static [&'static str]),
    /// JSON in a text.
    Json(&'static [&'static str]),
    /// A JSON list in a text; null is an empty list.
    Lists(&'static [&'static str]),
    /// Minor units and their currency, as money under the name of the schema: field, stored amount, stored currency.
    MoneyOf(&'static str, &'static str, &'static str),
    /// Several fields, as an object: its name, and each member with the stored field.
    Object(&'static str, &'static [(&'static str, &'static str)]),
    /// The rules of the items of a list.
    Items(&'static str, &'static [Rule]),
    /// A list of objects with one id of a table each, as a list of ids: list, stored field, table.
    Ids(&'static str, &'static str, &'static str),
    /// A list of objects with one text each, as a list of texts.
    Texts(&'static str, &'static str),
    /// Titles by language, as a list of languages with their titles.
    Titles(&'static str),
}

/// The rules of a table. Fields without a rule are stored as the schema has them.
fn rules(table: &str) -> &'static [Rule] {
    match table {
        "customer" => &[
            Lists(&["tags"]),
            Object(
                "preferences",
                &[
                    ("preferredServiceWindow", "preferredServiceWindow"),
                    ("communicationMethod", "communicationMethod"),
                    ("emergencyContact", "emergencyContact"),
                ],
            ),
        ],
        "asset" => &[
            Decimals(&["meterValue"]),
            Object("meter", &[("value", "meterValue"), ("unit", "meterUnit"), ("at", "meterAt")]),
        ],
        "customer_asset" => &[Decimals(&["meterOut", "meterIn"])],
        "load" => &[
            Decimals(&["weight", "temperature", "distance"]),
            MoneyOf("value", "valueAmount", "valueCurrency"),
            MoneyOf("charge", "chargeAmount", "chargeCurrency"),
            Items(
                "charges",
                &[
                    Decimals(&["quantity"]),
                    MoneyOf("unitAmount", "unitAmount", "currency"),
                    MoneyOf("amount", "amount", "currency"),
                ],
            ),
        ],
        "service_record" => &[
            MoneyOf("charge", "chargeAmount", "chargeCurrency"),
            Items("partsUsed", &[Decimals(&["quantity"]), MoneyOf("unitCost", "unitCostAmount", "unitCostCurrency")]),
            Ids("equipment", "customerAssetId", "customer_asset"),
            Texts("technicians", "technician"),
        ],
        "custom_field_definition" => &[
            Json(&["options", "translations", "default"]),
            Titles("translations"),
            Items("options", &[Titles("translations")]),
        ],
        "custom_field_value" => {
            &[Decimals(&["number"]), Json(&["json", "displaced"]), MoneyOf("amount", "amount", "currency")]
        }
        "tenant" => &[Lists(&["industries"])],
        _ => &[],
    }
}

/// Puts an image of a row of a table in the terms of the schema.
pub fn translate(table: &str, image: &mut Map<String, Value>) {
    apply(rules(table), image);
}

/// The names of changed fields in the terms of the schema, each once and in order.
pub fn translate_names(table: &str, names: Vec<String>) -> Vec<String> {
    let translated = |name: String| {
        let rule = rules(table).iter().find_map(|rule| match rule {
            MoneyOf(field, amount, currency) if [*amount, *currency].contains(&name.as_str()) => Some(*field),
            Object(field, members) if members.iter().any(|(_, stored)| *stored == name) => Some(*field),
            _ => None,
        });
        rule.map_or(name, str::to_owned)
    };
    let mut names: Vec<_> = names.into_iter().map(translated).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn apply(rules: &[Rule], image: &mut Map<String, Value>) {
    // Two amounts may have one currency, so that currencies go last.
    let mut currencies = Vec::new();
    for rule in rules {
        match rule {
            Decimals(fields) => {
                each(image, fields, |number| number.as_i64().map(|number| Decimal(number).to_string().into()));
            }
            Json(fields) => each(image, fields, |text| serde_json::from_str(text.as_str()?).ok()),
            Lists(fields) => each(image, fields, |text| match text {
                Value::Null => Some(Value::Array(Vec::new())),
                text => serde_json::from_str(text.as_str()?).ok(),
            }),
            MoneyOf(field, amount, currency) => {
                let (stored, code) = (image.remove(*amount), image.get(*currency));
                let Some(stored) = stored else { continue };
                let money = stored.as_i64().zip(code.and_then(Value::as_str)).map(|(amount, currency)| {
                    let money = Money { amount, currency: currency.to_owned() };
                    json!({ "amount": money.major(), "currency": money.currency })
                });
                image.insert((*field).to_owned(), money.unwrap_or(Value::Null));
                currencies.push(*currency);
            }
            Object(field, members) => {
                let stored: Map<_, _> = members
                    .iter()
                    .filter_map(|(member, stored)| Some(((*member).to_owned(), image.remove(*stored)?)))
                    .collect();
                let object = if stored.values().all(Value::is_null) { Value::Null } else { stored.into() };
                image.insert((*field).to_owned(), object);
            }
            Items(field, rules) => {
                let items = image.get_mut(*field).and_then(Value::as_array_mut).into_iter().flatten();
                items.filter_map(Value::as_object_mut).for_each(|item| apply(rules, item));
            }
            Ids(field, member, table) => {
                let id = |item: &Value| {
                    let id = item.get(member)?.as_str()?.parse().ok()?;
                    Some(Table::by_name(table)?.encode_id(id).into())
                };
                flatten(image, field, id);
            }
            Titles(field) => {
                let stored = image.remove(*field).unwrap_or_default();
                let titles = stored.as_object().into_iter().flatten();
                let titles = titles.map(|(language, title)| json!({ "language": language, "title": title }));
                image.insert((*field).to_owned(), titles.collect());
            }
            Texts(field, member) => flatten(image, field, |item| item.get(member).cloned()),
        }
    }
    for currency in currencies {
        image.remove(currency);
    }
}

/// Converts the fields of an image that can be converted.
fn each(image: &mut Map<String, Value>, fields: &[&str], convert: impl Fn(&Value) -> Option<Value>) {
    for field in fields {
        if let Some(value) = image.get_mut(*field)
            && let Some(converted) = convert(value)
        {
            *value = converted;
        }
    }
}

/// Makes one value of each object of a list.
fn flatten(image: &mut Map<String, Value>, field: &str, value: impl Fn(&Value) -> Option<Value>) {
    if let Some(Value::Array(items)) = image.get_mut(field) {
        for item in items {
            if let Some(value) = value(item) {
                *item = value;
            }
        }
    }
}
