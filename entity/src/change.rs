//! Changes: the log of every write, for audit, subscriptions and synchronisation.

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
    /// The table of the changed row.
    pub table_name: String,
    /// The id of the changed row.
    pub row_id: Uuid,
    /// The customer whose key seals the images; null for the tenant's key.
    pub key_owner_id: Option<Uuid>,
    /// What happened to the row.
    pub action: Action,
    /// The subject of the caller's token.
    pub actor: String,
    /// The id of the request.
    pub request_id: String,
    /// When the row was written.
    pub at: DateTimeUtc,
    /// JSON list of the names of the changed fields.
    pub fields: String,
    /// JSON of the fields that can never be personal, before.
    pub before: Option<String>,
    /// JSON of the fields that can never be personal, after.
    pub after: Option<String>,
    /// JSON of the fields that may be personal, before.
    pub before_sealed: Option<Sealed>,
    /// JSON of the fields that may be personal, after.
    pub after_sealed: Option<Sealed>,
    /// The position in the tenant's log, without gaps; null until the linker assigns it.
    pub sequence: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What happened to a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// It was created.
    Create,
    /// It was updated.
    #[default]
    Update,
    /// It was soft-deleted.
    Delete,
    /// It was restored.
    Restore,
}
