//! Soft deletion of values: they are deleted and restored with the rows they belong to.

use entity::{
    custom_field_definition::{self, OwnerType},
    custom_field_value::{Entity, Model as Row},
};
use error::Result;
use sea_orm::{Value as Sql, prelude::Uuid};
use store::{Deleted, Filter, Predicate, Tx};

use super::owner::owner_column;

/// Soft-deletes the values of rows, under the stamp of the rows.
pub async fn soft_delete_values(tx: &Tx, owner_type: OwnerType, owners: &[Uuid], stamp: Uuid) -> Result<()> {
    if owners.is_empty() {
        return Ok(());
    }
    let owners = owners.iter().copied().map(Sql::from).collect();
    let find = tx.find_unrestricted::<Entity>().filter(Filter::Column(owner_column(owner_type), Predicate::In(owners)));
    for row in tx.lock_key_share(&find).await? {
        tx.delete::<Entity>(&row, stamp).await?;
    }
    Ok(())
}

/// Restores the values that were deleted under a stamp, of one row or of all rows. The values of a deleted field are
/// restored with the field instead.
pub async fn restore_values(tx: &Tx, stamp: Option<Uuid>, row: Option<(OwnerType, Uuid)>) -> Result<()> {
    let Some(stamp) = stamp else { return Ok(()) };
    let mut filters = vec![Filter::Column("deleted_with", Predicate::Eq(stamp.into()))];
    filters.extend(row.map(|(owner_type, id)| Filter::Column(owner_column(owner_type), Predicate::Eq(id.into()))));
    let values = tx
        .lock_key_share(&tx.find_unrestricted::<Entity>().deleted(Deleted::Only).filter(Filter::All(filters)))
        .await?;
    if values.is_empty() {
        return Ok(());
    }
    let fields = values.iter().map(|value| value.definition_id);
    let deleted_fields = tx.find_unrestricted::<custom_field_definition::Entity>().deleted(Deleted::Only).ids(fields);
    let deleted_fields = tx.lock_key_share(&deleted_fields).await?;
    for value in values {
        match deleted_fields.iter().find(|field| field.id == value.definition_id) {
            Some(field) => {
                let after = Row { deleted_with: field.deleted_with, ..value.clone() };
                tx.update::<Entity>(&value, after).await?;
            }
            None => {
                tx.restore::<Entity>(&value).await?;
            }
        }
    }
    Ok(())
}
