//! Customers: whoever the tenant does business with.

mod list;
mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::customer::ContactInfo as Reach;
use entity::customer;
use error::{Error, Result};

use super::{
    address::Address, change::Change, connection::edges, contact::Contact, context::ContextExt,
    customer_asset::CustomerAsset, entity_object::entity_object, filter::enum_filter, load::Load,
    service_record::ServiceRecord,
};

pub use self::{
    list::{CustomerFilter, CustomerOrder, CustomerQuery},
    mutation::CustomerMutation,
};

/// What a customer is to the tenant. The type never limits where a customer may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "customer::CustomerType")]
pub enum CustomerType {
    /// A private household. Its name is sealed by default.
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
    Other,
}

/// Where the business with a customer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "customer::Status")]
pub enum CustomerStatus {
    /// Not a customer yet.
    Lead,
    /// Served.
    Active,
    /// Not served for now.
    OnHold,
    /// Not served any more.
    Inactive,
}

/// How a customer wants to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "customer::CommunicationMethod")]
pub enum CommunicationMethod {
    /// By e-mail.
    Email,
    /// By a call.
    Phone,
    /// By a text message.
    Text,
}

enum_filter! {
    CustomerTypeFilter of CustomerType as customer::CustomerType;
    CustomerStatusFilter of CustomerStatus as customer::Status;
}

entity_object! {
    /// Whoever the tenant does business with: a shipper, a household, a property manager.
    Customer of customer: CustomerFields, CustomerEdges, CustomerFilter, CustomerOrder;
    "name" => [Name, NameSealed],
    "displayName" => [Name, NameSealed, Number],
    "type" => [CustomerType],
    "preferences" => [PreferredServiceWindow, CommunicationMethod, EmergencyContact],
}

/// What a customer has besides the common fields.
pub struct CustomerFields(Arc<customer::Model>);

/// How to reach a customer.
#[derive(SimpleObject)]
pub struct ContactInfo {
    /// E-mail address.
    email: Option<String>,
    /// Telephone number, as it was given.
    phone: Option<String>,
    /// Whom to ask for.
    primary_contact: Option<String>,
}

/// How a customer wants to be served.
pub struct Preferences(Arc<customer::Model>);

#[Object]
impl CustomerFields {
    /// The tenant's customer number, unique.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The name. Null without `pii:read`, where the tenant's names setting seals it.
    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.shown_name(ctx).await
    }

    /// What to call the customer; always there. The name, or the customer number where the name may not be read.
    async fn display_name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.shown_name(ctx).await?.unwrap_or_else(|| format!("Customer {}", self.0.number)))
    }

    /// What the customer is to the tenant.
    async fn r#type(&self) -> CustomerType {
        self.0.customer_type.into()
    }

    /// Where the business with the customer stands.
    async fn status(&self) -> CustomerStatus {
        self.0.status.into()
    }

    /// The customer's own line of business, as it was given.
    async fn industry(&self) -> Option<&str> {
        self.0.industry.as_deref()
    }

    /// Words to find the customer by, in lower case and alphabetical order.
    async fn tags(&self) -> Result<Vec<String>> {
        match &self.0.tags {
            Some(tags) => serde_json::from_str(tags).map_err(Error::internal),
            None => Ok(Vec::new()),
        }
    }

    /// How to reach the customer. Null if nobody said, and without `pii:read`.
    async fn contact_info(&self, ctx: &Context<'_>) -> Result<Option<ContactInfo>> {
        let json = ctx.open(&*self.0, customer::Column::ContactInfo).await?;
        let Some(json) = json else { return Ok(None) };
        let Reach { email, phone, primary_contact } = serde_json::from_str(&json).map_err(Error::internal)?;
        Ok(Some(ContactInfo { email, phone, primary_contact }))
    }

    /// How the customer wants to be served.
    async fn preferences(&self) -> Preferences {
        Preferences(self.0.clone())
    }

    /// Tax number. Null if nobody said, and without `pii:read`.
    async fn tax_id(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, customer::Column::TaxId).await
    }

    /// FMCSA motor carrier number.
    async fn mc_number(&self) -> Option<&str> {
        self.0.mc_number.as_deref()
    }

    /// USDOT number.
    async fn dot_number(&self) -> Option<&str> {
        self.0.dot_number.as_deref()
    }

    /// Days from invoice to due.
    async fn payment_terms_days(&self) -> Option<i32> {
        self.0.payment_terms_days
    }

    /// Free text. Null if there is none, and without `pii:read`.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, customer::Column::Notes).await
    }
}

/// How a customer wants to be served.
#[Object]
impl Preferences {
    /// When service is welcome, as it was said: `8am-5pm`.
    async fn preferred_service_window(&self) -> Option<&str> {
        self.0.preferred_service_window.as_deref()
    }

    /// How the customer wants to be reached.
    async fn communication_method(&self) -> Option<CommunicationMethod> {
        self.0.communication_method.map(Into::into)
    }

    /// Whom to reach in an emergency. Null if nobody said, and without `pii:read`.
    async fn emergency_contact(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, customer::Column::EmergencyContact).await
    }
}

impl CustomerFields {
    async fn shown_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        match (&self.0.name, &self.0.name_sealed) {
            (Some(name), _) => Ok(Some(name.clone())),
            (None, _) => ctx.open(&*self.0, customer::Column::NameSealed).await,
        }
    }
}

edges! {
    CustomerEdges of customer;
    many {
        /// The customer's places. Needs `address:read`.
        addresses: CUSTOMER_ADDRESSES -> Address;
        /// The people and desks reached at the customer. Needs `contact:read`.
        contacts: CUSTOMER_CONTACTS -> Contact;
        /// The assets the customer has, had or will have. Needs `asset:read`.
        assets: CUSTOMER_ASSETS -> CustomerAsset;
        /// The work planned and done at the customer. Needs `service:read`.
        service_records: CUSTOMER_SERVICES -> ServiceRecord;
        /// The customers that are part of this one.
        children: CUSTOMER_CHILDREN -> Customer;
        /// The customers this one pays for.
        bills_for: CUSTOMER_BILLS_FOR -> Customer;
        /// What was written of it, in order. Needs `change:read`.
        changes: CUSTOMER_CHANGES -> Change;
        /// The loads this customer pays for. Needs `load:read`.
        loads: CUSTOMER_LOADS -> Load;
    }
    one {
        /// The customer this one is part of.
        parent: CUSTOMER_PARENT -> Customer;
        /// The customer that pays for this one. Null: it pays itself.
        bill_to: CUSTOMER_BILL_TO -> Customer;
    }
    custom_fields CUSTOMER_VALUES of Customer;
}
