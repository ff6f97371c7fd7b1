//! Customers: whoever the tenant does business with.

use sea_orm::entity::prelude::*;

use crate::Sealed;

/// A customer of the tenant.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    /// The tenant the row belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// UUIDv7, unique within the tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The id this row has in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The tenant's customer number.
    pub number: String,
    /// Folded `number`.
    pub number_key: String,
    /// The name; null where it is sealed.
    pub name: Option<String>,
    /// The name, where the tenant's names setting seals it.
    pub name_sealed: Option<Sealed>,
    /// What the name is ordered by: folded, and only its first three letters where it is sealed.
    pub name_order: Option<String>,
    /// What the customer is to the tenant.
    pub customer_type: CustomerType,
    /// Where the business with the customer stands.
    pub status: Status,
    /// The customer's own line of business.
    pub industry: Option<String>,
    /// Folded `industry`.
    pub industry_key: Option<String>,
    /// JSON list of folded words; null for none.
    pub tags: Option<String>,
    /// JSON `{email, phone, primaryContact}`.
    pub contact_info: Option<Sealed>,
    /// When service is welcome, as said.
    pub preferred_service_window: Option<String>,
    /// How the customer wants to be reached.
    pub communication_method: Option<CommunicationMethod>,
    /// Whom to reach in an emergency.
    pub emergency_contact: Option<Sealed>,
    /// The customer this one is part of.
    pub parent_id: Option<Uuid>,
    /// The customer that pays for this one.
    pub bill_to_id: Option<Uuid>,
    /// Tax number.
    pub tax_id: Option<Sealed>,
    /// FMCSA motor carrier number.
    pub mc_number: Option<String>,
    /// Folded `mc_number`.
    pub mc_number_key: Option<String>,
    /// USDOT number.
    pub dot_number: Option<String>,
    /// Folded `dot_number`.
    pub dot_number_key: Option<String>,
    /// Days from invoice to due.
    pub payment_terms_days: Option<i32>,
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

/// What a customer is to the tenant; it never limits where the customer may appear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CustomerType {
    /// A private household.
    Residential,
    /// A business that is served at its premises.
    Commercial,
    /// Manages properties of others.
    PropertyManager,
    /// Has freight moved.
    Shipper,
    /// Receives freight.
    Consignee,
    /// Arranges freight for others.
    Broker,
    /// Works on behalf of others.
    Contractor,
    /// Sells equipment.
    Dealer,
    /// Distributes goods.
    Distributor,
    /// Makes equipment.
    Oem,
    /// Rents equipment out.
    Rental,
    /// Provides service.
    Service,
    /// None of the others.
    #[default]
    Other,
}

/// Where the business with a customer stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Not a customer yet.
    Lead,
    /// Served.
    #[default]
    Active,
    /// Not served for now.
    OnHold,
    /// Not served any more.
    Inactive,
}

/// How a customer wants to be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CommunicationMethod {
    /// By e-mail.
    #[default]
    Email,
    /// By a call.
    Phone,
    /// By a text message.
    Text,
}
