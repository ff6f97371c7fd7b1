//! Images of the change log in the terms of the schema: its names, shapes, units and ids instead of those of the storage.

use domain::value::{Decimal, Money};
use serde_json::{Map, Value, json};
use store::{Table, registry::TABLES};

use self::Rule::{Decimals, First, Group, Ids, Items, Json, Lists, MoneyIn, MoneyOf, Object, Positions, Texts, Titles};

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
    /// The same with a currency that is a field of its own, too.
    MoneyIn(&'static str, &'static str, &'static str),
    /// Several fields, as an object: its name, and each member with the stored field. It is null if each of them is null or
    /// an empty list.
    Object(&'static str, &'static [(&'static str, &'static str)]),
    /// Several fields, as an object that is never null: its name, and its members.
    Group(&'static str, &'static [&'static str]),
    /// The rules of the items of a list.
    Items(&'static str, &'static [Rule]),
    /// A list of objects with one id of a table each, as a list of ids: list, stored field, table.
    Ids(&'static str, &'static str, &'static str),
    /// A list of objects with one text each, as a list of texts.
    Texts(&'static str, &'static str),
    /// The first item of a list, as a field: field, list.
    First(&'static str, &'static str),
    /// The items of a list have their positions.
    Positions(&'static str),
    /// Titles by language, as a list of languages with their titles.
    Titles(&'static str),
}

/// The rules of a table. Fields without a rule are stored as the schema has them.
fn rules(table: &str) -> &'static [Rule] {
    match table {
        "customer" => &[
            Lists(&["tags", "serviceWindows"]),
            Object(
                "preferences",
                &[
                    ("preferredServiceWindow", "preferredServiceWindow"),
                    ("serviceWindows", "serviceWindows"),
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
            Group("loadDetails", &["weight", "weightUnit", "commodity", "value", "pieces"]),
            Positions("stops"),
            Items("charges", &[Decimals(&["quantity", "unitAmount"]), MoneyOf("amount", "amount", "currency")]),
        ],
        "service_record" => &[
            MoneyOf("charge", "chargeAmount", "chargeCurrency"),
            Items("partsUsed", &[Decimals(&["quantity"]), MoneyOf("unitCost", "unitCostAmount", "unitCostCurrency")]),
            Ids("equipment", "customerAssetId", "customer_asset"),
            Ids("equipmentSchedules", "equipmentScheduleId", "equipment_schedule"),
            Texts("technicians", "technician"),
            First("technician", "technicians"),
        ],
        "recurring_service" => &[
            Lists(&["weekdays"]),
            MoneyOf("charge", "chargeAmount", "chargeCurrency"),
            Texts("technicians", "technician"),
            First("technician", "technicians"),
        ],
        "rate" => &[
            Decimals(&["amount", "weekAmount", "monthAmount", "fuelSurcharge"]),
            Items("accessorials", &[Decimals(&["amount", "percent"])]),
            Items("fuelSurchargeBands", &[Decimals(&["priceFrom", "percent"])]),
            MoneyIn("minimum", "minimumAmount", "currency"),
            Object(
                "origin",
                &[("zipPrefix", "originZipPrefix"), ("state", "originState"), ("country", "originCountry")],
            ),
            Object(
                "destination",
                &[
                    ("zipPrefix", "destinationZipPrefix"),
                    ("state", "destinationState"),
                    ("country", "destinationCountry"),
                ],
            ),
        ],
        "meter_reading" => &[
            Decimals(&["value", "exchangeOldValue", "exchangeNewValue", "total"]),
            Object("exchange", &[("oldValue", "exchangeOldValue"), ("newValue", "exchangeNewValue")]),
        ],
        "equipment_schedule" => &[
            Decimals(&["intervalMeter", "startMeter", "notifyValue"]),
            Object("notifyBefore", &[("value", "notifyValue"), ("unit", "notifyUnit")]),
        ],
        "document" => &[Object(
            "file",
            &[("name", "fileName"), ("mediaType", "mediaType"), ("size", "size"), ("sha256", "sha256")],
        )],
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
    // A rule may put the result of an earlier one in an object.
    let translated = |name: String| rules(table).iter().fold(name, |name, rule| rule.field_of(&name).unwrap_or(name));
    let mut names: Vec<_> = names.into_iter().map(translated).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The stored names of a field of the schema, in any table.
pub fn stored_names(field: &str) -> Vec<&str> {
    let mut names = vec![field];
    for rule in TABLES.iter().flat_map(|table| rules(table.name).iter().rev()) {
        let found: Vec<_> = names.iter().flat_map(|name| rule.stored_in(name)).collect();
        names.extend(found);
    }
    names
}

impl Rule {
    /// The fields of the image that become a field of the schema with another name.
    fn stored_in(&self, field: &str) -> Vec<&'static str> {
        match self {
            MoneyOf(name, amount, currency) if *name == field => vec![amount, currency],
            MoneyIn(name, amount, _) if *name == field => vec![amount],
            Object(name, members) if *name == field => members.iter().map(|(_, stored)| *stored).collect(),
            Group(name, members) if *name == field => members.to_vec(),
            First(name, list) if *name == field => vec![list],
            _ => Vec::new(),
        }
    }

    /// The field of the schema that a field of the image becomes, if its name is another one.
    fn field_of(&self, stored: &str) -> Option<String> {
        let (MoneyOf(field, ..) | MoneyIn(field, ..) | Object(field, _) | Group(field, _)) = self else { return None };
        self.stored_in(field).contains(&stored).then(|| (*field).to_owned())
    }
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
            MoneyOf(field, amount, currency) | MoneyIn(field, amount, currency) => {
                let (stored, code) = (image.remove(*amount), image.get(*currency));
                let Some(stored) = stored else { continue };
                let money = stored.as_i64().zip(code.and_then(Value::as_str)).map(|(amount, currency)| {
                    let money = Money { amount, currency: currency.to_owned() };
                    json!({ "amount": money.major(), "currency": money.currency })
                });
                image.insert((*field).to_owned(), money.unwrap_or(Value::Null));
                if matches!(rule, MoneyOf(..)) {
                    currencies.push(*currency);
                }
            }
            Object(field, members) => {
                let stored: Map<_, _> = members
                    .iter()
                    .filter_map(|(member, stored)| Some(((*member).to_owned(), image.remove(*stored)?)))
                    .collect();
                let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
                let object = if stored.values().all(is_empty) { Value::Null } else { stored.into() };
                image.insert((*field).to_owned(), object);
            }
            Group(field, members) => {
                let stored: Map<_, _> = members.iter().filter_map(|member| image.remove_entry(*member)).collect();
                image.insert((*field).to_owned(), stored.into());
            }
            First(field, list) => {
                let first = image.get(*list).and_then(|list| list.get(0)).cloned();
                image.insert((*field).to_owned(), first.unwrap_or_default());
            }
            Positions(field) => {
                let items = image.get_mut(*field).and_then(Value::as_array_mut).into_iter().flatten();
                for (position, item) in items.filter_map(Value::as_object_mut).enumerate() {
                    item.insert("position".to_owned(), position.into());
                }
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
