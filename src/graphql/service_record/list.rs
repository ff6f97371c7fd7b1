//! Lists of service records: filter, order and root fields.

use async_graphql::InputObject;
use entity::custom_field_definition::Owner;
use error::Result;
use store::{Edge, Filter, Predicate};

use super::{ServicePriorityFilter, ServiceRecord, ServiceStatusFilter};
use crate::graphql::{
    address::AddressFilter,
    connection::roots,
    customer::CustomerFilter,
    customer_asset::CustomerAssetEdgeFilter,
    filter::{BooleanFilter, DateTimeFilter, FilterContext, IntFilter, TextFilter, filter},
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

impl TechniciansFilter {
    /// No filter of a type is in it.
    #[expect(clippy::unused_self, reason = "it stands where filters stand that hold others")]
    pub fn each(&self) -> impl Iterator<Item = &ServiceRecordFilter> {
        std::iter::empty()
    }

    /// The filter over the edge to the technicians.
    #[expect(clippy::unnecessary_wraps, reason = "it stands where filters stand that may refuse")]
    pub fn filter(&self, _: &FilterContext<'_>, edge: &'static Edge) -> Result<Filter> {
        let some = |test| Filter::Exists(edge, Box::new(Filter::Column("technician", test)));
        let has = self.has.as_deref().map(|name| some(Predicate::Eq(name.into())));
        let names = |names: &Vec<String>| names.iter().map(|name| name.as_str().into()).collect();
        let any = self.has_any.as_ref().map(|list| some(Predicate::In(names(list))));
        let anybody = || some(Predicate::IsNull(false));
        let none = self.is_null.map(|none| if none { Filter::Not(Box::new(anybody())) } else { anybody() });
        Ok(Filter::All([has, any, none].into_iter().flatten().collect()))
    }
}

filter! {
    /// Which service records. All tests given must pass.
    ServiceRecordFilter, ServiceRecordEdgeFilter of "service_record_id", Owner::ServiceRecord;
    columns {
        /// When the work is or was to be done.
        service_date: DateTimeFilter => "service_date",
        /// What kind of work.
        service_type: TextFilter => "service_type_key",
        /// How urgent it is.
        priority: ServicePriorityFilter => "priority",
        /// How far it is.
        status: ServiceStatusFilter => "status",
        /// When work is planned to begin.
        scheduled_start: DateTimeFilter => "scheduled_start",
        /// When work is planned to end.
        scheduled_end: DateTimeFilter => "scheduled_end",
        /// Whether somebody must come again.
        follow_up_required: BooleanFilter => "follow_up_required",
        /// When the work was asked for.
        requested_at: DateTimeFilter => "requested_at",
        /// When work began.
        started_at: DateTimeFilter => "started_at",
        /// When work ended.
        completed_at: DateTimeFilter => "completed_at",
        /// How satisfied the customer was, from 1 to 5, the best.
        satisfaction_score: IntFilter => "satisfaction_score",
    }
    personal {}
    many {
        /// Who does the work.
        technicians: TechniciansFilter => SERVICE_TECHNICIANS,
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
    ServiceRecordOrderField, ServiceRecordOrder of service_record, Some(("service_record_id", Owner::ServiceRecord));
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
