//! Service records: work planned or done at a customer, by technicians, on equipment the customer has or had.

mod children;
mod follow_up;
mod status;
mod transition;

use chrono::{DateTime, Utc};
use entity::{
    address,
    custom_field_definition::OwnerType,
    customer,
    service_record::{Entity, Model, Priority, Status},
};
use error::{Code, Error, OfField, Result};
use sea_orm::prelude::Uuid;
use store::Tx;

use self::children::ChildLists;
pub use self::{
    children::{PartUsed, set_price, technician_row, technicians},
    status::{is_open, open_filter},
    transition::{Completion, cancel, cancel_open, complete, reopen, start},
};
use super::{
    custom_field::{self, ValueInput},
    equipment_schedule,
    lifecycle::{self, Lifecycle, Prepared},
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::{FieldUpdate, Price},
};

/// The fields of a service record that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The address of the work.
    pub address: FieldUpdate<Reference>,
    /// The date of the service.
    pub service_date: FieldUpdate<DateTime<Utc>>,
    /// The type of work.
    pub service_type: FieldUpdate<String>,
    /// A summary in one line.
    pub summary: FieldUpdate<String>,
    /// The priority.
    pub priority: FieldUpdate<Priority>,
    /// The status.
    pub status: FieldUpdate<Status>,
    /// The planned start.
    pub scheduled_start: FieldUpdate<DateTime<Utc>>,
    /// The planned end.
    pub scheduled_end: FieldUpdate<DateTime<Utc>>,
    /// The start of the promised arrival window.
    pub arrival_window_start: FieldUpdate<DateTime<Utc>>,
    /// The end of the promised arrival window.
    pub arrival_window_end: FieldUpdate<DateTime<Utc>>,
    /// The only technician.
    pub technician: FieldUpdate<String>,
    /// All technicians.
    pub technicians: FieldUpdate<Vec<String>>,
    /// The equipment to work on: customer assets, or assets that are or were assigned to the customer.
    pub equipment: FieldUpdate<Vec<Reference>>,
    /// The equipment schedules that the work is for.
    pub schedules: FieldUpdate<Vec<Reference>>,
    /// The parts used.
    pub parts_used: FieldUpdate<Vec<PartUsed>>,
    /// Free text.
    pub notes: FieldUpdate<String>,
    /// Whether a follow-up visit is needed.
    pub follow_up_required: FieldUpdate<bool>,
    /// The service record that this one is a follow-up of.
    pub follow_up_of: FieldUpdate<Reference>,
    /// When the customer requested it.
    pub requested_at: FieldUpdate<DateTime<Utc>>,
    /// When work began.
    pub started_at: FieldUpdate<DateTime<Utc>>,
    /// When work ended.
    pub completed_at: FieldUpdate<DateTime<Utc>>,
    /// The satisfaction of the customer, from 1 to 5.
    pub satisfaction_score: FieldUpdate<i32>,
    /// The charge to the customer.
    pub charge: FieldUpdate<Price>,
    /// The reason of the cancellation.
    pub cancel_reason: FieldUpdate<String>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// Creates a service record. Without a status it is COMPLETED if its date is past, else SCHEDULED.
pub async fn create(tx: &Tx, customer: &Reference, mut draft: Draft) -> Result<Model> {
    let mut validator = Validator::new();
    let inputs = std::mem::take(&mut draft.custom_fields);
    let values = custom_field::prepare(tx, &mut validator, OwnerType::ServiceRecord, None, &inputs).await?;
    let customers = reference::find::<customer::Entity>(tx, [customer]).await.of_field("customer")?;
    let owner = customers.require(&mut validator, vec!["customer".to_owned()], customer).map(|owner| owner.id);
    for (field, is_set) in [
        ("serviceDate", draft.service_date != FieldUpdate::Keep),
        ("serviceType", draft.service_type != FieldUpdate::Keep),
    ] {
        if !is_set {
            validator.fail(Code::Required, field, format!("A service record needs its {field}."));
        }
    }
    let is_past = draft.service_date.value().is_some_and(|date| *date < tx.at());
    let row = Model { status: if is_past { Status::Completed } else { Status::Scheduled }, ..Model::default() };
    let (row, lists) = read_draft(tx, &mut validator, draft, owner, row).await?;
    reference::ensure_unique::<Entity>(tx, &mut validator, row.id, row.external_reference.as_ref()).await?;
    let owner = validator.finish_with(owner)?;
    let row = tx.insert::<Entity>(Model { customer_id: owner, ..row }).await?;
    values.write(tx, row.id, Some(owner)).await?;
    let named = lists.named();
    let images = lists.write(tx, row.id, true).await?;
    let row =
        if images.is_empty() { row } else { tx.update_with_children::<Entity>(&row, row.clone(), images).await? };
    equipment_schedule::advance_by_new(tx, &row, named).await?;
    Ok(row)
}

/// Updates a service record. Its customer is immutable.
pub async fn update(tx: &Tx, id: &Reference, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    lifecycle::update::<Entity>(tx, id, expected_version, draft).await
}

/// Creates the service record of an external reference, or updates the one that has it; a deleted one is restored first.
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
        let needed = || Error::invalid(Code::Required, &["customer"], "A new service record needs its customer.");
        create(tx, customer.ok_or_else(needed)?, draft).await
    };
    lifecycle::upsert::<Entity>(tx, reference, expected_version, draft, check, create).await
}

/// Soft-deletes a service record.
pub async fn delete(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::delete::<Entity>(tx, id, expected_version).await
}

/// Restores a service record.
pub async fn restore(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    lifecycle::restore::<Entity>(tx, id, expected_version).await
}

impl Lifecycle for Entity {
    const OWNER: OwnerType = OwnerType::ServiceRecord;
    type Draft = Draft;
    type Children = ChildLists;

    fn set_external_reference(draft: &mut Draft, reference: String) {
        draft.external_reference = FieldUpdate::Set(reference);
    }

    async fn prepare(tx: &Tx, validator: &mut Validator, before: &Model, mut draft: Draft) -> Result<Prepared<Self>> {
        let inputs = std::mem::take(&mut draft.custom_fields);
        let values = custom_field::prepare(tx, validator, Self::OWNER, Some(before.id), &inputs).await?;
        let status = transition::require_transition(validator, before.status, draft.status);
        let draft = Draft { status, ..draft };
        let (row, lists) = read_draft(tx, validator, draft, Some(before.customer_id), before.clone()).await?;
        Ok(Prepared { row, values, children: lists })
    }

    async fn write(tx: &Tx, before: &Model, after: Model, lists: ChildLists) -> Result<Model> {
        let decisive = |row: &Model| (row.status, row.completed_at, row.service_date, row.service_type.clone());
        let moves_schedules = lists.name_anything() || decisive(before) != decisive(&after);
        let counted = if moves_schedules { equipment_schedule::counted_by(tx, before).await? } else { Vec::new() };
        let images = lists.write(tx, before.id, false).await?;
        // Only its status can need more than the mutation does.
        let row = tx.update_with_children::<Self>(before, after, images).await.of_field("status")?;
        if moves_schedules {
            equipment_schedule::advance(tx, counted, &row).await?;
        }
        Ok(row)
    }

    async fn soft_delete(tx: &Tx, before: &Model) -> Result<Model> {
        let counted = equipment_schedule::counted_by(tx, before).await?;
        let stamp = Uuid::now_v7();
        custom_field::soft_delete_values(tx, Self::OWNER, &[before.id], stamp).await?;
        let row = tx.delete::<Self>(before, stamp).await?;
        equipment_schedule::advance(tx, counted, &row).await?;
        Ok(row)
    }

    async fn restore_row(tx: &Tx, before: &Model) -> Result<Model> {
        let row = lifecycle::restore_with_values::<Self>(tx, before).await?;
        equipment_schedule::advance(tx, Vec::new(), &row).await?;
        Ok(row)
    }

    async fn guard_restore(tx: &Tx, before: &Model) -> Result<()> {
        reference::ensure_live::<customer::Entity>(tx, before.customer_id).await
    }
}

/// Reads a draft into a row, which is new or is updated, and its lists.
async fn read_draft(
    tx: &Tx,
    validator: &mut Validator,
    draft: Draft,
    customer: Option<Uuid>,
    mut row: Model,
) -> Result<(Model, ChildLists)> {
    let events =
        [("requestedAt", &draft.requested_at), ("startedAt", &draft.started_at), ("completedAt", &draft.completed_at)];
    for (field, at) in events {
        validator.check_event(field, at.value(), tx.at());
    }
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_value("serviceDate", draft.service_date, &mut row.service_date);
    validator.set_required_text("serviceType", draft.service_type, MAX_LINE_CHARS, &mut row.service_type);
    validator.set_text("summary", draft.summary, MAX_LINE_CHARS, &mut row.summary);
    validator.set_value("priority", draft.priority, &mut row.priority);
    validator.set_value("status", draft.status, &mut row.status);
    validator.set_option(draft.scheduled_start, &mut row.scheduled_start);
    validator.set_option(draft.scheduled_end, &mut row.scheduled_end);
    validator.set_option(draft.arrival_window_start, &mut row.arrival_window_start);
    validator.set_option(draft.arrival_window_end, &mut row.arrival_window_end);
    validator.set_sealed_text("notes", draft.notes, MAX_TEXT_CHARS, &mut row.notes);
    validator.set_value("followUpRequired", draft.follow_up_required, &mut row.follow_up_required);
    validator.set_option(draft.requested_at, &mut row.requested_at);
    validator.set_option(draft.started_at, &mut row.started_at);
    validator.set_option(draft.completed_at, &mut row.completed_at);
    validator.set_integer("satisfactionScore", draft.satisfaction_score, 1, 5, &mut row.satisfaction_score);
    validator.set_sealed_text("cancelReason", draft.cancel_reason, MAX_TEXT_CHARS, &mut row.cancel_reason);
    set_price(tx, validator, "charge", draft.charge, &mut row.charge_amount, &mut row.charge_currency);
    validator.check_period("scheduledEnd", row.scheduled_start, row.scheduled_end);
    validator.check_period("arrivalWindowEnd", row.arrival_window_start, row.arrival_window_end);
    validator.check_period("completedAt", row.started_at, row.completed_at);
    transition::validate_status_fields(validator, &row);
    let addresses = reference::find::<address::Entity>(tx, draft.address.value()).await.of_field("address")?;
    let address =
        draft.address.map(|name| addresses.require(validator, validator.path("address"), &name).map(|found| found.id));
    match address {
        FieldUpdate::Keep => {}
        FieldUpdate::Clear => row.address_id = None,
        FieldUpdate::Set(found) => row.address_id = found,
    }
    follow_up::set_follow_up_of(tx, validator, draft.follow_up_of, customer, &mut row).await?;
    let technicians = technicians(validator, draft.technician, draft.technicians)
        .map(|names| names.into_iter().map(technician_row).collect());
    let equipment = children::equipment(tx, validator, customer, row.service_date, draft.equipment).await?;
    let schedules = children::schedules(tx, validator, customer, draft.schedules).await?;
    let parts_used = children::parts_used(tx, validator, draft.parts_used);
    Ok((row, ChildLists { technicians, equipment, schedules, parts_used }))
}
