//! The life of a row: how it is updated, soft-deleted and restored, written once over what each entity adds.

use entity::custom_field_definition::OwnerType;
use error::{OfField, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Row, TenantTable, Tx, tx::key_owner};

use crate::{
    custom_field::{self, ValueWrites},
    lookup,
    reference::{self, Reference, deletion_stamp},
    validator::Validator,
};

/// The rules that an entity adds to the life of its rows.
pub trait Lifecycle: TenantTable {
    /// The type of the rows among those with custom fields.
    const OWNER: OwnerType;
    /// The input of a create or an update.
    type Draft;
    /// What is written with the row: the rows of its lists. `()` for an entity without lists.
    type Children;

    /// Gives a draft its external reference.
    fn set_external_reference(draft: &mut Self::Draft, reference: String);

    /// Reads a draft into a copy of a row, with the values of its custom fields and its lists.
    async fn prepare(
        tx: &Tx,
        validator: &mut Validator,
        before: &Self::Model,
        draft: Self::Draft,
    ) -> Result<Prepared<Self>>;

    /// Checks the rules that compare the prepared row with what it was or with other rows. `restored`: an upsert restored
    /// the row just now.
    async fn validate(
        _tx: &Tx,
        _validator: &mut Validator,
        _before: &Self::Model,
        _prepared: &Prepared<Self>,
        _restored: bool,
    ) -> Result<()> {
        Ok(())
    }

    /// Writes the prepared row and its lists.
    async fn write(tx: &Tx, before: &Self::Model, after: Self::Model, children: Self::Children) -> Result<Self::Model>;

    /// Refuses to delete a row that something else needs.
    async fn guard_delete(_tx: &Tx, _before: &Self::Model) -> Result<()> {
        Ok(())
    }

    /// Soft-deletes a row and what is deleted with it.
    async fn soft_delete(tx: &Tx, before: &Self::Model) -> Result<Self::Model> {
        let stamp = Uuid::now_v7();
        custom_field::soft_delete_values(tx, Self::OWNER, &[before.id()], stamp).await?;
        tx.delete::<Self>(before, stamp).await
    }

    /// Refuses to restore a row whose parents are deleted.
    async fn guard_restore(_tx: &Tx, _before: &Self::Model) -> Result<()> {
        Ok(())
    }

    /// Checks the rules of a row that is restored as it was deleted. An upsert leaves them to [`Lifecycle::validate`], since
    /// it updates the row at once.
    async fn validate_restored(_tx: &Tx, _validator: &mut Validator, _before: &Self::Model) -> Result<()> {
        Ok(())
    }

    /// Restores a row and what was deleted with it.
    async fn restore_row(tx: &Tx, before: &Self::Model) -> Result<Self::Model> {
        restore_with_values::<Self>(tx, before).await
    }
}

/// A row as a draft changes it, not yet written.
pub struct Prepared<E: Lifecycle> {
    /// The row.
    pub row: E::Model,
    /// The values of its custom fields.
    pub values: ValueWrites,
    /// Its lists.
    pub children: E::Children,
}

/// Updates the row that a reference names.
pub async fn update<E: Lifecycle>(
    tx: &Tx,
    id: &Reference,
    expected_version: Option<i32>,
    draft: E::Draft,
) -> Result<E::Model> {
    let before = reference::load_for_update::<E>(tx, id, expected_version, Deleted::Exclude).await?;
    update_row::<E>(tx, before, draft, false).await
}

/// Creates the row of an external reference, or updates the one that has it, in the version the caller expects; a deleted one
/// is restored first. `check_found` refuses what the input says of the row and cannot be changed.
pub async fn upsert<E: Lifecycle>(
    tx: &Tx,
    reference: &str,
    expected_version: Option<i32>,
    mut draft: E::Draft,
    check_found: impl AsyncFnOnce(&mut Validator, &E::Model) -> Result<()>,
    create: impl AsyncFnOnce(E::Draft) -> Result<E::Model>,
) -> Result<E::Model> {
    let (reference, found) = reference::find_for_upsert::<E>(tx, reference, expected_version).await?;
    E::set_external_reference(&mut draft, reference.clone());
    let Some(found) = found else {
        return create(draft).await.map_err(|error| reference::upsert_error::<E>(error, &reference));
    };
    let mut validator = Validator::new();
    check_found(&mut validator, &found).await?;
    validator.finish()?;
    update_found::<E>(tx, found, draft).await
}

async fn update_found<E: Lifecycle>(tx: &Tx, found: E::Model, draft: E::Draft) -> Result<E::Model> {
    if !reference::is_deleted::<E>(&found) {
        return update_row::<E>(tx, found, draft, false).await;
    }
    E::guard_restore(tx, &found).await?;
    let restored = E::restore_row(tx, &found).await.of_field("externalReference")?;
    update_row::<E>(tx, restored, draft, true).await
}

/// Soft-deletes the row that a reference names.
pub async fn delete<E: Lifecycle>(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<E::Model> {
    let before = reference::load_for_update::<E>(tx, id, expected_version, Deleted::Exclude).await?;
    E::guard_delete(tx, &before).await?;
    E::soft_delete(tx, &before).await.of_field("id")
}

/// Restores the row that a reference names.
pub async fn restore<E: Lifecycle>(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<E::Model> {
    let before = reference::load_for_update::<E>(tx, id, expected_version, Deleted::Only).await?;
    E::guard_restore(tx, &before).await?;
    let mut validator = Validator::new();
    E::validate_restored(tx, &mut validator, &before).await?;
    validator.finish()?;
    E::restore_row(tx, &before).await.of_field("id")
}

/// Restores a row and the values of its custom fields that were deleted with it.
pub async fn restore_with_values<E: Lifecycle>(tx: &Tx, before: &E::Model) -> Result<E::Model> {
    let row = tx.restore::<E>(before).await?;
    custom_field::restore_values(tx, deletion_stamp::<E>(before), Some((E::OWNER, before.id()))).await?;
    Ok(row)
}

/// The row is written before the values of its custom fields, as in a create, where they refer to it.
async fn update_row<E: Lifecycle>(tx: &Tx, before: E::Model, draft: E::Draft, restored: bool) -> Result<E::Model> {
    let mut validator = Validator::new();
    let prepared = E::prepare(tx, &mut validator, &before, draft).await?;
    let external_reference = lookup::external_reference::<E>(&prepared.row);
    if external_reference != lookup::external_reference::<E>(&before) {
        reference::ensure_unique::<E>(tx, &mut validator, before.id(), external_reference.as_ref()).await?;
    }
    E::validate(tx, &mut validator, &before, &prepared, restored).await?;
    validator.finish()?;
    let Prepared { row, values, children } = prepared;
    let row = E::write(tx, &before, row, children).await?;
    values.write(tx, row.id(), key_owner::<E>(&row)?).await?;
    Ok(row)
}
