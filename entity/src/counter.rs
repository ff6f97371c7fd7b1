//! Counters: the last assigned number, by tenant and purpose.

use sea_orm::entity::prelude::*;

/// The last assigned number.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "counter")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// The purpose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The last assigned number.
    pub value: i64,
}

impl ActiveModelBehavior for ActiveModel {}
