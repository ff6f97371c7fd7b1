//! Service equipment: the customer assets of a service record.

use sea_orm::entity::prelude::*;

/// One customer asset of a service record.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_equipment")]
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
    /// The customer asset.
    pub customer_asset_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
