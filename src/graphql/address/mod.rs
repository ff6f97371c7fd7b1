//! Addresses: places of a customer, or of the tenant itself.

mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::address;
use error::{Error, Result};

pub use self::mutation::{AddressMutation, CustomerAddressInput};
use super::{
    change::Change,
    connection::{edges, roots},
    context::ContextExt,
    customer::{Customer, CustomerFilter},
    customer_asset::{CustomerAsset, CustomerAssetEdgeFilter},
    entity_object::entity_object,
    filter::{ExactFilter, TextFilter, enum_filter, filter},
    load::{Load, LoadEdgeFilter},
    order::order,
    scalar::Coordinates,
    service_record::{ServiceRecord, ServiceRecordEdgeFilter},
};

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "address::AddressType")]
pub enum AddressType {
    /// The customer's main place; one each.
    Primary,
    /// Where invoices go; one each.
    Billing,
    /// Where freight is picked up or delivered.
    Shipping,
    /// Where service is done.
    Service,
}

enum_filter! { AddressTypeFilter of AddressType as address::AddressType; }

entity_object! {
    /// A place of a customer, or of the tenant itself. Street, postal code, coordinates and instructions are personal:
    /// they need `pii:read`.
    Address of address: AddressFields, AddressEdges, AddressFilter, AddressOrder;
    "type" => [AddressType],
}

/// What an address has besides the common fields.
pub struct AddressFields(Arc<address::Model>);

#[Object]
impl AddressFields {
    /// What the place is called: `Gate 4`, `Cold store`.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// What the place is for.
    async fn r#type(&self) -> AddressType {
        self.0.address_type.into()
    }

    /// Street and number. Null without `pii:read`.
    async fn street(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, address::Column::Street).await
    }

    /// Second line: suite, floor, dock. Null without `pii:read`.
    async fn street2(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, address::Column::Street2).await
    }

    /// City.
    async fn city(&self) -> Option<&str> {
        self.0.city.as_deref()
    }

    /// State or province, as it was given: `TX`.
    async fn state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// Postal code. Null without `pii:read`.
    async fn zip_code(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, address::Column::ZipCode).await
    }

    /// ISO 3166-1 alpha-2 code. Null: the tenant's country.
    async fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// Where it is. Null if nobody said, and without `pii:read`.
    async fn coordinates(&self, ctx: &Context<'_>) -> Result<Option<Coordinates>> {
        let json = ctx.open(&*self.0, address::Column::Coordinates).await?;
        json.map(|json: String| serde_json::from_str(&json).map(Coordinates).map_err(Error::internal)).transpose()
    }

    /// IANA time zone in which appointments here are meant: `America/Chicago`.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// How to get in, where to dock. Null without `pii:read`.
    async fn instructions(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, address::Column::Instructions).await
    }
}

edges! {
    AddressEdges of address;
    many {
        /// What was written of it, in order. Needs `change:read`.
        changes: ADDRESS_CHANGES -> Change;
        /// The loads whose first PICKUP is here. Needs `load:read`.
        picked_up_loads: ADDRESS_PICKED_UP -> Load;
        /// The loads whose last DELIVERY is here. Needs `load:read`.
        delivered_loads: ADDRESS_DELIVERED -> Load;
        /// The loads with any stop here. Needs `load:read`.
        loads: ADDRESS_LOADS -> Load;
        /// The customer assets that stand here. Needs `asset:read`.
        assets: ADDRESS_ASSETS -> CustomerAsset;
        /// The work planned and done here. Needs `service:read`.
        service_records: ADDRESS_SERVICES -> ServiceRecord;
    }
    one {
        /// Whose place it is. Null for a place of the tenant itself. Needs `customer:read`.
        customer: ADDRESS_CUSTOMER -> Customer;
    }
    custom_fields ADDRESS_VALUES of Address;
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
    }
    one {
        /// Customer of the address.
        customer: CustomerFilter => ADDRESS_CUSTOMER,
    }
}

order! {
    /// Fields that addresses can be sorted by.
    AddressOrderField, AddressOrder of address with custom_fields of Address;
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
    /// The address of an id, live or deleted. Null if the id names none. Needs `address:read`.
    address,
    /// All addresses, those of the tenant itself included. Needs `address:read`.
    addresses -> Address
}
