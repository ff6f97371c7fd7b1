//! Service records: work planned or done at a customer, by technicians, on equipment the customer has or had.

mod parts;
mod state;

use chrono::{DateTime, Utc};
use entity::{
    address,
    custom_field_definition::Owner,
    customer,
    service_record::{Entity, Model, Priority, Status},
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Tx};

use self::parts::Lists;
pub use self::{
    parts::Part,
    state::{Completion, cancel, cancel_open, complete, start},
};
use super::{
    check::{Check, LINE, TEXT},
    custom_field::{self, Given},
    customer::must_live,
    reference::{self, Reference},
    value::{Field, Price},
};

/// What a client says about a service record.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: Field<String>,
    /// Where.
    pub address: Field<Reference>,
    /// When.
    pub service_date: Field<DateTime<Utc>>,
    /// What kind of work.
    pub service_type: Field<String>,
    /// In one line.
    pub summary: Field<String>,
    /// How urgent.
    pub priority: Field<Priority>,
    /// How far it is.
    pub status: Field<Status>,
    /// Planned start.
    pub scheduled_start: Field<DateTime<Utc>>,
    /// Planned end.
    pub scheduled_end: Field<DateTime<Utc>>,
    /// Promised arrival, from.
    pub arrival_window_start: Field<DateTime<Utc>>,
    /// Promised arrival, until.
    pub arrival_window_end: Field<DateTime<Utc>>,
    /// The one who does the work.
    pub technician: Field<String>,
    /// All who do the work.
    pub technicians: Field<Vec<String>>,
    /// What the work is about: customer assets, or assets the customer has or had.
    pub equipment: Field<Vec<Reference>>,
    /// What was used.
    pub parts_used: Field<Vec<Part>>,
    /// Free text.
    pub notes: Field<String>,
    /// Whether somebody must come again.
    pub follow_up_required: Field<bool>,
    /// When it was asked for.
    pub requested_at: Field<DateTime<Utc>>,
    /// When work began.
    pub started_at: Field<DateTime<Utc>>,
    /// When work ended.
    pub completed_at: Field<DateTime<Utc>>,
    /// 1 to 5.
    pub satisfaction_score: Field<i32>,
    /// What it costs.
    pub charge: Field<Price>,
    /// Why it was cancelled.
    pub cancel_reason: Field<String>,
    /// Values of custom fields.
    pub custom_fields: Vec<Given>,
}

/// Makes a service record. Without a status it is COMPLETED where its date is past, else SCHEDULED.
pub async fn create(tx: &Tx, customer: &Reference, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut check, Owner::ServiceRecord, None, &given).await?;
    let customers = reference::find::<customer::Entity>(tx, [customer]).await?;
    let owner = customers.want(&mut check, vec!["customer".to_owned()], customer).map(|owner| owner.id);
    for (field, given) in
        [("serviceDate", draft.service_date != Field::Keep), ("serviceType", draft.service_type != Field::Keep)]
    {
        if !given {
            check.fail(Code::Required, field, format!("A service record needs its {field}."));
        }
    }
    let past = draft.service_date.given().is_some_and(|date| *date < tx.at());
    let mut row = Model { customer_id: owner.unwrap_or_default(), ..Model::default() };
    row.status = if past { Status::Completed } else { Status::Scheduled };
    let (row, lists) = prepare(tx, &mut check, draft, row).await?;
    reference::free::<Entity>(tx, &mut check, row.id, row.external_reference.as_ref()).await?;
    check.done()?;
    let row = tx.insert::<Entity>(row).await?;
    values.write(tx, row.id, owner).await?;
    let parts = lists.write(tx, row.id, true).await?;
    if parts.is_empty() { Ok(row) } else { tx.rewrite::<Entity>(&row, row.clone(), parts).await }
}

/// Changes a service record. Its customer stays, and its status is changed by its own verbs.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    change(tx, before, draft).await
}

/// Makes the service record of an external reference, or changes the one that has it.
pub async fn upsert(tx: &Tx, customer: Option<&Reference>, reference: &str, draft: Draft) -> Result<Model> {
    let draft = Draft { external_reference: Field::Set(reference.to_owned()), ..draft };
    let Some(row) = reference::holder::<Entity>(tx, reference).await? else {
        let Some(customer) = customer else {
            return Err(Error::invalid(Code::Required, &["customer"], "A new service record needs its customer."));
        };
        return create(tx, customer, draft).await;
    };
    let mut check = Check::new();
    reference::stays::<customer::Entity>(tx, &mut check, "customer", customer, row.customer_id).await?;
    check.done()?;
    let row = if row.deleted_at.is_some() { show(tx, row).await? } else { row };
    change(tx, row, draft).await
}

/// Hides a service record.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    let stamp = Uuid::now_v7();
    custom_field::hide(tx, Owner::ServiceRecord, &[before.id], stamp).await?;
    tx.delete::<Entity>(&before, stamp).await
}

/// Brings a service record back.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, None, Deleted::Only).await?;
    show(tx, before).await
}

async fn change(tx: &Tx, before: Model, mut draft: Draft) -> Result<Model> {
    let mut check = Check::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut check, Owner::ServiceRecord, Some(before.id), &given).await?;
    let status = state::allowed(&mut check, before.status, draft.status);
    let draft = Draft { status, ..draft };
    let (after, lists) = prepare(tx, &mut check, draft, before.clone()).await?;
    if after.external_reference != before.external_reference {
        reference::free::<Entity>(tx, &mut check, before.id, after.external_reference.as_ref()).await?;
    }
    check.done()?;
    values.write(tx, before.id, Some(before.customer_id)).await?;
    let parts = lists.write(tx, before.id, false).await?;
    tx.rewrite::<Entity>(&before, after, parts).await
}

async fn show(tx: &Tx, before: Model) -> Result<Model> {
    must_live(tx, before.customer_id).await?;
    custom_field::show(tx, before.deleted_with, Some((Owner::ServiceRecord, before.id))).await?;
    tx.restore::<Entity>(&before).await
}

/// Reads a draft into a row and its lists.
async fn prepare(tx: &Tx, check: &mut Check, draft: Draft, mut row: Model) -> Result<(Model, Lists)> {
    check.text("externalReference", draft.external_reference, LINE, &mut row.external_reference);
    check.value("serviceDate", draft.service_date, &mut row.service_date);
    check.required("serviceType", draft.service_type, LINE, &mut row.service_type);
    check.text("summary", draft.summary, LINE, &mut row.summary);
    check.value("priority", draft.priority, &mut row.priority);
    check.value("status", draft.status, &mut row.status);
    check.option(draft.scheduled_start, &mut row.scheduled_start);
    check.option(draft.scheduled_end, &mut row.scheduled_end);
    check.option(draft.arrival_window_start, &mut row.arrival_window_start);
    check.option(draft.arrival_window_end, &mut row.arrival_window_end);
    check.sealed("notes", draft.notes, TEXT, &mut row.notes);
    check.value("followUpRequired", draft.follow_up_required, &mut row.follow_up_required);
    check.option(draft.requested_at, &mut row.requested_at);
    check.option(draft.started_at, &mut row.started_at);
    check.option(draft.completed_at, &mut row.completed_at);
    check.whole("satisfactionScore", draft.satisfaction_score, 1, 5, &mut row.satisfaction_score);
    check.text("cancelReason", draft.cancel_reason, TEXT, &mut row.cancel_reason);
    parts::money(tx, check, "charge", draft.charge, &mut row.charge_amount, &mut row.charge_currency);
    check.period("scheduledEnd", row.scheduled_start, row.scheduled_end);
    check.period("arrivalWindowEnd", row.arrival_window_start, row.arrival_window_end);
    check.period("completedAt", row.started_at, row.completed_at);
    state::fits(check, &row);
    let places = reference::find::<address::Entity>(tx, draft.address.given()).await?;
    match draft.address.map(|name| places.want(check, check.path("address"), &name).map(|place| place.id)) {
        Field::Keep => {}
        Field::Clear => row.address_id = None,
        Field::Set(found) => row.address_id = found,
    }
    let technicians = parts::technicians(check, draft.technician, draft.technicians);
    let equipment = parts::equipment(tx, check, &row, draft.equipment).await?;
    let used = parts::used(tx, check, draft.parts_used);
    Ok((row, Lists { technicians, equipment, used }))
}
