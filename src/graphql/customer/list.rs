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
    /// Which customers. All tests given must pass.
    CustomerFilter, CustomerEdgeFilter of customer with custom_fields of Customer;
    columns {
        /// The tenant's customer number.
        number: TextFilter => NumberKey,
        /// What the customer is to the tenant.
        r#type: CustomerTypeFilter => CustomerType,
        /// Where the business with the customer stands.
        status: CustomerStatusFilter => Status,
        /// The customer's own line of business.
        industry: TextFilter => IndustryKey,
        /// Words to find the customer by.
        tags: WordsFilter => Tags,
        /// FMCSA motor carrier number.
        mc_number: TextFilter => McNumberKey,
        /// USDOT number.
        dot_number: TextFilter => DotNumberKey,
        /// Days from invoice to due.
        payment_terms_days: IntFilter => PaymentTermsDays,
    }
    personal {
        /// The name.
        name => "customer.name",
        /// E-mail address of the contact information.
        email => "customer.email",
        /// Telephone number of the contact information.
        phone => "customer.phone",
        /// Whom to ask for, of the contact information.
        primary_contact => "customer.primaryContact",
    }
    many {
        /// The customer's places.
        addresses: AddressEdgeFilter => CUSTOMER_ADDRESSES,
        /// The people and desks reached at the customer.
        contacts: ContactEdgeFilter => CUSTOMER_CONTACTS,
        /// The assets the customer has, had or will have.
        assets: CustomerAssetEdgeFilter => CUSTOMER_ASSETS,
        /// The work planned and done at the customer.
        service_records: ServiceRecordEdgeFilter => CUSTOMER_SERVICES,
        /// The customers that are part of this one.
        children: CustomerEdgeFilter => CUSTOMER_CHILDREN,
        /// The customers this one pays for.
        bills_for: CustomerEdgeFilter => CUSTOMER_BILLS_FOR,
        /// The loads this one pays for.
        loads: LoadEdgeFilter => CUSTOMER_LOADS,
    }
    one {
        /// The customer this one is part of.
        parent: CustomerFilter => CUSTOMER_PARENT,
        /// The customer that pays for this one.
        bill_to: CustomerFilter => CUSTOMER_BILL_TO,
    }
}

order! {
    /// What customers can be ordered by.
    CustomerOrderField, CustomerOrder of customer with custom_fields of Customer;
    /// The tenant's customer number, as text.
    Number => NumberKey,
    /// The name; a sealed name by its first three letters only, then by id.
    Name => NameOrder,
    /// What the customer is to the tenant, in alphabetical order of the values.
    Type => CustomerType,
    /// Where the business with the customer stands, in alphabetical order of the values.
    Status => Status,
    /// The customer's own line of business.
    Industry => IndustryKey,
    /// Days from invoice to due.
    PaymentTermsDays => PaymentTermsDays,
}

roots! {
    CustomerRoots:
    /// The customer of an id, live or deleted. Null if the id names none. Needs `customer:read`.
    customer,
    /// All customers. Needs `customer:read`.
    customers -> Customer
}

/// Root fields about customers.
#[derive(Default, async_graphql::MergedObject)]
pub struct CustomerQuery(CustomerRoots, CustomerSearch);

/// Finding customers as people do.
#[derive(Default)]
pub struct CustomerSearch;

#[Object]
impl CustomerSearch {
    /// The customers found by words: each word begins a word of the name, of whom to ask for or of a contact's name, or
    /// begins an e-mail address or telephone number of the customer or of one of its contacts. Needs `customer:read`,
    /// `contact:read` and `pii:read`.
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The words, parted by white space; each has at least 2 letters or digits. At most 8 words.")]
        query: String,
        #[graphql(
            desc = "The most rows of the page; at most 100, where the server is not set otherwise, and 25 if absent."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(name = "where", desc = "Which of the customers found; all, if absent.")] filter: Option<
            CustomerFilter,
        >,
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

/// The customers that one word finds.
fn found_by(word: &str) -> CustomerFilter {
    let begins = || Some(PersonalFilter { starts_with: Some(word.to_owned()), ..PersonalFilter::default() });
    let mut contact = vec![ContactFilter { name: begins(), ..ContactFilter::default() }];
    let mut any = vec![
        CustomerFilter { name: begins(), ..CustomerFilter::default() },
        CustomerFilter { primary_contact: begins(), ..CustomerFilter::default() },
    ];
    // A word of letters is no telephone number, and one of digits no e-mail address: half of the index need not be asked.
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
