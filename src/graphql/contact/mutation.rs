//! The mutations of contacts: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{contact as rules, value::FieldUpdate};

use super::{Contact, ContactType};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{Ref, field_update, map_field},
};

/// The fields that creating, updating and upserting a contact share, besides customer, name and external reference.
#[derive(Clone, Debug, InputObject)]
pub struct ContactFieldsInput {
    /// Whether the contact is a person, a department or a call centre. A new contact defaults to PERSON.
    r#type: MaybeUndefined<ContactType>,
    /// The contact's role at the customer; at most 200 characters.
    role: MaybeUndefined<String>,
    /// E-mail address.
    email: MaybeUndefined<String>,
    /// Telephone number: 3 to 20 digits, in any format.
    phone: MaybeUndefined<String>,
    /// Mobile number: 3 to 20 digits, in any format.
    mobile: MaybeUndefined<String>,
    /// Whether this is the customer's primary contact. True replaces the current primary contact.
    primary: MaybeUndefined<bool>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A new contact.
#[derive(Clone, Debug, InputObject)]
pub struct ContactCreateInput {
    /// The customer.
    customer: Ref,
    /// The name; at most 200 characters.
    name: String,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: ContactFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to a contact. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct ContactUpdateInput {
    /// The contact.
    id: Ref,
    /// The version that the contact must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The name; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: ContactFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The contact to create, or to update if its external reference exists. An omitted field stays as it is; null clears
/// it.
#[derive(Clone, Debug, InputObject)]
pub struct ContactUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the contact must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is
    /// no such contact yet.
    expected_version: Option<i32>,
    /// The customer. Required for a new contact.
    customer: Option<Ref>,
    /// The name, required for a new contact; at most 200 characters.
    name: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: ContactFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A contact in a customer's list. It updates the customer's contact with the same id, else with the same external
/// reference. If there is none, the contact is new.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerContactInput {
    /// The contact to update. Omitted for a new contact.
    id: Option<Ref>,
    /// The name, required for a new contact; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: ContactFieldsInput,
}

delete_input! { ContactDeleteInput of "contact" }
restore_input! { ContactRestoreInput of "contact" }

impl ContactFieldsInput {
    fn draft(self, name: FieldUpdate<String>, external_reference: FieldUpdate<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            contact_type: map_field(self.r#type, Into::into),
            name,
            role: field_update(self.role),
            email: field_update(self.email),
            phone: field_update(self.phone),
            mobile: field_update(self.mobile),
            primary: field_update(self.primary),
            notes: field_update(self.notes),
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

impl CustomerContactInput {
    /// The list item as a draft of the domain.
    pub fn nested(self) -> domain::customer::Nested<rules::Draft> {
        let draft = self.fields.draft(field_update(self.name), field_update(self.external_reference));
        domain::customer::Nested { id: self.id.map(|id| id.0), draft }
    }
}

mutations! {
    /// The mutations of contacts.
    ContactMutation of contact: Contact;

    /// Creates a contact for a customer. Requires `contact:write`.
    contact_create as "contactCreate", contact_create_many
        (ContactCreateInput: "The contact to create.") -> ContactCreatePayload
        requires Action::ContactWrite => |tx, input| {
            let draft = input.fields.draft(FieldUpdate::Set(input.name), input.external_reference.into());
            rules::create(tx, &input.customer.0, draft).await
        };

    /// Updates a contact. Requires `contact:write`.
    contact_update as "contactUpdate", contact_update_many
        (ContactUpdateInput: "The contact and its changes.") -> ContactUpdatePayload
        requires Action::ContactWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the contact with the given external reference, or updates it if it exists. A deleted contact is
    /// restored. Requires `contact:write`.
    contact_upsert as "contactUpsert", contact_upsert_many
        (ContactUpsertInput: "The contact to create or update.") -> ContactUpsertPayload
        requires Action::ContactWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), FieldUpdate::Keep);
            let customer = input.customer.map(|customer| customer.0);
            rules::upsert(tx, customer.as_ref(), &input.external_reference, input.expected_version, draft).await
        };

    /// Deletes a contact: it is hidden and can be restored. Requires `contact:write`.
    contact_delete as "contactDelete", contact_delete_many
        (ContactDeleteInput: "The contact to delete.") -> ContactDeletePayload
        requires Action::ContactWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted contact. Requires `contact:write`.
    contact_restore as "contactRestore", contact_restore_many
        (ContactRestoreInput: "The contact to restore.") -> ContactRestorePayload
        requires Action::ContactWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}
