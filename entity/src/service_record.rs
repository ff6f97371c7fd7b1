//! Service records: work done or planned at a customer.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// One visit.
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
    /// The id this row has in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer.
    pub customer_id: Uuid,
    /// Where.
    pub address_id: Option<Uuid>,
    /// When.
    pub service_date: DateTimeUtc,
    /// What kind of work.
    pub service_type: String,
    /// Folded `service_type`.
    pub service_type_key: String,
    /// In one line.
    pub summary: Option<String>,
    /// How urgent.
    pub priority: Priority,
    /// How far it is.
    pub status: Status,
    /// Planned start.
    pub scheduled_start: Option<DateTimeUtc>,
    /// Planned end.
    pub scheduled_end: Option<DateTimeUtc>,
    /// Promised arrival, from.
    pub arrival_window_start: Option<DateTimeUtc>,
    /// Promised arrival, until.
    pub arrival_window_end: Option<DateTimeUtc>,
    /// Free text.
    pub notes: Option<Sealed>,
    /// Whether somebody must come again.
    pub follow_up_required: bool,
    /// When it was asked for.
    pub requested_at: Option<DateTimeUtc>,
    /// When work began.
    pub started_at: Option<DateTimeUtc>,
    /// When work ended.
    pub completed_at: Option<DateTimeUtc>,
    /// 1 to 5.
    pub satisfaction_score: Option<i32>,
    /// What it costs, in minor units.
    pub charge_amount: Option<i64>,
    /// ISO 4217.
    pub charge_currency: Option<String>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// Starts at 1, one more at every write.
    pub version: i32,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When the row, or a child of it, was last written.
    pub updated_at: DateTimeUtc,
    /// When the row was hidden; null while it is live.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion this row was hidden by: Restore brings back all rows of one deletion.
    pub deleted_with: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// How far a service record is.
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
    /// Will not be done.
    Cancelled,
}

/// How urgent a service is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Priority {
    /// When convenient.
    Low,
    /// As planned.
    #[default]
    Normal,
    /// Soon.
    High,
    /// At once.
    Emergency,
}
