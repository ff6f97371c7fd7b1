//! Documents, and the files that are stored for them.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut document = tenant_table(manager, "document");
        document.external_reference().refers_null("customer_id", "customer").refers_null("asset_id", "asset");
        document.refers_null("load_id", "load").refers_null("service_record_id", "service_record");
        document.key(&["document_type"]).sealed(&["title"]).time_null(&["taken_at"]).sealed(&["link"]);
        document.column(ColumnDef::new("file_id").uuid()).sealed(&["file_name"]).text_null(&["media_type"]);
        document.integer_null(&["size"]).sealed(&["sha256"]).common();
        document.check(
            "CASE WHEN customer_id IS NULL THEN 0 ELSE 1 END + CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END = 1",
        );
        document.check("load_id IS NULL OR service_record_id IS NULL");
        document.check("customer_id IS NOT NULL OR COALESCE(load_id, service_record_id) IS NULL");
        document.check("CASE WHEN link IS NULL THEN 0 ELSE 1 END + CASE WHEN file_id IS NULL THEN 0 ELSE 1 END = 1");
        document.check("file_id IS NULL OR (media_type IS NOT NULL AND size IS NOT NULL AND sha256 IS NOT NULL)");
        document
            .index(&["taken_at", "id"])
            .index_where(&["deleted_at"], "file_id IS NOT NULL AND deleted_at IS NOT NULL");
        document.create(manager).await?;

        let mut file = tenant_table(manager, "stored_file");
        file.time(&["created_at"]).time_null(&["expires_at"]);
        file.index_where(&["expires_at"], "\"expires_at\" IS NOT NULL").create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["stored_file", "document"]).await
    }
}
