//! Customers: the persons and companies with which the tenant does business.

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
    /// The id of the row in the caller's system, unique per tenant.
    pub external_reference: Option<String>,
    /// The tenant's customer number.
    pub number: String,
    /// Folded `number`.
    pub number_key: String,
    /// The name; null where it is sealed.
    pub name: Option<String>,
    /// The name, if the tenant's setting `names` seals it.
    pub name_sealed: Option<Sealed>,
    /// The folded name, by which customers are ordered; only its first three letters if the name is sealed.
    pub name_order: Option<String>,
    /// The type of customer.
    pub customer_type: CustomerType,
    /// The state of the business with the customer.
    pub status: Status,
    /// The customer's industry.
    pub industry: Option<String>,
    /// Folded `industry`.
    pub industry_key: Option<String>,
    /// JSON list of folded words; null for none.
    pub tags: Option<String>,
    /// JSON `{email, phone, primaryContact}`.
    pub contact_info: Option<Sealed>,
    /// When the customer prefers service, as free text.
    pub preferred_service_window: Option<String>,
    /// JSON list of `{weekdays, from, until}`, the times of the week at which the customer prefers service; null for none.
    pub service_windows: Option<String>,
    /// How the customer wants to be reached.
    pub communication_method: Option<CommunicationMethod>,
    /// The contact in an emergency.
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
    /// The days from the invoice to its due date.
    pub payment_terms_days: Option<i32>,
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

/// The type of a customer; it does not restrict the use of the customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CustomerType {
    /// A private household.
    Residential,
    /// A business with service at its premises.
    Commercial,
    /// Manages properties of others.
    PropertyManager,
    /// Ships freight.
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

/// The state of the business with a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Not a customer yet.
    Lead,
    /// Does business with the tenant.
    #[default]
    Active,
    /// Temporarily without business.
    OnHold,
    /// No longer a customer.
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
