//! Recurring services: plans by which a customer is visited regularly.

use sea_orm::entity::prelude::*;

/// What is done at a customer again and again, and on which local dates.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recurring_service")]
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
    /// The address, whose time zone the plan has; null for the tenant's zone.
    pub address_id: Option<Uuid>,
    /// The type of work.
    pub service_type: String,
    /// Folded `service_type`.
    pub service_type_key: String,
    /// A summary in one line.
    pub summary: Option<String>,
    /// What the plan repeats by.
    pub frequency: Frequency,
    /// Every how many of the frequency's periods.
    pub interval: i32,
    /// JSON list of days of the week, from Monday; null for none.
    pub weekdays: Option<String>,
    /// Which of a month's days of that name.
    pub week_of_month: Option<WeekOfMonth>,
    /// The day of the month.
    pub day_of_month: Option<i32>,
    /// The first local day that can be a date.
    pub start_date: Date,
    /// The last local day that can be a date; null for none.
    pub end_date: Option<Date>,
    /// How many dates there are from the start on; null for no limit.
    pub occurrence_count: Option<i32>,
    /// The local time of a visit, `10:00`; null if a visit takes place at some time of its day.
    pub preferred_time: Option<String>,
    /// How long a visit takes, in minutes.
    pub duration_minutes: Option<i32>,
    /// The charge of a visit, in minor units.
    pub charge_amount: Option<i64>,
    /// ISO 4217.
    pub charge_currency: Option<String>,
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

/// What a plan repeats by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Frequency {
    /// Days.
    Daily,
    /// Weeks, which begin on Monday.
    Weekly,
    /// Months.
    #[default]
    Monthly,
    /// Three months.
    Quarterly,
    /// Six months.
    Semiannually,
    /// Twelve months.
    Annually,
}

/// Which of the days of a month that are the same day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WeekOfMonth {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The last: the fifth, or the fourth of a month that has no fifth.
    Last,
}
