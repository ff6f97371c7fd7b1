//! Changes of addresses: inputs, payloads and mutations.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{address as rules, value::FieldUpdate};

use super::{Address, AddressType};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, mutations},
    scalar::{Coordinates, Ref, field_update, map_field},
};

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
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
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
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
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
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
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
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// An address to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct AddressRestoreInput {
    /// The address.
    id: Ref,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

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
    /// The item as the domain reads it.
    pub fn nested(self) -> domain::customer::Nested<rules::Draft> {
        let draft = self.fields.draft(field_update(self.external_reference));
        domain::customer::Nested { id: self.id.map(|id| id.0), draft }
    }
}

mutations! {
    /// What can be done to addresses.
    AddressMutation of address: Address;

    /// Makes an address of a customer, or of the tenant itself. Needs `address:write`.
    address_create as "addressCreate", address_create_many
        (AddressCreateInput: "The address.") -> AddressCreatePayload
        requires Action::AddressWrite => |tx, input| {
            let draft = input.fields.draft(input.external_reference.into());
            let customer = input.customer.map(|customer| customer.0);
            rules::create(tx, customer.as_ref(), draft).await
        };

    /// Changes an address. Needs `address:write`.
    address_update as "addressUpdate", address_update_many
        (AddressUpdateInput: "What to change.") -> AddressUpdatePayload
        requires Action::AddressWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Makes the address of an external reference, or changes the one that has it, bringing it back if it was deleted.
    /// Needs `address:write`.
    address_upsert as "addressUpsert", address_upsert_many
        (AddressUpsertInput: "The address.") -> AddressUpsertPayload
        requires Action::AddressWrite => |tx, input| {
            let draft = input.fields.draft(FieldUpdate::Keep);
            let customer = input.customer.map(|customer| customer.0);
            rules::upsert(tx, customer.as_ref(), &input.external_reference, draft).await
        };

    /// Deletes an address: it is hidden, and can be restored. Refused while open work needs it. Needs `address:write`.
    address_delete as "addressDelete", address_delete_many
        (AddressDeleteInput: "The address.") -> AddressDeletePayload
        requires Action::AddressWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Brings a deleted address back. Needs `address:write`.
    address_restore as "addressRestore", address_restore_many
        (AddressRestoreInput: "The address.") -> AddressRestorePayload
        requires Action::AddressWrite => |tx, input| rules::restore(tx, &input.id.0).await;
}
