//! Service schedules: the equipment schedules that a service record names.

use sea_orm::entity::prelude::*;

/// One equipment schedule that a service record names.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_schedule")]
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
    /// The equipment schedule.
    pub equipment_schedule_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
