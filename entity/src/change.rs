//! Changes: the log of every write, which audit, subscriptions and sync read.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// One changed row in one transaction.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Table of the changed row.
    pub entity: String,
    /// Id of the changed row.
    pub row_id: Uuid,
    /// The customer whose key sealed the images; null: the tenant's key.
    pub key_owner_id: Option<Uuid>,
    /// What happened to the row.
    pub action: Action,
    /// Subject of the caller's token.
    pub actor: String,
    /// The request that did it.
    pub request_id: String,
    /// When.
    pub at: DateTimeUtc,
    /// JSON list of the changed fields' names.
    pub fields: String,
    /// JSON of what can never be personal, before.
    pub before: Option<String>,
    /// The same, after.
    pub after: Option<String>,
    /// JSON of all that may be personal, before.
    pub before_sealed: Option<Sealed>,
    /// The same, after.
    pub after_sealed: Option<Sealed>,
    /// Dense number within the tenant; null until linked.
    pub sequence: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What happened to a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// It was made.
    Create,
    /// It was changed.
    #[default]
    Update,
    /// It was hidden.
    Delete,
    /// It was brought back.
    Restore,
}
