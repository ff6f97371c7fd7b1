//! Lists of recurring services: filter, order and root fields.

use super::{RecurringService, RecurringServiceFrequencyFilter};
use crate::graphql::{
    address::AddressFilter,
    customer::CustomerFilter,
    edges::roots,
    filter::{DateFilter, MoneyFilter, TextFilter, filter},
    order::order,
    service_record::ServiceRecordEdgeFilter,
};

filter! {
    /// Conditions on recurring services. A record must meet all of them.
    RecurringServiceFilter, RecurringServiceEdgeFilter of recurring_service with custom_fields of RecurringService;
    columns {
        /// Type of service.
        service_type: TextFilter => ServiceTypeKey,
        /// What the plan repeats by.
        frequency: RecurringServiceFrequencyFilter => Frequency,
        /// First day.
        start_date: DateFilter => StartDate,
        /// Last day; `isNull: true` matches plans without one.
        end_date: DateFilter => EndDate,
        /// Price of a visit.
        charge: MoneyFilter => [ChargeAmount in ChargeCurrency],
    }
    personal {}
    many {
        /// Service records that were booked by the plan.
        service_records: ServiceRecordEdgeFilter => RECURRING_RECORDS,
    }
    one {
        /// Customer of the plan.
        customer: CustomerFilter => RECURRING_CUSTOMER,
        /// Address of the work.
        address: AddressFilter => RECURRING_ADDRESS,
    }
}

order! {
    /// A field of recurring services to sort by.
    RecurringServiceOrder of recurring_service with custom_fields of RecurringService;
    /// Type of service.
    ServiceType => ServiceTypeKey,
    /// What the plan repeats by, alphabetically.
    Frequency => Frequency,
    /// First day.
    StartDate => StartDate,
    /// Last day.
    EndDate => EndDate,
}

roots! {
    RecurringServiceRoots:
    /// Finds a recurring service by its id or a reference, live or deleted. Null if there is none. Requires
    /// `recurring_service:read`.
    recurring_service,
    /// Lists recurring services. Requires `recurring_service:read`.
    recurring_services -> RecurringService
}
