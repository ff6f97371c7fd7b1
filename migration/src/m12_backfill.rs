//! Backfills: how far stored rows are in the form that the settings of their tenant ask for.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, unkeyed_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut backfill = unkeyed_table(manager, "backfill");
        backfill.column(ColumnDef::new("tenant_id").uuid().not_null());
        backfill.text(&["table_name"]);
        backfill.column(ColumnDef::new("request_id").uuid().not_null());
        backfill.column(ColumnDef::new("last_id").uuid());
        backfill.time(&["begins_at"]).boolean(&["is_second_pass", "indexes_phones"]);
        backfill.primary_key(&["tenant_id", "table_name"]);
        backfill.create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["backfill"]).await
    }
}
