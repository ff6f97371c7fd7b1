//! Recurring services: plans by which a customer is visited regularly, and the visits that are booked ahead by them.
//!
//! A plan is local dates, a local time of day and the time zone of its address. Its visits are service records, which follow
//! the plan until somebody changes them.

mod booking;
mod draft;
mod exception;
pub mod occurrence;
#[cfg(test)]
mod oracle;
mod pause;
pub mod recurrence;
pub mod schedule;
#[cfg(test)]
mod tests;

use entity::{
    custom_field_definition::OwnerType,
    customer,
    recurring_service::{Entity, Model},
    recurring_service_technician as technician,
};
use error::{Code, Error, OfField, Result};
use sea_orm::prelude::Uuid;
use store::{Tx, edge};

pub use self::{
    booking::book_visits,
    draft::Draft,
    exception::{Move, move_to, reopen, skip},
    pause::{pause, resume},
};
use self::{booking::sync, draft::read_draft};
use super::{
    child_rows::ChildRows,
    custom_field,
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::Validator,
    value::FieldUpdate,
};

/// The table of plans.
pub type Plan = Entity;

/// Creates a plan, and books its visits from now to the horizon.
pub async fn create(tx: &Tx, customer: &Reference, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let inputs = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut validator, OwnerType::RecurringService, None, &inputs).await?;
    let customers = reference::find::<customer::Entity>(tx, [customer]).await.of_field("customer")?;
    let owner = customers.require(&mut validator, vec!["customer".to_owned()], customer).map(|owner| owner.id);
    for (field, is_missing) in [
        ("serviceType", draft.service_type == FieldUpdate::Keep),
        ("frequency", draft.frequency == FieldUpdate::Keep),
        ("startDate", draft.start_date == FieldUpdate::Keep),
    ] {
        if is_missing {
            validator.fail(Code::Required, field, format!("A new recurring service needs its {field}."));
        }
    }
    let row = Model { interval: 1, ..Model::default() };
    let (row, technicians) = read_draft(tx, &mut validator, draft, owner, row).await?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    let owner = validator.finish_with(owner)?;
    let row = tx.insert::<Entity>(Model { customer_id: owner, ..row }).await?;
    values.write(tx, row.id, None).await?;
    let images = write_technicians(tx, row.id, true, technicians).await?;
    let row =
        if images.is_empty() { row } else { tx.update_with_children::<Entity>(&row, row.clone(), images).await? };
    sync(tx, &row, tx.at()).await?;
    Ok(row)
}

/// Updates a plan. Its customer is immutable. Booked visits to come that nobody changed follow it.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the plan of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(
    tx: &Tx,
    customer: Option<&Reference>,
    reference: &str,
    expected_version: Option<i32>,
    draft: Draft,
) -> Result<Model> {
    let check = async |validator: &mut Validator, found: &Model| {
        let owner = found.customer_id;
        reference::ensure_immutable::<customer::Entity>(tx, validator, "customer", customer, owner).await
    };
    let create = async |draft| {
        let needed = || Error::invalid(Code::Required, &["customer"], "A new recurring service needs its customer.");
        create(tx, customer.ok_or_else(needed)?, draft).await
    };
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Soft-deletes a plan, and its booked visits to come that nobody changed.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores a plan, and books its visits from now to the horizon.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::RecurringService;
    type Draft = Draft;
    /// The technicians; nothing, where a draft keeps them.
    type Children = Option<Vec<String>>;

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let inputs = std::mem::take(&mut draft.custom_fields);
        let values = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let (row, children) = read_draft(tx, validator, draft, Some(before.customer_id), before.clone()).await?;
        Ok(Prepared { row, values, children })
    }

    async fn write(tx: &Tx, before: &Model, after: Model, technicians: Option<Vec<String>>) -> Result<Model> {
        let images = write_technicians(tx, before.id, false, technicians).await?;
        let row = tx.update_with_children::<Self>(before, after, images).await?;
        sync(tx, &row, tx.at()).await?;
        Ok(row)
    }

    async fn soft_delete(tx: &Tx, before: &Model) -> Result<Model> {
        let stamp = Uuid::now_v7();
        custom_field::soft_delete_values(tx, Self::OWNER, &[before.id], stamp).await?;
        let row = tx.delete::<Self>(before, stamp).await?;
        sync(tx, &row, tx.at()).await?;
        Ok(row)
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        reference::ensure_live::<customer::Entity>(tx, before.customer_id).await
    }

    async fn restore_row(tx: &Tx, before: &Model) -> Result<Model> {
        let row = lifecycle::restore_with_values::<Self>(tx, before).await?;
        sync(tx, &row, tx.at()).await?;
        Ok(row)
    }
}

/// Replaces the technicians, if there are new ones, and gives their images for the change log.
async fn write_technicians(
    tx: &Tx,
    plan: Uuid,
    is_new: bool,
    names: Option<Vec<String>>,
) -> Result<Vec<store::tx::ChildRowsImage>> {
    let Some(names) = names else { return Ok(Vec::new()) };
    let edge = &edge::RECURRING_TECHNICIANS;
    let mut list =
        if is_new { ChildRows::<technician::Entity>::none(edge) } else { ChildRows::read(tx, edge, plan).await? };
    list.after = names.into_iter().map(|technician| technician::Model { technician, ..Default::default() }).collect();
    Ok(list.write(tx, plan).await?.into_iter().collect())
}
