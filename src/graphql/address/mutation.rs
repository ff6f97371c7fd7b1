//! The mutations of addresses: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{address as rules, value::FieldUpdate};

use super::{Address, AddressType};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{Coordinates, Ref, field_update, map_field},
};

/// The fields that creating, updating and upserting an address share.
#[derive(Clone, Debug, InputObject)]
pub struct AddressFieldsInput {
    /// The name of the place; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The purpose of the place. A new address defaults to SERVICE.
    r#type: MaybeUndefined<AddressType>,
    /// Street and number; at most 200 characters.
    street: MaybeUndefined<String>,
    /// Second address line; at most 200 characters.
    street2: MaybeUndefined<String>,
    /// City; at most 200 characters.
    city: MaybeUndefined<String>,
    /// State or province; at most 200 characters.
    state: MaybeUndefined<String>,
    /// Postal code; at most 200 characters.
    zip_code: MaybeUndefined<String>,
    /// ISO 3166-1 alpha-2 country code. Defaults to the tenant's country.
    country: MaybeUndefined<String>,
    /// Longitude and latitude.
    coordinates: MaybeUndefined<Coordinates>,
    /// IANA time zone. Defaults to the tenant's time zone.
    time_zone: MaybeUndefined<String>,
    /// Directions for arrival, such as gates and docks; at most 10,000 characters.
    instructions: MaybeUndefined<String>,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A new address.
#[derive(Clone, Debug, InputObject)]
pub struct AddressCreateInput {
    /// The customer whose place it is. Null or omitted: a place of the tenant itself.
    customer: Option<Ref>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: AddressFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to an address. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct AddressUpdateInput {
    /// The address.
    id: Ref,
    /// The version that the address must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AddressFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The address to create, or to update if its external reference exists. An omitted field stays as it is; null clears
/// it.
#[derive(Clone, Debug, InputObject)]
pub struct AddressUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the address must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is
    /// no such address yet.
    expected_version: Option<i32>,
    /// The customer of a new address. Null or omitted: a place of the tenant itself.
    customer: Option<Ref>,
    #[graphql(flatten)]
    fields: AddressFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// An address in a customer's list. It updates the customer's address with the same id, else with the same external
/// reference, else with the same type and street. If there is none, the address is new.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerAddressInput {
    /// The address to update. Omitted for a new address.
    id: Option<Ref>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AddressFieldsInput,
}

delete_input! { AddressDeleteInput of "address" }
restore_input! { AddressRestoreInput of "address" }

impl AddressFieldsInput {
    fn draft(self, external_reference: FieldUpdate<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            name: field_update(self.name),
            address_type: map_field(self.r#type, Into::into),
            street: field_update(self.street),
            street2: field_update(self.street2),
            city: field_update(self.city),
            state: field_update(self.state),
            zip_code: field_update(self.zip_code),
            country: field_update(self.country),
            coordinates: map_field(self.coordinates, |coordinates| coordinates.0),
            time_zone: field_update(self.time_zone),
            instructions: field_update(self.instructions),
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

impl CustomerAddressInput {
    /// The list item as a draft of the domain.
    pub fn nested(self) -> domain::customer::Nested<rules::Draft> {
        let draft = self.fields.draft(field_update(self.external_reference));
        domain::customer::Nested { id: self.id.map(|id| id.0), draft }
    }
}

mutations! {
    /// The mutations of addresses.
    AddressMutation of address: Address;

    /// Creates an address for a customer, or for the tenant itself. Requires `address:write`.
    address_create as "addressCreate", address_create_many
        (AddressCreateInput: "The address to create.") -> AddressCreatePayload
        requires Action::AddressWrite => |tx, input| {
            let draft = input.fields.draft(input.external_reference.into());
            let customer = input.customer.map(|customer| customer.0);
            rules::create(tx, customer.as_ref(), draft).await
        };

    /// Updates an address. Requires `address:write`.
    address_update as "addressUpdate", address_update_many
        (AddressUpdateInput: "The address and its changes.") -> AddressUpdatePayload
        requires Action::AddressWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the address with the given external reference, or updates it if it exists. A deleted address is
    /// restored. Requires `address:write`.
    address_upsert as "addressUpsert", address_upsert_many
        (AddressUpsertInput: "The address to create or update.") -> AddressUpsertPayload
        requires Action::AddressWrite => |tx, input| {
            let draft = input.fields.draft(FieldUpdate::Keep);
            let customer = input.customer.map(|customer| customer.0);
            rules::upsert(tx, customer.as_ref(), &input.external_reference, input.expected_version, draft).await
        };

    /// Deletes an address: it is hidden and can be restored. Fails while open work needs it. Requires `address:write`.
    address_delete as "addressDelete", address_delete_many
        (AddressDeleteInput: "The address to delete.") -> AddressDeletePayload
        requires Action::AddressWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted address. Requires `address:write`.
    address_restore as "addressRestore", address_restore_many
        (AddressRestoreInput: "The address to restore.") -> AddressRestorePayload
        requires Action::AddressWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}
