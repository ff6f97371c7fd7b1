//! How column values are read from a result, and written as JSON in an image and in a cursor.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use error::{Error, Result};
use sea_orm::{EntityTrait, Iterable, ModelTrait, QueryResult, Value, prelude::Uuid, sea_query::ArrayType};
use serde_json::Value as Json;

use super::table::{Row, TenantTable};

/// Reads one column of a result as a value of the given type.
pub fn read_column(row: &QueryResult, index: usize, value_type: &ArrayType) -> Result<Value> {
    Ok(match value_type {
        ArrayType::Bool => Value::Bool(row.try_get_by_index(index)?),
        ArrayType::Int => Value::Int(row.try_get_by_index(index)?),
        ArrayType::BigInt => Value::BigInt(row.try_get_by_index(index)?),
        ArrayType::String => Value::String(row.try_get_by_index(index)?),
        ArrayType::Bytes => Value::Bytes(row.try_get_by_index(index)?),
        ArrayType::Uuid => Value::Uuid(row.try_get_by_index(index)?),
        ArrayType::ChronoDate => Value::ChronoDate(row.try_get_by_index(index)?),
        ArrayType::ChronoDateTimeUtc => Value::ChronoDateTimeUtc(row.try_get_by_index(index)?),
        other => return Err(Error::internal(format!("no column is of type {other:?}"))),
    })
}

/// Reads the selected columns of a row, and the bytes of their texts and encrypted values. The other columns keep their
/// defaults and must not be used.
pub fn read_model<E: EntityTrait<Model: Default>>(
    row: &QueryResult,
    first: usize,
    columns: &[E::Column],
) -> Result<(E::Model, u64)> {
    let (mut model, mut bytes) = (E::Model::default(), 0);
    for (index, column) in columns.iter().enumerate() {
        let value = read_column(row, first + index, &E::Model::get_value_type(*column))?;
        bytes += count_bytes(&value);
        model.try_set(*column, value)?;
    }
    Ok((model, bytes))
}

/// The bytes of the texts and encrypted values of a row.
pub fn row_bytes<M: Row<Entity: TenantTable>>(row: &M) -> u64 {
    <M::Entity as EntityTrait>::Column::iter().map(|column| count_bytes(&row.get(column))).sum()
}

/// The bytes of a text or an encrypted value; 0 for any other.
fn count_bytes(value: &Value) -> u64 {
    let bytes = match value {
        Value::String(Some(text)) => text.len(),
        Value::Bytes(Some(sealed)) => sealed.len(),
        _ => 0,
    };
    bytes as u64
}

/// A value as an image of the change log has it. Ciphertext is never passed.
pub fn to_image(value: &Value) -> Json {
    match value {
        Value::Bool(Some(boolean)) => (*boolean).into(),
        Value::Int(Some(number)) => (*number).into(),
        Value::BigInt(Some(number)) => (*number).into(),
        Value::String(Some(text)) => text.as_str().into(),
        Value::Uuid(Some(id)) => id.to_string().into(),
        Value::ChronoDate(Some(date)) => date.to_string().into(),
        Value::ChronoDateTimeUtc(Some(at)) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into(),
        _ => Json::Null,
    }
}

/// A value as a cursor has it.
pub fn to_cursor(value: &Value) -> Json {
    match value {
        Value::ChronoDateTimeUtc(Some(at)) => at.timestamp_micros().into(),
        other => to_image(other),
    }
}

/// The value of a cursor; nothing if it has another type.
pub fn from_cursor(json: &Json, value_type: &ArrayType) -> Option<Value> {
    let null = json.is_null();
    let or_null = |value: Option<Value>| if null { Some(None) } else { value.map(Some) };
    Some(match value_type {
        ArrayType::Bool => or_null(json.as_bool().map(Into::into))?.unwrap_or(Value::Bool(None)),
        ArrayType::Int => {
            or_null(json.as_i64().and_then(|n| i32::try_from(n).ok()).map(Into::into))?.unwrap_or(Value::Int(None))
        }
        ArrayType::BigInt => or_null(json.as_i64().map(Into::into))?.unwrap_or(Value::BigInt(None)),
        ArrayType::String => or_null(json.as_str().map(Into::into))?.unwrap_or(Value::String(None)),
        ArrayType::Uuid => {
            or_null(json.as_str().and_then(|id| Uuid::parse_str(id).ok()).map(Into::into))?.unwrap_or(Value::Uuid(None))
        }
        ArrayType::ChronoDate => or_null(json.as_str().and_then(|day| day.parse::<NaiveDate>().ok()).map(Into::into))?
            .unwrap_or(Value::ChronoDate(None)),
        ArrayType::ChronoDateTimeUtc => {
            or_null(json.as_i64().and_then(DateTime::<Utc>::from_timestamp_micros).map(Into::into))?
                .unwrap_or(Value::ChronoDateTimeUtc(None))
        }
        _ => return None,
    })
}

/// Whether a value is null.
pub fn is_null(value: &Value) -> bool {
    value.as_null() == *value
}
