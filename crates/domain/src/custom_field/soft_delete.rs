//! Values are soft-deleted and restored with the rows they belong to.

use entity::{
    custom_field_definition::{self, Owner},
    custom_field_value::{Entity, Model as Row},
};
use error::Result;
use sea_orm::{Value as Sql, prelude::Uuid};
use store::{Deleted, Filter, Predicate, Tx};

use super::owner::owner_column;

/// Hides the values of rows that are hidden, under the same stamp.
pub async fn soft_delete_values(tx: &Tx, entity: Owner, owners: &[Uuid], stamp: Uuid) -> Result<()> {
    if owners.is_empty() {
        return Ok(());
    }
    let of = owners.iter().copied().map(Sql::from).collect();
    let find = tx.find_unrestricted::<Entity>().filter(Filter::Column(owner_column(entity), Predicate::In(of)));
    for row in tx.lock_key_share(&find).await? {
        tx.delete::<Entity>(&row, stamp).await?;
    }
    Ok(())
}

/// Shows the values that were hidden under a stamp, of one row or of all; those of a field that is deleted come back with
/// the field.
pub async fn restore_values(tx: &Tx, stamp: Option<Uuid>, of: Option<(Owner, Uuid)>) -> Result<()> {
    let Some(stamp) = stamp else { return Ok(()) };
    let mut hidden = vec![Filter::Column("deleted_with", Predicate::Eq(stamp.into()))];
    hidden.extend(of.map(|(entity, id)| Filter::Column(owner_column(entity), Predicate::Eq(id.into()))));
    let rows =
        tx.lock_key_share(&tx.find_unrestricted::<Entity>().deleted(Deleted::Only).filter(Filter::All(hidden))).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let fields = rows.iter().map(|row| row.definition_id);
    let gone = tx.find_unrestricted::<custom_field_definition::Entity>().deleted(Deleted::Only).ids(fields);
    let gone = tx.lock_key_share(&gone).await?;
    for row in rows {
        match gone.iter().find(|field| field.id == row.definition_id) {
            Some(field) => {
                let after = Row { deleted_with: field.deleted_with, ..row.clone() };
                tx.update::<Entity>(&row, after).await?;
            }
            None => {
                tx.restore::<Entity>(&row).await?;
            }
        }
    }
    Ok(())
}
