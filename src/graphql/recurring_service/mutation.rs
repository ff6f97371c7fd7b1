//! The mutations of recurring services: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{recurring_service as rules, value::FieldUpdate};
use entity::recurring_service;

use super::{RecurringService, RecurringServiceFrequency, WeekOfMonth};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{Date, MoneyInput, Ref, field_update, map_field},
    weekday::Weekday,
};

/// The fields that creating, updating and upserting a recurring service share, besides customer, type of service, frequency,
/// start and external reference.
#[derive(Clone, Debug, InputObject)]
pub struct RecurringServiceFieldsInput {
    /// The address where the work is done, of the customer or of the tenant itself. Its time zone is that of the plan; without
    /// an address, the tenant's is.
    address: MaybeUndefined<Ref>,
    /// A summary of the work in one line; at most 200 characters.
    summary: MaybeUndefined<String>,
    /// Every how many periods of the frequency; 1 to 1,000. A new plan defaults to 1.
    interval: MaybeUndefined<i32>,
    /// The days of the week, for WEEKLY, or one of them with `weekOfMonth`. Null or empty: that of `startDate`.
    weekdays: MaybeUndefined<Vec<Weekday>>,
    /// Which of a month's days of that name, for MONTHLY and longer. Cannot be combined with `dayOfMonth`.
    week_of_month: MaybeUndefined<WeekOfMonth>,
    /// The day of the month, 1 to 31, for MONTHLY and longer; the last one of a month that is shorter. Null: that of
    /// `startDate`.
    day_of_month: MaybeUndefined<i32>,
    /// The last day that can be a date, in the plan's time zone, from 1900 to 9000. Cannot be combined with
    /// `occurrenceCount`.
    end_date: MaybeUndefined<Date>,
    /// How many dates the plan has from its start on, those that are skipped included; 1 to 10,000.
    occurrence_count: MaybeUndefined<i32>,
    /// The local time at which a visit begins, as `10:00`. A time that clocks skip is counted with the offset before; of one
    /// that occurs twice, the first is meant. Null: at some time of its day.
    preferred_time: MaybeUndefined<String>,
    /// How long a visit takes, in minutes; 1 to 10,080.
    duration_minutes: MaybeUndefined<i32>,
    /// The only technician of the visits, as an id of the caller's system; at most 200 characters. Cannot be combined with
    /// `technicians`.
    technician: MaybeUndefined<String>,
    /// All technicians of the visits, as ids of the caller's system: at most 50, of at most 200 characters each. Replaces the
    /// list.
    technicians: MaybeUndefined<Vec<String>>,
    /// The price of a visit for the customer; not negative.
    charge: MaybeUndefined<MoneyInput>,
    /// Values of custom fields of the plan, at most 200. A field that is not listed keeps its value, or gets its default in a
    /// new row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A new recurring service.
#[derive(Clone, Debug, InputObject)]
pub struct RecurringServiceCreateInput {
    /// The customer.
    customer: Ref,
    /// The type of work, in the tenant's own words; at most 200 characters.
    service_type: String,
    /// What the plan repeats by.
    frequency: RecurringServiceFrequency,
    /// The first day that can be a date, from which periods are counted, in the plan's time zone; from 1900 to 9000.
    start_date: Date,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: RecurringServiceFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to a recurring service. An omitted field stays as it is; null clears it. The customer cannot be changed.
#[derive(Clone, Debug, InputObject)]
pub struct RecurringServiceUpdateInput {
    /// The recurring service.
    id: Ref,
    /// The version that the recurring service must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The type of work, in the tenant's own words; at most 200 characters.
    service_type: MaybeUndefined<String>,
    /// What the plan repeats by.
    frequency: MaybeUndefined<RecurringServiceFrequency>,
    /// The first day that can be a date, from which periods are counted, in the plan's time zone; from 1900 to 9000.
    start_date: MaybeUndefined<Date>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: RecurringServiceFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The recurring service to create, or to update if its external reference exists. An omitted field stays as it is; null
/// clears it.
#[derive(Clone, Debug, InputObject)]
pub struct RecurringServiceUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the recurring service must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where
    /// there is no such recurring service yet.
    expected_version: Option<i32>,
    /// The customer. Required for a new recurring service; it cannot be changed later.
    customer: Option<Ref>,
    /// The type of work, required for a new recurring service; at most 200 characters.
    service_type: MaybeUndefined<String>,
    /// What the plan repeats by. Required for a new recurring service.
    frequency: MaybeUndefined<RecurringServiceFrequency>,
    /// The first day that can be a date, from which periods are counted, in the plan's time zone; from 1900 to 9000. Required
    /// for a new recurring service.
    start_date: MaybeUndefined<Date>,
    #[graphql(flatten)]
    fields: RecurringServiceFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

delete_input! { RecurringServiceDeleteInput of "recurring service" }
restore_input! { RecurringServiceRestoreInput of "recurring service" }

/// The fields whose type differs between creating, updating and upserting a recurring service.
struct IdentityFields {
    service_type: FieldUpdate<String>,
    frequency: FieldUpdate<recurring_service::Frequency>,
    start_date: FieldUpdate<Date>,
    external_reference: FieldUpdate<String>,
}

impl RecurringServiceFieldsInput {
    fn draft(self, identity: IdentityFields) -> rules::Draft {
        rules::Draft {
            external_reference: identity.external_reference,
            address: map_field(self.address, |address| address.0),
            service_type: identity.service_type,
            summary: field_update(self.summary),
            frequency: identity.frequency,
            interval: field_update(self.interval),
            weekdays: map_field(self.weekdays, |days| days.into_iter().map(Into::into).collect()),
            week_of_month: map_field(self.week_of_month, Into::into),
            day_of_month: field_update(self.day_of_month),
            start_date: identity.start_date.map(|day| day.0),
            end_date: map_field(self.end_date, |day| day.0),
            occurrence_count: field_update(self.occurrence_count),
            preferred_time: field_update(self.preferred_time),
            duration_minutes: field_update(self.duration_minutes),
            technician: field_update(self.technician),
            technicians: field_update(self.technicians),
            charge: map_field(self.charge, MoneyInput::price),
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

mutations! {
    /// The mutations of recurring services that change a plan as a whole.
    RecurringServiceMutation of recurring_service: RecurringService;

    /// Creates a recurring service for a customer and books its visits ahead, from now on: a plan that began earlier books no
    /// past visits. Requires `recurring_service:write`.
    recurring_service_create as "recurringServiceCreate", recurring_service_create_many
        (RecurringServiceCreateInput: "The recurring service to create.") -> RecurringServiceCreatePayload
        requires Action::RecurringServiceWrite => |tx, input| {
            let draft = input.fields.draft(IdentityFields {
                service_type: FieldUpdate::Set(input.service_type),
                frequency: FieldUpdate::Set(input.frequency.into()),
                start_date: FieldUpdate::Set(input.start_date),
                external_reference: input.external_reference.into(),
            });
            rules::create(tx, &input.customer.0, draft).await
        };

    /// Updates a recurring service. Booked visits to come that nobody changed follow it: they get the new time, technicians and
    /// price, and are deleted where the plan has no such date any more. Visits that are done or changed by hand stay. Requires
    /// `recurring_service:write`.
    recurring_service_update as "recurringServiceUpdate", recurring_service_update_many
        (RecurringServiceUpdateInput: "The recurring service and its changes.") -> RecurringServiceUpdatePayload
        requires Action::RecurringServiceWrite => |tx, input| {
            let draft = input.fields.draft(IdentityFields {
                service_type: field_update(input.service_type),
                frequency: map_field(input.frequency, Into::into),
                start_date: field_update(input.start_date),
                external_reference: field_update(input.external_reference),
            });
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the recurring service with the given external reference, or updates it if it exists. A deleted one is restored.
    /// Requires `recurring_service:write`.
    recurring_service_upsert as "recurringServiceUpsert", recurring_service_upsert_many
        (RecurringServiceUpsertInput: "The recurring service to create or update.") -> RecurringServiceUpsertPayload
        requires Action::RecurringServiceWrite => |tx, input| {
            let draft = input.fields.draft(IdentityFields {
                service_type: field_update(input.service_type),
                frequency: map_field(input.frequency, Into::into),
                start_date: field_update(input.start_date),
                external_reference: FieldUpdate::Keep,
            });
            let customer = input.customer.map(|customer| customer.0);
            rules::upsert(tx, customer.as_ref(), &input.external_reference, input.expected_version, draft).await
        };

    /// Deletes a recurring service: it is hidden, books no more visits, and can be restored. Its booked visits to come that
    /// nobody changed are deleted with it. Requires `recurring_service:write`.
    recurring_service_delete as "recurringServiceDelete", recurring_service_delete_many
        (RecurringServiceDeleteInput: "The recurring service to delete.") -> RecurringServiceDeletePayload
        requires Action::RecurringServiceWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted recurring service, and books its visits ahead. Requires `recurring_service:write`.
    recurring_service_restore as "recurringServiceRestore", recurring_service_restore_many
        (RecurringServiceRestoreInput: "The recurring service to restore.") -> RecurringServiceRestorePayload
        requires Action::RecurringServiceWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}
