//! Scalars: the formats of times, decimals, money, coordinates and references.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, InputObject, InputType, InputValueError, InputValueResult, MaybeUndefined, Number, OutputType,
    Pos, Positioned, Scalar, ScalarType, ServerResult, SimpleObject, Value, parser::types::Field, registry::Registry,
};
use chrono::{NaiveDate, SecondsFormat, Utc};
use domain::value::{self, FieldUpdate};

/// A point in time of the years 1 to 9999 in UTC and in the format of RFC 3339: `2026-01-20T08:00:00Z`. An input may
/// have any offset and is truncated to microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// A point in time of the years 1 to 9999 in UTC and in the format of RFC 3339: `2026-01-20T08:00:00Z`. An input may
/// have any offset and is truncated to microseconds.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        match value::timestamp(text) {
            Some(at) => Ok(Self(at)),
            None => Err(InputValueError::custom(format!(
                "\"{}\" is not a time; write it as 2026-01-20T08:00:00Z or with an offset.",
                excerpt(text)
            ))),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A calendar day of the years 1 to 9999 in the format of ISO 8601: `2026-01-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A calendar day of the years 1 to 9999 in the format of ISO 8601: `2026-01-20`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        value::day(text).map(Self).ok_or_else(|| {
            InputValueError::custom(format!("\"{}\" is not a day; write it as 2026-01-20.", excerpt(text)))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A decimal number with at most six digits after the decimal point and a magnitude of at most 9,223,372,036,854; a sum in
/// an answer may be larger. An output is a string, so that no digit is lost; an input is a string or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal(pub value::Decimal);

/// A decimal number with at most six digits after the decimal point and a magnitude of at most 9,223,372,036,854; a sum in
/// an answer may be larger. An output is a string, so that no digit is lost; an input is a string or a number.
#[Scalar]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Number(number) => decimal_text(number),
            _ => return Err(InputValueError::expected_type(value)),
        };
        value::Decimal::parse(&text).map(Self).ok_or_else(|| {
            InputValueError::custom(format!(
                "\"{}\" is not a decimal of at most six digits after the point and at most 9223372036854.",
                excerpt(&text)
            ))
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A decimal of an answer that may be larger than that of an input: a sum. In the schema it is a `Decimal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WideDecimal(pub value::WideDecimal);

impl OutputType for WideDecimal {
    fn type_name() -> Cow<'static, str> {
        <Decimal as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Decimal as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::String(self.0.to_string()))
    }
}

/// A position on Earth as `[longitude, latitude]` in degrees of WGS 84, in the order of GeoJSON (RFC 7946).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinates(pub [f64; 2]);

/// A position on Earth as `[longitude, latitude]` in degrees of WGS 84, in the order of GeoJSON (RFC 7946).
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc7946#section-3.1.1")]
impl ScalarType for Coordinates {
    fn parse(value: Value) -> InputValueResult<Self> {
        let to_degrees = |value: &Value| match value {
            Value::Number(number) => number.as_f64().filter(|degrees| degrees.is_finite()),
            _ => None,
        };
        match &value {
            Value::List(pair) if pair.len() == 2 => match (to_degrees(&pair[0]), to_degrees(&pair[1])) {
                (Some(longitude), Some(latitude)) => Ok(Self([longitude, latitude])),
                _ => Err(InputValueError::custom("Coordinates are two numbers: [longitude, latitude].")),
            },
            _ => Err(InputValueError::custom("Coordinates are a list of two numbers: [longitude, latitude].")),
        }
    }

    fn to_value(&self) -> Value {
        let to_number = |degrees| Number::from_f64(degrees).map_or(Value::Null, Value::Number);
        Value::List(self.0.into_iter().map(to_number).collect())
    }
}

/// A reference to a record: its id (`cust_...`), else its `externalReference`, else the number of a customer or a load. White
/// space around it is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref(pub String);

/// A reference to a record: its id (`cust_...`), else its `externalReference`, else the number of a customer or a load. White
/// space around it is ignored.
#[Scalar]
impl ScalarType for Ref {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text.len() <= 400 => Ok(Self(text.trim().to_owned())),
            Value::String(_) => Err(InputValueError::custom("A reference has at most 400 characters.")),
            value => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

impl Json {
    /// How many values it has, itself included, and how many of them are objects with fields.
    pub fn count(value: &serde_json::Value) -> (u64, u64) {
        let sum = |(values, objects), item| {
            let (more_values, more_objects) = Self::count(item);
            (values + more_values, objects + more_objects)
        };
        match value {
            serde_json::Value::Array(items) => items.iter().fold((1, 0), sum),
            serde_json::Value::Object(fields) => fields.values().fold((1, u64::from(!fields.is_empty())), sum),
            _ => (1, 0),
        }
    }
}

/// Any JSON value.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        value.into_json().map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// An amount of money.
#[derive(Clone, Debug, SimpleObject)]
pub struct Money {
    /// The amount in major units: `"12.5"` is twelve dollars and fifty cents.
    pub amount: WideDecimal,
    /// ISO 4217 currency code.
    pub currency: String,
}

/// An amount of money.
#[derive(Clone, Debug, InputObject)]
pub struct MoneyInput {
    /// The amount in major units, with no more digits after the decimal point than the currency has.
    pub amount: Decimal,
    /// ISO 4217 currency code. Defaults to the tenant's currency.
    pub currency: Option<String>,
}

impl Money {
    /// The money of a row's two columns. None if either is null.
    pub fn of(amount: Option<i64>, currency: Option<&str>) -> Option<Self> {
        let money = value::Money { amount: amount?, currency: currency?.to_owned() };
        let amount = WideDecimal(value::Decimal::parse(&money.major())?.into());
        Some(Self { amount, currency: money.currency })
    }

    /// The money of an amount in minor units, which may be larger than that of a row.
    pub fn of_sum(amount: i128, currency: String) -> Self {
        Self { amount: WideDecimal(value::WideDecimal::of_minor_units(amount, &currency)), currency }
    }
}

impl MoneyInput {
    /// The money as a price of the domain.
    pub fn price(self) -> value::Price {
        value::Price { amount: self.amount.0, currency: self.currency }
    }
}

/// A value of a scalar of this schema in the one form that equal values have: a time in UTC, a decimal as text without
/// surplus zeros. The reason of an error says what is allowed.
pub fn coerce_scalar(name: &str, value: Value) -> Result<Value, String> {
    match name {
        "DateTime" => coerce::<DateTime>(value),
        "Date" => coerce::<Date>(value),
        "Decimal" => coerce::<Decimal>(value),
        "Coordinates" => coerce::<Coordinates>(value),
        "Ref" => coerce::<Ref>(value),
        // Any value is JSON; the scalars of GraphQL are coerced by their own rules.
        _ => Ok(value),
    }
}

fn coerce<S: ScalarType + InputType>(value: Value) -> Result<Value, String> {
    let error = match <S as ScalarType>::parse(value) {
        Ok(scalar) => return Ok(ScalarType::to_value(&scalar)),
        Err(error) => error,
    };
    let message = error.into_server_error(Pos::default()).message;
    // The library's prefix.
    Err(match message.strip_prefix("Failed to parse ").and_then(|rest| rest.split_once(": ")) {
        Some((_, reason)) => reason.to_owned(),
        None => message,
    })
}

/// A field of an input as an update of the domain, with its value converted.
pub fn map_field<T, U>(field: MaybeUndefined<T>, convert: impl FnOnce(T) -> U) -> FieldUpdate<U> {
    match field {
        MaybeUndefined::Undefined => FieldUpdate::Keep,
        MaybeUndefined::Null => FieldUpdate::Clear,
        MaybeUndefined::Value(value) => FieldUpdate::Set(convert(value)),
    }
}

/// A field of an input as an update of the domain, with its value as it is.
pub fn field_update<T>(field: MaybeUndefined<T>) -> FieldUpdate<T> {
    map_field(field, |value| value)
}

/// A number as decimal text without an exponent. What a floating-point number would have changed was refused before.
fn decimal_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.as_i64().is_none() && number.as_u64().is_none() => format!("{float}"),
        _ => number.to_string(),
    }
}

/// The beginning of a client's text, for an error message.
fn excerpt(text: &str) -> &str {
    store::fold::prefix(text, 50)
}
