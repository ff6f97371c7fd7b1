//! Lists of customers: filter, order and root fields.

use super::{Customer, CustomerStatusFilter, CustomerTypeFilter, search::CustomerSearch};
use crate::graphql::{
    address::AddressEdgeFilter,
    contact::ContactEdgeFilter,
    customer_asset::CustomerAssetEdgeFilter,
    document::DocumentEdgeFilter,
    edges::roots,
    equipment_schedule::EquipmentScheduleEdgeFilter,
    filter::{IntFilter, TextFilter, WordsFilter, filter},
    load::LoadEdgeFilter,
    order::order,
    rate::RateEdgeFilter,
    recurring_service::RecurringServiceEdgeFilter,
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
        /// Plans by which the customer is visited regularly.
        recurring_services: RecurringServiceEdgeFilter => CUSTOMER_RECURRING,
        /// Customers that belong to the customer.
        children: CustomerEdgeFilter => CUSTOMER_CHILDREN,
        /// Customers that the customer pays for.
        bills_for: CustomerEdgeFilter => CUSTOMER_BILLS_FOR,
        /// Rates of the customer.
        rates: RateEdgeFilter => CUSTOMER_RATES,
        /// Equipment schedules of the customer's assignments of assets.
        equipment_schedules: EquipmentScheduleEdgeFilter => CUSTOMER_SCHEDULES,
        /// Documents of the customer, of its loads and of its service records.
        documents: DocumentEdgeFilter => CUSTOMER_DOCUMENTS,
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
    /// Finds a customer by its id or a reference, live or deleted. Null if there is none. Requires `customer:read`.
    customer,
    /// Lists customers. Requires `customer:read`.
    customers -> Customer
}

/// The root fields of customers.
#[derive(Default, async_graphql::MergedObject)]
pub struct CustomerQuery(CustomerRoots, CustomerSearch);
