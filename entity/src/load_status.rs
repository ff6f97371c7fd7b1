//! Load status history: every transition of a load.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// One transition of a load.
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
    /// The position in the list, from 0.
    pub position: i32,
    /// The state before; null for the first one.
    pub from_status: Option<super::load::Status>,
    /// The state after.
    pub to_status: super::load::Status,
    /// When the transition happened.
    pub at: DateTimeUtc,
    /// The customer whose key seals the note.
    pub key_owner_id: Uuid,
    /// A note.
    pub note: Option<Sealed>,
    /// The subject of the caller's token.
    pub actor: String,
}

impl ActiveModelBehavior for ActiveModel {}
