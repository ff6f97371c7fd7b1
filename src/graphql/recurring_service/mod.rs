//! Recurring services: plans by which a customer is visited regularly.

mod children;
mod list;
mod mutation;
mod occurrence;
mod step;

use std::sync::Arc;

use async_graphql::{Context, Enum, MergedObject, Object};
use domain::weekday::parse_weekdays;
use entity::{recurring_service, recurring_service_technician as technician};
use error::Result;
use futures_util::future::BoxFuture;
use store::edge;

use self::children::{RecurringServiceException, RecurringServicePause};
pub use self::{
    list::{RecurringServiceEdgeFilter, RecurringServiceFilter, RecurringServiceOrder},
    mutation::RecurringServiceMutation,
    step::RecurringServiceStepMutation,
};
use super::{
    address::Address,
    change::Change,
    child_rows::{child_rows, children as child_objects, prefetch_child_rows},
    custom_field::CustomFieldValue,
    customer::Customer,
    edges::edges,
    entity_object::{EntityObject, entity_object},
    filter::enum_filter,
    scalar::{Date, Money},
    service_record::ServiceRecord,
    weekday::Weekday,
};

/// The queries of recurring services.
#[derive(Default, MergedObject)]
pub struct RecurringServiceQuery(list::RecurringServiceRoots, occurrence::OccurrenceQuery);

/// What a plan repeats by. `interval` counts its periods from the one that contains the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "recurring_service::Frequency")]
pub enum RecurringServiceFrequency {
    /// Days.
    Daily,
    /// Weeks, which begin on Monday.
    Weekly,
    /// Months.
    Monthly,
    /// Periods of three months.
    Quarterly,
    /// Periods of six months.
    Semiannually,
    /// Years.
    Annually,
}

/// Which of the days of a month that are the same day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "recurring_service::WeekOfMonth")]
pub enum WeekOfMonth {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The last: the fifth, or the fourth of a month that has no fifth.
    Last,
}

enum_filter! { RecurringServiceFrequencyFilter of RecurringServiceFrequency as recurring_service::Frequency; }

entity_object! {
    /// A plan by which a customer is visited regularly: local dates, a local time of day, and the time zone of the address.
    /// The visits are booked ahead as service records in status SCHEDULED, from now on and never in the past. They follow the
    /// plan until somebody changes them.
    RecurringService of recurring_service:
        RecurringServiceFields, RecurringServiceEdges, RecurringServiceFilter, RecurringServiceOrder;
    children [RecurringServiceException, RecurringServicePause],
    prefetch prefetch,
    "charge" => [ChargeAmount, ChargeCurrency],
}

/// The fields of a recurring service, besides the common ones.
pub struct RecurringServiceFields(Arc<recurring_service::Model>);

#[Object]
impl RecurringServiceFields {
    /// The type of work, in the tenant's own words, for example `HVAC Maintenance`.
    async fn service_type(&self) -> &str {
        &self.0.service_type
    }

    /// A summary of the work in one line. Null if there is none.
    async fn summary(&self) -> Option<&str> {
        self.0.summary.as_deref()
    }

    /// What the plan repeats by.
    async fn frequency(&self) -> RecurringServiceFrequency {
        self.0.frequency.into()
    }

    /// Every how many days, weeks, months, quarters, half-years or years.
    async fn interval(&self) -> i32 {
        self.0.interval
    }

    /// The days of the week, from Monday. Empty: that of `startDate`, for WEEKLY and with `weekOfMonth`; not used otherwise.
    async fn weekdays(&self) -> Vec<Weekday> {
        parse_weekdays(self.0.weekdays.as_deref()).into_iter().map(Into::into).collect()
    }

    /// Which of a month's days of that name. Null if the plan goes by the day of the month.
    async fn week_of_month(&self) -> Option<WeekOfMonth> {
        self.0.week_of_month.map(Into::into)
    }

    /// The day of the month; the last one of a month that is shorter. Null: that of `startDate`.
    async fn day_of_month(&self) -> Option<i32> {
        self.0.day_of_month
    }

    /// The first day that can be a date, from which periods are counted. It is one only if the rule yields it.
    async fn start_date(&self) -> Date {
        Date(self.0.start_date)
    }

    /// The last day that can be a date. Null if the plan has no last day.
    async fn end_date(&self) -> Option<Date> {
        self.0.end_date.map(Date)
    }

    /// How many dates the plan has from its start on, those that are skipped included. Null if they are not counted.
    async fn occurrence_count(&self) -> Option<i32> {
        self.0.occurrence_count
    }

    /// The local time at which a visit begins, for example `10:00`. Null: at some time of its day.
    async fn preferred_time(&self) -> Option<&str> {
        self.0.preferred_time.as_deref()
    }

    /// How long a visit takes, in minutes. Null if unknown.
    async fn duration_minutes(&self) -> Option<i32> {
        self.0.duration_minutes
    }

    /// The price of a visit for the customer. Null if unknown.
    async fn charge(&self) -> Option<Money> {
        Money::of(self.0.charge_amount, self.0.charge_currency.as_deref())
    }

    /// The technicians of the visits, as ids of the caller's system, in the order in which they were entered.
    async fn technicians(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let rows = technicians(ctx, &self.0).await?;
        Ok(rows.iter().map(|row| row.technician.clone()).collect())
    }

    /// The first of the technicians. Null if there is none.
    async fn technician(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let rows = technicians(ctx, &self.0).await?;
        Ok(rows.first().map(|row| row.technician.clone()))
    }

    /// The dates that are skipped or moved, in order; at most 1,000.
    async fn exceptions(&self, ctx: &Context<'_>) -> Result<Vec<RecurringServiceException>> {
        child_objects(ctx, self.0.id).await
    }

    /// The times without visits, in order; at most 200.
    async fn pauses(&self, ctx: &Context<'_>) -> Result<Vec<RecurringServicePause>> {
        child_objects(ctx, self.0.id).await
    }
}

/// What is read of a technician.
const TECHNICIAN_COLUMNS: [technician::Column; 1] = [technician::Column::Technician];

async fn technicians(ctx: &Context<'_>, row: &recurring_service::Model) -> Result<Vec<Arc<technician::Model>>> {
    child_rows::<technician::Entity>(ctx, &edge::RECURRING_TECHNICIANS, row.id, &TECHNICIAN_COLUMNS).await
}

/// Loads the technicians of all plans of a level.
fn prefetch<'a>(ctx: &'a Context<'a>, plans: &'a [RecurringService]) -> Option<BoxFuture<'a, Result<()>>> {
    let is_read = ["technician", "technicians"].contains(&ctx.item.node.name.node.as_str());
    is_read.then(|| {
        Box::pin(async move {
            let edge = &edge::RECURRING_TECHNICIANS;
            let ids: Vec<_> = plans.iter().map(|plan| plan.row().id).collect();
            prefetch_child_rows::<technician::Entity>(ctx, edge, &ids, &TECHNICIAN_COLUMNS).await
        }) as BoxFuture<'a, _>
    })
}

edges! {
    RecurringServiceEdges of recurring_service;
    many {
        /// The service records that were booked by the plan: past and planned work. Requires `service:read`.
        service_records: RECURRING_RECORDS -> ServiceRecord;
        /// The changes to the recurring service, by default in the order of `sequence`. Requires `change:read`.
        changes: RECURRING_CHANGES -> Change;
    }
    one {
        /// The customer. Requires `customer:read`.
        customer: RECURRING_CUSTOMER -> Customer;
        /// The address where the work is done, whose time zone the plan has. Null if unknown; then the plan has the tenant's
        /// zone. Requires `address:read`.
        address: RECURRING_ADDRESS -> Address;
    }
    custom_fields RECURRING_VALUES of RecurringService -> CustomFieldValue;
}
