//! Equipment schedules: when a piece of equipment is due for a service.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// The service of one asset that is due again and again, or on one date.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "equipment_schedule")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The asset.
    pub asset_id: Uuid,
    /// The assignment for which the asset is serviced; null: for all.
    pub customer_asset_id: Option<Uuid>,
    /// The customer of the assignment.
    pub customer_id: Option<Uuid>,
    /// The type of work.
    pub service_type: String,
    /// Folded `service_type`.
    pub service_type_key: String,
    /// The interval in days.
    pub interval_days: Option<i32>,
    /// The interval in calendar months.
    pub interval_months: Option<i32>,
    /// The interval on the meter, in millionths of its unit.
    pub interval_meter: Option<i64>,
    /// The fixed date.
    pub due_date: Option<Date>,
    /// The day since which a completion uses up the fixed date.
    pub due_date_since: Option<Date>,
    /// From what the intervals are counted.
    pub counted_from: CountedFrom,
    /// The day from which they are counted before the first completion; null: that of creation.
    pub start_date: Option<Date>,
    /// The meter reading from which they are counted before the first completion, in millionths.
    pub start_meter: Option<i64>,
    /// The running total of the asset at `start_meter`.
    pub start_total: Option<i64>,
    /// How long before it is due it is upcoming, in millionths of `notify_unit`.
    pub notify_value: Option<i64>,
    /// The unit of `notify_value`.
    pub notify_unit: Option<NotifyUnit>,
    /// When it was last done: the newest completion that counts for it.
    pub last_completed_at: Option<DateTimeUtc>,
    /// The service record by which it was last done.
    pub last_service_record_id: Option<Uuid>,
    /// When an occurrence was last skipped.
    pub skipped_at: Option<DateTimeUtc>,
    /// Why it was skipped.
    pub skip_reason: Option<Sealed>,
    /// The date of the occurrence that was skipped.
    pub skipped_date: Option<Date>,
    /// The running total of the occurrence that was skipped.
    pub skipped_total: Option<i64>,
    /// The first day on which it is due, by date or by the prediction; null: it cannot be told.
    pub next_due: Option<Date>,
    /// The day on which it is due by date.
    pub next_due_date: Option<Date>,
    /// The running total at which it is due, in millionths.
    pub next_due_total: Option<i64>,
    /// The reading of the present meter at which it is due, in millionths.
    pub next_due_meter: Option<i64>,
    /// The day on which the meter reaches `next_due_total` by its use.
    pub predicted_due: Option<Date>,
    /// The use of the asset in a day, in millionths of the meter's unit.
    pub meter_use_per_day: Option<i64>,
    /// The day from which it is upcoming.
    pub upcoming_from: Option<Date>,
    /// The day from which it is overdue.
    pub overdue_from: Option<Date>,
    /// Starts at 1 and increases by one at every write.
    pub version: i32,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row, or a child of it, was last written.
    pub updated_at: DateTimeUtc,
    /// When the row was soft-deleted; null while it is live.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that deleted the row: a restore restores all rows of one deletion.
    pub deleted_with: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// From what the intervals of a schedule are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CountedFrom {
    /// From when the work was last done.
    #[default]
    Completion,
    /// From the start of the schedule, whenever the work is done.
    Plan,
}

/// The unit in which the notice of a schedule is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotifyUnit {
    /// Days.
    Days,
    /// Calendar months.
    Months,
    /// The unit of the asset's meter.
    Meter,
}
