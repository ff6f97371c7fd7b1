//! Custom field values: one typed value of one field on one row.

use sea_orm::entity::prelude::*;

use crate::{Sealed, custom_field_definition::FieldType};

/// The value of one custom field on one row; exactly one of the owner columns is set.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_field_value")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The definition of the field.
    pub definition_id: Uuid,
    /// The type of the field, which never changes.
    pub field_type: FieldType,
    /// The customer that has the value.
    pub customer_id: Option<Uuid>,
    /// The contact that has the value.
    pub contact_id: Option<Uuid>,
    /// The address that has the value.
    pub address_id: Option<Uuid>,
    /// The asset that has the value.
    pub asset_id: Option<Uuid>,
    /// The customer asset that has the value.
    pub customer_asset_id: Option<Uuid>,
    /// The load that has the value.
    pub load_id: Option<Uuid>,
    /// The service record that has the value.
    pub service_record_id: Option<Uuid>,
    /// The recurring service that has the value.
    pub recurring_service_id: Option<Uuid>,
    /// The rate that has the value.
    pub rate_id: Option<Uuid>,
    /// The equipment schedule that has the value.
    pub equipment_schedule_id: Option<Uuid>,
    /// The document that has the value.
    pub document_id: Option<Uuid>,
    /// The tenant that has the value.
    pub company_id: Option<Uuid>,
    /// The customer whose key seals a sensitive value; null for the tenant's key.
    pub key_owner_id: Option<Uuid>,
    /// BOOLEAN.
    pub boolean: Option<bool>,
    /// NUMBER, in millionths.
    pub number: Option<i64>,
    /// STRING, EMAIL, PHONE_NUMBER, WEB_ADDRESS; DROPDOWN with one option.
    pub text: Option<String>,
    /// Folded `text`.
    pub text_key: Option<String>,
    /// DATE.
    pub date: Option<Date>,
    /// JSON; DROPDOWN with several options: JSON list of option keys.
    pub json: Option<String>,
    /// MONETARY, in minor units.
    pub amount: Option<i64>,
    /// MONETARY: ISO 4217.
    pub currency: Option<String>,
    /// The value of a sensitive field, as JSON.
    pub sealed: Option<Sealed>,
    /// A value that the definition no longer allows, as JSON.
    pub displaced: Option<String>,
    /// A value of a sensitive field that the definition no longer allows, as JSON.
    pub displaced_sealed: Option<Sealed>,
    /// Starts at 1 and increases by one at every write.
    pub version: i32,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row, or a child of it, was last written.
    pub updated_at: DateTimeUtc,
    /// When the row was soft-deleted; null while it is live.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion that deleted the row: a restore restores all rows of one deletion.
    pub deleted_with: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
