//! Contacts: the people, departments and call centres reached at a customer.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// Somebody reached at a customer.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id this row has in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer.
    pub customer_id: Uuid,
    /// A person or a desk.
    pub contact_type: ContactType,
    /// The name.
    pub name: Option<Sealed>,
    /// The first three folded letters of the name, by which it is ordered.
    pub name_order: Option<String>,
    /// What the contact does there.
    pub role: Option<String>,
    /// Folded `role`.
    pub role_key: Option<String>,
    /// E-mail address.
    pub email: Option<Sealed>,
    /// Telephone number.
    pub phone: Option<Sealed>,
    /// Mobile number.
    pub mobile: Option<Sealed>,
    /// Whether this is the customer's first contact; at most one is.
    pub primary: bool,
    /// Free text.
    pub notes: Option<Sealed>,
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

/// Whether a contact is a person or a desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContactType {
    /// One person.
    #[default]
    Person,
    /// A department.
    Department,
    /// A call centre.
    CallCenter,
}
