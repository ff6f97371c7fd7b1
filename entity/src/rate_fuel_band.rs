//! Rate fuel bands: the fuel surcharges of a rate by the price of fuel.

use sea_orm::entity::prelude::*;

/// The fuel surcharge from a price of fuel on, up to the next band, and from a day on, up to the next day that has bands.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_fuel_band")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The rate.
    pub rate_id: Uuid,
    /// The position in the list, from 0.
    pub position: i32,
    /// The first day on which it holds; null for always.
    pub effective_from: Option<Date>,
    /// The least price of fuel, in millionths of a major unit.
    pub price_from: i64,
    /// The surcharge, in millionths of a percent.
    pub percent: i64,
}

impl ActiveModelBehavior for ActiveModel {}
