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
    /// Place in the list, from 0.
    pub position: i32,
    /// What for.
    pub charge_type: ChargeType,
    /// In words.
    pub description: Option<String>,
    /// In millionths.
    pub quantity: i64,
    /// Per one, in minor units.
    pub unit_amount: i64,
    /// Quantity times unit amount, in minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a charge is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChargeType {
    /// Moving the freight.
    Linehaul,
    /// Fuel surcharge.
    Fuel,
    /// An extra service.
    Accessorial,
    /// Waiting.
    Detention,
    /// Loading or unloading by others.
    Lumper,
    /// Something else.
    #[default]
    Other,
}
