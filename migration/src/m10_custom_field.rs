//! Custom fields: their definitions, and their values on the rows of every area.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The columns of a value that refer to its owner, and the tables of the owners.
const OWNERS: [(&str, &str); 12] = [
    ("customer_id", "customer"),
    ("contact_id", "contact"),
    ("address_id", "address"),
    ("asset_id", "asset"),
    ("customer_asset_id", "customer_asset"),
    ("load_id", "load"),
    ("service_record_id", "service_record"),
    ("recurring_service_id", "recurring_service"),
    ("rate_id", "rate"),
    ("equipment_schedule_id", "equipment_schedule"),
    ("document_id", "document"),
    ("company_id", "tenant"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut definition = tenant_table(manager, "custom_field_definition");
        definition.external_reference().key(&["owner_type", "key"]).text(&["field_type", "title"]);
        definition.key(&["title_key"]).text_null(&["translations"]);
        definition.boolean(&["required"]).text_null(&["default"]).boolean(&["sensitive"]);
        definition.big_null(&["minimum", "maximum"]).boolean(&["integer"]).text_null(&["unit"]);
        definition.integer_null(&["minimum_length", "maximum_length"]).text_null(&["pattern", "options"]);
        definition.boolean(&["multi_select"]).text_null(&["currency"]).common();
        definition.unique(&["owner_type", "key"]).create(manager).await?;

        let mut value = tenant_table(manager, "custom_field_value");
        value.refers("definition_id", "custom_field_definition").text(&["field_type"]);
        for (column, table) in OWNERS {
            value.refers_null(column, table);
            value.unique_where(&["definition_id", column], &format!("\"{column}\" IS NOT NULL"));
        }
        value.check(
            "CASE WHEN customer_id IS NULL THEN 0 ELSE 1 END + CASE WHEN contact_id IS NULL THEN 0 ELSE 1 END + CASE WHEN address_id IS NULL THEN 0 ELSE 1 END \
             + CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END + CASE WHEN customer_asset_id IS NULL THEN 0 ELSE 1 END + CASE WHEN load_id IS NULL THEN 0 ELSE 1 END \
             + CASE WHEN service_record_id IS NULL THEN 0 ELSE 1 END + CASE WHEN rate_id IS NULL THEN 0 ELSE 1 END \
             + CASE WHEN recurring_service_id IS NULL THEN 0 ELSE 1 END + CASE WHEN equipment_schedule_id IS NULL THEN 0 ELSE 1 END + CASE WHEN document_id IS NULL THEN 0 ELSE 1 END + CASE WHEN company_id IS NULL THEN 0 ELSE 1 END = 1",
        );
        value.refers_null("key_owner_id", "customer");
        value.column(ColumnDef::new("boolean").boolean());
        value.big_null(&["number"]).text_null(&["text"]).key_null(&["text_key"]).date_null(&["date"]);
        value.text_null(&["json"]).big_null(&["amount"]).text_null(&["currency"]).sealed(&["sealed"]);
        value.text_null(&["displaced"]).sealed(&["displaced_sealed"]).common();
        value
            .index_where(&["definition_id", "number"], "\"number\" IS NOT NULL")
            .index_where(&["definition_id", "text_key"], "\"text_key\" IS NOT NULL")
            .index_where(&["definition_id", "date"], "\"date\" IS NOT NULL")
            .index_where(&["definition_id", "amount"], "\"amount\" IS NOT NULL")
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["custom_field_value", "custom_field_definition"]).await
    }
}
