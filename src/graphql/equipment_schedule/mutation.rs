//! The mutations of equipment schedules: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{equipment_schedule as rules, value::FieldUpdate};

use super::{EquipmentSchedule, EquipmentScheduleBasis, EquipmentScheduleNoticeUnit};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{Date, Decimal, Ref, field_update, map_field},
};

/// How long before it is due a schedule is UPCOMING: less than each interval of its kind.
#[derive(Clone, Debug, InputObject)]
pub struct EquipmentScheduleNoticeInput {
    /// The length, in `unit`: more than 0. A whole number up to 36500 of DAYS and MONTHS.
    value: Decimal,
    /// The unit. METER goes with `intervalMeter`.
    unit: EquipmentScheduleNoticeUnit,
}

/// The fields that creating, updating and upserting an equipment schedule share. The schedule is due by at least one of
/// `intervalDays`, `intervalMonths`, `intervalMeter` and `dueDate`: at the first of those that can be told.
#[derive(Clone, Debug, InputObject)]
pub struct EquipmentScheduleFieldsInput {
    /// The interval in days; 1 to 36500.
    interval_days: MaybeUndefined<i32>,
    /// The interval in calendar months; 1 to 1200.
    interval_months: MaybeUndefined<i32>,
    /// The interval on the meter, in the unit of the asset's meter; more than 0.
    interval_meter: MaybeUndefined<Decimal>,
    /// A date on which the work is due once.
    due_date: MaybeUndefined<Date>,
    /// From what the intervals are counted. A new schedule defaults to COMPLETION.
    counted_from: MaybeUndefined<EquipmentScheduleBasis>,
    /// The day from which the intervals are counted before the first completion, and always from the PLAN. Completions before
    /// it do not count. Null: the day on which the schedule is created, and all completions count.
    start_date: MaybeUndefined<Date>,
    /// The reading of the present meter from which `intervalMeter` is counted; not negative. Null: the reading at the start.
    start_meter: MaybeUndefined<Decimal>,
    /// How long before it is due the schedule is UPCOMING. Null: it never is.
    notify_before: MaybeUndefined<EquipmentScheduleNoticeInput>,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A new equipment schedule.
#[derive(Clone, Debug, InputObject)]
pub struct EquipmentScheduleCreateInput {
    /// The equipment: a customer asset, or an asset for all its customers.
    equipment: Ref,
    /// The type of work, in the tenant's own words; at most 200 characters.
    service_type: String,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: EquipmentScheduleFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to an equipment schedule. An omitted field stays as it is; null clears it. The equipment cannot be changed.
#[derive(Clone, Debug, InputObject)]
pub struct EquipmentScheduleUpdateInput {
    /// The equipment schedule.
    id: Ref,
    /// The version that the equipment schedule must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The type of work, in the tenant's own words; at most 200 characters.
    service_type: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: EquipmentScheduleFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The equipment schedule to create, or to update if its external reference exists. An omitted field stays as it is; null
/// clears it.
#[derive(Clone, Debug, InputObject)]
pub struct EquipmentScheduleUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the equipment schedule must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where
    /// there is no such equipment schedule yet.
    expected_version: Option<i32>,
    /// The equipment: a customer asset, or an asset for all its customers. Required for a new equipment schedule; it cannot be
    /// changed later.
    equipment: Option<Ref>,
    /// The type of work, required for a new equipment schedule; at most 200 characters.
    service_type: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: EquipmentScheduleFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The skip of an occurrence.
#[derive(Clone, Debug, InputObject)]
pub struct EquipmentScheduleSkipInput {
    /// The equipment schedule.
    id: Ref,
    /// The version that the equipment schedule must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The reason; 1 to 10,000 characters.
    reason: String,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

delete_input! { EquipmentScheduleDeleteInput of "equipment schedule" }
restore_input! { EquipmentScheduleRestoreInput of "equipment schedule" }

impl EquipmentScheduleFieldsInput {
    fn draft(self, service_type: FieldUpdate<String>, external_reference: FieldUpdate<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            service_type,
            interval_days: field_update(self.interval_days),
            interval_months: field_update(self.interval_months),
            interval_meter: map_field(self.interval_meter, |interval| interval.0),
            due_date: map_field(self.due_date, |day| day.0),
            counted_from: map_field(self.counted_from, Into::into),
            start_date: map_field(self.start_date, |day| day.0),
            start_meter: map_field(self.start_meter, |value| value.0),
            notify_before: map_field(self.notify_before, |notice| (notice.value.0, notice.unit.into())),
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

mutations! {
    /// The mutations of equipment schedules.
    EquipmentScheduleMutation of equipment_schedule: EquipmentSchedule;

    /// Creates a schedule of a customer asset, or of an asset for all its customers. Completed service records of its type that are
    /// about the equipment count from the beginning. Requires `schedule:write`.
    equipment_schedule_create as "equipmentScheduleCreate", equipment_schedule_create_many
        (EquipmentScheduleCreateInput: "The equipment schedule to create.") -> EquipmentScheduleCreatePayload
        requires Action::ScheduleWrite => |tx, input| {
            let draft = input.fields.draft(FieldUpdate::Set(input.service_type), input.external_reference.into());
            rules::create(tx, &input.equipment.0, draft).await
        };

    /// Updates an equipment schedule. Requires `schedule:write`.
    equipment_schedule_update as "equipmentScheduleUpdate", equipment_schedule_update_many
        (EquipmentScheduleUpdateInput: "The equipment schedule and its changes.") -> EquipmentScheduleUpdatePayload
        requires Action::ScheduleWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.service_type), field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the equipment schedule with the given external reference, or updates it if it exists. A deleted equipment schedule
    /// is restored. Requires `schedule:write`.
    equipment_schedule_upsert as "equipmentScheduleUpsert", equipment_schedule_upsert_many
        (EquipmentScheduleUpsertInput: "The equipment schedule to create or update.") -> EquipmentScheduleUpsertPayload
        requires Action::ScheduleWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.service_type), FieldUpdate::Keep);
            let equipment = input.equipment.map(|equipment| equipment.0);
            rules::upsert(tx, equipment.as_ref(), &input.external_reference, input.expected_version, draft).await
        };

    /// Skips the occurrence that is due next, for a reason: each interval goes on by one, and a fixed date is used up. Requires
    /// `schedule:write`.
    equipment_schedule_skip as "equipmentScheduleSkip", equipment_schedule_skip_many
        (EquipmentScheduleSkipInput: "The equipment schedule and the reason.") -> EquipmentScheduleSkipPayload
        requires Action::ScheduleWrite => |tx, input| rules::skip(tx, &input.id.0, input.expected_version, input.reason).await;

    /// Deletes an equipment schedule: it is hidden and can be restored. Requires `schedule:write`.
    equipment_schedule_delete as "equipmentScheduleDelete", equipment_schedule_delete_many
        (EquipmentScheduleDeleteInput: "The equipment schedule to delete.") -> EquipmentScheduleDeletePayload
        requires Action::ScheduleWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted equipment schedule. Work that was done since then counts. Requires `schedule:write`.
    equipment_schedule_restore as "equipmentScheduleRestore", equipment_schedule_restore_many
        (EquipmentScheduleRestoreInput: "The equipment schedule to restore.") -> EquipmentScheduleRestorePayload
        requires Action::ScheduleWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}
