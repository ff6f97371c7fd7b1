//! Contacts: the persons, departments and call centres of a customer.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// A contact of a customer.
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
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer.
    pub customer_id: Uuid,
    /// Whether it is a person, a department or a call centre.
    pub contact_type: ContactType,
    /// The name.
    pub name: Option<Sealed>,
    /// The first three folded letters of the name, by which contacts are ordered.
    pub name_order: Option<String>,
    /// The contact's role at the customer.
    pub role: Option<String>,
    /// Folded `role`.
    pub role_key: Option<String>,
    /// The e-mail address.
    pub email: Option<Sealed>,
    /// The telephone number.
    pub phone: Option<Sealed>,
    /// The mobile number.
    pub mobile: Option<Sealed>,
    /// Whether this is the customer's primary contact; at most one is.
    pub primary: bool,
    /// Free text.
    pub notes: Option<Sealed>,
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

/// Whether a contact is a person, a department or a call centre.
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
