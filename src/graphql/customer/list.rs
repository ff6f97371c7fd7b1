//! Lists of customers: filter, order, root fields and search.

use async_graphql::{Context, Object};
use error::Result;

use super::{Customer, CustomerStatusFilter, CustomerTypeFilter};
use crate::graphql::{
    address::AddressEdgeFilter,
    connection::{Connection, ListArguments, connect, roots},
    contact::{ContactEdgeFilter, ContactFilter},
    customer_asset::CustomerAssetEdgeFilter,
    filter::{IntFilter, PersonalFilter, TextFilter, WordsFilter, filter},
    load::LoadEdgeFilter,
    order::order,
    service_record::ServiceRecordEdgeFilter,
};

filter! {
    /// Conditions on customers. A record must meet all of them.
    CustomerFilter, CustomerEdgeFilter of customer with custom_fields of Customer;
    columns {
        /// Customer number.
        number: TextFilter => NumberKey,
        /// Type of the customer.
        r#type: CustomerTypeFilter => CustomerType,
        /// Status of the customer.
        status: CustomerStatusFilter => Status,
        /// Industry of the customer.
        industry: TextFilter => IndustryKey,
        /// Tags of the customer.
        tags: WordsFilter => Tags,
        /// FMCSA motor carrier number.
        mc_number: TextFilter => McNumberKey,
        /// USDOT number.
        dot_number: TextFilter => DotNumberKey,
        /// Payment terms, in days from invoice to due date.
        payment_terms_days: IntFilter => PaymentTermsDays,
    }
    personal {
        /// Name of the customer.
        name => "customer.name",
        /// E-mail address in the contact information.
        email => "customer.email",
        /// Telephone number in the contact information.
        phone => "customer.phone",
        /// Primary contact in the contact information.
        primary_contact => "customer.primaryContact",
    }
    many {
        /// Addresses of the customer.
        addresses: AddressEdgeFilter => CUSTOMER_ADDRESSES,
        /// Contacts of the customer.
        contacts: ContactEdgeFilter => CUSTOMER_CONTACTS,
        /// Assets of the customer: past, current and future.
        assets: CustomerAssetEdgeFilter => CUSTOMER_ASSETS,
        /// Service records of the customer.
        service_records: ServiceRecordEdgeFilter => CUSTOMER_SERVICES,
        /// Customers that belong to the customer.
        children: CustomerEdgeFilter => CUSTOMER_CHILDREN,
        /// Customers that the customer pays for.
        bills_for: CustomerEdgeFilter => CUSTOMER_BILLS_FOR,
        /// Loads that the customer pays for.
        loads: LoadEdgeFilter => CUSTOMER_LOADS,
    }
    one {
        /// Customer that the customer belongs to.
        parent: CustomerFilter => CUSTOMER_PARENT,
        /// Customer that pays for the customer.
        bill_to: CustomerFilter => CUSTOMER_BILL_TO,
    }
}

order! {
    /// A field of customers to sort by.
    CustomerOrder of customer with custom_fields of Customer;
    /// Customer number, compared as text.
    Number => NumberKey,
    /// Name; an encrypted name by its first three letters, then by id.
    Name => NameOrder,
    /// Type of the customer, alphabetically.
    Type => CustomerType,
    /// Status of the customer, alphabetically.
    Status => Status,
    /// Industry of the customer.
    Industry => IndustryKey,
    /// Payment terms, in days from invoice to due date.
    PaymentTermsDays => PaymentTermsDays,
}

roots! {
    CustomerRoots:
    /// Finds a customer by its id, live or deleted. Null if there is none. Requires `customer:read`.
    customer,
    /// Lists customers. Requires `customer:read`.
    customers -> Customer
}

/// The root fields of customers.
#[derive(Default, async_graphql::MergedObject)]
pub struct CustomerQuery(CustomerRoots, CustomerSearch);

/// The search for customers by words.
#[derive(Default)]
pub struct CustomerSearch;

#[Object]
impl CustomerSearch {
    /// Searches for customers by words. A customer matches if every word is the start of a word in the customer's name,
    /// its primary contact or the name of one of its contacts, or the start of an e-mail address or telephone number of
    /// the customer or of one of its contacts. Requires `customer:read`, `contact:read` and `pii:read`.
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words, separated by white space: 1 to 8, of at least 2 letters or digits each.")]
        query: String,
        #[graphql(
            desc = "The maximum number of customers on the page; at most 100 unless the server is configured otherwise. Defaults to 25."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the page starts.")] after: Option<String>,
        #[graphql(name = "where", desc = "Further conditions on the customers. If omitted, there are none.")]
        filter: Option<CustomerFilter>,
    ) -> Result<Option<Connection<Customer>>> {
        let words: Vec<_> = query.split_whitespace().collect();
        if words.is_empty() || words.len() > 8 {
            let message = format!("query has 1 to 8 words; {} were given.", words.len());
            return Err(error::Error::BadInput(message));
        }
        let mut and: Vec<_> = words.into_iter().map(found_by).collect();
        and.extend(filter);
        let filter = Some(Box::new(CustomerFilter { and: Some(and), ..CustomerFilter::default() }));
        let args = ListArguments { first, after, last: None, before: None, filter, order: None, deleted: None };
        connect(ctx, None, args).await
    }
}

/// The customers that match one word.
fn found_by(word: &str) -> CustomerFilter {
    let begins = || Some(PersonalFilter { starts_with: Some(word.to_owned()), ..PersonalFilter::default() });
    let mut contact = vec![ContactFilter { name: begins(), ..ContactFilter::default() }];
    let mut any = vec![
        CustomerFilter { name: begins(), ..CustomerFilter::default() },
        CustomerFilter { primary_contact: begins(), ..CustomerFilter::default() },
    ];
    // A word without digits is no telephone number, and a word without letters is no e-mail address: those conditions
    // would only cost time.
    if word.chars().any(|c| c.is_ascii_digit()) {
        any.push(CustomerFilter { phone: begins(), ..CustomerFilter::default() });
        contact.push(ContactFilter { phone: begins(), ..ContactFilter::default() });
        contact.push(ContactFilter { mobile: begins(), ..ContactFilter::default() });
    }
    if word.chars().any(char::is_alphabetic) {
        any.push(CustomerFilter { email: begins(), ..CustomerFilter::default() });
        contact.push(ContactFilter { email: begins(), ..ContactFilter::default() });
    }
    let some = Some(Box::new(ContactFilter { or: Some(contact), ..ContactFilter::default() }));
    let contacts = ContactEdgeFilter { some, ..ContactEdgeFilter::default() };
    any.push(CustomerFilter { contacts: Some(contacts), ..CustomerFilter::default() });
    CustomerFilter { or: Some(any), ..CustomerFilter::default() }
}
