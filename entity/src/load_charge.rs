//! Load charges: the lines of what a load costs.

use sea_orm::entity::prelude::*;

/// One line of what a load costs.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "load_charge")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The load.
    pub load_id: Uuid,
    /// The position in the list, from 0.
    pub position: i32,
    /// The type of charge.
    pub charge_type: ChargeType,
    /// A description.
    pub description: Option<String>,
    /// The quantity, in millionths.
    pub quantity: i64,
    /// The price of one unit in major units, in millionths.
    pub unit_amount: i64,
    /// The quantity times the unit amount, in minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// The rate that the charge comes from; null, where a client wrote it.
    pub rate_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The type of a charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChargeType {
    /// The transport.
    Linehaul,
    /// A fuel surcharge.
    Fuel,
    /// An extra service.
    Accessorial,
    /// Waiting time.
    Detention,
    /// Loading or unloading by third parties.
    Lumper,
    /// Another charge.
    #[default]
    Other,
}
