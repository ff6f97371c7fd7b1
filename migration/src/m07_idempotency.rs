//! Idempotency: the keys under which mutations were sent, and what became of them.

use sea_orm_migration::prelude::*;

use crate::table::{bare, drop_all};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut sent = bare(manager, "idempotency");
        sent.column(ColumnDef::new("tenant_id").uuid().not_null());
        sent.column(ColumnDef::new("key").binary().not_null());
        sent.column(ColumnDef::new("fingerprint").binary().not_null());
        sent.column(ColumnDef::new("row_id").uuid());
        sent.time(&["created_at"]);
        sent.primary_key(&["tenant_id", "key"]);
        sent.index(&["created_at"]).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["idempotency"]).await
    }
}
