//! Meter readings: what the meter of an asset showed, and when.

use sea_orm::entity::prelude::*;

/// What the meter of an asset showed at a time. Readings are added, and never changed.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meter_reading")]
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
    /// The reading, in millionths.
    pub value: i64,
    /// The unit of the meter.
    pub unit: Option<String>,
    /// When the meter was read.
    pub at: DateTimeUtc,
    /// Who or what read it.
    pub source: Source,
    /// Whether the meter may show less than before.
    pub rollback: bool,
    /// An exchange of the meter: the last value of the old one, in millionths.
    pub exchange_old_value: Option<i64>,
    /// An exchange of the meter: the first value of the new one, in millionths.
    pub exchange_new_value: Option<i64>,
    /// The running total over all meters that the asset has had, in millionths.
    pub total: i64,
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

/// Who or what read a meter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Source {
    /// A person.
    #[default]
    Manual,
    /// A technician during a service.
    Service,
    /// The handover or the return of the asset.
    Handover,
    /// A device in the machine.
    Telematics,
    /// Another system.
    Import,
}
