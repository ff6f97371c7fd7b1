//! Assets: the equipment that the tenant owns or services.

use sea_orm::entity::prelude::*;

/// A piece of equipment.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "asset")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The name.
    pub name: String,
    /// Folded `name`.
    pub name_key: String,
    /// The unit number painted on it.
    pub unit_number: Option<String>,
    /// Folded `unit_number`.
    pub unit_number_key: Option<String>,
    /// The category of equipment.
    pub category: Option<String>,
    /// Folded `category`.
    pub category_key: Option<String>,
    /// The manufacturer.
    pub make: Option<String>,
    /// Folded `make`.
    pub make_key: Option<String>,
    /// The manufacturer's model.
    pub model: Option<String>,
    /// Folded `model`.
    pub model_key: Option<String>,
    /// Model year.
    pub year: Option<i32>,
    /// The manufacturer's serial number.
    pub serial_number: Option<String>,
    /// Folded `serial_number`.
    pub serial_number_key: Option<String>,
    /// When it was installed.
    pub install_date: Option<Date>,
    /// The last day of its warranty.
    pub warranty_expiration: Option<Date>,
    /// The last meter reading, in millionths.
    pub meter_value: Option<i64>,
    /// The unit of the meter.
    pub meter_unit: Option<String>,
    /// When the meter was read.
    pub meter_at: Option<DateTimeUtc>,
    /// Whether it is usable.
    pub status: Status,
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

/// Whether a piece of equipment is usable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// In use or ready for use.
    #[default]
    Active,
    /// Temporarily not usable.
    OutOfService,
    /// Permanently out of use.
    Retired,
}
