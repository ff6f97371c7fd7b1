//! The mutations of customers: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{customer as rules, value::FieldUpdate};

use super::{CommunicationMethod, Customer, CustomerStatus, CustomerType, service_window::ServiceWindowInput};
use crate::graphql::{
    address::CustomerAddressInput,
    contact::CustomerContactInput,
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, mutations, restore_input},
    scalar::{Ref, field_update, map_field},
};

/// How to reach a customer. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct ContactInfoInput {
    /// E-mail address.
    email: MaybeUndefined<String>,
    /// Telephone number: 3 to 20 digits, in any format.
    phone: MaybeUndefined<String>,
    /// The name of the person to ask for; at most 200 characters.
    primary_contact: MaybeUndefined<String>,
}

/// A customer's service preferences. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct PreferencesInput {
    /// The preferred time of service, as free text; at most 200 characters.
    preferred_service_window: MaybeUndefined<String>,
    /// All times of the week at which the customer prefers service, at most 21. They replace the current ones; null or an empty
    /// list clears them.
    service_windows: MaybeUndefined<Vec<ServiceWindowInput>>,
    /// The preferred method of communication.
    communication_method: MaybeUndefined<CommunicationMethod>,
    /// The emergency contact, as free text; at most 200 characters.
    emergency_contact: MaybeUndefined<String>,
}

/// The fields that creating, updating and upserting a customer share, besides name, type and external reference.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerFieldsInput {
    /// The tenant's customer number, unique; at most 200 characters. If it is omitted, Fieldgate assigns one to a new
    /// customer.
    number: MaybeUndefined<String>,
    /// The state of the business relationship. A new customer defaults to ACTIVE.
    status: MaybeUndefined<CustomerStatus>,
    /// The customer's line of business; at most 200 characters.
    industry: MaybeUndefined<String>,
    /// Tags: at most 50, of at most 50 characters each. They are stored in lower case.
    tags: MaybeUndefined<Vec<String>>,
    /// How to reach the customer.
    contact_info: MaybeUndefined<ContactInfoInput>,
    /// The customer's service preferences.
    preferences: MaybeUndefined<PreferencesInput>,
    /// The parent customer. It must not be the customer itself or one of its descendants.
    parent: MaybeUndefined<Ref>,
    /// The customer that pays for this one. Null: the customer pays for itself.
    bill_to: MaybeUndefined<Ref>,
    /// Tax number; at most 200 characters.
    tax_id: MaybeUndefined<String>,
    /// FMCSA motor carrier number; at most 200 characters.
    mc_number: MaybeUndefined<String>,
    /// USDOT number; at most 200 characters.
    dot_number: MaybeUndefined<String>,
    /// The number of days from the invoice to its due date; 0 to 365.
    payment_terms_days: MaybeUndefined<i32>,
    /// Free text; at most 10,000 characters.
    notes: MaybeUndefined<String>,
    /// All addresses of the customer, at most 100. Addresses that are not in the list are deleted; null deletes all. If
    /// omitted, they stay as they are. Requires `address:write`.
    addresses: MaybeUndefined<Vec<CustomerAddressInput>>,
    /// All contacts of the customer, at most 100. Contacts that are not in the list are deleted; null deletes all. If
    /// omitted, they stay as they are. Requires `contact:write`.
    contacts: MaybeUndefined<Vec<CustomerContactInput>>,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A new customer.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerCreateInput {
    /// The name; at most 200 characters.
    name: String,
    /// The customer's relation to the tenant.
    r#type: CustomerType,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: CustomerFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to a customer. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerUpdateInput {
    /// The customer.
    id: Ref,
    /// The version that the customer must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The name; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The customer's relation to the tenant.
    r#type: MaybeUndefined<CustomerType>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: CustomerFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The customer to create, or to update if its external reference exists. An omitted field stays as it is; null clears
/// it.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the customer must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is
    /// no such customer yet.
    expected_version: Option<i32>,
    /// The name, required for a new customer; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The customer's relation to the tenant. A new customer defaults to OTHER.
    r#type: MaybeUndefined<CustomerType>,
    #[graphql(flatten)]
    fields: CustomerFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The customer to delete.
#[derive(Clone, Debug, InputObject)]
pub struct CustomerDeleteInput {
    /// The customer.
    id: Ref,
    /// The version that the customer must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// Whether to cancel the customer's open loads and service records, which requires `load:write` and `service:write` if
    /// there are any. If false, the mutation fails while there are any.
    #[graphql(default)]
    cancel_open: bool,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

restore_input! { CustomerRestoreInput of "customer" }

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
            preferences: map_field(self.preferences, |preferences| rules::PreferencesDraft {
                preferred_service_window: field_update(preferences.preferred_service_window),
                service_windows: map_field(preferences.service_windows, |windows| {
                    windows.into_iter().map(ServiceWindowInput::draft).collect()
                }),
                communication_method: map_field(preferences.communication_method, Into::into),
                emergency_contact: field_update(preferences.emergency_contact),
            }),
            parent: map_field(self.parent, |parent| parent.0),
            bill_to: map_field(self.bill_to, |customer| customer.0),
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
    /// The mutations of customers.
    CustomerMutation of customer: Customer;

    /// Creates a customer together with its addresses and contacts. Requires `customer:write`; addresses and contacts
    /// require `address:write` and `contact:write`.
    customer_create as "customerCreate", customer_create_many
        (CustomerCreateInput: "The customer to create.") -> CustomerCreatePayload
        requires Action::CustomerWrite => |tx, input| {
            let (name, customer_type) = (FieldUpdate::Set(input.name), FieldUpdate::Set(input.r#type));
            let draft = input.fields.draft(name, customer_type, input.external_reference.into());
            rules::create(tx, draft).await
        };

    /// Updates a customer and, if they are given, its addresses and contacts. Requires `customer:write`; `addresses` and
    /// `contacts` require `address:write` and `contact:write`.
    customer_update as "customerUpdate", customer_update_many
        (CustomerUpdateInput: "The customer and its changes.") -> CustomerUpdatePayload
        requires Action::CustomerWrite => |tx, input| {
            let draft = input.fields.draft(
                field_update(input.name),
                field_update(input.r#type),
                field_update(input.external_reference),
            );
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the customer with the given external reference, or updates it if it exists. A deleted customer is
    /// restored, with what was deleted with it. Requires `customer:write`; addresses and contacts that it writes or restores
    /// require `address:write` and `contact:write`.
    customer_upsert as "customerUpsert", customer_upsert_many
        (CustomerUpsertInput: "The customer to create or update.") -> CustomerUpsertPayload
        requires Action::CustomerWrite => |tx, input| {
            let draft = input.fields.draft(field_update(input.name), field_update(input.r#type), FieldUpdate::Keep);
            rules::upsert(tx, &input.external_reference, input.expected_version, draft).await
        };

    /// Deletes a customer: it is hidden together with its addresses, contacts and custom field values, and can be
    /// restored. Loads and service records still show it. Fails while the customer has assets on rent or lease.
    /// Requires `customer:write`; addresses and contacts that it deletes require `address:write` and `contact:write`.
    customer_delete as "customerDelete", customer_delete_many
        (CustomerDeleteInput: "The customer to delete.") -> CustomerDeletePayload
        requires Action::CustomerWrite => |tx, input| {
            rules::delete(tx, &input.id.0, input.expected_version, input.cancel_open).await
        };

    /// Restores a deleted customer together with everything that was deleted with it. Requires `customer:write`; addresses
    /// and contacts that it restores require `address:write` and `contact:write`.
    customer_restore as "customerRestore", customer_restore_many
        (CustomerRestoreInput: "The customer to restore.") -> CustomerRestorePayload
        requires Action::CustomerWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}
