//! Meter readings and equipment schedules, and the schedules that service records name.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut reading = tenant_table(manager, "meter_reading");
        reading.external_reference().refers("asset_id", "asset").big(&["value"]).text_null(&["unit"]);
        reading.time(&["at"]).key(&["source"]).boolean(&["rollback"]);
        reading.big_null(&["exchange_old_value", "exchange_new_value"]).big(&["total"]).common();
        reading.index(&["asset_id", "at", "id"]).index(&["at", "id"]).create(manager).await?;

        let mut schedule = tenant_table(manager, "equipment_schedule");
        schedule.external_reference().refers("asset_id", "asset").refers_null("customer_asset_id", "customer_asset");
        schedule.refers_null("customer_id", "customer").text(&["service_type"]).key(&["service_type_key"]);
        schedule.integer_null(&["interval_days", "interval_months"]).big_null(&["interval_meter"]);
        schedule.date_null(&["due_date", "due_date_since"]).key(&["counted_from"]).date_null(&["start_date"]);
        schedule.big_null(&["start_meter", "start_total", "notify_value"]).key_null(&["notify_unit"]);
        schedule.time_null(&["last_completed_at"]).refers_null("last_service_record_id", "service_record");
        schedule.time_null(&["skipped_at"]).sealed(&["skip_reason"]).date_null(&["skipped_date"]);
        schedule.big_null(&["skipped_total", "next_due_total", "next_due_meter", "meter_use_per_day"]);
        schedule.date_null(&["next_due", "next_due_date", "predicted_due", "upcoming_from", "overdue_from"]);
        schedule.check("COALESCE(interval_days, interval_months, interval_meter) IS NOT NULL OR due_date IS NOT NULL");
        schedule.common().index(&["next_due", "id"]).create(manager).await?;

        let mut named = tenant_table(manager, "service_schedule");
        named.refers("service_record_id", "service_record").column(ColumnDef::new("position").integer().not_null());
        named.refers("equipment_schedule_id", "equipment_schedule").create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["service_schedule", "equipment_schedule", "meter_reading"]).await
    }
}
