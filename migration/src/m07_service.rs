//! Service records with their technicians, equipment and parts.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut record = tenant_table(manager, "service_record");
        record.external_reference().refers("customer_id", "customer").refers_null("address_id", "address");
        record.time(&["service_date"]).text(&["service_type"]).key(&["service_type_key"]);
        record.text_null(&["summary"]).key(&["priority", "status"]);
        record.time_null(&["scheduled_start", "scheduled_end", "arrival_window_start", "arrival_window_end"]);
        record.sealed(&["notes"]).boolean(&["follow_up_required"]).refers_null("follow_up_of_id", "service_record");
        record.refers_null("recurring_service_id", "recurring_service").date_null(&["occurrence_date"]);
        record.integer_null(&["booked_version"]);
        // A plan books each of its dates once.
        record.unique_where(&["recurring_service_id", "occurrence_date"], "\"occurrence_date\" IS NOT NULL");
        record.time_null(&["requested_at", "started_at", "completed_at"]).integer_null(&["satisfaction_score"]);
        record.big_null(&["charge_amount"]).text_null(&["charge_currency"]).sealed(&["cancel_reason"]).common();
        record.index(&["service_date", "id"]).index(&["customer_id", "service_date", "id"]).index(&["status", "id"]);
        record.create(manager).await?;

        let mut technician = tenant_table(manager, "service_technician");
        technician
            .refers("service_record_id", "service_record")
            .column(ColumnDef::new("position").integer().not_null());
        technician.key(&["technician"]).index(&["technician", "service_record_id"]).create(manager).await?;

        let mut equipment = tenant_table(manager, "service_equipment");
        equipment.refers("service_record_id", "service_record").column(ColumnDef::new("position").integer().not_null());
        equipment.refers("customer_asset_id", "customer_asset").create(manager).await?;

        let mut part = tenant_table(manager, "service_part");
        part.refers("service_record_id", "service_record").column(ColumnDef::new("position").integer().not_null());
        part.text_null(&["part_number", "description", "unit_cost_currency"]);
        part.big(&["quantity"]).big_null(&["unit_cost_amount"]).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["service_part", "service_equipment", "service_technician", "service_record"]).await
    }
}
