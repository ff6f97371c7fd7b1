//! Customers, their addresses and their contacts.

use sea_orm_migration::prelude::*;

use crate::table::{drop_all, tenant_table};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut customer = tenant_table(manager, "customer");
        customer.external_reference();
        customer.text(&["number"]).key(&["number_key"]).text_null(&["name"]).sealed(&["name_sealed"]);
        customer.key_null(&["name_order"]).key(&["customer_type", "status"]);
        customer.text_null(&["industry"]).key_null(&["industry_key", "tags"]);
        customer.sealed(&["contact_info"]);
        customer.text_null(&["preferred_service_window", "service_windows", "communication_method"]);
        customer
            .sealed(&["emergency_contact"])
            .refers_null("parent_id", "customer")
            .refers_null("bill_to_id", "customer");
        customer.sealed(&["tax_id"]).text_null(&["mc_number"]).key_null(&["mc_number_key"]);
        customer.text_null(&["dot_number"]).key_null(&["dot_number_key"]);
        customer.integer_null(&["payment_terms_days"]).sealed(&["notes"]).common();
        customer.unique(&["number_key"]);
        customer.index(&["name_order", "id"]).index(&["customer_type", "id"]).index(&["status", "id"]);
        customer.index(&["mc_number_key"]).index(&["dot_number_key"]).create(manager).await?;

        let mut address = tenant_table(manager, "address");
        address.external_reference().refers_null("customer_id", "customer");
        address.text_null(&["name"]).key_null(&["name_key"]).key(&["address_type"]).sealed(&["street", "street2"]);
        address.text_null(&["city"]).key_null(&["city_key"]).text_null(&["state"]).key_null(&["state_key"]);
        address.sealed(&["zip_code"]).key_null(&["country"]).sealed(&["coordinates"]).text(&["time_zone"]);
        address.sealed(&["instructions"]).common();
        address.unique_where(
            &["customer_id", "address_type"],
            "address_type IN ('PRIMARY', 'BILLING') AND deleted_at IS NULL",
        );
        address.index(&["city_key", "id"]).index(&["name_key", "id"]).create(manager).await?;

        let mut contact = tenant_table(manager, "contact");
        contact.external_reference().refers("customer_id", "customer");
        contact.key(&["contact_type"]).sealed(&["name"]).key_null(&["name_order"]);
        contact.text_null(&["role"]).key_null(&["role_key"]);
        contact.sealed(&["email", "phone", "mobile"]).boolean(&["primary"]).sealed(&["notes"]).common();
        contact.unique_where(&["customer_id", "primary"], "\"primary\" AND deleted_at IS NULL");
        contact.index(&["name_order", "id"]).create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["contact", "address", "customer"]).await
    }
}
