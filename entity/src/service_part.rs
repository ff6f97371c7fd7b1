//! Service parts: the parts that a service used.

use sea_orm::entity::prelude::*;

/// One part that a service used.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_part")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The service record.
    pub service_record_id: Uuid,
    /// The position in the list, from 0.
    pub position: i32,
    /// The part number of the manufacturer or seller.
    pub part_number: Option<String>,
    /// The quantity, in millionths.
    pub quantity: i64,
    /// A description.
    pub description: Option<String>,
    /// The cost of one unit, in minor units.
    pub unit_cost_amount: Option<i64>,
    /// ISO 4217.
    pub unit_cost_currency: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
