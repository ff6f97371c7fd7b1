//! Idempotency: the keys with which mutations were sent, and the rows they wrote.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, unkeyed_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut idempotency = unkeyed_table(manager, "idempotency");
        idempotency.column(ColumnDef::new("tenant_id").uuid().not_null());
        idempotency.column(ColumnDef::new("key").binary().not_null());
        idempotency.column(ColumnDef::new("fingerprint").binary().not_null());
        idempotency.column(ColumnDef::new("row_id").uuid());
        idempotency.time(&["created_at"]);
        idempotency.primary_key(&["tenant_id", "key"]);
        idempotency.index(&["created_at"]).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["idempotency"]).await
    }
}
