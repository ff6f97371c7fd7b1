//! Token revocations: the tokens and subjects whose tokens are refused before they expire.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, unkeyed_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut revocation = unkeyed_table(manager, "token_revocation");
        revocation.column(ColumnDef::new("tenant_id").uuid().not_null());
        revocation.key(&["type", "name"]).time_null(&["issued_before"]).time(&["created_at", "expires_at"]);
        revocation.primary_key(&["tenant_id", "type", "name"]);
        revocation.index(&["expires_at"]).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["token_revocation"]).await
    }
}
