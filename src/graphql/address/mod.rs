//! Addresses: places of a customer, or of the tenant itself.

mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::address;
use error::{Error, Result};

pub use self::mutation::{AddressMutation, CustomerAddressInput};
use super::{
    change::Change,
    context::ContextExt,
    custom_field::CustomFieldValue,
    customer::{Customer, CustomerFilter},
    customer_asset::{CustomerAsset, CustomerAssetEdgeFilter},
    edges::{edges, roots},
    entity_object::entity_object,
    filter::{ExactFilter, TextFilter, enum_filter, filter},
    load::{Load, LoadEdgeFilter},
    order::order,
    recurring_service::{RecurringService, RecurringServiceEdgeFilter},
    scalar::Coordinates,
    service_record::{ServiceRecord, ServiceRecordEdgeFilter},
};

/// The purpose of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "address::AddressType")]
pub enum AddressType {
    /// The customer's main address; at most one per customer.
    Primary,
    /// The address for invoices; at most one per customer.
    Billing,
    /// A place where freight is picked up or delivered.
    Shipping,
    /// A place where service is done.
    Service,
}

enum_filter! { AddressTypeFilter of AddressType as address::AddressType; }

entity_object! {
    /// A place of a customer, or of the tenant itself. Street, postal code, coordinates and instructions are personal
    /// data and require `pii:read`.
    Address of address: AddressFields, AddressEdges, AddressFilter, AddressOrder;
    "type" => [AddressType],
}

/// The fields of an address, besides the common ones.
pub struct AddressFields(Arc<address::Model>);

#[Object]
impl AddressFields {
    /// The name of the place, for example `Gate 4` or `Cold store`. Null if it has none.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The purpose of the address.
    async fn r#type(&self) -> AddressType {
        self.0.address_type.into()
    }

    /// Street and number. Null if unknown or without `pii:read`.
    async fn street(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, address::Column::Street).await
    }

    /// Second address line, for example suite, floor or dock. Null if there is none or without `pii:read`.
    async fn street2(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, address::Column::Street2).await
    }

    /// City. Null if unknown.
    async fn city(&self) -> Option<&str> {
        self.0.city.as_deref()
    }

    /// State or province, as entered, for example `TX`. Null if unknown.
    async fn state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// Postal code. Null if unknown or without `pii:read`.
    async fn zip_code(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, address::Column::ZipCode).await
    }

    /// ISO 3166-1 alpha-2 country code. Null for the tenant's country.
    async fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// Longitude and latitude. Null if unknown or without `pii:read`.
    async fn coordinates(&self, ctx: &Context<'_>) -> Result<Option<Coordinates>> {
        let json = ctx.open(&*self.0, address::Column::Coordinates).await?;
        json.map(|json: String| serde_json::from_str(&json).map(Coordinates).map_err(Error::internal)).transpose()
    }

    /// IANA time zone of appointments at the address, for example `America/Chicago`.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// Directions for arrival, such as gates and docks. Null if there are none or without `pii:read`.
    async fn instructions(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, address::Column::Instructions).await
    }
}

edges! {
    AddressEdges of address;
    many {
        /// The changes to the address, by default in the order of `sequence`. Requires `change:read`.
        changes: ADDRESS_CHANGES -> Change;
        /// The loads whose first PICKUP is at the address. Requires `load:read`.
        picked_up_loads: ADDRESS_PICKED_UP -> Load;
        /// The loads whose last DELIVERY is at the address. Requires `load:read`.
        delivered_loads: ADDRESS_DELIVERED -> Load;
        /// The loads with any stop at the address. Requires `load:read`.
        loads: ADDRESS_LOADS -> Load;
        /// The customer assets located at the address. Requires `asset:read`.
        assets: ADDRESS_ASSETS -> CustomerAsset;
        /// The service records of work at the address. Requires `service:read`.
        service_records: ADDRESS_SERVICES -> ServiceRecord;
        /// The recurring services at the address. Requires `recurring_service:read`.
        recurring_services: ADDRESS_RECURRING -> RecurringService;
    }
    one {
        /// The customer of the address. Null for a place of the tenant itself. Requires `customer:read`.
        customer: ADDRESS_CUSTOMER -> Customer;
    }
    custom_fields ADDRESS_VALUES of Address -> CustomFieldValue;
}

filter! {
    /// Conditions on addresses. A record must meet all of them.
    AddressFilter, AddressEdgeFilter of address with custom_fields of Address;
    columns {
        /// Name of the address.
        name: TextFilter => NameKey,
        /// Type of the address.
        r#type: AddressTypeFilter => AddressType,
        /// City.
        city: TextFilter => CityKey,
        /// State or province.
        state: TextFilter => StateKey,
        /// Country, as an ISO 3166-1 alpha-2 code.
        country: ExactFilter => Country,
    }
    personal {}
    many {
        /// Loads with their first PICKUP at the address.
        picked_up_loads: LoadEdgeFilter => ADDRESS_PICKED_UP,
        /// Loads with their last DELIVERY at the address.
        delivered_loads: LoadEdgeFilter => ADDRESS_DELIVERED,
        /// Loads with any stop at the address.
        loads: LoadEdgeFilter => ADDRESS_LOADS,
        /// Customer assets located at the address.
        assets: CustomerAssetEdgeFilter => ADDRESS_ASSETS,
        /// Service records of work at the address.
        service_records: ServiceRecordEdgeFilter => ADDRESS_SERVICES,
        /// Recurring services at the address.
        recurring_services: RecurringServiceEdgeFilter => ADDRESS_RECURRING,
    }
    one {
        /// Customer of the address.
        customer: CustomerFilter => ADDRESS_CUSTOMER,
    }
}

order! {
    /// A field of addresses to sort by.
    AddressOrder of address with custom_fields of Address;
    /// Name of the address.
    Name => NameKey,
    /// Type of the address, alphabetically.
    Type => AddressType,
    /// City.
    City => CityKey,
    /// State or province.
    State => StateKey,
}

roots! {
    AddressQuery:
    /// Finds an address by its id or a reference, live or deleted. Null if there is none. Requires `address:read`.
    address,
    /// Lists addresses, including those of the tenant itself. Requires `address:read`.
    addresses -> Address
}
