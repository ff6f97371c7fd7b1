//! Rate accessorials: what a rate adds for additional services.

use sea_orm::entity::prelude::*;

use crate::load_charge::ChargeType;

/// What a rate adds for one additional service: an amount of a unit, or a percentage.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_accessorial")]
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
    /// The type of charge that it becomes.
    pub charge_type: ChargeType,
    /// A description.
    pub description: Option<String>,
    /// The amount of a unit in major units, in millionths.
    pub amount: Option<i64>,
    /// The percentage of the base, in millionths of a percent.
    pub percent: Option<i64>,
    /// Whether all work bears it, also work that does not name it.
    pub automatic: bool,
}

impl ActiveModelBehavior for ActiveModel {}
