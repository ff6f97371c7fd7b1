//! Exceptions of recurring services: dates that are skipped or moved.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// One date of a plan that is skipped or moved.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recurring_service_exception")]
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
    /// The original local date.
    pub date: Date,
    /// The local date instead; null if the date is skipped.
    pub moved_to: Option<Date>,
    /// The local time instead, `10:00`; null for that of the plan.
    pub moved_time: Option<String>,
    /// The customer whose key seals the reason.
    pub key_owner_id: Uuid,
    /// The reason, as free text.
    pub reason: Option<Sealed>,
}

impl ActiveModelBehavior for ActiveModel {}
