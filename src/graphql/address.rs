//! Addresses: places of a customer, or of the tenant itself.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, MaybeUndefined, Object};
use entity::{address, custom_field_definition::Owner};

use super::{
    change::Change,
    connection::{edges, roots},
    context::Ask,
    custom_field::{CustomFieldInput, given},
    customer::{Customer, CustomerFilter},
    customer_asset::{CustomerAsset, CustomerAssetEdgeFilter},
    filter::{ExactFilter, TextFilter, enum_filter, filter},
    load::{Load, LoadEdgeFilter},
    mutation::{payloads, write},
    node::face,
    order::order,
    scalar::{Coordinates, Ref, field, same},
    service_record::{ServiceRecord, ServiceRecordEdgeFilter},
};
use crate::{
    access::Action,
    domain::{address as rules, value::Field},
    error::{Error, Result},
};

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "address::Kind")]
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

enum_filter! { AddressTypeFilter of AddressType as address::Kind; }

face! {
    /// A place of a customer, or of the tenant itself. Street, postal code, coordinates and instructions are personal:
    /// they need `pii:read`.
    Address of address: AddressFields, AddressEdges, AddressFilter, AddressOrder;
    "type" => [Kind],
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
        self.0.kind.into()
    }

    /// Street and number. Null without `pii:read`.
    async fn street(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(self.0.street.as_ref(), "address", "street", self.0.id).await
    }

    /// Second line: suite, floor, dock. Null without `pii:read`.
    async fn street2(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(self.0.street2.as_ref(), "address", "street2", self.0.id).await
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
        ctx.open(self.0.zip_code.as_ref(), "address", "zip_code", self.0.id).await
    }

    /// ISO 3166-1 alpha-2 code. Null: the tenant's country.
    async fn country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// Where it is. Null if nobody said, and without `pii:read`.
    async fn coordinates(&self, ctx: &Context<'_>) -> Result<Option<Coordinates>> {
        let json = ctx.open(self.0.coordinates.as_ref(), "address", "coordinates", self.0.id).await?;
        json.map(|json: String| serde_json::from_str(&json).map(Coordinates).map_err(Error::internal)).transpose()
    }

    /// IANA time zone in which appointments here are meant: `America/Chicago`.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// How to get in, where to dock. Null without `pii:read`.
    async fn instructions(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(self.0.instructions.as_ref(), "address", "instructions", self.0.id).await
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
    /// Which addresses. All tests given must pass.
    AddressFilter, AddressEdgeFilter of "address_id", Owner::Address;
    columns {
        /// What the place is called.
        name: TextFilter => "name_key",
        /// What the place is for.
        r#type: AddressTypeFilter => "kind",
        /// City.
        city: TextFilter => "city_key",
        /// State or province.
        state: TextFilter => "state_key",
        /// ISO 3166-1 alpha-2 code.
        country: ExactFilter => "country",
    }
    personal {}
    many {
        /// The loads whose first PICKUP is here.
        picked_up_loads: LoadEdgeFilter => ADDRESS_PICKED_UP,
        /// The loads whose last DELIVERY is here.
        delivered_loads: LoadEdgeFilter => ADDRESS_DELIVERED,
        /// The customer assets that stand here.
        assets: CustomerAssetEdgeFilter => ADDRESS_ASSETS,
        /// The work planned and done here.
        service_records: ServiceRecordEdgeFilter => ADDRESS_SERVICES,
    }
    one {
        /// Whose place it is.
        customer: CustomerFilter => ADDRESS_CUSTOMER,
    }
}

order! {
    /// What addresses can be ordered by.
    AddressOrderField, AddressOrder of address, Some(("address_id", Owner::Address));
    /// What the place is called.
    Name => NameKey,
    /// What the place is for, in alphabetical order of the values.
    Type => Kind,
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

/// What an address can be given.
#[derive(Clone, Debug, InputObject)]
pub struct AddressFieldsInput {
    /// What the place is called; at most 200 characters.
    name: MaybeUndefined<String>,
    /// What the place is for; SERVICE if absent.
    r#type: MaybeUndefined<AddressType>,
    /// Street and number; at most 200 characters.
    street: MaybeUndefined<String>,
    /// Second line; at most 200 characters.
    street2: MaybeUndefined<String>,
    /// City; at most 200 characters.
    city: MaybeUndefined<String>,
    /// State or province; at most 200 characters.
    state: MaybeUndefined<String>,
    /// Postal code; at most 200 characters.
    zip_code: MaybeUndefined<String>,
    /// ISO 3166-1 alpha-2 code; null or absent: the tenant's country.
    country: MaybeUndefined<String>,
    /// Longitude and latitude.
    coordinates: MaybeUndefined<Coordinates>,
    /// IANA time zone; the tenant's if absent.
    time_zone: MaybeUndefined<String>,
    /// How to get in, where to dock; at most 10,000 characters.
    instructions: MaybeUndefined<String>,
    /// Values of custom fields, by their keys; fields that are not named stay as they are, and get their defaults in a new
    /// row. At most 200.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// An address to be made.
#[derive(Clone, Debug, InputObject)]
pub struct AddressCreateInput {
    /// Whose place it is; absent or null for a place of the tenant itself.
    customer: Option<Ref>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: AddressFieldsInput,
}

/// An address to be changed: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct AddressUpdateInput {
    /// The address.
    id: Ref,
    /// Write only if the address is still at this version.
    expected_version: Option<i32>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AddressFieldsInput,
}

/// An address to be made, or changed where its external reference is known: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct AddressUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// Whose place a new address is; absent or null for a place of the tenant itself.
    customer: Option<Ref>,
    #[graphql(flatten)]
    fields: AddressFieldsInput,
}

/// An address given with its customer. It is the customer's address of this id, else of this external reference, else of
/// this type and street; otherwise it is new.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAddressInput {
    /// The address it is; absent for a new one.
    id: Option<Ref>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AddressFieldsInput,
}

/// An address to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct AddressDeleteInput {
    /// The address.
    id: Ref,
    /// Delete only if the address is still at this version.
    expected_version: Option<i32>,
}

/// An address to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct AddressRestoreInput {
    /// The address.
    id: Ref,
}

impl AddressFieldsInput {
    fn draft(self, external_reference: Field<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            name: same(self.name),
            kind: field(self.r#type, Into::into),
            street: same(self.street),
            street2: same(self.street2),
            city: same(self.city),
            state: same(self.state),
            zip_code: same(self.zip_code),
            country: same(self.country),
            coordinates: field(self.coordinates, |coordinates| coordinates.0),
            time_zone: same(self.time_zone),
            instructions: same(self.instructions),
            custom_fields: given(self.custom_fields),
        }
    }
}

impl CustomerAddressInput {
    /// The item as the domain reads it.
    pub fn nested(self) -> crate::domain::customer::Nested<rules::Draft> {
        let draft = self.fields.draft(same(self.external_reference));
        crate::domain::customer::Nested { id: self.id.map(|id| id.0), draft }
    }
}

payloads! {
    address: Address;
    AddressCreatePayload, AddressUpdatePayload, AddressUpsertPayload, AddressDeletePayload, AddressRestorePayload,
}

/// What can be done to addresses.
#[derive(Default)]
pub struct AddressMutation;

#[Object]
impl AddressMutation {
    /// Makes an address of a customer, or of the tenant itself. Needs `address:write`.
    async fn address_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: AddressCreateInput,
    ) -> Result<AddressCreatePayload> {
        let draft = input.fields.draft(input.external_reference.into());
        let customer = input.customer.map(|customer| customer.0);
        let made = async |tx: &_| rules::create(tx, customer.as_ref(), draft).await;
        Ok(write::<Address>(ctx, Action::AddressWrite, made).await?.into())
    }

    /// Changes an address. Needs `address:write`.
    async fn address_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: AddressUpdateInput,
    ) -> Result<AddressUpdatePayload> {
        let draft = input.fields.draft(same(input.external_reference));
        let changed = async |tx: &_| rules::update(tx, &input.id.0, input.expected_version, draft).await;
        Ok(write::<Address>(ctx, Action::AddressWrite, changed).await?.into())
    }

    /// Makes the address of an external reference, or changes the one that has it, bringing it back if it was deleted.
    /// Needs `address:write`.
    async fn address_upsert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: AddressUpsertInput,
    ) -> Result<AddressUpsertPayload> {
        let draft = input.fields.draft(Field::Keep);
        let customer = input.customer.map(|customer| customer.0);
        let put = async |tx: &_| rules::upsert(tx, customer.as_ref(), &input.external_reference, draft).await;
        Ok(write::<Address>(ctx, Action::AddressWrite, put).await?.into())
    }

    /// Deletes an address: it is hidden, and can be restored. Refused while open work needs it. Needs `address:write`.
    async fn address_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: AddressDeleteInput,
    ) -> Result<AddressDeletePayload> {
        let deleted = async |tx: &_| rules::delete(tx, &input.id.0, input.expected_version).await;
        Ok(write::<Address>(ctx, Action::AddressWrite, deleted).await?.into())
    }

    /// Brings a deleted address back. Needs `address:write`.
    async fn address_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: AddressRestoreInput,
    ) -> Result<AddressRestorePayload> {
        let restored = async |tx: &_| rules::restore(tx, &input.id.0).await;
        Ok(write::<Address>(ctx, Action::AddressWrite, restored).await?.into())
    }
}
