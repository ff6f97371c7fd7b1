//! Changes of service records: inputs, payloads and mutations.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{
    service_record::{self as rules, PartUsed},
    value::{self, FieldUpdate},
};

use super::{ServicePriority, ServiceRecord, ServiceStatus};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, mutations},
    scalar::{DateTime, Decimal, MoneyInput, Ref, field_update, map_field},
};

/// A part that was used: with a number, a description, or both.
#[derive(Clone, Debug, InputObject)]
pub struct ServicePartInput {
    /// The maker's or seller's number; at most 200 characters.
    part_number: Option<String>,
    /// How many, or how much; more than 0. One if absent or null.
    quantity: Option<Decimal>,
    /// What it is, in words; at most 200 characters.
    description: Option<String>,
    /// What one of it costs; not negative.
    unit_cost: Option<MoneyInput>,
}

/// What a service record can be given, besides customer, date, type, status and external reference.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordFieldsInput {
    /// Where the work is done.
    address: MaybeUndefined<Ref>,
    /// The work in one line; at most 200 characters.
    summary: MaybeUndefined<String>,
    /// How urgent it is; NORMAL if absent.
    priority: MaybeUndefined<ServicePriority>,
    /// When work is planned to begin.
    scheduled_start: MaybeUndefined<DateTime>,
    /// When work is planned to end; not before it begins.
    scheduled_end: MaybeUndefined<DateTime>,
    /// The beginning of the time in which arrival is promised.
    arrival_window_start: MaybeUndefined<DateTime>,
    /// The end of the time in which arrival is promised; not before its beginning.
    arrival_window_end: MaybeUndefined<DateTime>,
    /// The one who does the work, as an id of the caller's system; at most 200 characters. Not together with
    /// `technicians`.
    technician: MaybeUndefined<String>,
    /// All who do the work, as ids of the caller's system: at most 50 of at most 200 characters. Replaces the list.
    technicians: MaybeUndefined<Vec<String>>,
    /// What the work is about, at most 100: customer assets, or assets, which stand for the customer's assignment of
    /// them at the service date or else the latest. Refused is what was never this customer's. Replaces the list.
    equipment: MaybeUndefined<Vec<Ref>>,
    /// What was used, at most 100. Replaces the list.
    parts_used: MaybeUndefined<Vec<ServicePartInput>>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// Whether somebody must come again; false if absent.
    follow_up_required: MaybeUndefined<bool>,
    /// When the work was asked for.
    requested_at: MaybeUndefined<DateTime>,
    /// When work began; not while it is SCHEDULED.
    started_at: MaybeUndefined<DateTime>,
    /// When work ended; only where it is COMPLETED.
    completed_at: MaybeUndefined<DateTime>,
    /// How satisfied the customer was, from 1 to 5, the best.
    satisfaction_score: MaybeUndefined<i32>,
    /// What the work costs the customer; not negative.
    charge: MaybeUndefined<MoneyInput>,
    /// Why it was cancelled; needed where it is CANCELLED, and only there. At most 10,000 characters.
    cancel_reason: MaybeUndefined<String>,
    /// Values of custom fields, by their keys; fields that are not named stay as they are, and get their defaults in a new
    /// row. At most 200.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A service record to be made.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordCreateInput {
    /// The customer.
    customer: Ref,
    /// When the work is or was to be done.
    service_date: DateTime,
    /// What kind of work, in the tenant's own words; at most 200 characters.
    service_type: String,
    /// How far it is; if absent, COMPLETED where the service date is past, else SCHEDULED.
    status: Option<ServiceStatus>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: ServiceRecordFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A service record to be changed: what is absent stays, null clears. Its customer cannot be changed, its status by
/// `serviceRecordStart`, `serviceRecordComplete` and `serviceRecordCancel`.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordUpdateInput {
    /// The service record.
    id: Ref,
    /// Write only if the service record is still at this version.
    expected_version: Option<i32>,
    /// When the work is or was to be done.
    service_date: MaybeUndefined<DateTime>,
    /// What kind of work, in the tenant's own words; at most 200 characters.
    service_type: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: ServiceRecordFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A service record to be made, or changed where its external reference is known: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The customer; needed for a new service record, and never another one for a known one.
    customer: Option<Ref>,
    /// When the work is or was to be done; needed for a new service record.
    service_date: MaybeUndefined<DateTime>,
    /// What kind of work, needed for a new service record; at most 200 characters.
    service_type: MaybeUndefined<String>,
    /// How far it is. For a known record one that its status leads to; for a new one, if absent, COMPLETED where the
    /// service date is past, else SCHEDULED.
    status: Option<ServiceStatus>,
    #[graphql(flatten)]
    fields: ServiceRecordFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A service record to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordDeleteInput {
    /// The service record.
    id: Ref,
    /// Delete only if the service record is still at this version.
    expected_version: Option<i32>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A service record to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordRestoreInput {
    /// The service record.
    id: Ref,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// Work that begins.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordStartInput {
    /// The service record.
    id: Ref,
    /// Write only if the service record is still at this version.
    expected_version: Option<i32>,
    /// When work began; now if absent or null.
    at: Option<DateTime>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// Work that is done: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordCompleteInput {
    /// The service record.
    id: Ref,
    /// Write only if the service record is still at this version.
    expected_version: Option<i32>,
    /// When work ended; now if absent or null. Not before it began.
    at: Option<DateTime>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// What was used, at most 100. Replaces the list.
    parts_used: MaybeUndefined<Vec<ServicePartInput>>,
    /// What the work costs the customer; not negative.
    charge: MaybeUndefined<MoneyInput>,
    /// How satisfied the customer was, from 1 to 5, the best.
    satisfaction_score: MaybeUndefined<i32>,
    /// Whether somebody must come again.
    follow_up_required: MaybeUndefined<bool>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// Work that will not be done.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordCancelInput {
    /// The service record.
    id: Ref,
    /// Write only if the service record is still at this version.
    expected_version: Option<i32>,
    /// Why; 1 to 10,000 characters.
    reason: String,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// What makes a service record that record: date, type, status and external reference.
#[derive(Default)]
struct Head {
    service_date: FieldUpdate<DateTime>,
    service_type: FieldUpdate<String>,
    status: FieldUpdate<ServiceStatus>,
    external_reference: FieldUpdate<String>,
}

impl ServiceRecordFieldsInput {
    fn draft(self, head: Head) -> rules::Draft {
        let time = |at| map_field(at, |at: DateTime| at.0);
        rules::Draft {
            external_reference: head.external_reference,
            address: map_field(self.address, |place| place.0),
            service_date: head.service_date.map(|at| at.0),
            service_type: head.service_type,
            summary: field_update(self.summary),
            priority: map_field(self.priority, Into::into),
            status: head.status.map(Into::into),
            scheduled_start: time(self.scheduled_start),
            scheduled_end: time(self.scheduled_end),
            arrival_window_start: time(self.arrival_window_start),
            arrival_window_end: time(self.arrival_window_end),
            technician: field_update(self.technician),
            technicians: field_update(self.technicians),
            equipment: map_field(self.equipment, |list| list.into_iter().map(|name| name.0).collect()),
            parts_used: map_field(self.parts_used, used),
            notes: field_update(self.notes),
            follow_up_required: field_update(self.follow_up_required),
            requested_at: time(self.requested_at),
            started_at: time(self.started_at),
            completed_at: time(self.completed_at),
            satisfaction_score: field_update(self.satisfaction_score),
            charge: map_field(self.charge, MoneyInput::price),
            cancel_reason: field_update(self.cancel_reason),
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

fn used(list: Vec<ServicePartInput>) -> Vec<PartUsed> {
    let part = |part: ServicePartInput| PartUsed {
        part_number: part.part_number,
        quantity: part.quantity.map_or(value::Decimal::ONE, |quantity| quantity.0),
        description: part.description,
        unit_cost: part.unit_cost.map(MoneyInput::price),
    };
    list.into_iter().map(part).collect()
}

mutations! {
    /// What can be done to service records.
    ServiceRecordMutation of service_record: ServiceRecord;

    /// Makes a service record of a customer. Needs `service:write`.
    service_record_create as "serviceRecordCreate", service_record_create_many
        (ServiceRecordCreateInput: "The service record.") -> ServiceRecordCreatePayload
        requires Action::ServiceWrite => |tx, input| {
            let draft = input.fields.draft(Head {
                service_date: FieldUpdate::Set(input.service_date),
                service_type: FieldUpdate::Set(input.service_type),
                status: input.status.into(),
                external_reference: input.external_reference.into(),
            });
            rules::create(tx, &input.customer.0, draft).await
        };

    /// Changes a service record, whatever its status. Needs `service:write`.
    service_record_update as "serviceRecordUpdate", service_record_update_many
        (ServiceRecordUpdateInput: "What to change.") -> ServiceRecordUpdatePayload
        requires Action::ServiceWrite => |tx, input| {
            let draft = input.fields.draft(Head {
                service_date: field_update(input.service_date),
                service_type: field_update(input.service_type),
                status: FieldUpdate::Keep,
                external_reference: field_update(input.external_reference),
            });
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Makes the service record of an external reference, or changes the one that has it, bringing it back if it was
    /// deleted. Needs `service:write`.
    service_record_upsert as "serviceRecordUpsert", service_record_upsert_many
        (ServiceRecordUpsertInput: "The service record.") -> ServiceRecordUpsertPayload
        requires Action::ServiceWrite => |tx, input| {
            let draft = input.fields.draft(Head {
                service_date: field_update(input.service_date),
                service_type: field_update(input.service_type),
                status: input.status.into(),
                external_reference: FieldUpdate::Keep,
            });
            let customer = input.customer.map(|customer| customer.0);
            rules::upsert(tx, customer.as_ref(), &input.external_reference, draft).await
        };

    /// Deletes a service record: it is hidden, and can be restored. Needs `service:write`.
    service_record_delete as "serviceRecordDelete", service_record_delete_many
        (ServiceRecordDeleteInput: "The service record.") -> ServiceRecordDeletePayload
        requires Action::ServiceWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Brings a deleted service record back. Needs `service:write`.
    service_record_restore as "serviceRecordRestore", service_record_restore_many
        (ServiceRecordRestoreInput: "The service record.") -> ServiceRecordRestorePayload
        requires Action::ServiceWrite => |tx, input| rules::restore(tx, &input.id.0).await;

    /// Begins the work: SCHEDULED becomes IN_PROGRESS. Needs `service:work`.
    service_record_start as "serviceRecordStart", service_record_start_many
        (ServiceRecordStartInput: "What begins.") -> ServiceRecordStartPayload
        requires Action::ServiceWork => |tx, input| {
            let at = input.at.map(|at| at.0);
            rules::start(tx, &input.id.0, input.expected_version, at).await
        };

    /// Ends the work: SCHEDULED or IN_PROGRESS becomes COMPLETED. Needs `service:work`.
    service_record_complete as "serviceRecordComplete", service_record_complete_many
        (ServiceRecordCompleteInput: "What is done, and how it went.") -> ServiceRecordCompletePayload
        requires Action::ServiceWork => |tx, input| {
            let done = rules::Completion {
                at: input.at.map(|at| at.0),
                notes: field_update(input.notes),
                parts_used: map_field(input.parts_used, used),
                charge: map_field(input.charge, MoneyInput::price),
                satisfaction_score: field_update(input.satisfaction_score),
                follow_up_required: field_update(input.follow_up_required),
            };
            rules::complete(tx, &input.id.0, input.expected_version, done).await
        };

    /// Says that the work will not be done: SCHEDULED or IN_PROGRESS becomes CANCELLED. Needs `service:write`.
    service_record_cancel as "serviceRecordCancel", service_record_cancel_many
        (ServiceRecordCancelInput: "What will not be done, and why.") -> ServiceRecordCancelPayload
        requires Action::ServiceWrite => |tx, input| rules::cancel(tx, &input.id.0, input.expected_version, &input.reason).await;
}
