//! Assets and their assignments to customers.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut asset = tenant_table(manager, "asset");
        asset.external_reference().text(&["name"]).key(&["name_key"]);
        asset.text_null(&["unit_number", "category", "make", "model", "serial_number", "meter_unit"]);
        asset.key_null(&["unit_number_key", "category_key", "make_key", "model_key", "serial_number_key"]);
        asset.integer_null(&["year"]).date_null(&["install_date", "warranty_expiration"]);
        asset.big_null(&["meter_value"]).time_null(&["meter_at"]).key(&["status"]).common();
        asset.index(&["name_key", "id"]).index(&["unit_number_key", "id"]).index(&["serial_number_key", "id"]);
        asset.create(manager).await?;

        let mut customer_asset = tenant_table(manager, "customer_asset");
        customer_asset.external_reference().refers("customer_id", "customer").refers("asset_id", "asset");
        customer_asset.key(&["relationship"]);
        customer_asset.time_null(&["starts_at", "until", "reserved_until", "expected_return", "returned_at"]);
        customer_asset.text_null(&["contract_number"]).key_null(&["contract_number_key"]);
        customer_asset.refers_null("location_id", "address").big_null(&["meter_out", "meter_in"]).sealed(&["notes"]);
        customer_asset.check("relationship NOT IN ('RENTED', 'LEASED', 'RESERVED') OR starts_at IS NOT NULL");
        customer_asset.common().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["customer_asset", "asset"]).await
    }
}
