//! Load references: the numbers that other parties gave a load.

use sea_orm::entity::prelude::*;

/// A number that another party gave a load.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "load_reference")]
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
    /// The type of number.
    pub reference_type: ReferenceType,
    /// The number.
    pub value: String,
    /// Folded `value`.
    pub value_key: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// The type of a load reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReferenceType {
    /// The number of the bill of lading.
    Bol,
    /// The number of the purchase order.
    Po,
    /// The carrier's progressive number.
    Pro,
    /// The number of the order.
    Order,
    /// Another number.
    #[default]
    Other,
}
