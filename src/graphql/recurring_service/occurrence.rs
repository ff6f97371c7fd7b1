//! The visits of a plan in a window of days, with what has become of each.

use async_graphql::{Context, Enum, Object};
use chrono::{Days, NaiveDate};
use domain::{
    local_time,
    lookup::reference_filter,
    recurring_service::{
        occurrence::{self, OccurrenceStatus},
        schedule::Schedule,
    },
    reference::precedence,
};
use entity::{
    address,
    recurring_service::{Entity, Model},
    recurring_service_exception, recurring_service_pause, service_record,
};
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, TenantTable, clock};

use crate::graphql::{
    context::ContextExt,
    entity_object::EntityObject,
    list::DEFAULT_PAGE_SIZE,
    output_list::OutputList,
    row_size::RowSize,
    scalar::{Date, DateTime, Ref},
    service_record::ServiceRecord,
};

/// The longest window, in days: five years.
const MAX_WINDOW_DAYS: i64 = 5 * 366;

/// The query of visits.
#[derive(Default)]
pub struct OccurrenceQuery;

/// What has become of a visit of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "OccurrenceStatus")]
pub enum RecurringServiceOccurrenceStatus {
    /// It is to come, and not booked yet.
    Planned,
    /// It is booked, and its service record is neither completed nor cancelled.
    Booked,
    /// It is done.
    Completed,
    /// Its service record was cancelled or deleted.
    Cancelled,
    /// Its date is skipped.
    Skipped,
    /// The plan is paused on its day.
    Paused,
    /// It was never booked, and its time is past.
    Missed,
}

/// A visit of a plan.
pub struct RecurringServiceOccurrence(occurrence::Occurrence);

/// A visit of a plan.
#[Object]
impl RecurringServiceOccurrence {
    /// The date that the rule of the plan yields. It names the visit, wherever it is moved to.
    async fn date(&self) -> Date {
        Date(self.0.original)
    }

    /// The date on which the visit takes place, in the plan's time zone.
    async fn local_date(&self) -> Date {
        Date(self.0.date)
    }

    /// The beginning of the visit; that of the day, if the plan has no time of day.
    async fn starts_at(&self) -> DateTime {
        DateTime(self.0.starts_at)
    }

    /// The end of the visit. Null if its duration is unknown.
    async fn ends_at(&self) -> Option<DateTime> {
        self.0.ends_at.map(DateTime)
    }

    /// What has become of the visit.
    async fn status(&self) -> RecurringServiceOccurrenceStatus {
        self.0.status.into()
    }

    /// The service record that the visit was booked as, live or deleted. Null if it was not booked.
    async fn service_record(&self) -> Option<ServiceRecord> {
        self.0.record.clone().map(ServiceRecord::of)
    }
}

#[Object]
impl OccurrenceQuery {
    /// The visits of a plan from one local day to another, by their beginnings: those to come, and what has become of the
    /// others. A moved visit is listed on the day to which it is moved, and one whose service record was changed by hand on the
    /// day of the record. Null if there is no such plan. Requires `recurring_service:read`, `service:read`, and
    /// `address:read` for a plan with an address.
    async fn recurring_service_occurrences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The recurring service, live or deleted.")] recurring_service: Ref,
        #[graphql(desc = "The first day, in the plan's time zone; from 1900 to 9000.")] from: Date,
        #[graphql(desc = "The last day, in the plan's time zone; at most five years after `from`.")] until: Date,
        #[graphql(
            desc = "The maximum number of visits; at most 100 unless the server is configured otherwise. Defaults to 25. A time with more of them is refused, and not cut off."
        )]
        first: Option<i32>,
    ) -> Result<Option<OutputList<RecurringServiceOccurrence>>> {
        let store = ctx.store();
        let records = store.find::<service_record::Entity>()?.deleted(Deleted::Include);
        let window = window(from.0, until.0)?;
        let maximum = first.map_or(DEFAULT_PAGE_SIZE, |first| usize::try_from(first).unwrap_or_default());
        let Some(plan) = find_plan(ctx, &recurring_service.0).await? else { return Ok(None) };
        let schedule = schedule(ctx, &plan).await?;
        let too_many = || {
            let message = format!(
                "There are more than {maximum} visits from {} to {}; give a shorter time or a larger first.",
                from.0, until.0
            );
            Error::BadInput(message)
        };
        let slots = schedule.slots(window.0, window.1);
        if slots.len() > maximum {
            return Err(too_many());
        }
        let column = |name, predicate| Filter::Column(name, predicate);
        let originals = slots.iter().map(|slot| slot.original.into()).collect();
        let times = Filter::All(vec![
            column("service_date", Predicate::Gte(schedule.start_of(window.0).into())),
            column("service_date", Predicate::Lt(schedule.start_of(window.1).into())),
        ]);
        let find = records
            .filter(column("recurring_service_id", Predicate::Eq(plan.id.into())))
            .filter(column("occurrence_date", Predicate::IsNull(false)))
            .filter(Filter::Any(vec![times, column("occurrence_date", Predicate::In(originals))]));
        let page = store.page(&find).await?;
        ctx.spend(page.rows.len() as u64, page.bytes, || {
            RowSize::of(ctx.field().selection_set(), ServiceRecord::EDGES)
        })
        .await;
        let records = page.rows.into_iter().map(|(row, _)| row);
        let found = occurrence::occurrences(&schedule, records, window, clock::now());
        if found.len() > maximum {
            return Err(too_many());
        }
        ctx.spend(found.len() as u64, 0, || RowSize::of(ctx.field().selection_set(), &[])).await;
        Ok(Some(found.into_iter().map(RecurringServiceOccurrence).collect()))
    }
}

/// The days of a window: the first one, and the one after the last.
fn window(from: NaiveDate, until: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
    let days = until.signed_duration_since(from).num_days();
    if days < 0 {
        return Err(Error::BadInput(format!("until ({until}) is before from ({from}).")));
    }
    if days > MAX_WINDOW_DAYS {
        return Err(Error::BadInput(format!("until ({until}) is more than five years after from ({from}).")));
    }
    let years = ["1900-01-01", "9000-12-31"].map(|day| day.parse::<NaiveDate>().unwrap_or_default());
    if from < years[0] || until > years[1] {
        return Err(Error::BadInput("from and until are from 1900 to 9000.".to_owned()));
    }
    Ok((from, until.checked_add_days(Days::new(1)).unwrap_or(until)))
}

/// The plan that a reference names, live or deleted.
async fn find_plan(ctx: &Context<'_>, reference: &str) -> Result<Option<Model>> {
    let find = ctx.store().find::<Entity>()?.deleted(Deleted::Include).filter(reference_filter::<Entity>([reference]));
    let rows = ctx.store().all(&find).await?;
    Ok(rows.into_iter().min_by_key(|row| precedence::<Entity>(row, reference)).map(|row| (*row).clone()))
}

/// The schedule of a plan.
async fn schedule(ctx: &Context<'_>, plan: &Model) -> Result<Schedule> {
    let store = ctx.store();
    let exceptions = store.all(&of_plan::<recurring_service_exception::Entity>(ctx, plan.id)?).await?;
    let pauses = store.all(&of_plan::<recurring_service_pause::Entity>(ctx, plan.id)?).await?;
    let zone = match plan.address_id {
        Some(address) => {
            let find = store.find::<address::Entity>()?.deleted(Deleted::Include).ids([address]);
            store.one(&find).await?.map(|address| address.time_zone.clone())
        }
        None => None,
    };
    let zone = zone.unwrap_or_else(|| store.tenant().row.time_zone.clone());
    Ok(Schedule::of(
        plan,
        local_time::zone(&zone),
        exceptions.iter().map(|row| &**row),
        pauses.iter().map(|row| &**row),
    ))
}

fn of_plan<E: TenantTable>(ctx: &Context<'_>, plan: Uuid) -> Result<store::RowQuery<E>> {
    let of_plan = Filter::Column("recurring_service_id", Predicate::Eq(plan.into()));
    Ok(ctx.store().find::<E>()?.filter(of_plan))
}
