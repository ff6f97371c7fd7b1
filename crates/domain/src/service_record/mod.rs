//! Service records: work planned or done at a customer, by technicians, on equipment the customer has or had.

mod children;
mod status;
mod transition;

use chrono::{DateTime, Utc};
use entity::{
    address,
    custom_field_definition::Owner,
    customer,
    service_record::{Entity, Model, Priority, Status},
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::Tx;

use self::children::ChildLists;
pub use self::{
    children::PartUsed,
    status::{is_open, open_filter},
    transition::{Completion, cancel, cancel_open, complete, start},
};
use super::{
    custom_field::{self, ValueInput},
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::{FieldUpdate, Price},
};

/// What a client says about a service record.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: FieldUpdate<String>,
    /// Where.
    pub address: FieldUpdate<Reference>,
    /// When.
    pub service_date: FieldUpdate<DateTime<Utc>>,
    /// What kind of work.
    pub service_type: FieldUpdate<String>,
    /// In one line.
    pub summary: FieldUpdate<String>,
    /// How urgent.
    pub priority: FieldUpdate<Priority>,
    /// How far it is.
    pub status: FieldUpdate<Status>,
    /// Planned start.
    pub scheduled_start: FieldUpdate<DateTime<Utc>>,
    /// Planned end.
    pub scheduled_end: FieldUpdate<DateTime<Utc>>,
    /// Promised arrival, from.
    pub arrival_window_start: FieldUpdate<DateTime<Utc>>,
    /// Promised arrival, until.
    pub arrival_window_end: FieldUpdate<DateTime<Utc>>,
    /// The one who does the work.
    pub technician: FieldUpdate<String>,
    /// All who do the work.
    pub technicians: FieldUpdate<Vec<String>>,
    /// What the work is about: customer assets, or assets the customer has or had.
    pub equipment: FieldUpdate<Vec<Reference>>,
    /// What was used.
    pub parts_used: FieldUpdate<Vec<PartUsed>>,
    /// Free text.
    pub notes: FieldUpdate<String>,
    /// Whether somebody must come again.
    pub follow_up_required: FieldUpdate<bool>,
    /// When it was asked for.
    pub requested_at: FieldUpdate<DateTime<Utc>>,
    /// When work began.
    pub started_at: FieldUpdate<DateTime<Utc>>,
    /// When work ended.
    pub completed_at: FieldUpdate<DateTime<Utc>>,
    /// 1 to 5.
    pub satisfaction_score: FieldUpdate<i32>,
    /// What it costs.
    pub charge: FieldUpdate<Price>,
    /// Why it was cancelled.
    pub cancel_reason: FieldUpdate<String>,
    /// ValueWrites of custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// Makes a service record. Without a status it is COMPLETED where its date is past, else SCHEDULED.
pub async fn create(tx: &Tx, customer: &Reference, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let given = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut validator, Owner::ServiceRecord, None, &given).await?;
    let customers = reference::find::<customer::Entity>(tx, [customer]).await?;
    let owner = customers.require(&mut validator, vec!["customer".to_owned()], customer).map(|owner| owner.id);
    for (field, given) in [
        ("serviceDate", draft.service_date != FieldUpdate::Keep),
        ("serviceType", draft.service_type != FieldUpdate::Keep),
    ] {
        if !given {
            validator.fail(Code::Required, field, format!("A service record needs its {field}."));
        }
    }
    let past = draft.service_date.value().is_some_and(|date| *date < tx.at());
    let row = Model { status: if past { Status::Completed } else { Status::Scheduled }, ..Model::default() };
    let (row, lists) = read_draft(tx, &mut validator, draft, owner, row).await?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    let owner = validator.finish_with(owner)?;
    let row = tx.insert::<Entity>(Model { customer_id: owner, ..row }).await?;
    values.write(tx, row.id, Some(owner)).await?;
    let parts = lists.write(tx, row.id, true).await?;
    if parts.is_empty() { Ok(row) } else { tx.update_with_children::<Entity>(&row, row.clone(), parts).await }
}

/// Updates a service record. Its customer is immutable.
pub async fn update(tx: &Tx, id: &Reference, expected: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected, draft).await
}

/// Creates the service record of an external reference, or updates the one that has it; a deleted one is restored first.
pub async fn upsert(tx: &Tx, customer: Option<&Reference>, reference: &str, draft: Draft) -> Result<Model> {
    let draft = Draft { external_reference: FieldUpdate::Set(reference.to_owned()), ..draft };
    let Some(found) = reference::find_by_reference::<Entity>(tx, reference).await? else {
        let Some(customer) = customer else {
            return Err(Error::invalid(Code::Required, &["customer"], "A new service record needs its customer."));
        };
        return create(tx, customer, draft).await;
    };
    let mut validator = Validator::new();
    reference::ensure_immutable::<customer::Entity>(tx, &mut validator, "customer", customer, found.customer_id)
        .await?;
    validator.finish()?;
    lifecycle::update_found::<Entity>(tx, found, draft).await
}

/// Soft-deletes a service record.
pub async fn delete(tx: &Tx, id: &Reference, expected: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected).await
}

/// Restores a service record.
pub async fn restore(tx: &Tx, id: &Reference) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id).await
}

impl Lifecycle for Entity {
    const OWNER: Owner = Owner::ServiceRecord;
    type Draft = Draft;
    type Children = ChildLists;

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let inputs = std::mem::take(&mut draft.custom_fields);
        let values = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let status = transition::allowed(validator, before.status, draft.status);
        let draft = Draft { status, ..draft };
        let (row, lists) = read_draft(tx, validator, draft, Some(before.customer_id), before.clone()).await?;
        Ok(Prepared { row, values, children: lists })
    }

    async fn write(tx: &Tx, before: &Model, after: Model, lists: ChildLists) -> Result<Model> {
        let images = lists.write(tx, before.id, false).await?;
        tx.update_with_children::<Self>(before, after, images).await
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        reference::ensure_live::<customer::Entity>(tx, before.customer_id).await
    }
}

/// Reads a draft into a row and its lists.
async fn read_draft(
    tx: &Tx,
    validator: &mut Validator,
    draft: Draft,
    customer: Option<Uuid>,
    mut row: Model,
) -> Result<(Model, ChildLists)> {
    validator.text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.value("serviceDate", draft.service_date, &mut row.service_date);
    validator.required("serviceType", draft.service_type, MAX_LINE_CHARS, &mut row.service_type);
    validator.text("summary", draft.summary, MAX_LINE_CHARS, &mut row.summary);
    validator.value("priority", draft.priority, &mut row.priority);
    validator.value("status", draft.status, &mut row.status);
    validator.option(draft.scheduled_start, &mut row.scheduled_start);
    validator.option(draft.scheduled_end, &mut row.scheduled_end);
    validator.option(draft.arrival_window_start, &mut row.arrival_window_start);
    validator.option(draft.arrival_window_end, &mut row.arrival_window_end);
    validator.sealed("notes", draft.notes, MAX_TEXT_CHARS, &mut row.notes);
    validator.value("followUpRequired", draft.follow_up_required, &mut row.follow_up_required);
    validator.option(draft.requested_at, &mut row.requested_at);
    validator.option(draft.started_at, &mut row.started_at);
    validator.option(draft.completed_at, &mut row.completed_at);
    validator.integer("satisfactionScore", draft.satisfaction_score, 1, 5, &mut row.satisfaction_score);
    validator.text("cancelReason", draft.cancel_reason, MAX_TEXT_CHARS, &mut row.cancel_reason);
    children::money(tx, validator, "charge", draft.charge, &mut row.charge_amount, &mut row.charge_currency);
    validator.period("scheduledEnd", row.scheduled_start, row.scheduled_end);
    validator.period("arrivalWindowEnd", row.arrival_window_start, row.arrival_window_end);
    validator.period("completedAt", row.started_at, row.completed_at);
    transition::validate_state(validator, &row);
    let places = reference::find::<address::Entity>(tx, draft.address.value()).await?;
    match draft.address.map(|name| places.require(validator, validator.path("address"), &name).map(|place| place.id)) {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.address_id = None,
        FieldUpdate::Set(found) => row.address_id = found,
    }
    let technicians = children::technicians(validator, draft.technician, draft.technicians);
    let equipment = children::equipment(tx, validator, customer, row.service_date, draft.equipment).await?;
    let used = children::used(tx, validator, draft.parts_used);
    Ok((row, ChildLists { technicians, equipment, used }))
}
