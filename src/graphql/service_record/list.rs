//! Lists of service records: filter, order and root fields.

use async_graphql::InputObject;
use entity::service_technician;
use sea_orm::IdenStatic;
use store::{Filter, Predicate, edge};

use super::{ServiceRecord, ServiceRecordPriorityFilter, ServiceRecordStatusFilter};
use crate::graphql::{
    address::AddressFilter,
    contact::ContactEdgeFilter,
    customer::CustomerFilter,
    customer_asset::CustomerAssetEdgeFilter,
    document::DocumentEdgeFilter,
    edges::roots,
    filter::{BooleanFilter, DateFilter, DateTimeFilter, IntFilter, MoneyFilter, TextFilter, filter},
    order::order,
    recurring_service::RecurringServiceFilter,
};

/// Conditions on the technicians of a service record, by their ids in the caller's system, compared exactly.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TechniciansFilter {
    /// This technician is assigned.
    pub has: Option<String>,
    /// At least one of these technicians is assigned.
    pub has_any: Option<Vec<String>>,
    /// No technician is assigned (true), or at least one is (false).
    pub is_null: Option<bool>,
}

/// The filter for the service records of the given technicians.
fn has_technicians(condition: &TechniciansFilter) -> Filter {
    let exists = |predicate| {
        let technician = Filter::Column(service_technician::Column::Technician.as_str(), predicate);
        Filter::Exists(&edge::SERVICE_TECHNICIANS, Box::new(technician))
    };
    let has = condition.has.as_deref().map(|id| exists(Predicate::Eq(id.into())));
    let has_any = condition.has_any.as_ref().map(|ids| {
        let ids = ids.iter().map(|id| id.as_str().into()).collect();
        exists(Predicate::In(ids))
    });
    let is_null = condition.is_null.map(|null| {
        let any = exists(Predicate::IsNull(false));
        if null { Filter::Not(Box::new(any)) } else { any }
    });
    Filter::All([has, has_any, is_null].into_iter().flatten().collect())
}

filter! {
    /// Conditions on service records. A record must meet all of them.
    ServiceRecordFilter, ServiceRecordEdgeFilter of service_record with custom_fields of ServiceRecord;
    columns {
        /// Date of the service.
        service_date: DateTimeFilter => ServiceDate,
        /// Type of service.
        service_type: TextFilter => ServiceTypeKey,
        /// Priority.
        priority: ServiceRecordPriorityFilter => Priority,
        /// Status of the service record.
        status: ServiceRecordStatusFilter => Status,
        /// Scheduled start of the work.
        scheduled_start: DateTimeFilter => ScheduledStart,
        /// Scheduled end of the work.
        scheduled_end: DateTimeFilter => ScheduledEnd,
        /// Whether a follow-up visit is required.
        follow_up_required: BooleanFilter => FollowUpRequired,
        /// Date of the plan that it is the visit of.
        occurrence_date: DateFilter => OccurrenceDate,
        /// Time of the request for service.
        requested_at: DateTimeFilter => RequestedAt,
        /// Start of the work.
        started_at: DateTimeFilter => StartedAt,
        /// Completion of the work.
        completed_at: DateTimeFilter => CompletedAt,
        /// Price of the service.
        charge: MoneyFilter => [ChargeAmount in ChargeCurrency],
        /// Customer satisfaction, from 1 to 5 (best).
        satisfaction_score: IntFilter => SatisfactionScore,
        /// Technicians assigned to the work.
        technicians: TechniciansFilter => (has_technicians),
    }
    personal {}
    many {
        /// Customer assets that are serviced.
        equipment: CustomerAssetEdgeFilter => SERVICE_EQUIPMENT,
        /// Follow-ups of the service record: `followUps: { none: {} }` with `followUpRequired` finds those to book.
        follow_ups: ServiceRecordEdgeFilter => SERVICE_FOLLOW_UPS,
        /// Contacts of the service record's customer.
        contacts: ContactEdgeFilter => SERVICE_CONTACTS,
        /// Documents of the service record.
        documents: DocumentEdgeFilter => SERVICE_DOCUMENTS,
    }
    one {
        /// Customer of the service record.
        customer: CustomerFilter => SERVICE_CUSTOMER,
        /// Address of the work.
        address: AddressFilter => SERVICE_ADDRESS,
        /// Service record that this one is a follow-up of.
        follow_up_of: ServiceRecordFilter => SERVICE_FOLLOW_UP_OF,
        /// Plan by which it was booked.
        recurring_service: RecurringServiceFilter => SERVICE_RECURRING,
    }
}

order! {
    /// A field of service records to sort by.
    ServiceRecordOrder of service_record with custom_fields of ServiceRecord;
    /// Date of the service.
    ServiceDate => ServiceDate,
    /// Type of service.
    ServiceType => ServiceTypeKey,
    /// Status of the service record, alphabetically.
    Status => Status,
    /// Scheduled start of the work.
    ScheduledStart => ScheduledStart,
    /// Time of the request for service.
    RequestedAt => RequestedAt,
    /// Start of the work.
    StartedAt => StartedAt,
    /// Completion of the work.
    CompletedAt => CompletedAt,
    /// Customer satisfaction.
    SatisfactionScore => SatisfactionScore,
}

roots! {
    ServiceRecordQuery:
    /// Finds a service record by its id or a reference, live or deleted. Null if there is none. Requires `service:read`.
    service_record,
    /// Lists service records. Requires `service:read`.
    service_records -> ServiceRecord
}
