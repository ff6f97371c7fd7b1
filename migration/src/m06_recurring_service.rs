//! Recurring services with their exceptions, pauses and technicians.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut plan = tenant_table(manager, "recurring_service");
        plan.external_reference().refers("customer_id", "customer").refers_null("address_id", "address");
        plan.text(&["service_type"]).key(&["service_type_key"]).text_null(&["summary"]).key(&["frequency"]);
        plan.column(ColumnDef::new("interval").integer().not_null()).text_null(&["weekdays", "week_of_month"]);
        plan.integer_null(&["day_of_month"]).column(ColumnDef::new("start_date").date().not_null());
        plan.date_null(&["end_date"]).integer_null(&["occurrence_count"]).text_null(&["preferred_time"]);
        plan.integer_null(&["duration_minutes"]).big_null(&["charge_amount"]).text_null(&["charge_currency"]);
        plan.common().create(manager).await?;

        let mut exception = tenant_table(manager, "recurring_service_exception");
        exception.refers("recurring_service_id", "recurring_service");
        exception.column(ColumnDef::new("position").integer().not_null());
        exception.column(ColumnDef::new("date").date().not_null()).date_null(&["moved_to"]);
        exception.text_null(&["moved_time"]).refers("key_owner_id", "customer").sealed(&["reason"]);
        exception.create(manager).await?;

        let mut pause = tenant_table(manager, "recurring_service_pause");
        pause.refers("recurring_service_id", "recurring_service");
        pause.column(ColumnDef::new("position").integer().not_null());
        pause.column(ColumnDef::new("starts_on").date().not_null()).date_null(&["resumes_on"]).create(manager).await?;

        let mut technician = tenant_table(manager, "recurring_service_technician");
        technician.refers("recurring_service_id", "recurring_service");
        technician.column(ColumnDef::new("position").integer().not_null()).key(&["technician"]).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let parts = [
            "recurring_service_technician",
            "recurring_service_pause",
            "recurring_service_exception",
            "recurring_service",
        ];
        drop_all(manager, &parts).await
    }
}
