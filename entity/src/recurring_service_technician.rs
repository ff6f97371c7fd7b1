//! Technicians of recurring services: who is assigned to the visits of a plan.

use sea_orm::entity::prelude::*;

/// One technician of a plan.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recurring_service_technician")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The plan.
    pub recurring_service_id: Uuid,
    /// The position in the list, from 0.
    pub position: i32,
    /// The technician's id in the caller's system.
    pub technician: String,
}

impl ActiveModelBehavior for ActiveModel {}
