//! Custom fields: the fields a tenant adds to an entity, and their values on its rows.
//!
//! An entity's room takes what a client gave with [`prepare`], writes the row, and then writes the [`ValueWrites`]; it hides
//! and shows them with the row by [`soft_delete_values`] and [`restore_values`].

mod assignment;
mod constraint;
mod definition;
mod narrowing;
mod options;
mod settings;
mod value;

use entity::{
    custom_field_definition::{self, Owner},
    custom_field_value::{Column, Entity, Model as Row},
};
use error::Result;
use sea_orm::{IdenStatic, Value as Sql, prelude::Uuid};
use store::{Deleted, Filter, Predicate, Table, Tx, table::enum_text};

pub use self::{
    assignment::{LoadedFields, ValueInput, ValueWrites, current_values, prepare, set_values},
    definition::{create, delete, restore, update, upsert},
    options::{DropdownOption, Translations, options},
    settings::{Draft, NewField},
    value::{Value, index, index_normalization, index_query},
};

/// Does something with the entity type of an owner.
macro_rules! with_owner {
    ($owner:expr, $entity:ident => $then:expr) => {
        match $owner {
            Owner::Customer => {
                type $entity = entity::customer::Entity;
                $then
            }
            Owner::Contact => {
                type $entity = entity::contact::Entity;
                $then
            }
            Owner::Address => {
                type $entity = entity::address::Entity;
                $then
            }
            Owner::Asset => {
                type $entity = entity::asset::Entity;
                $then
            }
            Owner::CustomerAsset => {
                type $entity = entity::customer_asset::Entity;
                $then
            }
            Owner::Load => {
                type $entity = entity::load::Entity;
                $then
            }
            Owner::ServiceRecord => {
                type $entity = entity::service_record::Entity;
                $then
            }
            Owner::Tenant => {
                type $entity = entity::tenant::Entity;
                $then
            }
        }
    };
}
use with_owner;

/// The value's column that names the row of an entity.
pub fn owner_column(entity: Owner) -> &'static str {
    let column = match entity {
        Owner::Customer => Column::CustomerId,
        Owner::Contact => Column::ContactId,
        Owner::Address => Column::AddressId,
        Owner::Asset => Column::AssetId,
        Owner::CustomerAsset => Column::CustomerAssetId,
        Owner::Load => Column::LoadId,
        Owner::ServiceRecord => Column::ServiceRecordId,
        Owner::Tenant => Column::CompanyId,
    };
    column.as_str()
}

/// The entity whose rows stand in a table; nothing, where they have no custom fields.
pub fn owner_of(table: &Table) -> Option<Owner> {
    use sea_orm::Iterable;
    Owner::iter().find(|owner| enum_text(owner).eq_ignore_ascii_case(table.name))
}

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
