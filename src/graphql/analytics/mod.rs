//! Analytics: figures of the work for a customer or for all, in a period and in each of its months.
//!
//! A figure is read when it is selected, and for all customers of a list together: the figures of a period, of its months and
//! of the period before come from the same rows. What a figure needs a permission for is what its rows need.

mod change;
mod figure;
mod figure_types;

use std::sync::{Arc, OnceLock};

use async_graphql::{Context, Enum, MergedObject, Object};
use chrono::Utc;
use chrono_tz::Tz;
use domain::{
    analytics::{
        Source, fleet,
        period::{Month, Period, Periods},
        utilization::{Counted, Fleet, Utilization},
    },
    local_time::zone,
};
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use store::{FieldKey, rollup::Groups};

use self::{
    change::AnalyticsChange,
    figure::{Figures, View},
};
use super::{
    breadth_first::{LevelList, LevelObject},
    context::ContextExt,
    row_size::RowSize,
    scalar::{Date, DateTime},
};

/// With what a period is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AnalyticsComparison {
    /// The period just before it. Whole calendar months in the tenant's time zone go back by as many months, whole days by as
    /// many days, and any other period by its length. If the period is not over, the one before it ends as early: on 4 April,
    /// 1 to 3 April is compared with 1 to 3 March. A day that a shorter month does not have is the end of that month.
    PreviousPeriod,
}

/// Figures of the work for a customer or for all customers, between two times. Deleted records and cancelled work never
/// count. Figures without data are null, and counts 0. Each figure is exact and rounded once, half away from zero.
pub struct Analytics(Arc<Subject>);

/// Whose work is analysed, and when.
pub(super) struct Subject {
    customer: Option<Uuid>,
    zone: Tz,
    periods: Periods,
    /// The edges of all buckets, ascending.
    edges: Vec<chrono::DateTime<Utc>>,
    /// The field for which the rows are read.
    field: FieldKey,
    fleet: OnceLock<Fleet>,
}

/// The arguments of the field.
pub(super) struct Arguments {
    pub from: DateTime,
    pub until: DateTime,
    pub compare_to: Option<AnalyticsComparison>,
}

impl Analytics {
    /// The analytics of a customer, or of the tenant.
    pub(super) fn of(ctx: &Context<'_>, customer: Option<Uuid>, arguments: Arguments) -> Result<Self> {
        let store = ctx.store();
        let zone = zone(&store.tenant().row.time_zone);
        let is_compared = arguments.compare_to.is_some();
        let edges = [arguments.from.0, arguments.until.0];
        let periods = Periods::new(zone, edges, is_compared, store.now()).map_err(Error::BadInput)?;
        let edges = periods.edges();
        let subject = Subject { customer, zone, periods, edges, field: ctx.field_key(""), fleet: OnceLock::new() };
        Ok(Self(Arc::new(subject)))
    }
}

/// Figures of the work for a customer or for all customers, between two times. Deleted records and cancelled work never
/// count. Figures without data are null, and counts 0. Each figure is exact and rounded once, half away from zero.
#[Object]
impl Analytics {
    /// The IANA time zone in which months are cut: the tenant's.
    async fn time_zone(&self) -> &str {
        self.0.zone.name()
    }

    /// The figures of the period.
    async fn current(&self) -> AnalyticsPeriod {
        AnalyticsPeriod::of(&self.0, &self.0.periods.current)
    }

    /// The figures of the period with which it is compared. Null without `compareTo`.
    async fn previous(&self) -> Option<AnalyticsPeriod> {
        self.0.periods.previous.as_ref().map(|previous| AnalyticsPeriod::of(&self.0, previous))
    }

    /// How the figures of the period differ from those of the one before it. Null without `compareTo`.
    async fn change(&self) -> Option<AnalyticsChange> {
        let previous = self.0.periods.previous.as_ref()?;
        Some(AnalyticsChange {
            previous: View::of(&self.0, &previous.months),
            current: View::of(&self.0, &self.0.periods.current.months),
        })
    }
}

impl Subject {
    /// The groups of a source in all buckets.
    async fn groups(&self, ctx: &Context<'_>, source: Source) -> Result<Groups> {
        let (line, column, _) = self.field;
        let rollup = || source.rollup(self.edges.clone());
        // Boxed, because the futures of the figures would contain the whole read.
        Box::pin(ctx.store().rollup((line, column, source.name()), self.customer, rollup)).await
    }

    /// The utilization of assets in months that follow each other.
    async fn utilization(&self, ctx: &Context<'_>, months: &[Month]) -> Result<Utilization> {
        let groups = self.groups(ctx, Source::Rentals).await?;
        let fleet = self.fleet.get_or_init(|| fleet(&groups, self.zone));
        ctx.store().pace(fleet.size() as u64).await;
        let counted = if self.customer.is_some() { Counted::Out } else { Counted::ClaimedBefore };
        let [Some(first), Some(last)] = [months.first(), months.last()] else { return Ok(Utilization::default()) };
        Ok(fleet.utilization([first.from, last.until], counted))
    }
}

/// The figures of a period, and of each month of it.
#[derive(MergedObject)]
pub struct AnalyticsPeriod(PeriodEdges, Figures, PeriodMonths);

/// The figures of a calendar month, or of the part of it that is in the period.
#[derive(MergedObject)]
pub struct AnalyticsMonth(MonthEdges, Figures);

impl LevelObject for AnalyticsMonth {}

impl AnalyticsPeriod {
    fn of(subject: &Arc<Subject>, period: &Period) -> Self {
        let edges = PeriodEdges { from: DateTime(period.from), until: DateTime(period.until) };
        let view = View::of(subject, &period.months);
        Self(edges, Figures(view.clone()), PeriodMonths(view))
    }
}

/// The edges of a period.
pub struct PeriodEdges {
    from: DateTime,
    until: DateTime,
}

#[Object]
impl PeriodEdges {
    /// The beginning.
    async fn from(&self) -> DateTime {
        self.from
    }

    /// The end, exclusive: at most the time of the request, because nothing later has happened. Equal to `from` if the period
    /// has not begun.
    async fn until(&self) -> DateTime {
        self.until
    }
}

/// The edges of a month.
pub struct MonthEdges {
    first_day: Date,
    edges: PeriodEdges,
}

#[Object]
impl MonthEdges {
    /// The first day of the calendar month, in the tenant's time zone, even if the period begins later in it.
    async fn month(&self) -> Date {
        self.first_day
    }

    /// The beginning of the month, or of the period if that is later.
    async fn from(&self) -> DateTime {
        self.edges.from
    }

    /// The end of the month, exclusive, or of the period if that is earlier.
    async fn until(&self) -> DateTime {
        self.edges.until
    }
}

/// The months of a period.
pub struct PeriodMonths(View);

#[Object]
impl PeriodMonths {
    /// The calendar months from the beginning of the period to its end, in order, also those without data. None if the period
    /// has not begun.
    async fn months(&self, ctx: &Context<'_>) -> LevelList<AnalyticsMonth> {
        let View { subject, months } = &self.0;
        ctx.spend(months.len() as u64, 0, || RowSize::of(ctx.field().selection_set(), &[])).await;
        let month = |month: &Month| {
            let edges = PeriodEdges { from: DateTime(month.from), until: DateTime(month.until) };
            let view = View::of(subject, std::slice::from_ref(month));
            AnalyticsMonth(MonthEdges { first_day: Date(month.first_day), edges }, Figures(view))
        };
        months.iter().map(month).collect()
    }
}

/// The analytics of the tenant.
#[derive(Default)]
pub struct AnalyticsQuery;

#[Object]
impl AnalyticsQuery {
    /// The figures of the tenant's work for all customers. Each figure requires the permission to read its records.
    async fn analytics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The beginning of the period.")] from: DateTime,
        #[graphql(
            desc = "The end of the period, exclusive; later than `from`. The period touches at most 120 calendar months."
        )]
        until: DateTime,
        #[graphql(desc = "With what the period is compared. Omitted: with nothing.")] compare_to: Option<
            AnalyticsComparison,
        >,
    ) -> Result<Option<Analytics>> {
        ctx.spend(1, 0, || RowSize::of(ctx.field().selection_set(), &[])).await;
        Analytics::of(ctx, None, Arguments { from, until, compare_to }).map(Some)
    }
}
