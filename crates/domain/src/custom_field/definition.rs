//! Definitions: fields are created, updated, soft-deleted and restored, with their values.

use entity::{
    custom_field_definition::{Entity, FieldType, Model, OwnerType},
    custom_field_value,
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, TenantTable, Tx, table::enum_text};

use super::{
    narrowing,
    settings::{Draft, NewField, is_key, read_draft},
};
use crate::{
    reference::{self, Reference},
    validator::Validator,
};

/// The most fields of one type of rows.
const MAX_FIELDS_PER_OWNER_TYPE: u64 = 200;

/// Creates a field.
pub async fn create(tx: &Tx, new: NewField, draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let sensitive = is_personal(new.field_type);
    let row =
        Model { owner_type: new.owner_type, key: new.key, field_type: new.field_type, sensitive, ..Model::default() };
    if !is_key(&row.key) {
        let message = "A key is a small letter and up to 62 letters, digits and underscores.";
        validator.fail(Code::Invalid, "key", message);
    } else if let Some(other) = find_by_key(tx, row.owner_type, &row.key).await? {
        let id = Entity::TABLE.encode_id(other.id);
        if other.deleted_at.is_some() {
            validator.fail(Code::Deleted, "key", format!("The deleted field {id} has this key; restore it instead."));
        } else {
            validator.fail(Code::Taken, "key", format!("The field {id} has this key already."));
        }
    }
    let of_owner_type = Filter::Column("owner_type", Predicate::Eq(enum_text(&row.owner_type).into()));
    let count = tx.count(&tx.find::<Entity>()?.filter(of_owner_type)).await?;
    if count >= MAX_FIELDS_PER_OWNER_TYPE {
        validator.fail(
            Code::OutOfRange,
            "ownerType",
            format!("A type has at most {MAX_FIELDS_PER_OWNER_TYPE} fields; this one has {count}."),
        );
    }
    let row = read_draft(tx, &mut validator, draft, row)?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    validator.finish()?;
    tx.insert::<Entity>(row).await
}

/// Whether the values of a type are personal, unless the field says otherwise.
fn is_personal(field_type: FieldType) -> bool {
    matches!(field_type, FieldType::Email | FieldType::PhoneNumber)
}

/// Updates a field. Values that it would no longer admit refuse this, unless `displace` says to displace them.
pub async fn update(
    tx: &Tx,
    id: &Reference,
    expected_version: Option<i32>,
    draft: Draft,
    displace: bool,
) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    update_row(tx, before, draft, displace).await
}

/// Creates the field of a key, or updates it; a deleted one is restored first.
pub async fn upsert(
    tx: &Tx,
    new: NewField,
    expected_version: Option<i32>,
    draft: Draft,
    displace: bool,
) -> Result<Model> {
    let found = find_by_key(tx, new.owner_type, &new.key).await?;
    reference::ensure_upsert_version::<Entity>(found.as_ref(), expected_version)?;
    let key = new.key.clone();
    match found {
        None => create(tx, new, draft).await.map_err(|error| reference::upsert_error::<Entity>(error, &key)),
        Some(row) if row.field_type != new.field_type => {
            let message =
                format!("The field {} is of type {}, which never changes.", row.key, enum_text(&row.field_type));
            Err(Error::invalid(Code::Immutable, &["type"], message))
        }
        Some(row) if row.deleted_at.is_some() => {
            let row = restore_row(tx, row).await?;
            update_row(tx, row, draft, displace).await
        }
        Some(row) => update_row(tx, row, draft, displace).await,
    }
}

/// Soft-deletes a field with its values.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    let stamp = Uuid::now_v7();
    let mut last = Uuid::nil();
    loop {
        let rows = narrowing::next_batch(tx, before.id, last, Deleted::Exclude).await?;
        let Some(row) = rows.last() else { break };
        last = row.id;
        for row in &rows {
            tx.delete::<custom_field_value::Entity>(row, stamp).await?;
        }
    }
    tx.delete::<Entity>(&before, stamp).await
}

/// Restores a field with the values that were deleted with it.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Only).await?;
    restore_row(tx, before).await
}

async fn restore_row(tx: &Tx, before: Model) -> Result<Model> {
    let row = tx.restore::<Entity>(&before).await?;
    let mut last = Uuid::nil();
    loop {
        let rows = narrowing::next_batch(tx, before.id, last, Deleted::Only).await?;
        let Some(row) = rows.last() else { break };
        last = row.id;
        for value in rows.iter().filter(|value| value.deleted_with == before.deleted_with) {
            tx.restore::<custom_field_value::Entity>(value).await?;
        }
    }
    Ok(row)
}

async fn update_row(tx: &Tx, before: Model, draft: Draft, displace: bool) -> Result<Model> {
    let mut validator = Validator::new();
    let after = read_draft(tx, &mut validator, draft, before.clone())?;
    if after.external_reference != before.external_reference {
        reference::ensure_unique::<Entity>(tx, &mut validator, before.id, after.external_reference.as_ref()).await?;
    }
    if validator.is_clean() {
        narrowing::apply(tx, &mut validator, &before, &after, displace).await?;
    }
    validator.finish()?;
    tx.update::<Entity>(&before, after).await
}

/// Finds and locks the field, live or deleted, that has a key.
async fn find_by_key(tx: &Tx, owner_type: OwnerType, key: &str) -> Result<Option<Model>> {
    let of_owner_type = Filter::Column("owner_type", Predicate::Eq(enum_text(&owner_type).into()));
    let with_key = Filter::Column("key", Predicate::Eq(key.into()));
    Ok(tx
        .lock(&tx.find::<Entity>()?.deleted(Deleted::Include).filter(of_owner_type).filter(with_key))
        .await?
        .into_iter()
        .next())
}
