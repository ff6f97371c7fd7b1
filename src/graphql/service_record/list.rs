//! Lists of service records: filter, order and root fields.

use async_graphql::InputObject;
use entity::service_technician;
use sea_orm::IdenStatic;
use store::{Filter, Predicate, edge};

use super::{ServicePriorityFilter, ServiceRecord, ServiceStatusFilter};
use crate::graphql::{
    address::AddressFilter,
    connection::roots,
    customer::CustomerFilter,
    customer_asset::CustomerAssetEdgeFilter,
    filter::{BooleanFilter, DateTimeFilter, IntFilter, TextFilter, filter},
    order::order,
};

/// Operators of the technicians of a service record. Ids of the caller's system are compared to the letter.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TechniciansFilter {
    /// This one is among them.
    pub has: Option<String>,
    /// One of these is among them.
    pub has_any: Option<Vec<String>>,
    /// There are none, or there are some.
    pub is_null: Option<bool>,
}

/// The service records of some technicians.
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
    /// Which service records. All tests given must pass.
    ServiceRecordFilter, ServiceRecordEdgeFilter of service_record with custom_fields of ServiceRecord;
    columns {
        /// When the work is or was to be done.
        service_date: DateTimeFilter => ServiceDate,
        /// What kind of work.
        service_type: TextFilter => ServiceTypeKey,
        /// How urgent it is.
        priority: ServicePriorityFilter => Priority,
        /// How far it is.
        status: ServiceStatusFilter => Status,
        /// When work is planned to begin.
        scheduled_start: DateTimeFilter => ScheduledStart,
        /// When work is planned to end.
        scheduled_end: DateTimeFilter => ScheduledEnd,
        /// Whether somebody must come again.
        follow_up_required: BooleanFilter => FollowUpRequired,
        /// When the work was asked for.
        requested_at: DateTimeFilter => RequestedAt,
        /// When work began.
        started_at: DateTimeFilter => StartedAt,
        /// When work ended.
        completed_at: DateTimeFilter => CompletedAt,
        /// How satisfied the customer was, from 1 to 5, the best.
        satisfaction_score: IntFilter => SatisfactionScore,
        /// Who does the work.
        technicians: TechniciansFilter => (has_technicians),
    }
    personal {}
    many {
        /// The customer assets the work is about.
        equipment: CustomerAssetEdgeFilter => SERVICE_EQUIPMENT,
    }
    one {
        /// The customer.
        customer: CustomerFilter => SERVICE_CUSTOMER,
        /// Where the work is done.
        address: AddressFilter => SERVICE_ADDRESS,
    }
}

order! {
    /// What service records can be ordered by.
    ServiceRecordOrderField, ServiceRecordOrder of service_record with custom_fields of ServiceRecord;
    /// When the work is or was to be done.
    ServiceDate => ServiceDate,
    /// What kind of work.
    ServiceType => ServiceTypeKey,
    /// How far it is, in alphabetical order of the values.
    Status => Status,
    /// When work is planned to begin.
    ScheduledStart => ScheduledStart,
    /// When the work was asked for.
    RequestedAt => RequestedAt,
    /// When work began.
    StartedAt => StartedAt,
    /// When work ended.
    CompletedAt => CompletedAt,
    /// How satisfied the customer was.
    SatisfactionScore => SatisfactionScore,
}

roots! {
    ServiceRecordQuery:
    /// The service record of an id, live or deleted. Null if the id names none. Needs `service:read`.
    service_record,
    /// All service records. Needs `service:read`.
    service_records -> ServiceRecord
}
