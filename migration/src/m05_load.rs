//! Loads with their stops, references, charges and status history.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut load = tenant_table(manager, "load");
        load.external_reference().refers("customer_id", "customer");
        load.text(&["number"]).key(&["number_key", "status"]);
        load.big_null(&["weight"]).text_null(&["weight_unit", "commodity"]).key_null(&["commodity_key"]);
        load.big_null(&["value_amount"]).text_null(&["value_currency"]).integer_null(&["pieces"]);
        load.text_null(&["equipment_type"]).key_null(&["equipment_type_key"]).boolean(&["hazmat"]);
        load.big_null(&["temperature", "distance"]).text_null(&["temperature_unit", "distance_unit"]);
        load.key_null(&["driver", "truck", "trailer", "carrier"]);
        load.big_null(&["charge_amount"]).text_null(&["charge_currency"]).sealed(&["cancel_reason"]);
        load.refers_null("pickup_location_id", "address").refers_null("delivery_location_id", "address");
        load.time_null(&["scheduled_pickup", "scheduled_delivery"]).common();
        load.unique(&["number_key"]).index(&["status", "id"]);
        load.index(&["scheduled_pickup", "id"]).index(&["scheduled_delivery", "id"]).create(manager).await?;

        let mut stop = tenant_table(manager, "load_stop");
        stop.refers("load_id", "load").column(ColumnDef::new("position").integer().not_null());
        stop.text(&["stop_type"]).refers_null("address_id", "address");
        stop.time_null(&["window_start", "window_end", "arrived_at", "departed_at"]);
        stop.refers("key_owner_id", "customer").sealed(&["notes"]).create(manager).await?;

        let mut reference = tenant_table(manager, "load_reference");
        reference.refers("load_id", "load").column(ColumnDef::new("position").integer().not_null());
        reference.text(&["reference_type", "value"]).key(&["value_key"]).index(&["value_key"]).create(manager).await?;

        let mut charge = tenant_table(manager, "load_charge");
        charge
            .refers("load_id", "load")
            .refers_null("rate_id", "rate")
            .column(ColumnDef::new("position").integer().not_null());
        charge.text(&["charge_type", "currency"]).text_null(&["description"]);
        charge.big(&["quantity", "unit_amount", "amount"]).create(manager).await?;

        let mut status = tenant_table(manager, "load_status");
        status.refers("load_id", "load").column(ColumnDef::new("position").integer().not_null());
        status.text_null(&["from_status"]).text(&["to_status"]).time(&["at"]).sealed(&["note"]).text(&["actor"]);
        status.refers("key_owner_id", "customer").create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["load_status", "load_charge", "load_reference", "load_stop", "load"]).await
    }
}
