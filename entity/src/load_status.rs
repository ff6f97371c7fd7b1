//! Load status history: every state a load went through.

use sea_orm::entity::prelude::*;

/// One step of a load.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "load_status")]
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
    /// Where it was; null at the first.
    pub from_status: Option<super::load::Status>,
    /// Where it went.
    pub to_status: super::load::Status,
    /// When it happened.
    pub at: DateTimeUtc,
    /// What was said.
    pub note: Option<String>,
    /// Who said so.
    pub actor: String,
}

impl ActiveModelBehavior for ActiveModel {}
