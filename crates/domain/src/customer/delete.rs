//! Deleting a customer soft-deletes its addresses, contacts, documents, recurring services and values with it; restoring it restores that set.

use access::Action;
use entity::{
    address, contact,
    custom_field_definition::OwnerType,
    customer::{Entity, Model},
    customer_asset, document, recurring_service,
};
use error::{Code, Error, Result, Violation};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, RowQuery, TenantTable, Tx};

use crate::{asset, custom_field, document::file as document_file, load, service_record};

/// Cancels the open loads and service records of a customer that is to be deleted.
pub async fn cancel_open_work(tx: &Tx, customer: Uuid) -> Result<()> {
    load::cancel_open(tx, customer, "The customer was deleted.").await?;
    service_record::cancel_open(tx, customer, "The customer was deleted.").await
}

/// Refuses to delete a customer with open loads or service records, or with assets that are not returned.
pub async fn ensure_unused(tx: &Tx, customer: Uuid) -> Result<()> {
    let mut violations = Vec::new();
    // The rule binds every caller; the message counts rows only for one who may read them.
    let loads = rows_of::<entity::load::Entity>(tx, customer).filter(load::open_filter());
    let loads = (tx.count(&loads).await?, Action::LoadRead, "loads");
    let records = rows_of::<entity::service_record::Entity>(tx, customer).filter(service_record::open_filter());
    let records = (tx.count(&records).await?, Action::ServiceRead, "service records");
    for (count, read, what) in [loads, records] {
        if count > 0 {
            let count = if tx.caller().may(read) { format!("{count} ") } else { String::new() };
            let message = format!("The customer has {count}open {what}; finish them, or say cancelOpen: true.");
            violations.push(Violation::new(Code::InUse, &["id"], message));
        }
    }
    let not_returned = rows_of::<customer_asset::Entity>(tx, customer).filter(asset::not_returned());
    if tx.count(&not_returned).await? > 0 {
        let message = "The customer has assets on rent or lease that are not back; return them first.";
        violations.push(Violation::new(Code::InUse, &["id"], message));
    }
    if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
}

/// Soft-deletes a customer, its contacts, addresses, documents and recurring services, and the custom field values of all of them, under one stamp.
pub async fn soft_delete(tx: &Tx, before: &Model) -> Result<Model> {
    let stamp = Uuid::now_v7();
    let contacts = tx.lock(&rows_of::<contact::Entity>(tx, before.id)).await?;
    for row in &contacts {
        tx.delete::<contact::Entity>(row, stamp).await?;
    }
    let addresses = tx.lock(&rows_of::<address::Entity>(tx, before.id)).await?;
    for row in &addresses {
        tx.delete::<address::Entity>(row, stamp).await?;
    }
    let ids: Vec<_> = contacts.iter().map(|row| row.id).collect();
    custom_field::soft_delete_values(tx, OwnerType::Contact, &ids, stamp).await?;
    let ids: Vec<_> = addresses.iter().map(|row| row.id).collect();
    custom_field::soft_delete_values(tx, OwnerType::Address, &ids, stamp).await?;
    let plans = tx.lock(&rows_of::<recurring_service::Entity>(tx, before.id)).await?;
    for row in &plans {
        tx.delete::<recurring_service::Entity>(row, stamp).await?;
    }
    let ids: Vec<_> = plans.iter().map(|row| row.id).collect();
    custom_field::soft_delete_values(tx, OwnerType::RecurringService, &ids, stamp).await?;
    let documents = tx.lock(&rows_of::<document::Entity>(tx, before.id)).await?;
    for row in &documents {
        tx.delete::<document::Entity>(row, stamp).await?;
    }
    let ids: Vec<_> = documents.iter().map(|row| row.id).collect();
    custom_field::soft_delete_values(tx, OwnerType::Document, &ids, stamp).await?;
    custom_field::soft_delete_values(tx, OwnerType::Customer, &[before.id], stamp).await?;
    tx.delete::<Entity>(before, stamp).await
}

/// Restores a customer with all rows that were deleted under its stamp.
pub async fn restore(tx: &Tx, before: &Model) -> Result<Model> {
    let row = tx.restore::<Entity>(before).await?;
    let Some(stamp) = before.deleted_with else { return Ok(row) };
    for contact in tx.lock(&deleted_under::<contact::Entity>(tx, stamp)).await? {
        tx.restore::<contact::Entity>(&contact).await?;
    }
    for address in tx.lock(&deleted_under::<address::Entity>(tx, stamp)).await? {
        tx.restore::<address::Entity>(&address).await?;
    }
    for plan in tx.lock(&deleted_under::<recurring_service::Entity>(tx, stamp)).await? {
        tx.restore::<recurring_service::Entity>(&plan).await?;
    }
    let mut without_file = Vec::new();
    for document in tx.lock(&deleted_under::<document::Entity>(tx, stamp)).await? {
        if document_file::is_kept(tx, &document).await? {
            tx.restore::<document::Entity>(&document).await?;
        } else {
            without_file.push(document.id);
        }
    }
    custom_field::restore_values(tx, Some(stamp), None).await?;
    // They stay deleted, with their values.
    custom_field::soft_delete_values(tx, OwnerType::Document, &without_file, stamp).await?;
    Ok(row)
}

/// The rows of a customer, also those that the caller may not read: what is written needs its own permission.
fn rows_of<E: TenantTable>(tx: &Tx, customer: Uuid) -> RowQuery<E> {
    tx.find_unrestricted::<E>().filter(Filter::Column("customer_id", Predicate::Eq(customer.into())))
}

fn deleted_under<E: TenantTable>(tx: &Tx, stamp: Uuid) -> RowQuery<E> {
    let of_deletion = Filter::Column("deleted_with", Predicate::Eq(stamp.into()));
    tx.find_unrestricted::<E>().deleted(Deleted::Only).filter(of_deletion)
}
