//! Changes of customers: inputs, payloads and mutations.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{customer as rules, value::FieldUpdate};

use super::{CommunicationMethod, Customer, CustomerStatus, CustomerType};
use crate::graphql::{
    address::CustomerAddressInput,
    contact::CustomerContactInput,
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, mutations},
    scalar::{Ref, field_update, map_field},
};

/// How to reach a customer: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct ContactInfoInput {
    /// E-mail address.
    email: MaybeUndefined<String>,
    /// Telephone number: 3 to 20 digits, however they are written.
    phone: MaybeUndefined<String>,
    /// Whom to ask for; at most 200 characters.
    primary_contact: MaybeUndefined<String>,
}

/// How a customer wants to be served: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct PreferencesInput {
    /// When service is welcome, in words; at most 200 characters.
    preferred_service_window: MaybeUndefined<String>,
    /// How the customer wants to be reached.
    communication_method: MaybeUndefined<CommunicationMethod>,
    /// Whom to reach in an emergency; at most 200 characters.
    emergency_contact: MaybeUndefined<String>,
}

/// What a customer can be given, besides name, type and external reference.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerFieldsInput {
    /// The tenant's customer number; given by Fieldgate if absent. At most 200 characters, unique.
    number: MaybeUndefined<String>,
    /// Where the business with the customer stands; ACTIVE if absent.
    status: MaybeUndefined<CustomerStatus>,
    /// The customer's own line of business; at most 200 characters.
    industry: MaybeUndefined<String>,
    /// Words to find the customer by: at most 50 of at most 50 characters. Kept in lower case.
    tags: MaybeUndefined<Vec<String>>,
    /// How to reach the customer.
    contact_info: MaybeUndefined<ContactInfoInput>,
    /// How the customer wants to be served.
    preferences: MaybeUndefined<PreferencesInput>,
    /// The customer this one is part of; not itself, nor one that is part of it.
    parent: MaybeUndefined<Ref>,
    /// The customer that pays for this one; null: it pays itself.
    bill_to: MaybeUndefined<Ref>,
    /// Tax number; at most 200 characters.
    tax_id: MaybeUndefined<String>,
    /// FMCSA motor carrier number; at most 200 characters.
    mc_number: MaybeUndefined<String>,
    /// USDOT number; at most 200 characters.
    dot_number: MaybeUndefined<String>,
    /// Days from invoice to due; 0 to 365.
    payment_terms_days: MaybeUndefined<i32>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// All addresses of the customer, at most 100: those that are not in the list are deleted. Null: none. Absent: they
    /// stay as they are.
    addresses: MaybeUndefined<Vec<CustomerAddressInput>>,
    /// All contacts of the customer, at most 100: those that are not in the list are deleted. Null: none. Absent: they
    /// stay as they are.
    contacts: MaybeUndefined<Vec<CustomerContactInput>>,
    /// Values of custom fields, by their keys; fields that are not named stay as they are, and get their defaults in a new
    /// row. At most 200.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A customer to be made.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerCreateInput {
    /// The name; at most 200 characters.
    name: String,
    /// What the customer is to the tenant.
    r#type: CustomerType,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: CustomerFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A customer to be changed: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerUpdateInput {
    /// The customer.
    id: Ref,
    /// Write only if the customer is still at this version.
    expected_version: Option<i32>,
    /// The name; at most 200 characters.
    name: MaybeUndefined<String>,
    /// What the customer is to the tenant.
    r#type: MaybeUndefined<CustomerType>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: CustomerFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A customer to be made, or changed where its external reference is known: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The name, needed for a new customer; at most 200 characters.
    name: MaybeUndefined<String>,
    /// What the customer is to the tenant; OTHER for a new customer, if absent.
    r#type: MaybeUndefined<CustomerType>,
    #[graphql(flatten)]
    fields: CustomerFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A customer to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerDeleteInput {
    /// The customer.
    id: Ref,
    /// Delete only if the customer is still at this version.
    expected_version: Option<i32>,
    /// Whether open loads and service records are cancelled; if not, they refuse the delete.
    #[graphql(default)]
    cancel_open: bool,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A customer to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerRestoreInput {
    /// The customer.
    id: Ref,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

impl CustomerFieldsInput {
    fn draft(
        self,
        name: FieldUpdate<String>,
        customer_type: FieldUpdate<CustomerType>,
        external_reference: FieldUpdate<String>,
    ) -> rules::Draft {
        rules::Draft {
            external_reference,
            number: field_update(self.number),
            name,
            customer_type: customer_type.map(Into::into),
            status: map_field(self.status, Into::into),
            industry: field_update(self.industry),
            tags: field_update(self.tags),
            contact_info: map_field(self.contact_info, |info| rules::ContactInfoDraft {
                email: field_update(info.email),
                phone: field_update(info.phone),
                primary_contact: field_update(info.primary_contact),
            }),
            preferences: map_field(self.preferences, |wishes| rules::PreferencesDraft {
                preferred_service_window: field_update(wishes.preferred_service_window),
                communication_method: map_field(wishes.communication_method, Into::into),
                emergency_contact: field_update(wishes.emergency_contact),
            }),
            parent: map_field(self.parent, |parent| parent.0),
            bill_to: map_field(self.bill_to, |payer| payer.0),
            tax_id: field_update(self.tax_id),
            mc_number: field_update(self.mc_number),
            dot_number: field_update(self.dot_number),
            payment_terms_days: field_update(self.payment_terms_days),
            notes: field_update(self.notes),
            addresses: map_field(self.addresses, |list| list.into_iter().map(CustomerAddressInput::nested).collect()),
            contacts: map_field(self.contacts, |list| list.into_iter().map(CustomerContactInput::nested).collect()),
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

mutations! {
    /// What can be done to customers.
    CustomerMutation of customer: Customer;

    /// Makes a customer, with its addresses and contacts. Needs `customer:write`.
    customer_create as "customerCreate", customer_create_many
        (CustomerCreateInput: "The customer.") -> CustomerCreatePayload
        requires Action::CustomerWrite => |tx, input| {
            let (name, customer_type) = (FieldUpdate::Set(input.name), FieldUpdate::Set(input.r#type));
            let draft = input.fields.draft(name, customer_type, input.external_reference.into());
            rules::create(tx, draft).await
        };

    /// Changes a customer and, where they are given, its addresses and contacts. Needs `customer:write`.
    customer_update as "customerUpdate", customer_update_many
        (CustomerUpdateInput: "What to change.") -> CustomerUpdatePayload
        requires Action::CustomerWrite => |tx, input| {
            let draft = input.fields.draft(
                field_update(input.name),
                field_update(input.r#type),
                field_update(input.external_reference),
            );
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Makes the customer of an external reference, or changes the one that has it, bringing it back if it was deleted.
    /// Needs `customer:write`.
    customer_upsert as "customerUpsert", customer_upsert_many
        (CustomerUpsertInput: "The customer.") -> CustomerUpsertPayload
        requires Action::CustomerWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), field_update(input.r#type), FieldUpdate::Keep);
            rules::upsert(tx, &input.external_reference, draft).await
        };

    /// Deletes a customer: it is hidden with its addresses, contacts and custom field values, and can be restored. Loads
    /// and service records keep showing it. Assets it has on rent or lease must come back first. Needs `customer:write`.
    customer_delete as "customerDelete", customer_delete_many
        (CustomerDeleteInput: "The customer.") -> CustomerDeletePayload
        requires Action::CustomerWrite => |tx, input| {
            let (id, cancel_open) = (input.id.0, input.cancel_open);
            rules::delete(tx, &id, input.expected_version, cancel_open).await
        };

    /// Brings a deleted customer back, with what was deleted with it. Needs `customer:write`.
    customer_restore as "customerRestore", customer_restore_many
        (CustomerRestoreInput: "The customer.") -> CustomerRestorePayload
        requires Action::CustomerWrite => |tx, input| rules::restore(tx, &input.id.0).await;
}
