//! The mutations of service records: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{
    service_record::{self as rules, PartUsed},
    value::{self, FieldUpdate},
};

use super::{ServiceRecord, ServiceRecordPriority, ServiceRecordStatus};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{DateTime, Decimal, MoneyInput, Ref, field_update, map_field},
};

/// A part that was used. `partNumber`, `description` or both are required.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordPartInput {
    /// The manufacturer's or seller's part number; at most 200 characters.
    part_number: Option<String>,
    /// The quantity; greater than 0. Defaults to 1.
    quantity: Option<Decimal>,
    /// A description; at most 200 characters.
    description: Option<String>,
    /// The cost of one unit; not negative.
    unit_cost: Option<MoneyInput>,
}

/// The fields that creating, updating and upserting a service record share, besides customer, date, type, status and
/// external reference.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordFieldsInput {
    /// The address where the work is done.
    address: MaybeUndefined<Ref>,
    /// A summary of the work in one line; at most 200 characters.
    summary: MaybeUndefined<String>,
    /// The urgency. A new service record defaults to NORMAL.
    priority: MaybeUndefined<ServiceRecordPriority>,
    /// The planned start of the work.
    scheduled_start: MaybeUndefined<DateTime>,
    /// The planned end of the work; not before its start.
    scheduled_end: MaybeUndefined<DateTime>,
    /// The start of the promised arrival window.
    arrival_window_start: MaybeUndefined<DateTime>,
    /// The end of the promised arrival window; not before its start.
    arrival_window_end: MaybeUndefined<DateTime>,
    /// The only technician, as an id of the caller's system; at most 200 characters. Cannot be combined with
    /// `technicians`.
    technician: MaybeUndefined<String>,
    /// All technicians, as ids of the caller's system: at most 50, of at most 200 characters each. Replaces the list.
    technicians: MaybeUndefined<Vec<String>>,
    /// The equipment that the work is about, at most 100: customer assets or assets. An asset stands for its assignment
    /// to the customer at the service date, else for the latest one. An asset that was never assigned to the customer
    /// is refused. Replaces the list.
    equipment: MaybeUndefined<Vec<Ref>>,
    /// The equipment schedules that the work is for, at most 100. Without any, a completed record counts for those of its type
    /// for its equipment. Replaces the list.
    equipment_schedules: MaybeUndefined<Vec<Ref>>,
    /// The parts that were used, at most 100. Replaces the list.
    parts_used: MaybeUndefined<Vec<ServiceRecordPartInput>>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// Whether a follow-up visit is required. A new service record defaults to false.
    follow_up_required: MaybeUndefined<bool>,
    /// The service record that this one is a follow-up of: of the same customer and of an earlier date.
    follow_up_of: MaybeUndefined<Ref>,
    /// When the work was requested.
    requested_at: MaybeUndefined<DateTime>,
    /// When the work started. Not allowed while the status is SCHEDULED.
    started_at: MaybeUndefined<DateTime>,
    /// When the work was completed. Allowed only in status COMPLETED.
    completed_at: MaybeUndefined<DateTime>,
    /// The customer's satisfaction, from 1 (worst) to 5 (best).
    satisfaction_score: MaybeUndefined<i32>,
    /// The price of the work for the customer; not negative.
    charge: MaybeUndefined<MoneyInput>,
    /// The reason for the cancellation; at most 10,000 characters. Required in status CANCELLED, and allowed only
    /// there.
    cancel_reason: MaybeUndefined<String>,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A new service record.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordCreateInput {
    /// The customer.
    customer: Ref,
    /// When the work is planned or was done.
    service_date: DateTime,
    /// The type of work, in the tenant's own words; at most 200 characters.
    service_type: String,
    /// The status. Defaults to COMPLETED if the service date is in the past, else to SCHEDULED.
    status: Option<ServiceRecordStatus>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: ServiceRecordFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to a service record. An omitted field stays as it is; null clears it. The customer cannot be changed;
/// `serviceRecordStart`, `serviceRecordComplete` and `serviceRecordCancel` change the status.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordUpdateInput {
    /// The service record.
    id: Ref,
    /// The version that the service record must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// When the work is planned or was done.
    service_date: MaybeUndefined<DateTime>,
    /// The type of work, in the tenant's own words; at most 200 characters.
    service_type: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: ServiceRecordFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The service record to create, or to update if its external reference exists. An omitted field stays as it is; null
/// clears it.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the service record must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is
    /// no such service record yet.
    expected_version: Option<i32>,
    /// The customer. Required for a new service record; it cannot be changed later.
    customer: Option<Ref>,
    /// When the work is planned or was done. Required for a new service record.
    service_date: MaybeUndefined<DateTime>,
    /// The type of work, required for a new service record; at most 200 characters.
    service_type: MaybeUndefined<String>,
    /// The status. An existing service record must be able to change to it. A new one defaults to COMPLETED if the
    /// service date is in the past, else to SCHEDULED.
    status: Option<ServiceRecordStatus>,
    #[graphql(flatten)]
    fields: ServiceRecordFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

delete_input! { ServiceRecordDeleteInput of "service record" }
restore_input! { ServiceRecordRestoreInput of "service record" }

/// The start of the work.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordStartInput {
    /// The service record.
    id: Ref,
    /// The version that the service record must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// When the work started. Defaults to now.
    at: Option<DateTime>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The completion of the work. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordCompleteInput {
    /// The service record.
    id: Ref,
    /// The version that the service record must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// When the work was completed; not before it started. Defaults to now.
    at: Option<DateTime>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// The equipment schedules that the work is for, at most 100. Without any, the record counts for those of its type for its
    /// equipment. Replaces the list.
    equipment_schedules: MaybeUndefined<Vec<Ref>>,
    /// The parts that were used, at most 100. Replaces the list.
    parts_used: MaybeUndefined<Vec<ServiceRecordPartInput>>,
    /// The price of the work for the customer; not negative.
    charge: MaybeUndefined<MoneyInput>,
    /// The customer's satisfaction, from 1 (worst) to 5 (best).
    satisfaction_score: MaybeUndefined<i32>,
    /// Whether a follow-up visit is required.
    follow_up_required: MaybeUndefined<bool>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The service record to reopen.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordReopenInput {
    /// The service record.
    id: Ref,
    /// The version that the service record must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The cancellation of the work.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceRecordCancelInput {
    /// The service record.
    id: Ref,
    /// The version that the service record must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The reason; 1 to 10,000 characters.
    reason: String,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The fields whose type differs between creating, updating and upserting a service record.
#[derive(Default)]
struct IdentityFields {
    service_date: FieldUpdate<DateTime>,
    service_type: FieldUpdate<String>,
    status: FieldUpdate<ServiceRecordStatus>,
    external_reference: FieldUpdate<String>,
}

impl ServiceRecordFieldsInput {
    fn draft(self, identity: IdentityFields) -> rules::Draft {
        let time_update = |field| map_field(field, |at: DateTime| at.0);
        rules::Draft {
            external_reference: identity.external_reference,
            address: map_field(self.address, |address| address.0),
            service_date: identity.service_date.map(|at| at.0),
            service_type: identity.service_type,
            summary: field_update(self.summary),
            priority: map_field(self.priority, Into::into),
            status: identity.status.map(Into::into),
            scheduled_start: time_update(self.scheduled_start),
            scheduled_end: time_update(self.scheduled_end),
            arrival_window_start: time_update(self.arrival_window_start),
            arrival_window_end: time_update(self.arrival_window_end),
            technician: field_update(self.technician),
            technicians: field_update(self.technicians),
            equipment: map_field(self.equipment, references),
            schedules: map_field(self.equipment_schedules, references),
            parts_used: map_field(self.parts_used, parts_used),
            notes: field_update(self.notes),
            follow_up_required: field_update(self.follow_up_required),
            follow_up_of: map_field(self.follow_up_of, |visit| visit.0),
            requested_at: time_update(self.requested_at),
            started_at: time_update(self.started_at),
            completed_at: time_update(self.completed_at),
            satisfaction_score: field_update(self.satisfaction_score),
            charge: map_field(self.charge, MoneyInput::price),
            cancel_reason: field_update(self.cancel_reason),
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

fn references(list: Vec<Ref>) -> Vec<String> {
    list.into_iter().map(|reference| reference.0).collect()
}

fn parts_used(parts: Vec<ServiceRecordPartInput>) -> Vec<PartUsed> {
    let part_used = |part: ServiceRecordPartInput| PartUsed {
        part_number: part.part_number,
        quantity: part.quantity.map_or(value::Decimal::ONE, |quantity| quantity.0),
        description: part.description,
        unit_cost: part.unit_cost.map(MoneyInput::price),
    };
    parts.into_iter().map(part_used).collect()
}

mutations! {
    /// The mutations of service records.
    ServiceRecordMutation of service_record: ServiceRecord;

    /// Creates a service record for a customer. Requires `service:write`.
    service_record_create as "serviceRecordCreate", service_record_create_many
        (ServiceRecordCreateInput: "The service record to create.") -> ServiceRecordCreatePayload
        requires Action::ServiceWrite => |tx, input| {
            let draft = input.fields.draft(IdentityFields {
                service_date: FieldUpdate::Set(input.service_date),
                service_type: FieldUpdate::Set(input.service_type),
                status: input.status.into(),
                external_reference: input.external_reference.into(),
            });
            rules::create(tx, &input.customer.0, draft).await
        };

    /// Updates a service record in any status. Requires `service:write`.
    service_record_update as "serviceRecordUpdate", service_record_update_many
        (ServiceRecordUpdateInput: "The service record and its changes.") -> ServiceRecordUpdatePayload
        requires Action::ServiceWrite => |tx, input| {
            let draft = input.fields.draft(IdentityFields {
                service_date: field_update(input.service_date),
                service_type: field_update(input.service_type),
                status: FieldUpdate::Keep,
                external_reference: field_update(input.external_reference),
            });
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the service record with the given external reference, or updates it if it exists. A deleted service
    /// record is restored. Requires `service:write`, and `service:work` to change the status of an existing record to
    /// IN_PROGRESS or COMPLETED.
    service_record_upsert as "serviceRecordUpsert", service_record_upsert_many
        (ServiceRecordUpsertInput: "The service record to create or update.") -> ServiceRecordUpsertPayload
        requires Action::ServiceWrite => |tx, input| {
            let draft = input.fields.draft(IdentityFields {
                service_date: field_update(input.service_date),
                service_type: field_update(input.service_type),
                status: input.status.into(),
                external_reference: FieldUpdate::Keep,
            });
            let customer = input.customer.map(|customer| customer.0);
            rules::upsert(tx, customer.as_ref(), &input.external_reference, input.expected_version, draft).await
        };

    /// Deletes a service record: it is hidden and can be restored. Requires `service:write`.
    service_record_delete as "serviceRecordDelete", service_record_delete_many
        (ServiceRecordDeleteInput: "The service record to delete.") -> ServiceRecordDeletePayload
        requires Action::ServiceWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted service record. Requires `service:write`.
    service_record_restore as "serviceRecordRestore", service_record_restore_many
        (ServiceRecordRestoreInput: "The service record to restore.") -> ServiceRecordRestorePayload
        requires Action::ServiceWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;

    /// Starts the work. The status changes from SCHEDULED to IN_PROGRESS. Requires `service:work`.
    service_record_start as "serviceRecordStart", service_record_start_many
        (ServiceRecordStartInput: "The service record and the start of the work.") -> ServiceRecordStartPayload
        requires Action::ServiceWork => |tx, input| {
            let at = input.at.map(|at| at.0);
            rules::start(tx, &input.id.0, input.expected_version, at).await
        };

    /// Completes the work. The status changes from SCHEDULED or IN_PROGRESS to COMPLETED. It advances the equipment schedules that
    /// it names, else those of its type for its equipment: `advancedSchedules` of the record has them. Requires `service:work`.
    service_record_complete as "serviceRecordComplete", service_record_complete_many
        (ServiceRecordCompleteInput: "The service record and the details of its completion.") -> ServiceRecordCompletePayload
        requires Action::ServiceWork => |tx, input| {
            let completion = rules::Completion {
                at: input.at.map(|at| at.0),
                notes: field_update(input.notes),
                schedules: map_field(input.equipment_schedules, references),
                parts_used: map_field(input.parts_used, parts_used),
                charge: map_field(input.charge, MoneyInput::price),
                satisfaction_score: field_update(input.satisfaction_score),
                follow_up_required: field_update(input.follow_up_required),
            };
            rules::complete(tx, &input.id.0, input.expected_version, completion).await
        };

    /// Reopens work that was not completed after all. The status changes from COMPLETED to IN_PROGRESS, and `completedAt` becomes
    /// null. The equipment schedules that it advanced are as before. Requires `service:work`.
    service_record_reopen as "serviceRecordReopen", service_record_reopen_many
        (ServiceRecordReopenInput: "The service record to reopen.") -> ServiceRecordReopenPayload
        requires Action::ServiceWork => |tx, input| rules::reopen(tx, &input.id.0, input.expected_version).await;

    /// Cancels the work. The status changes from SCHEDULED or IN_PROGRESS to CANCELLED. Requires `service:write`.
    service_record_cancel as "serviceRecordCancel", service_record_cancel_many
        (ServiceRecordCancelInput: "The service record and the reason.") -> ServiceRecordCancelPayload
        requires Action::ServiceWrite => |tx, input| rules::cancel(tx, &input.id.0, input.expected_version, &input.reason).await;
}
