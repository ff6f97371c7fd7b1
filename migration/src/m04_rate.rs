//! Rates, of one customer or of all.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut rate = tenant_table(manager, "rate");
        rate.external_reference().refers_null("customer_id", "customer");
        rate.text_null(&["name"]).key_null(&["name_key"]).key(&["rate_type"]);
        rate.big(&["amount"]).text(&["currency"]).big_null(&["week_amount", "month_amount"]);
        rate.big_null(&["minimum_amount", "fuel_surcharge"]);
        rate.key_null(&["origin_zip_prefix", "origin_state_key", "origin_country"]).text_null(&["origin_state"]);
        rate.key_null(&["destination_zip_prefix", "destination_state_key", "destination_country"]);
        rate.text_null(&["destination_state", "service_type", "equipment_category"]);
        rate.key_null(&["service_type_key", "equipment_category_key"]);
        rate.date_null(&["effective_from", "effective_until"]).time_null(&["starts_at", "ends_at"]);
        rate.check("effective_from <= effective_until").check("starts_at < ends_at");
        rate.common().create(manager).await?;

        let mut accessorial = tenant_table(manager, "rate_accessorial");
        accessorial.refers("rate_id", "rate").column(ColumnDef::new("position").integer().not_null());
        accessorial.text(&["charge_type"]).text_null(&["description"]).big_null(&["amount", "percent"]);
        accessorial.boolean(&["automatic"]).check("(amount IS NULL) <> (percent IS NULL)").create(manager).await?;

        let mut band = tenant_table(manager, "rate_fuel_band");
        band.refers("rate_id", "rate").column(ColumnDef::new("position").integer().not_null());
        band.date_null(&["effective_from"]).big(&["price_from", "percent"]).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["rate_fuel_band", "rate_accessorial", "rate"]).await
    }
}
