//! Service records: work at a customer, planned or performed.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// One service visit.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_record")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer.
    pub customer_id: Uuid,
    /// The address.
    pub address_id: Option<Uuid>,
    /// The date and time of the service.
    pub service_date: DateTimeUtc,
    /// The type of work.
    pub service_type: String,
    /// Folded `service_type`.
    pub service_type_key: String,
    /// A summary in one line.
    pub summary: Option<String>,
    /// The urgency.
    pub priority: Priority,
    /// The state.
    pub status: Status,
    /// The planned start.
    pub scheduled_start: Option<DateTimeUtc>,
    /// The planned end.
    pub scheduled_end: Option<DateTimeUtc>,
    /// The start of the promised arrival window.
    pub arrival_window_start: Option<DateTimeUtc>,
    /// The end of the promised arrival window.
    pub arrival_window_end: Option<DateTimeUtc>,
    /// Free text.
    pub notes: Option<Sealed>,
    /// Whether a further visit is required.
    pub follow_up_required: bool,
    /// The service record that this one is a follow-up of.
    pub follow_up_of_id: Option<Uuid>,
    /// The plan by which it was booked; null for another record.
    pub recurring_service_id: Option<Uuid>,
    /// The local date of the plan that it is the visit of, whenever the visit takes place. Null if it takes up no date.
    pub occurrence_date: Option<Date>,
    /// The version in which the plan last wrote it: another version was changed by hand since.
    pub booked_version: Option<i32>,
    /// When the service was requested.
    pub requested_at: Option<DateTimeUtc>,
    /// When the work started.
    pub started_at: Option<DateTimeUtc>,
    /// When the work was completed.
    pub completed_at: Option<DateTimeUtc>,
    /// The customer's score, from 1 to 5.
    pub satisfaction_score: Option<i32>,
    /// The charge, in minor units.
    pub charge_amount: Option<i64>,
    /// ISO 4217.
    pub charge_currency: Option<String>,
    /// The reason of the cancellation.
    pub cancel_reason: Option<Sealed>,
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

/// The state of a service record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Planned.
    #[default]
    Scheduled,
    /// Under way.
    InProgress,
    /// Done.
    Completed,
    /// Not performed.
    Cancelled,
}

/// The urgency of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Priority {
    /// At any time.
    Low,
    /// As planned.
    #[default]
    Normal,
    /// Soon.
    High,
    /// At once.
    Emergency,
}
