//! Service records: work that is planned or done for a customer.

mod list;
mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::value;
use entity::{service_part, service_record, service_technician};
use error::Result;
use futures_util::future::BoxFuture;
use store::{Edge, edge};

use super::{
    address::Address,
    breadth_first::LevelObject,
    change::Change,
    child_rows::{ChildObject, child_rows, children, prefetch_child_rows},
    contact::Contact,
    context::ContextExt,
    custom_field::CustomFieldValue,
    customer::Customer,
    customer_asset::CustomerAsset,
    document::Document,
    edges::edges,
    entity_object::{EntityObject, entity_object},
    equipment_schedule::EquipmentSchedule,
    filter::enum_filter,
    recurring_service::RecurringService,
    scalar::{Date, DateTime, Decimal, Money},
};

pub use self::{
    list::{ServiceRecordEdgeFilter, ServiceRecordFilter, ServiceRecordOrder, ServiceRecordQuery},
    mutation::ServiceRecordMutation,
};

/// The status of a service record. SCHEDULED can change to IN_PROGRESS, COMPLETED or CANCELLED, and IN_PROGRESS to
/// COMPLETED or CANCELLED. COMPLETED changes back to IN_PROGRESS by `serviceRecordReopen` only; CANCELLED is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "service_record::Status")]
pub enum ServiceRecordStatus {
    /// The work is planned.
    Scheduled,
    /// The work is under way.
    InProgress,
    /// The work is done.
    Completed,
    /// The work will not be done.
    Cancelled,
}

/// The urgency of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "service_record::Priority")]
pub enum ServiceRecordPriority {
    /// The work can wait for a convenient time.
    Low,
    /// The work is done as planned.
    Normal,
    /// The work is to be done soon.
    High,
    /// The work is to be done immediately.
    Emergency,
}

enum_filter! {
    ServiceRecordStatusFilter of ServiceRecordStatus as service_record::Status;
    ServiceRecordPriorityFilter of ServiceRecordPriority as service_record::Priority;
}

entity_object! {
    /// Work that is planned or done for a customer. A caller who can read service records only as a TECHNICIAN sees
    /// only those assigned to them. Notes are personal data and require `pii:read`.
    ServiceRecord of service_record: ServiceRecordFields, ServiceRecordEdges, ServiceRecordFilter, ServiceRecordOrder;
    children [ServiceRecordPart],
    prefetch prefetch,
    "charge" => [ChargeAmount, ChargeCurrency],
}

/// The fields of a service record, besides the common ones.
pub struct ServiceRecordFields(Arc<service_record::Model>);

/// A part that was used.
#[derive(SimpleObject)]
pub struct ServiceRecordPart {
    /// The manufacturer's or seller's part number. Null if unknown.
    part_number: Option<String>,
    /// The quantity.
    quantity: Decimal,
    /// The description. Null if there is none.
    description: Option<String>,
    /// The cost of one unit. Null if unknown.
    unit_cost: Option<Money>,
}

impl LevelObject for ServiceRecordPart {}

impl ChildObject for ServiceRecordPart {
    type Entity = service_part::Entity;
    const EDGE: &'static Edge = &edge::SERVICE_PARTS;
    const COLUMNS: &'static [service_part::Column] = {
        use service_part::Column as C;
        &[C::PartNumber, C::Quantity, C::Description, C::UnitCostAmount, C::UnitCostCurrency]
    };

    fn of(row: Arc<service_part::Model>) -> Self {
        Self {
            part_number: row.part_number.clone(),
            quantity: Decimal(value::Decimal(row.quantity)),
            description: row.description.clone(),
            unit_cost: Money::of(row.unit_cost_amount, row.unit_cost_currency.as_deref()),
        }
    }
}

#[Object]
impl ServiceRecordFields {
    /// When the work is planned or was done.
    async fn service_date(&self) -> DateTime {
        DateTime(self.0.service_date)
    }

    /// The type of work, in the tenant's own words, for example `HVAC Maintenance`.
    async fn service_type(&self) -> &str {
        &self.0.service_type
    }

    /// A summary of the work in one line. Null if there is none.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// The urgency of the work.
    async fn priority(&self) -> ServiceRecordPriority {
        self.0.priority.into()
    }

    /// The service record's status.
    async fn status(&self) -> ServiceRecordStatus {
        self.0.status.into()
    }

    /// The planned start of the work. Null if it is not planned.
    async fn scheduled_start(&self) -> Option<DateTime> {
        self.0.scheduled_start.map(DateTime)
    }

    /// The planned end of the work. Null if it is not planned.
    async fn scheduled_end(&self) -> Option<DateTime> {
        self.0.scheduled_end.map(DateTime)
    }

    /// The start of the promised arrival window. Null if no arrival is promised.
    async fn arrival_window_start(&self) -> Option<DateTime> {
        self.0.arrival_window_start.map(DateTime)
    }

    /// The end of the promised arrival window. Null if no arrival is promised.
    async fn arrival_window_end(&self) -> Option<DateTime> {
        self.0.arrival_window_end.map(DateTime)
    }

    /// The technicians, as ids of the caller's system, in the order in which they were entered.
    async fn technicians(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let rows = technicians(ctx, &self.0).await?;
        Ok(rows.iter().map(|row| row.technician.clone()).collect())
    }

    /// The first of the technicians. Null if there is none.
    async fn technician(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let rows = technicians(ctx, &self.0).await?;
        Ok(rows.first().map(|row| row.technician.clone()))
    }

    /// The parts that were used, in the order in which they were entered.
    async fn parts_used(&self, ctx: &Context<'_>) -> Result<Vec<ServiceRecordPart>> {
        children(ctx, self.0.id).await
    }

    /// Notes, as free text. Null if there are none or without `pii:read`.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, service_record::Column::Notes).await
    }

    /// Whether a follow-up visit is required.
    async fn follow_up_required(&self) -> bool {
        self.0.follow_up_required
    }

    /// The date of the plan that it is the visit of, in the plan's time zone, also if the visit takes place on another day. Null
    /// if it takes up no date of a plan.
    async fn occurrence_date(&self) -> Option<Date> {
        self.0.occurrence_date.map(Date)
    }

    /// When the work was requested. Null if unknown.
    async fn requested_at(&self) -> Option<DateTime> {
        self.0.requested_at.map(DateTime)
    }

    /// When the work started. Null before it starts, or if unknown.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When the work was completed. Null before it is completed, or if unknown.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }

    /// The customer's satisfaction, from 1 (worst) to 5 (best). Null if unknown.
    async fn satisfaction_score(&self) -> Option<i32> {
        self.0.satisfaction_score
    }

    /// The price of the work for the customer. Null if unknown.
    async fn charge(&self) -> Option<Money> {
        Money::of(self.0.charge_amount, self.0.charge_currency.as_deref())
    }

    /// The reason for the cancellation. Null unless the service record is CANCELLED, and without `pii:read`.
    async fn cancel_reason(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, service_record::Column::CancelReason).await
    }
}

/// What is read of a technician.
const TECHNICIAN_COLUMNS: [service_technician::Column; 1] = [service_technician::Column::Technician];

async fn technicians(ctx: &Context<'_>, row: &service_record::Model) -> Result<Vec<Arc<service_technician::Model>>> {
    child_rows::<service_technician::Entity>(ctx, &edge::SERVICE_TECHNICIANS, row.id, &TECHNICIAN_COLUMNS).await
}

/// Loads the technicians of all service records of a level.
fn prefetch<'a>(ctx: &'a Context<'a>, records: &'a [ServiceRecord]) -> Option<BoxFuture<'a, Result<()>>> {
    let is_read = ["technician", "technicians"].contains(&ctx.item.node.name.node.as_str());
    is_read.then(|| {
        Box::pin(async move {
            let edge = &edge::SERVICE_TECHNICIANS;
            let ids: Vec<_> = records.iter().map(|record| record.row().id).collect();
            prefetch_child_rows::<service_technician::Entity>(ctx, edge, &ids, &TECHNICIAN_COLUMNS).await
        }) as BoxFuture<'a, _>
    })
}

edges! {
    ServiceRecordEdges of service_record;
    many {
        /// The customer assets that the work is about. Requires `asset:read`.
        equipment: SERVICE_EQUIPMENT -> CustomerAsset;
        /// The equipment schedules that the record names. If it names none, it counts for those of its type for its equipment.
        /// Requires `schedule:read`.
        equipment_schedules: SERVICE_SCHEDULES -> EquipmentSchedule;
        /// The equipment schedules that the record was the last to complete: those that its completion moved, unless a newer
        /// completion has moved them since. Requires `schedule:read`.
        advanced_schedules: SERVICE_ADVANCED -> EquipmentSchedule;
        /// The documents of the service record. Requires `document:read`.
        documents: SERVICE_DOCUMENTS -> Document;
        /// The changes to the service record, by default in the order of `sequence`. Requires `change:read`.
        changes: SERVICE_CHANGES -> Change;
        /// The follow-ups that are booked for this service record.
        follow_ups: SERVICE_FOLLOW_UPS -> ServiceRecord;
        /// The contacts of the service record's customer. Requires `contact:read`.
        contacts: SERVICE_CONTACTS -> Contact;
    }
    one {
        /// The customer. Requires `customer:read`.
        customer: SERVICE_CUSTOMER -> Customer;
        /// The address where the work is done. Null if unknown. Requires `address:read`.
        address: SERVICE_ADDRESS -> Address;
        /// The service record that this one is a follow-up of. Null if it is none.
        follow_up_of: SERVICE_FOLLOW_UP_OF -> ServiceRecord;
        /// The plan by which it was booked. Null if it was booked by none. Requires `recurring_service:read`.
        recurring_service: SERVICE_RECURRING -> RecurringService;
    }
    custom_fields SERVICE_VALUES of ServiceRecord -> CustomFieldValue;
}
