//! Mutations of contacts: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{contact as rules, value::FieldUpdate};

use super::{Contact, ContactType};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, mutations},
    scalar::{Ref, field_update, map_field},
};

/// What a contact can be given, besides what makes it that contact.
#[derive(Clone, Debug, InputObject)]
pub struct ContactFieldsInput {
    /// A person or a desk; a person if absent.
    r#type: MaybeUndefined<ContactType>,
    /// What the contact does there; at most 200 characters.
    role: MaybeUndefined<String>,
    /// E-mail address.
    email: MaybeUndefined<String>,
    /// Telephone number: 3 to 20 digits, however they are written.
    phone: MaybeUndefined<String>,
    /// Mobile number: 3 to 20 digits, however they are written.
    mobile: MaybeUndefined<String>,
    /// Whether this becomes the customer's primary contact; the present one then is it no more.
    primary: MaybeUndefined<bool>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// Values of custom fields, by their keys; fields that are not named stay as they are, and get their defaults in a new
    /// row. At most 200.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A contact to be made.
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

/// A contact to be changed: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct ContactUpdateInput {
    /// The contact.
    id: Ref,
    /// Write only if the contact is still at this version.
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

/// A contact to be made, or changed where its external reference is known: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct ContactUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The customer; needed for a new contact.
    customer: Option<Ref>,
    /// The name, needed for a new contact; at most 200 characters.
    name: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: ContactFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A contact given with its customer. It is the customer's contact of this id, else of this external reference;
/// otherwise it is new.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerContactInput {
    /// The contact it is; absent for a new one.
    id: Option<Ref>,
    /// The name, needed for a new contact; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: ContactFieldsInput,
}

/// A row to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct ContactDeleteInput {
    /// The contact.
    id: Ref,
    /// Delete only if the contact is still at this version.
    expected_version: Option<i32>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A row to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct ContactRestoreInput {
    /// The contact.
    id: Ref,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

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
    /// The item as the domain reads it.
    pub fn nested(self) -> domain::customer::Nested<rules::Draft> {
        let draft = self.fields.draft(field_update(self.name), field_update(self.external_reference));
        domain::customer::Nested { id: self.id.map(|id| id.0), draft }
    }
}

mutations! {
    /// What can be done to contacts.
    ContactMutation of contact: Contact;

    /// Makes a contact of a customer. Needs `contact:write`.
    contact_create as "contactCreate", contact_create_many
        (ContactCreateInput: "The contact.") -> ContactCreatePayload
        requires Action::ContactWrite => |tx, input| {
            let draft = input.fields.draft(FieldUpdate::Set(input.name), input.external_reference.into());
            rules::create(tx, &input.customer.0, draft).await
        };

    /// Changes a contact. Needs `contact:write`.
    contact_update as "contactUpdate", contact_update_many
        (ContactUpdateInput: "What to change.") -> ContactUpdatePayload
        requires Action::ContactWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Makes the contact of an external reference, or changes the one that has it, bringing it back if it was deleted.
    /// Needs `contact:write`.
    contact_upsert as "contactUpsert", contact_upsert_many
        (ContactUpsertInput: "The contact.") -> ContactUpsertPayload
        requires Action::ContactWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), FieldUpdate::Keep);
            let customer = input.customer.map(|customer| customer.0);
            rules::upsert(tx, customer.as_ref(), &input.external_reference, draft).await
        };

    /// Deletes a contact: it is hidden, and can be restored. Needs `contact:write`.
    contact_delete as "contactDelete", contact_delete_many
        (ContactDeleteInput: "The contact.") -> ContactDeletePayload
        requires Action::ContactWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Brings a deleted contact back. Needs `contact:write`.
    contact_restore as "contactRestore", contact_restore_many
        (ContactRestoreInput: "The contact.") -> ContactRestorePayload
        requires Action::ContactWrite => |tx, input| rules::restore(tx, &input.id.0).await;
}
