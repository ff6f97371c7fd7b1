//! Pauses of recurring services: times without visits.

use sea_orm::entity::prelude::*;

/// One pause of a plan.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recurring_service_pause")]
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
    /// The first local day without visits.
    pub starts_on: Date,
    /// The first local day with visits again; null while the plan is not resumed.
    pub resumes_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
