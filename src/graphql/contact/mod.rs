//! Contacts: the people, departments and call centres reached at a customer.

mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::contact;
use error::Result;

pub use self::mutation::{ContactMutation, CustomerContactInput};
use super::{
    change::Change,
    connection::{edges, roots},
    context::ContextExt,
    customer::{Customer, CustomerFilter},
    entity_object::entity_object,
    filter::{BooleanFilter, TextFilter, enum_filter, filter},
    load::{Load, LoadEdgeFilter},
    order::order,
    service_record::{ServiceRecord, ServiceRecordEdgeFilter},
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
        /// The loads of the contact's customer. Needs `load:read`.
        loads: CONTACT_LOADS -> Load;
        /// The service records of the contact's customer. Needs `service:read`.
        service_records: CONTACT_SERVICES -> ServiceRecord;
    }
    one {
        /// The customer. Needs `customer:read`.
        customer: CONTACT_CUSTOMER -> Customer;
    }
    custom_fields CONTACT_VALUES of Contact;
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
        /// The loads of the contact's customer.
        loads: LoadEdgeFilter => CONTACT_LOADS,
        /// The service records of the contact's customer.
        service_records: ServiceRecordEdgeFilter => CONTACT_SERVICES,
    }
    one {
        /// Customer of the contact.
        customer: CustomerFilter => CONTACT_CUSTOMER,
    }
}

order! {
    /// Fields that contacts can be sorted by.
    ContactOrderField, ContactOrder of contact with custom_fields of Contact;
    /// Name; an encrypted name by its first three letters.
    Name => NameOrder,
    /// Role of the contact at the customer.
    Role => RoleKey,
}

roots! {
    ContactQuery:
    /// The contact of an id, live or deleted. Null if the id names none. Needs `contact:read`.
    contact,
    /// All contacts. Needs `contact:read`.
    contacts -> Contact
}
