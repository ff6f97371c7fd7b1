//! Contacts: the people, departments and call centres of a customer.

mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::contact;
use error::Result;

pub use self::mutation::{ContactMutation, CustomerContactInput};
use super::{
    change::Change,
    context::ContextExt,
    custom_field::CustomFieldValue,
    customer::{Customer, CustomerFilter},
    edges::{edges, roots},
    entity_object::entity_object,
    filter::{BooleanFilter, TextFilter, enum_filter, filter},
    load::{Load, LoadEdgeFilter},
    order::order,
    service_record::{ServiceRecord, ServiceRecordEdgeFilter},
};

/// The type of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "contact::ContactType")]
pub enum ContactType {
    /// A person.
    Person,
    /// A department.
    Department,
    /// A call centre.
    CallCenter,
}

enum_filter! { ContactTypeFilter of ContactType as contact::ContactType; }

entity_object! {
    /// A person, department or call centre at a customer. Name, e-mail address, telephone numbers and notes are
    /// personal data and require `pii:read`.
    Contact of contact: ContactFields, ContactEdges, ContactFilter, ContactOrder;
    "type" => [ContactType],
}

/// The fields of a contact, besides the common ones.
pub struct ContactFields(Arc<contact::Model>);

#[Object]
impl ContactFields {
    /// Whether the contact is a person, a department or a call centre.
    async fn r#type(&self) -> ContactType {
        self.0.contact_type.into()
    }

    /// The name. Null without `pii:read`.
    async fn name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Name).await
    }

    /// The contact's role at the customer, for example `Dispatcher` or `Night guard`. Null if unknown.
    async fn role(&self) -> Option<&str> {
        self.0.role.as_deref()
    }

    /// E-mail address. Null if unknown or without `pii:read`.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Email).await
    }

    /// Telephone number, as entered. Null if unknown or without `pii:read`.
    async fn phone(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Phone).await
    }

    /// Mobile number, as entered. Null if unknown or without `pii:read`.
    async fn mobile(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Mobile).await
    }

    /// Whether this is the customer's primary contact. A customer has at most one.
    async fn primary(&self) -> bool {
        self.0.primary
    }

    /// Notes, as free text. Null if there are none or without `pii:read`.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, contact::Column::Notes).await
    }
}

edges! {
    ContactEdges of contact;
    many {
        /// The changes to the contact, by default in the order of `sequence`. Requires `change:read`.
        changes: CONTACT_CHANGES -> Change;
        /// The loads of the contact's customer. Requires `load:read`.
        loads: CONTACT_LOADS -> Load;
        /// The service records of the contact's customer. Requires `service:read`.
        service_records: CONTACT_SERVICES -> ServiceRecord;
    }
    one {
        /// The customer. Requires `customer:read`.
        customer: CONTACT_CUSTOMER -> Customer;
    }
    custom_fields CONTACT_VALUES of Contact -> CustomFieldValue;
}

filter! {
    /// Conditions on contacts. A record must meet all of them.
    ContactFilter, ContactEdgeFilter of contact with custom_fields of Contact;
    columns {
        /// Type of the contact.
        r#type: ContactTypeFilter => ContactType,
        /// Role of the contact at the customer.
        role: TextFilter => RoleKey,
        /// Whether the contact is the customer's primary contact.
        primary: BooleanFilter => Primary,
    }
    personal {
        /// Name of the contact.
        name => "contact.name",
        /// E-mail address.
        email => "contact.email",
        /// Telephone number.
        phone => "contact.phone",
        /// Mobile number.
        mobile => "contact.mobile",
    }
    many {
        /// Loads of the contact's customer.
        loads: LoadEdgeFilter => CONTACT_LOADS,
        /// Service records of the contact's customer.
        service_records: ServiceRecordEdgeFilter => CONTACT_SERVICES,
    }
    one {
        /// Customer of the contact.
        customer: CustomerFilter => CONTACT_CUSTOMER,
    }
}

order! {
    /// A field of contacts to sort by.
    ContactOrder of contact with custom_fields of Contact;
    /// Name; an encrypted name by its first three letters.
    Name => NameOrder,
    /// Role of the contact at the customer.
    Role => RoleKey,
}

roots! {
    ContactQuery:
    /// Finds a contact by its id or a reference, live or deleted. Null if there is none. Requires `contact:read`.
    contact,
    /// Lists contacts. Requires `contact:read`.
    contacts -> Contact
}
