//! Service technicians: the technicians assigned to a service record.

use sea_orm::entity::prelude::*;

/// One technician of a service record.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_technician")]
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
    /// The technician's id in the caller's system.
    pub technician: String,
}

impl ActiveModelBehavior for ActiveModel {}
