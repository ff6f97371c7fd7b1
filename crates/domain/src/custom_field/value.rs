//! Values of custom fields: their forms as JSON, in a row, for people, and in the blind index.

use chrono::NaiveDate;
use entity::{
    Sealed,
    custom_field_definition::{FieldType, Model as Definition},
    custom_field_value::Model as Row,
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use serde_json::{Value as Json, json};
use store::table::Normalization;

use super::options::options;
use crate::{
    validator::{Validator, is_blank, trim},
    value::{Decimal, Money, day, minor_digits},
};

/// One value of a custom field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of a BOOLEAN.
    Boolean(bool),
    /// Of a DATE.
    Date(NaiveDate),
    /// Of a DROPDOWN: keys of options.
    Options(Vec<String>),
    /// Of a NUMBER.
    Number(Decimal),
    /// Of an EMAIL, PHONE_NUMBER, STRING or WEB_ADDRESS.
    Text(String),
    /// Of a JSON.
    Json(Json),
    /// Of a MONETARY.
    Money(Money),
}

/// Why a value is refused.
pub type ValueError = (Code, String);

/// The longest JSON value, in bytes.
const MAX_JSON_BYTES: usize = 64 * 1024;
/// The longest text value, in characters. Texts are indexed, and PostgreSQL indexes at most 2,700 bytes.
pub const MAX_TEXT_VALUE_CHARS: usize = 1_000;
/// The longest folded text value, for the same reason.
const MAX_FOLDED_BYTES: usize = 2_500;

impl Value {
    /// Parses a value of a type. An amount without a currency is in `currency`.
    pub fn parse(field_type: FieldType, currency: Option<&str>, json: &Json) -> Result<Self, ValueError> {
        let invalid = |message: &str| (Code::Invalid, message.to_owned());
        Ok(match field_type {
            FieldType::Boolean => Self::Boolean(json.as_bool().ok_or_else(|| invalid("This is not true or false."))?),
            FieldType::Date => Self::Date(
                json.as_str().and_then(day).ok_or_else(|| invalid("This is not a day; write it as 2026-01-20."))?,
            ),
            FieldType::Dropdown => Self::Options(
                keys(json).ok_or_else(|| invalid("This is not the key of an option, nor a list of different keys."))?,
            ),
            FieldType::Number => {
                let message = "This is not a decimal of at most six digits after the point and at most 9223372036854.";
                Self::Number(number(json).ok_or_else(|| invalid(message))?)
            }
            FieldType::Json => {
                let length = json.to_string().len();
                if length > MAX_JSON_BYTES {
                    let message = format!("A JSON value has at most {MAX_JSON_BYTES} bytes; this one has {length}.");
                    return Err((Code::OutOfRange, message));
                }
                Self::Json(json.clone())
            }
            FieldType::Monetary => Self::Money(money(currency, json)?),
            FieldType::Email | FieldType::PhoneNumber | FieldType::String | FieldType::WebAddress => {
                Self::Text(text(field_type, json)?)
            }
        })
    }

    /// Whether JSON is a text without a visible character for a field of text: no value, as null is.
    pub fn is_none(field_type: FieldType, json: &Json) -> bool {
        let is_text =
            matches!(field_type, FieldType::Email | FieldType::PhoneNumber | FieldType::String | FieldType::WebAddress);
        is_text && json.as_str().is_some_and(is_blank)
    }

    /// Parses the opened JSON of a sealed value.
    pub fn from_sealed(field_type: FieldType, opened: &str) -> Result<Self> {
        let json = serde_json::from_str(opened).map_err(Error::internal)?;
        Self::parse(field_type, None, &json).map_err(|(_, message)| Error::internal(message))
    }

    /// The value of a row that is not sensitive; nothing, where it was displaced.
    pub fn from_row(row: &Row) -> Result<Option<Self>> {
        Ok(match row.field_type {
            FieldType::Boolean => row.boolean.map(Self::Boolean),
            FieldType::Date => row.date.map(Self::Date),
            FieldType::Dropdown => match (&row.text, &row.json) {
                (Some(key), _) => Some(Self::Options(vec![key.clone()])),
                (None, Some(keys)) => Some(Self::Options(serde_json::from_str(keys).map_err(Error::internal)?)),
                (None, None) => None,
            },
            FieldType::Number => row.number.map(|number| Self::Number(Decimal(number))),
            FieldType::Json => row
                .json
                .as_ref()
                .map(|json| serde_json::from_str(json).map(Self::Json))
                .transpose()
                .map_err(Error::internal)?,
            FieldType::Monetary => match (row.amount, &row.currency) {
                (Some(amount), Some(currency)) => Some(Self::Money(Money { amount, currency: currency.clone() })),
                _ => None,
            },
            FieldType::Email | FieldType::PhoneNumber | FieldType::String | FieldType::WebAddress => {
                row.text.clone().map(Self::Text)
            }
        })
    }

    /// Stores the value in a row; replaces the current one.
    pub fn store(&self, field: &Definition, row: &mut Row) {
        clear(row);
        if field.sensitive {
            row.sealed = Some(Sealed::plain(&self.json(true).to_string()));
            return;
        }
        match self {
            Self::Boolean(yes) => row.boolean = Some(*yes),
            Self::Date(day) => row.date = Some(*day),
            Self::Options(keys) if field.multi_select => row.json = Some(json!(keys).to_string()),
            Self::Options(keys) => row.text = keys.first().cloned(),
            Self::Number(number) => row.number = Some(number.0),
            Self::Text(text) => row.text = Some(text.clone()),
            Self::Json(json) => row.json = Some(json.to_string()),
            Self::Money(money) => (row.amount, row.currency) = (Some(money.amount), Some(money.currency.clone())),
        }
    }

    /// The value as JSON, in the form in which clients send it. Options are a list where a field admits several.
    pub fn json(&self, multi_select: bool) -> Json {
        match self {
            Self::Boolean(yes) => json!(yes),
            Self::Date(day) => json!(day.to_string()),
            Self::Options(keys) if multi_select || keys.len() != 1 => json!(keys),
            Self::Options(keys) => json!(keys.first()),
            Self::Number(number) => json!(number.to_string()),
            Self::Text(text) => json!(text),
            Self::Json(json) => json.clone(),
            Self::Money(money) => json!({ "amount": money.major(), "currency": money.currency }),
        }
    }

    /// The value for people: a number with its unit, options by their titles, money with its currency.
    pub fn display(&self, field: &Definition) -> Result<String> {
        Ok(match self {
            Self::Boolean(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
            Self::Options(keys) => {
                let options = options(field)?;
                let title = |key: &String| {
                    options.iter().find(|option| option.key == *key).map_or(key.clone(), |option| option.title.clone())
                };
                keys.iter().map(title).collect::<Vec<_>>().join(", ")
            }
            Self::Number(number) => match &field.unit {
                Some(unit) => format!("{number} {unit}"),
                None => number.to_string(),
            },
            Self::Money(money) => {
                let (major, digits) = (money.major(), minor_digits(&money.currency).unwrap_or(2) as usize);
                let (whole, fraction) = major.split_once('.').unwrap_or((&major, ""));
                let point = if digits > 0 { "." } else { "" };
                format!("{whole}{point}{fraction:0<digits$} {}", money.currency)
            }
            Self::Text(text) => text.clone(),
            Self::Date(day) => day.to_string(),
            Self::Json(json) => json.to_string(),
        })
    }

    /// The text of a sensitive value in the blind index, of several options all keys; nothing for JSON, which is not searched.
    pub fn index_text(&self) -> Option<String> {
        match self {
            Self::Boolean(yes) => Some(yes.to_string()),
            Self::Date(day) => Some(day.to_string()),
            Self::Options(keys) => Some(keys.join(" ")),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Json(_) => None,
            Self::Money(money) => Some(money.major()),
        }
    }
}

/// Removes the value of a row, a displaced one included.
pub fn clear(row: &mut Row) {
    (row.boolean, row.number, row.text, row.text_key, row.date) = (None, None, None, None, None);
    (row.json, row.amount, row.currency, row.sealed) = (None, None, None, None);
    (row.displaced, row.displaced_sealed) = (None, None);
}

/// The name in the blind index of the sensitive custom field of a definition.
pub fn index(definition: Uuid) -> String {
    format!("custom.{definition}")
}

/// How the blind index normalizes the values of a type.
pub fn index_normalization(field_type: FieldType) -> Normalization {
    match field_type {
        FieldType::String => Normalization::Words,
        FieldType::PhoneNumber => Normalization::Phone,
        FieldType::Email | FieldType::Json | FieldType::WebAddress => Normalization::Email,
        // Few values are possible, and what tells anything about one of them tells it.
        FieldType::Boolean | FieldType::Date | FieldType::Dropdown | FieldType::Monetary | FieldType::Number => {
            Normalization::Whole
        }
    }
}

/// A search text in the form of the blind index: 12.50 becomes 12.5.
pub fn index_query(field_type: FieldType, text: &str) -> String {
    let number = matches!(field_type, FieldType::Number | FieldType::Monetary).then(|| Decimal::parse(text)).flatten();
    number.map_or_else(|| text.to_owned(), |number| number.to_string())
}

fn keys(json: &Json) -> Option<Vec<String>> {
    let keys: Vec<_> = match json {
        Json::String(key) => vec![key.clone()],
        Json::Array(keys) => keys.iter().map(|key| key.as_str().map(str::to_owned)).collect::<Option<_>>()?,
        _ => return None,
    };
    let distinct = keys.iter().enumerate().all(|(index, key)| !keys[..index].contains(key));
    (distinct && !keys.is_empty()).then_some(keys)
}

fn number(json: &Json) -> Option<Decimal> {
    let text = match json {
        Json::String(text) => text.clone(),
        // Formatted without an exponent.
        Json::Number(number) if !number.is_i64() && !number.is_u64() => format!("{}", number.as_f64()?),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    Decimal::parse(&text)
}

fn money(currency: Option<&str>, json: &Json) -> Result<Money, ValueError> {
    let (amount, own_currency) = match json {
        Json::Object(fields) if fields.keys().all(|name| name == "amount" || name == "currency") => {
            (fields.get("amount").unwrap_or(&Json::Null), fields.get("currency").and_then(Json::as_str))
        }
        amount => (amount, None),
    };
    let invalid =
        || (Code::Invalid, "This is not an amount; write it as \"12.5\" or as {amount, currency}.".to_owned());
    let amount = number(amount).ok_or_else(invalid)?;
    let currency = own_currency.or(currency).ok_or_else(invalid)?;
    Money::parse(&amount.to_string(), currency).map_err(|message| (Code::Invalid, message))
}

fn text(field_type: FieldType, json: &Json) -> Result<String, ValueError> {
    let text = json.as_str().ok_or_else(|| (Code::Invalid, "This is not a text.".to_owned()))?;
    let text = trim("This text", text, MAX_TEXT_VALUE_CHARS)?;
    let text = text.ok_or_else(|| (Code::Invalid, "This text is empty; null clears the field.".to_owned()))?;
    if store::fold::fold(&text).len() > MAX_FOLDED_BYTES {
        let message = format!("This text has at most {MAX_FOLDED_BYTES} bytes without its accents and capitals.");
        return Err((Code::OutOfRange, message));
    }
    let mut validator = Validator::new();
    match field_type {
        FieldType::Email => validator.check_email("", &text),
        FieldType::PhoneNumber => validator.check_phone("", &text),
        FieldType::WebAddress => validator.check_web_address("", &text),
        _ => {}
    }
    match validator.finish() {
        Err(Error::Invalid(violations)) => Err(violations
            .into_iter()
            .next()
            .map_or((Code::Invalid, String::new()), |violation| (violation.code, violation.message))),
        _ => Ok(text),
    }
}
