//! Loads: freight moved for a customer.

use sea_orm::entity::prelude::*;

/// A shipment.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "load")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id this row has in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// Who pays.
    pub customer_id: Uuid,
    /// The tenant's number for it.
    pub load_number: String,
    /// Folded `load_number`.
    pub load_number_key: String,
    /// How far it is.
    pub status: Status,
    /// In millionths of `weight_unit`.
    pub weight: Option<i64>,
    /// LB or KG.
    pub weight_unit: Option<String>,
    /// What is moved.
    pub commodity: Option<String>,
    /// Folded `commodity`.
    pub commodity_key: Option<String>,
    /// Declared value in minor units.
    pub value_amount: Option<i64>,
    /// ISO 4217.
    pub value_currency: Option<String>,
    /// How many.
    pub pieces: Option<i32>,
    /// What trailer it takes.
    pub equipment_type: Option<String>,
    /// Folded `equipment_type`.
    pub equipment_type_key: Option<String>,
    /// Whether it is hazardous.
    pub hazmat: bool,
    /// What it is kept at, in millionths of a degree.
    pub temperature: Option<i64>,
    /// F or C.
    pub temperature_unit: Option<String>,
    /// In millionths of `distance_unit`.
    pub distance: Option<i64>,
    /// MI or KM.
    pub distance_unit: Option<String>,
    /// The driver's id in the caller's system.
    pub driver: Option<String>,
    /// The truck's id there.
    pub truck: Option<String>,
    /// The trailer's id there.
    pub trailer: Option<String>,
    /// The carrier's id there.
    pub carrier: Option<String>,
    /// Sum of the charges in minor units.
    pub charge_amount: Option<i64>,
    /// ISO 4217.
    pub charge_currency: Option<String>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// Address of the first PICKUP.
    pub pickup_id: Option<Uuid>,
    /// Address of the last DELIVERY.
    pub delivery_id: Option<Uuid>,
    /// Start of the first PICKUP's window.
    pub scheduled_pickup: Option<DateTimeUtc>,
    /// Start of the last DELIVERY's window.
    pub scheduled_delivery: Option<DateTimeUtc>,
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

/// How far a load is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Known.
    #[default]
    New,
    /// Has its appointments.
    Scheduled,
    /// Given to a driver or carrier.
    Dispatched,
    /// Under way.
    InProgress,
    /// Delivered.
    Completed,
    /// Billed.
    Invoiced,
    /// Paid.
    Paid,
    /// Will not be moved.
    Cancelled,
}
