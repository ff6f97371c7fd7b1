//! Load references: the numbers others know a load by.

use sea_orm::entity::prelude::*;

/// A number that somebody else gave a load.
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
    /// Place in the list, from 0.
    pub position: i32,
    /// Whose number.
    pub reference_type: ReferenceType,
    /// The number.
    pub value: String,
    /// Folded `value`.
    pub value_key: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// Whose number a load reference is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReferenceType {
    /// Bill of lading.
    Bol,
    /// Purchase order.
    Po,
    /// The carrier's progressive number.
    Pro,
    /// Order number.
    Order,
    /// Something else.
    #[default]
    Other,
}
