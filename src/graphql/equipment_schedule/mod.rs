//! Equipment schedules: when a piece of equipment is due for a service.

mod list;
mod mutation;
mod status;

use std::sync::Arc;

use async_graphql::{Context, Enum, MergedObject, Object, SimpleObject};
use domain::value;
use entity::equipment_schedule;
use error::Result;

pub use self::{
    list::{EquipmentScheduleEdgeFilter, EquipmentScheduleFilter, EquipmentScheduleOrder},
    mutation::EquipmentScheduleMutation,
    status::EquipmentScheduleStatus,
};
use super::{
    asset::Asset,
    change::Change,
    context::ContextExt,
    custom_field::CustomFieldValue,
    customer::Customer,
    customer_asset::CustomerAsset,
    edges::edges,
    entity_object::entity_object,
    meter_reading::MeterReading,
    scalar::{Date, DateTime, Decimal},
    service_record::ServiceRecord,
};

/// The queries of equipment schedules.
#[derive(Default, MergedObject)]
pub struct EquipmentScheduleQuery(list::EquipmentScheduleRoots, list::EquipmentDue);

/// From what the intervals of an equipment schedule are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "equipment_schedule::CountedFrom")]
pub enum EquipmentScheduleBasis {
    /// From when the work was last done: what is done late is due later from then on.
    Completion,
    /// From the start of the schedule: the dates and the marks on the meter stay, whenever the work is done. Work that is late
    /// uses up all occurrences that have passed, work that is early the next one.
    Plan,
}

/// The unit of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "equipment_schedule::NotifyUnit")]
pub enum EquipmentScheduleNoticeUnit {
    /// Days before it is due, by date or by the prediction.
    Days,
    /// Calendar months before it is due, by date or by the prediction.
    Months,
    /// In the unit of the asset's meter, before the meter is there. It tells nothing about a date.
    Meter,
}

entity_object! {
    /// When an asset is due for a service: by the calendar, by its meter or on a date, at the first of those that can be told.
    /// It is of an asset for all its customers, or of a customer asset. Days are those of the tenant's time zone. The reason of
    /// a skip is personal data and requires `pii:read`.
    EquipmentSchedule of equipment_schedule: EquipmentScheduleFields, EquipmentScheduleEdges, EquipmentScheduleFilter,
        EquipmentScheduleOrder;
    "notifyBefore" => [NotifyValue, NotifyUnit],
    "status" => [NextDue, UpcomingFrom, OverdueFrom],
}

/// The fields of an equipment schedule, besides the common ones.
pub struct EquipmentScheduleFields(Arc<equipment_schedule::Model>);

/// How long before it is due a schedule is UPCOMING.
#[derive(SimpleObject)]
pub struct EquipmentScheduleNotice {
    /// The length, in `unit`.
    value: Decimal,
    /// The unit.
    unit: EquipmentScheduleNoticeUnit,
}

fn decimal(millionths: Option<i64>) -> Option<Decimal> {
    millionths.map(value::Decimal).map(Decimal)
}

#[Object]
impl EquipmentScheduleFields {
    /// The type of work, in the tenant's own words, for example `Oil change`. Completed service records of the same type,
    /// compared without regard to case, count for the schedule.
    async fn service_type(&self) -> &str {
        &self.0.service_type
    }

    /// The interval in days. Null: none.
    async fn interval_days(&self) -> Option<i32> {
        self.0.interval_days
    }

    /// The interval in calendar months. A day that a month does not have is its last one. Null: none.
    async fn interval_months(&self) -> Option<i32> {
        self.0.interval_months
    }

    /// The interval on the meter, in the unit of the asset's meter. Null: none.
    async fn interval_meter(&self) -> Option<Decimal> {
        decimal(self.0.interval_meter)
    }

    /// A date on which the work is due once; a completion, or a skip, since it was set uses it up. Null: none.
    async fn due_date(&self) -> Option<Date> {
        self.0.due_date.map(Date)
    }

    /// From what the intervals are counted.
    async fn counted_from(&self) -> EquipmentScheduleBasis {
        self.0.counted_from.into()
    }

    /// The day from which the intervals are counted: until the first completion, or always if they are counted from the PLAN.
    /// Completions before it do not count. Null: the day on which the schedule was created, and all completions count.
    async fn start_date(&self) -> Option<Date> {
        self.0.start_date.map(Date)
    }

    /// The reading from which the interval on the meter is counted, as the meter showed it when this was written. Null: the
    /// reading at the start.
    async fn start_meter(&self) -> Option<Decimal> {
        decimal(self.0.start_meter)
    }

    /// How long before it is due the schedule is UPCOMING. Null: it never is.
    async fn notify_before(&self) -> Option<EquipmentScheduleNotice> {
        let (value, unit) = self.0.notify_value.zip(self.0.notify_unit)?;
        Some(EquipmentScheduleNotice { value: Decimal(value::Decimal(value)), unit: unit.into() })
    }

    /// The status now.
    async fn status(&self, ctx: &Context<'_>) -> EquipmentScheduleStatus {
        status::status(ctx.store(), &self.0)
    }

    /// The first day on which the work is due: `nextDueDate` or `predictedDue`, the earlier of those that can be told. Null if
    /// neither can be told, or nothing is due any more.
    async fn next_due(&self) -> Option<Date> {
        self.0.next_due.map(Date)
    }

    /// The day on which the work is due by the calendar. Null if the schedule has no such interval and no date that is not used
    /// up.
    async fn next_due_date(&self) -> Option<Date> {
        self.0.next_due_date.map(Date)
    }

    /// The reading of the present meter at which the work is due. Null if the schedule does not go by the meter, or the asset
    /// has no reading.
    async fn next_due_meter(&self) -> Option<Decimal> {
        decimal(self.0.next_due_meter)
    }

    /// The day on which the meter reaches `nextDueMeter`, or has reached it, by its use: counted on from the newest reading. Null
    /// if `meterUsePerDay` is null and the meter is not there yet.
    async fn predicted_due(&self) -> Option<Date> {
        self.0.predicted_due.map(Date)
    }

    /// The use of the asset in a day, in the unit of its meter, if the schedule goes by the meter: between the newest reading and
    /// the last one that is at least 30 days older, else the oldest one, divided by the time between them. Null if nothing was
    /// used, or the readings are less than a day apart.
    async fn meter_use_per_day(&self) -> Option<Decimal> {
        decimal(self.0.meter_use_per_day)
    }

    /// When the work was last done: `completedAt`, else `serviceDate`, of the newest completed service record that counts. A
    /// record counts if it names the schedule, or names none and is of its type and about its equipment. Null if there is none.
    async fn last_completed_at(&self) -> Option<DateTime> {
        self.0.last_completed_at.map(DateTime)
    }

    /// When an occurrence was last skipped. Null if none was.
    async fn skipped_at(&self) -> Option<DateTime> {
        self.0.skipped_at.map(DateTime)
    }

    /// The date of the occurrence that was last skipped. Null if none was, or it had no date.
    async fn skipped_date(&self) -> Option<Date> {
        self.0.skipped_date.map(Date)
    }

    /// Why an occurrence was last skipped. Null if none was, and without `pii:read`.
    async fn skip_reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, equipment_schedule::Column::SkipReason).await
    }
}

edges! {
    EquipmentScheduleEdges of equipment_schedule;
    many {
        /// The readings of the asset's meter. Requires `asset:read`.
        meter_readings: SCHEDULE_READINGS -> MeterReading;
        /// The changes to the schedule, by default in the order of `sequence`. When it is due follows from other records, and is
        /// no change. Requires `change:read`.
        changes: SCHEDULE_CHANGES -> Change;
    }
    one {
        /// The asset. Requires `asset:read`.
        asset: SCHEDULE_ASSET -> Asset;
        /// The customer asset. Null if the schedule is of the asset for all its customers. Requires `asset:read`.
        customer_asset: SCHEDULE_CUSTOMER_ASSET -> CustomerAsset;
        /// The customer of the customer asset. Null if the schedule is of the asset for all its customers. Requires
        /// `customer:read`.
        customer: SCHEDULE_CUSTOMER -> Customer;
        /// The service record by which the work was last done. Null if there is none. Requires `service:read`.
        last_service_record: SCHEDULE_LAST_SERVICE -> ServiceRecord;
    }
    custom_fields SCHEDULE_VALUES of EquipmentSchedule -> CustomFieldValue;
}
