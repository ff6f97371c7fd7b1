//! Loads: freight that is moved for a customer.

use sea_orm::entity::prelude::*;

use crate::Sealed;

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
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer that pays.
    pub customer_id: Uuid,
    /// The tenant's number of the load.
    pub number: String,
    /// Folded `number`.
    pub number_key: String,
    /// The state.
    pub status: Status,
    /// The weight, in millionths of `weight_unit`.
    pub weight: Option<i64>,
    /// LB or KG.
    pub weight_unit: Option<String>,
    /// The freight.
    pub commodity: Option<String>,
    /// Folded `commodity`.
    pub commodity_key: Option<String>,
    /// The declared value, in minor units.
    pub value_amount: Option<i64>,
    /// ISO 4217.
    pub value_currency: Option<String>,
    /// The number of pieces.
    pub pieces: Option<i32>,
    /// The required type of trailer.
    pub equipment_type: Option<String>,
    /// Folded `equipment_type`.
    pub equipment_type_key: Option<String>,
    /// Whether the freight is hazardous.
    pub hazmat: bool,
    /// The required temperature, in millionths of a degree.
    pub temperature: Option<i64>,
    /// F or C.
    pub temperature_unit: Option<String>,
    /// The distance, in millionths of `distance_unit`.
    pub distance: Option<i64>,
    /// MI or KM.
    pub distance_unit: Option<String>,
    /// The driver's id in the caller's system.
    pub driver: Option<String>,
    /// The truck's id in the caller's system.
    pub truck: Option<String>,
    /// The trailer's id in the caller's system.
    pub trailer: Option<String>,
    /// The carrier's id in the caller's system.
    pub carrier: Option<String>,
    /// The sum of the charges, in minor units.
    pub charge_amount: Option<i64>,
    /// ISO 4217.
    pub charge_currency: Option<String>,
    /// The reason of the cancellation.
    pub cancel_reason: Option<Sealed>,
    /// The address of the first PICKUP.
    pub pickup_location_id: Option<Uuid>,
    /// The address of the last DELIVERY.
    pub delivery_location_id: Option<Uuid>,
    /// The start of the first PICKUP's window.
    pub scheduled_pickup: Option<DateTimeUtc>,
    /// The start of the last DELIVERY's window.
    pub scheduled_delivery: Option<DateTimeUtc>,
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

/// The state of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Created.
    #[default]
    New,
    /// Has appointments.
    Scheduled,
    /// Assigned to a driver or carrier.
    Dispatched,
    /// Under way.
    InProgress,
    /// Delivered.
    Completed,
    /// Billed.
    Invoiced,
    /// Paid.
    Paid,
    /// Not moved.
    Cancelled,
}
