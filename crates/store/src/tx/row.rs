//! Access to the columns of a row by their names in the registry.

use error::{Error, Result};
use sea_orm::{ModelTrait, Value, prelude::Uuid};

use crate::{
    fold::fold,
    page::find_column,
    table::{KeyOwner, Row, TenantTable},
};

/// Sets a column that the table must have.
pub fn set<E: TenantTable>(row: &mut E::Model, name: &str, value: impl Into<Value>) -> Result<()> {
    let column = find_column::<E>(name).ok_or_else(|| Error::internal(format!("{} has no {name}", E::TABLE.name)))?;
    Ok(row.try_set(column, value.into())?)
}

/// The id in a column that the table must have.
pub fn uuid<E: TenantTable>(row: &E::Model, name: &str) -> Result<Option<Uuid>> {
    match find_column::<E>(name).map(|column| row.get(column)) {
        Some(Value::Uuid(id)) => Ok(id),
        _ => Err(Error::internal(format!("{} has no id {name}", E::TABLE.name))),
    }
}

/// The customer whose key seals a row; nothing if the tenant's key seals it.
pub fn key_owner<E: TenantTable>(row: &E::Model) -> Result<Option<Uuid>> {
    match E::TABLE.key_owner {
        KeyOwner::Tenant => Ok(None),
        KeyOwner::Row => Ok(Some(row.id())),
        KeyOwner::Column(name) => uuid::<E>(row, name),
    }
}

/// Sets the folded companion of every text that has one.
pub fn fold_texts<E: TenantTable>(row: &mut E::Model) -> Result<()> {
    for name in E::TABLE.folded {
        let Some(column) = find_column::<E>(name) else { continue };
        let folded = match row.get(column) {
            Value::String(Some(text)) => Value::String(Some(fold(&text))),
            _ => Value::String(None),
        };
        set::<E>(row, &format!("{name}_key"), folded)?;
    }
    Ok(())
}
