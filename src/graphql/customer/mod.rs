//! Customers: the businesses and households that the tenant serves.

mod list;
mod mutation;
mod search;
mod service_window;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::customer::{ContactInfo as Reach, parse_service_windows};
use entity::customer;
use error::{Error, Result};

use super::{
    address::Address,
    analytics::{Analytics, AnalyticsComparison, Arguments},
    change::Change,
    contact::Contact,
    context::ContextExt,
    custom_field::CustomFieldValue,
    customer_asset::CustomerAsset,
    document::Document,
    edges::edges,
    entity_object::entity_object,
    equipment_schedule::EquipmentSchedule,
    filter::enum_filter,
    load::Load,
    output_list::OutputList,
    rate::Rate,
    recurring_service::RecurringService,
    scalar::DateTime,
    service_record::ServiceRecord,
};

use self::service_window::ServiceWindow;
pub use self::{
    list::{CustomerFilter, CustomerOrder, CustomerQuery},
    mutation::CustomerMutation,
};

/// The type of a customer. It does not restrict what the customer can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "customer::CustomerType")]
pub enum CustomerType {
    /// A private household. Its name is encrypted by default.
    Residential,
    /// A business that receives service at its premises.
    Commercial,
    /// A company that manages properties for their owners.
    PropertyManager,
    /// A company that sends freight.
    Shipper,
    /// A company that receives freight.
    Consignee,
    /// A company that arranges freight for others.
    Broker,
    /// A company that works on behalf of others.
    Contractor,
    /// A company that sells equipment.
    Dealer,
    /// A company that distributes goods.
    Distributor,
    /// A manufacturer of equipment.
    Oem,
    /// A company that rents out equipment.
    Rental,
    /// A company that provides service.
    Service,
    /// Any other type of customer.
    Other,
}

/// The status of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "customer::Status")]
pub enum CustomerStatus {
    /// A prospect that is not a customer yet.
    Lead,
    /// The tenant serves the customer.
    Active,
    /// The tenant does not serve the customer at present.
    OnHold,
    /// The tenant no longer serves the customer.
    Inactive,
}

/// The preferred method of communication with a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "customer::CommunicationMethod")]
pub enum CommunicationMethod {
    /// By e-mail.
    Email,
    /// By telephone call.
    Phone,
    /// By text message.
    Text,
}

enum_filter! {
    CustomerTypeFilter of CustomerType as customer::CustomerType;
    CustomerStatusFilter of CustomerStatus as customer::Status;
}

entity_object! {
    /// A business or household that the tenant serves, for example a shipper, a homeowner or a property manager.
    Customer of customer: CustomerFields, CustomerEdges, CustomerFilter, CustomerOrder;
    "name" => [Name, NameSealed],
    "displayName" => [Name, NameSealed, Number],
    "type" => [CustomerType],
    "preferences" => [PreferredServiceWindow, ServiceWindows, CommunicationMethod, EmergencyContact],
}

/// The fields of a customer, besides the common ones.
pub struct CustomerFields(Arc<customer::Model>);

/// The contact information of a customer.
#[derive(SimpleObject)]
pub struct ContactInfo {
    /// E-mail address. Null if unknown.
    email: Option<String>,
    /// Telephone number, as entered. Null if unknown.
    phone: Option<String>,
    /// The name of the main contact person. Null if unknown.
    primary_contact: Option<String>,
}

/// A customer's service preferences.
pub struct Preferences(Arc<customer::Model>);

#[Object]
impl CustomerFields {
    /// The customer number, unique within the tenant.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The name. Null without `pii:read` if the tenant's `sealedNames` setting encrypts it.
    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.shown_name(ctx).await
    }

    /// The name, or `Customer` with the customer number if the caller cannot read the name. Never null.
    async fn display_name(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.shown_name(ctx).await?.unwrap_or_else(|| format!("Customer {}", self.0.number)))
    }

    /// The customer's type.
    async fn r#type(&self) -> CustomerType {
        self.0.customer_type.into()
    }

    /// The customer's status.
    async fn status(&self) -> CustomerStatus {
        self.0.status.into()
    }

    /// The customer's line of business, as entered. Null if unknown.
    async fn industry(&self) -> Option<&str> {
        self.0.industry.as_deref()
    }

    /// The customer's tags, in lower case and alphabetical order.
    async fn tags(&self) -> Result<Vec<String>> {
        match &self.0.tags {
            Some(tags) => serde_json::from_str(tags).map_err(Error::internal),
            None => Ok(Vec::new()),
        }
    }

    /// The contact information. Null if unknown or without `pii:read`.
    async fn contact_info(&self, ctx: &Context<'_>) -> Result<Option<ContactInfo>> {
        let json = ctx.open(&*self.0, customer::Column::ContactInfo).await?;
        let Some(json) = json else { return Ok(None) };
        let Reach { email, phone, primary_contact } = serde_json::from_str(&json).map_err(Error::internal)?;
        Ok(Some(ContactInfo { email, phone, primary_contact }))
    }

    /// The customer's service preferences.
    async fn preferences(&self) -> Preferences {
        Preferences(self.0.clone())
    }

    /// Tax number. Null if unknown or without `pii:read`.
    async fn tax_id(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, customer::Column::TaxId).await
    }

    /// FMCSA motor carrier number. Null if unknown.
    async fn mc_number(&self) -> Option<&str> {
        self.0.mc_number.as_deref()
    }

    /// USDOT number. Null if unknown.
    async fn dot_number(&self) -> Option<&str> {
        self.0.dot_number.as_deref()
    }

    /// The number of days from the invoice to its due date. Null if unknown.
    async fn payment_terms_days(&self) -> Option<i32> {
        self.0.payment_terms_days
    }

    /// Notes, as free text. Null if there are none or without `pii:read`.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, customer::Column::Notes).await
    }

    /// The figures of the work for the customer. Each figure requires the permission to read its records.
    async fn analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The beginning of the period.")] from: DateTime,
        #[graphql(
            desc = "The end of the period, exclusive; later than `from`. The period touches at most 120 calendar months."
        )]
        until: DateTime,
        #[graphql(desc = "With what the period is compared. Omitted: with nothing.")] compare_to: Option<
            AnalyticsComparison,
        >,
    ) -> Result<Option<Analytics>> {
        Analytics::of(ctx, Some(self.0.id), Arguments { from, until, compare_to }).map(Some)
    }
}

/// A customer's service preferences.
#[Object]
impl Preferences {
    /// The preferred time of service, as entered, for example `8am-5pm`. Null if unknown.
    async fn preferred_service_window(&self) -> Option<&str> {
        self.0.preferred_service_window.as_deref()
    }

    /// The times of the week at which the customer prefers service, by their first days, then by `from`; at most 21. Empty if
    /// unknown.
    async fn service_windows(&self) -> Result<OutputList<ServiceWindow>> {
        let windows = parse_service_windows(self.0.service_windows.as_deref())?;
        Ok(windows.into_iter().map(Into::into).collect())
    }

    /// The preferred method of communication. Null if unknown.
    async fn communication_method(&self) -> Option<CommunicationMethod> {
        self.0.communication_method.map(Into::into)
    }

    /// The emergency contact, as free text. Null if unknown or without `pii:read`.
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
        /// The customer's addresses. Requires `address:read`.
        addresses: CUSTOMER_ADDRESSES -> Address;
        /// The customer's contacts. Requires `contact:read`.
        contacts: CUSTOMER_CONTACTS -> Contact;
        /// The customer's assignments of assets: past, current and future. Requires `asset:read`.
        assets: CUSTOMER_ASSETS -> CustomerAsset;
        /// The customer's service records: past, current and planned work. Requires `service:read`.
        service_records: CUSTOMER_SERVICES -> ServiceRecord;
        /// The plans by which the customer is visited regularly. Requires `recurring_service:read`.
        recurring_services: CUSTOMER_RECURRING -> RecurringService;
        /// The customers whose parent is this customer.
        children: CUSTOMER_CHILDREN -> Customer;
        /// The customers that this customer pays for.
        bills_for: CUSTOMER_BILLS_FOR -> Customer;
        /// The customer's own rates, including those that are not in force. Requires `rate:read`.
        rates: CUSTOMER_RATES -> Rate;
        /// The schedules of the customer's assignments of assets. Requires `schedule:read`.
        equipment_schedules: CUSTOMER_SCHEDULES -> EquipmentSchedule;
        /// The documents of the customer, of its loads and of its service records. Requires `document:read`.
        documents: CUSTOMER_DOCUMENTS -> Document;
        /// The changes to the customer, by default in the order of `sequence`. Requires `change:read`.
        changes: CUSTOMER_CHANGES -> Change;
        /// The loads that this customer pays for. Requires `load:read`.
        loads: CUSTOMER_LOADS -> Load;
    }
    one {
        /// The parent customer. Null if there is none.
        parent: CUSTOMER_PARENT -> Customer;
        /// The customer that pays for this one. Null if the customer pays for itself.
        bill_to: CUSTOMER_BILL_TO -> Customer;
    }
    custom_fields CUSTOMER_VALUES of Customer -> CustomFieldValue;
}
