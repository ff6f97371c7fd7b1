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
    /// The field.
    pub definition_id: Uuid,
    /// The field's type, which never changes.
    pub field_type: FieldType,
    /// The customer that has it.
    pub customer_id: Option<Uuid>,
    /// The contact that has it.
    pub contact_id: Option<Uuid>,
    /// The address that has it.
    pub address_id: Option<Uuid>,
    /// The asset that has it.
    pub asset_id: Option<Uuid>,
    /// The customer asset that has it.
    pub customer_asset_id: Option<Uuid>,
    /// The load that has it.
    pub load_id: Option<Uuid>,
    /// The service record that has it.
    pub service_record_id: Option<Uuid>,
    /// The tenant that has it.
    pub company_id: Option<Uuid>,
    /// The customer under whose key a sensitive value is sealed; null: the tenant's key.
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
    /// A sensitive value, as JSON.
    pub sealed: Option<Sealed>,
    /// The value that a narrowed definition no longer admits, as JSON.
    pub displaced: Option<String>,
    /// The same of a sensitive field.
    pub displaced_sealed: Option<Sealed>,
    /// Starts at 1, one more at every write.
    pub version: i32,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When the row, or a child of it, was last written.
    pub updated_at: DateTimeUtc,
    /// When the row was hidden; null while it is live.
    pub deleted_at: Option<DateTimeUtc>,
    /// The deletion this row was hidden by: Restore brings back all rows of one deletion.
    pub deleted_with: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
