//! Contacts: the people, departments and call centres reached at a customer.

use std::sync::Arc;

use access::Action;
use async_graphql::{Context, Enum, InputObject, MaybeUndefined, Object};
use domain::{contact as rules, value::FieldUpdate};
use entity::contact;
use error::Result;
use store::Tx;

use super::{
    change::Change,
    connection::{edges, roots},
    context::ContextExt,
    custom_field::{CustomFieldInput, value_inputs},
    customer::{Customer, CustomerFilter},
    entity_object::{RowOf, entity_object},
    filter::{BooleanFilter, TextFilter, enum_filter, filter},
    mutation::{IdempotencyInput, MutationInput, mutations},
    order::order,
    scalar::{Ref, field_update, map_field},
};

/// Whether a contact is a person or a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "contact::ContactType")]
pub enum ContactType {
    /// One person.
    Person,
    /// A department.
    Department,
    /// A call centre.
    CallCenter,
}

enum_filter! { ContactTypeFilter of ContactType as contact::ContactType; }

entity_object! {
    /// Somebody, or some desk, reached at a customer. Names, addresses and numbers are personal: they need `pii:read`.
    Contact of contact: ContactFields, ContactEdges, ContactFilter, ContactOrder;
    "type" => [ContactType],
}

/// What a contact has besides the common fields.
pub struct ContactFields(Arc<contact::Model>);

#[Object]
impl ContactFields {
    /// Whether this is a person or a desk.
    async fn r#type(&self) -> ContactType {
        self.0.contact_type.into()
    }

    /// The name. Null without `pii:read`.
    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Name).await
    }

    /// What the contact does there: `Dispatcher`, `Night guard`.
    async fn role(&self) -> Option<&str> {
        self.0.role.as_deref()
    }

    /// E-mail address. Null without `pii:read`.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Email).await
    }

    /// Telephone number, as it was given. Null without `pii:read`.
    async fn phone(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Phone).await
    }

    /// Mobile number, as it was given. Null without `pii:read`.
    async fn mobile(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Mobile).await
    }

    /// Whether this is the customer's primary contact. At most one is.
    async fn primary(&self) -> bool {
        self.0.primary
    }

    /// Free text. Null without `pii:read`.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Notes).await
    }
}

edges! {
    ContactEdges of contact;
    many {
        /// What was written of it, in order. Needs `change:read`.
        changes: CONTACT_CHANGES -> Change;
    }
    one {
        /// The customer. Needs `customer:read`.
        customer: CONTACT_CUSTOMER -> Customer;
    }
    custom_fields CONTACT_VALUES of Contact;
}

filter! {
    /// Which contacts. All tests given must pass.
    ContactFilter, ContactEdgeFilter of contact with custom_fields of Contact;
    columns {
        /// A person or a desk.
        r#type: ContactTypeFilter => ContactType,
        /// What the contact does there.
        role: TextFilter => RoleKey,
        /// Whether this is the customer's primary contact.
        primary: BooleanFilter => Primary,
    }
    personal {
        /// The name.
        name => "contact.name",
        /// E-mail address.
        email => "contact.email",
        /// Telephone number.
        phone => "contact.phone",
        /// Mobile number.
        mobile => "contact.mobile",
    }
    many {}
    one {
        /// The customer.
        customer: CustomerFilter => CONTACT_CUSTOMER,
    }
}

order! {
    /// What contacts can be ordered by.
    ContactOrderField, ContactOrder of contact with custom_fields of Contact;
    /// The name; a sealed name by its first three letters.
    Name => NameOrder,
    /// What the contact does there.
    Role => RoleKey,
}

roots! {
    ContactQuery:
    /// The contact of an id, live or deleted. Null if the id names none. Needs `contact:read`.
    contact,
    /// All contacts. Needs `contact:read`.
    contacts -> Contact
}

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

impl MutationInput for ContactCreateInput {
    type EntityObject = Contact;
    const ACTION: Action = Action::ContactWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        let draft = self.fields.draft(FieldUpdate::Set(self.name), self.external_reference.into());
        rules::create(tx, &self.customer.0, draft).await
    }
}

impl MutationInput for ContactUpdateInput {
    type EntityObject = Contact;
    const ACTION: Action = Action::ContactWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        let draft = self.fields.draft(field_update(self.name), field_update(self.external_reference));
        rules::update(tx, &self.id.0, self.expected_version, draft).await
    }
}

impl MutationInput for ContactUpsertInput {
    type EntityObject = Contact;
    const ACTION: Action = Action::ContactWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        let draft = self.fields.draft(field_update(self.name), FieldUpdate::Keep);
        let customer = self.customer.map(|customer| customer.0);
        rules::upsert(tx, customer.as_ref(), &self.external_reference, draft).await
    }
}

impl MutationInput for ContactDeleteInput {
    type EntityObject = Contact;
    const ACTION: Action = Action::ContactWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        rules::delete(tx, &self.id.0, self.expected_version).await
    }
}

impl MutationInput for ContactRestoreInput {
    type EntityObject = Contact;
    const ACTION: Action = Action::ContactWrite;

    async fn execute(self, tx: &Tx) -> Result<RowOf<Self::EntityObject>> {
        rules::restore(tx, &self.id.0).await
    }
}

mutations! {
    /// What can be done to contacts.
    ContactMutation of contact: Contact;

    /// Makes a contact of a customer. Needs `contact:write`.
    contact_create, contact_create_many(ContactCreateInput: "The contact.") -> ContactCreatePayload;

    /// Changes a contact. Needs `contact:write`.
    contact_update, contact_update_many(ContactUpdateInput: "What to change.") -> ContactUpdatePayload;

    /// Makes the contact of an external reference, or changes the one that has it, bringing it back if it was deleted.
    /// Needs `contact:write`.
    contact_upsert, contact_upsert_many(ContactUpsertInput: "The contact.") -> ContactUpsertPayload;

    /// Deletes a contact: it is hidden, and can be restored. Needs `contact:write`.
    contact_delete, contact_delete_many(ContactDeleteInput: "The contact.") -> ContactDeletePayload;

    /// Brings a deleted contact back. Needs `contact:write`.
    contact_restore, contact_restore_many(ContactRestoreInput: "The contact.") -> ContactRestorePayload;
}
