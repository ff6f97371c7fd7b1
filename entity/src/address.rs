//! Addresses: locations of a customer, or of the tenant itself.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// An address.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "address")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The customer; null for an address of the tenant itself.
    pub customer_id: Option<Uuid>,
    /// The name of the location.
    pub name: Option<String>,
    /// Folded `name`.
    pub name_key: Option<String>,
    /// What the address is used for.
    pub address_type: AddressType,
    /// Street and number.
    pub street: Option<Sealed>,
    /// Second line.
    pub street2: Option<Sealed>,
    /// City.
    pub city: Option<String>,
    /// Folded `city`.
    pub city_key: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Folded `state`.
    pub state_key: Option<String>,
    /// Postal code.
    pub zip_code: Option<Sealed>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// JSON `[longitude, latitude]` in WGS 84 degrees.
    pub coordinates: Option<Sealed>,
    /// IANA name.
    pub time_zone: String,
    /// How to enter and where to dock.
    pub instructions: Option<Sealed>,
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

/// What an address is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AddressType {
    /// The customer's main address; at most one for each customer.
    Primary,
    /// Where invoices are sent; at most one for each customer.
    Billing,
    /// Where freight is picked up or delivered.
    Shipping,
    /// Where service is performed.
    #[default]
    Service,
}
