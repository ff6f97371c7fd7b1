//! Data keys: one for each customer and one for each tenant, wrapped by the tenant's key.

use sea_orm::entity::prelude::*;

/// A key that seals personal data.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_key")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The customer whose data it seals; null for the data of no customer.
    pub customer_id: Option<Uuid>,
    /// The key, wrapped by the tenant's key.
    pub wrapped: Vec<u8>,
    /// When it was created.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
