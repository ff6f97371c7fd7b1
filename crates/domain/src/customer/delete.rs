//! Deleting a customer hides its addresses, contacts and values with it; Restore brings that set back.

use entity::{
    address, contact,
    custom_field_definition::Owner,
    customer::{Entity, Model},
    customer_asset,
};
use error::{Code, Error, Result, Violation};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, RowQuery, TenantTable, Tx};

use crate::{
    asset, custom_field, load,
    reference::{self, Reference},
    service_record,
};

/// Hides a customer. Open loads and service records refuse it, unless they are cancelled with it; so do assets that must
/// come back first.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>, cancel_open: bool) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    if cancel_open {
        load::cancel_open(tx, before.id, "The customer was deleted.").await?;
        service_record::cancel_open(tx, before.id, "The customer was deleted.").await?;
    }
    let mut violations = Vec::new();
    let loads = tx.count(&of::<entity::load::Entity>(tx, before.id)?.filter(load::open_filter())).await?;
    let services = of::<entity::service_record::Entity>(tx, before.id)?.filter(service_record::open_filter());
    let services = tx.count(&services).await?;
    for (count, what) in [(loads, "loads"), (services, "service records")] {
        if count > 0 {
            let message = format!("The customer has {count} open {what}; finish them, or say cancelOpen: true.");
            violations.push(Violation::new(Code::InUse, &["id"], message));
        }
    }
    // Whoever may not see them is told no more than that.
    let out = tx.find_unrestricted::<customer_asset::Entity>().filter(asset::not_returned());
    let out = out.filter(Filter::Column("customer_id", Predicate::Eq(before.id.into())));
    if tx.count(&out).await? > 0 {
        let message = "The customer has assets on rent or lease that are not back; return them first.";
        violations.push(Violation::new(Code::InUse, &["id"], message));
    }
    if !violations.is_empty() {
        return Err(Error::Invalid(violations));
    }
    let stamp = Uuid::now_v7();
    let contacts = tx.lock(&of::<contact::Entity>(tx, before.id)?).await?;
    for row in &contacts {
        tx.delete::<contact::Entity>(row, stamp).await?;
    }
    let addresses = tx.lock(&of::<address::Entity>(tx, before.id)?).await?;
    for row in &addresses {
        tx.delete::<address::Entity>(row, stamp).await?;
    }
    let ids: Vec<_> = contacts.iter().map(|row| row.id).collect();
    custom_field::soft_delete_values(tx, Owner::Contact, &ids, stamp).await?;
    let ids: Vec<_> = addresses.iter().map(|row| row.id).collect();
    custom_field::soft_delete_values(tx, Owner::Address, &ids, stamp).await?;
    custom_field::soft_delete_values(tx, Owner::Customer, &[before.id], stamp).await?;
    tx.delete::<Entity>(&before, stamp).await
}

/// Brings a customer back with what was hidden with it.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, None, Deleted::Only).await?;
    restore_row(tx, before).await
}

pub(super) async fn restore_row(tx: &Tx, before: Model) -> Result<Model> {
    let row = tx.restore::<Entity>(&before).await?;
    let Some(stamp) = before.deleted_with else { return Ok(row) };
    for hidden in tx.lock(&hidden::<contact::Entity>(tx, stamp)?).await? {
        tx.restore::<contact::Entity>(&hidden).await?;
    }
    for hidden in tx.lock(&hidden::<address::Entity>(tx, stamp)?).await? {
        tx.restore::<address::Entity>(&hidden).await?;
    }
    custom_field::restore_values(tx, Some(stamp), None).await?;
    Ok(row)
}

fn of<E: TenantTable>(tx: &Tx, customer: Uuid) -> Result<RowQuery<E>> {
    Ok(tx.find::<E>()?.filter(Filter::Column("customer_id", Predicate::Eq(customer.into()))))
}

fn hidden<E: TenantTable>(tx: &Tx, stamp: Uuid) -> Result<RowQuery<E>> {
    let with = Filter::Column("deleted_with", Predicate::Eq(stamp.into()));
    Ok(tx.find::<E>()?.deleted(Deleted::Only).filter(with))
}
