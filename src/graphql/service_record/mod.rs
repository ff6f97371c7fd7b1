//! Service records: work planned or done at a customer.

mod list;
mod mutation;

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::value;
use entity::{service_part, service_record, service_technician};
use error::Result;
use store::edge;

use super::{
    address::Address,
    change::Change,
    child_rows::child_rows,
    connection::edges,
    contact::Contact,
    context::ContextExt,
    customer::Customer,
    customer_asset::CustomerAsset,
    entity_object::entity_object,
    filter::enum_filter,
    scalar::{DateTime, Decimal, Money},
};

pub use self::{
    list::{ServiceRecordEdgeFilter, ServiceRecordFilter, ServiceRecordOrder, ServiceRecordQuery},
    mutation::ServiceRecordMutation,
};

/// How far a service record is. SCHEDULED leads to IN_PROGRESS, COMPLETED and CANCELLED, IN_PROGRESS to COMPLETED and
/// CANCELLED; those two are the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "service_record::Status")]
pub enum ServiceRecordStatus {
    /// Planned.
    Scheduled,
    /// Under way.
    InProgress,
    /// Done.
    Completed,
    /// Will not be done.
    Cancelled,
}

/// How urgent a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "service_record::Priority")]
pub enum ServiceRecordPriority {
    /// When convenient.
    Low,
    /// As planned.
    Normal,
    /// Soon.
    High,
    /// At once.
    Emergency,
}

enum_filter! {
    ServiceRecordStatusFilter of ServiceRecordStatus as service_record::Status;
    ServiceRecordPriorityFilter of ServiceRecordPriority as service_record::Priority;
}

entity_object! {
    /// Work planned or done at a customer. To a caller who is a technician and nothing more, only the records they are
    /// assigned to exist. Notes are personal: they need `pii:read`.
    ServiceRecord of service_record: ServiceRecordFields, ServiceRecordEdges, ServiceRecordFilter, ServiceRecordOrder;
    "charge" => [ChargeAmount, ChargeCurrency],
}

/// What a service record has besides the common fields.
pub struct ServiceRecordFields(Arc<service_record::Model>);

/// A part that was used.
#[derive(SimpleObject)]
pub struct ServiceRecordPart {
    /// The maker's or seller's number. Null if nobody said.
    part_number: Option<String>,
    /// How many, or how much.
    quantity: Decimal,
    /// What it is, in words. Null if nobody said.
    description: Option<String>,
    /// What one of it costs. Null if nobody said.
    unit_cost: Option<Money>,
}

#[Object]
impl ServiceRecordFields {
    /// When the work is or was to be done.
    async fn service_date(&self) -> DateTime {
        DateTime(self.0.service_date)
    }

    /// What kind of work, in the tenant's own words: `HVAC Maintenance`.
    async fn service_type(&self) -> &str {
        &self.0.service_type
    }

    /// The work in one line. Null if nobody said.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// How urgent it is.
    async fn priority(&self) -> ServiceRecordPriority {
        self.0.priority.into()
    }

    /// How far it is.
    async fn status(&self) -> ServiceRecordStatus {
        self.0.status.into()
    }

    /// When work is planned to begin. Null if it is not planned.
    async fn scheduled_start(&self) -> Option<DateTime> {
        self.0.scheduled_start.map(DateTime)
    }

    /// When work is planned to end. Null if it is not planned.
    async fn scheduled_end(&self) -> Option<DateTime> {
        self.0.scheduled_end.map(DateTime)
    }

    /// The beginning of the time in which arrival is promised. Null if nothing is promised.
    async fn arrival_window_start(&self) -> Option<DateTime> {
        self.0.arrival_window_start.map(DateTime)
    }

    /// The end of the time in which arrival is promised. Null if nothing is promised.
    async fn arrival_window_end(&self) -> Option<DateTime> {
        self.0.arrival_window_end.map(DateTime)
    }

    /// Who does the work, as ids of the caller's system, in the order they were given.
    async fn technicians(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let rows = technicians(ctx, &self.0).await?;
        Ok(rows.iter().map(|row| row.technician.clone()).collect())
    }

    /// The first of the technicians. Null if there is none.
    async fn technician(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let rows = technicians(ctx, &self.0).await?;
        Ok(rows.first().map(|row| row.technician.clone()))
    }

    /// What was used, in the order it was given.
    async fn parts_used(&self, ctx: &Context<'_>) -> Result<Vec<ServiceRecordPart>> {
        use service_part::Column::{Description, PartNumber, Quantity, UnitCostAmount, UnitCostCurrency};
        let columns = [PartNumber, Quantity, Description, UnitCostAmount, UnitCostCurrency];
        let rows = child_rows::<service_part::Entity>(ctx, &edge::SERVICE_PARTS, self.0.id, &columns).await?;
        let part = |row: &Arc<service_part::Model>| ServiceRecordPart {
            part_number: row.part_number.clone(),
            quantity: Decimal(value::Decimal(row.quantity)),
            description: row.description.clone(),
            unit_cost: Money::of(row.unit_cost_amount, row.unit_cost_currency.as_deref()),
        };
        Ok(rows.iter().map(part).collect())
    }

    /// Free text. Null if there is none, and without `pii:read`.
    async fn notes(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        ctx.open(&*self.0, service_record::Column::Notes).await
    }

    /// Whether somebody must come again.
    async fn follow_up_required(&self) -> bool {
        self.0.follow_up_required
    }

    /// When the work was asked for. Null if nobody said.
    async fn requested_at(&self) -> Option<DateTime> {
        self.0.requested_at.map(DateTime)
    }

    /// When work began. Null while it has not, and if nobody said.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(DateTime)
    }

    /// When work ended. Null while it has not, and if nobody said.
    async fn completed_at(&self) -> Option<DateTime> {
        self.0.completed_at.map(DateTime)
    }

    /// How satisfied the customer was, from 1 to 5, the best. Null if nobody said.
    async fn satisfaction_score(&self) -> Option<i32> {
        self.0.satisfaction_score
    }

    /// What the work costs the customer. Null if nobody said.
    async fn charge(&self) -> Option<Money> {
        Money::of(self.0.charge_amount, self.0.charge_currency.as_deref())
    }

    /// Why it was cancelled. Null unless it was.
    async fn cancel_reason(&self) -> Option<&str> {
        self.0.cancel_reason.as_deref()
    }
}

async fn technicians(ctx: &Context<'_>, row: &service_record::Model) -> Result<Vec<Arc<service_technician::Model>>> {
    let columns = [service_technician::Column::Technician];
    child_rows::<service_technician::Entity>(ctx, &edge::SERVICE_TECHNICIANS, row.id, &columns).await
}

edges! {
    ServiceRecordEdges of service_record;
    many {
        /// The customer assets the work is about. Needs `asset:read`.
        equipment: SERVICE_EQUIPMENT -> CustomerAsset;
        /// What was written of it, in order. Needs `change:read`.
        changes: SERVICE_CHANGES -> Change;
        /// The contacts of the service record's customer. Needs `contact:read`.
        contacts: SERVICE_CONTACTS -> Contact;
    }
    one {
        /// The customer. Needs `customer:read`.
        customer: SERVICE_CUSTOMER -> Customer;
        /// Where the work is done. Null if nobody said. Needs `address:read`.
        address: SERVICE_ADDRESS -> Address;
    }
    custom_fields SERVICE_VALUES of ServiceRecord;
}
