//! Tenants, and the tables of every area: keys, counters, search tokens and the change log.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table, unkeyed_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut tenant = tenant_table(manager, "tenant");
        tenant.column(ColumnDef::new("slug").text().not_null().unique_key());
        tenant.text(&[
            "name",
            "industries",
            "country",
            "currency",
            "time_zone",
            "weight_unit",
            "distance_unit",
            "names",
        ]);
        tenant.boolean(&["order_sealed_names"]);
        tenant.column(ColumnDef::new("key_wrapped").binary().not_null());
        tenant.external_reference().check("tenant_id = id").common().create(manager).await?;

        let mut data_key = tenant_table(manager, "data_key");
        data_key.column(ColumnDef::new("customer_id").uuid());
        data_key.column(ColumnDef::new("wrapped").binary().not_null());
        data_key.time(&["created_at"]);
        data_key.unique_where(&["customer_id"], "customer_id IS NOT NULL").create(manager).await?;

        let mut counter = unkeyed_table(manager, "counter");
        counter.column(ColumnDef::new("tenant_id").uuid().not_null());
        counter.text(&["name"]).big(&["value"]).primary_key(&["tenant_id", "name"]).create(manager).await?;

        let mut search_token = unkeyed_table(manager, "search_token");
        search_token.column(ColumnDef::new("tenant_id").uuid().not_null());
        search_token.column(ColumnDef::new("token").binary().not_null());
        search_token.column(ColumnDef::new("row_id").uuid().not_null());
        search_token.text(&["field"]).primary_key(&["tenant_id", "token", "row_id"]);
        search_token.index(&["row_id", "field"]).create(manager).await?;

        let mut change = tenant_table(manager, "change");
        change.text(&["table_name"]);
        change.column(ColumnDef::new("row_id").uuid().not_null());
        change.column(ColumnDef::new("key_owner_id").uuid());
        change.text(&["action", "actor", "request_id"]).time(&["at"]).text(&["fields"]).text_null(&["before", "after"]);
        change.sealed(&["before_sealed", "after_sealed"]).big_null(&["sequence"]);
        change.index(&["table_name", "row_id", "sequence"]).unique(&["sequence"]);
        change.create(manager).await?;
        // The linker searches all tenants for changes without a sequence: the only index that does not begin with the tenant.
        manager
            .get_connection()
            .execute_unprepared("CREATE INDEX ix_change_unlinked ON change (id) WHERE sequence IS NULL")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["change", "search_token", "counter", "data_key", "tenant"]).await
    }
}
