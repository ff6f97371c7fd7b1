//! The types of the figures.

use async_graphql::{Context, Enum, Object, SimpleObject};
use domain::analytics::{LoadCounts, Money as Sum, OnTime, ResponseTimes, Services, utilization::Utilization};

use super::figure::decimal;
use crate::graphql::{
    context::ContextExt,
    load::LoadStatus,
    output_list::OutputList,
    row_size::RowSize,
    scalar::{Money, WideDecimal},
};

/// How often work is done.
#[derive(SimpleObject)]
pub struct AnalyticsServices {
    /// The number of completed services.
    pub(super) completed: i64,
    /// The completed services for each month: their number divided by that of calendar months, with two digits after the
    /// point. A part of a month counts as its share of the month. Null if the period has not begun.
    pub(super) per_month: Option<WideDecimal>,
}

/// How long customers wait for work to begin.
#[derive(SimpleObject)]
pub struct AnalyticsResponseTime {
    /// The number of services with a response time.
    count: i64,
    /// The number of services without one, which are left out.
    left_out: i64,
    /// The average, in whole seconds. Null without a response time.
    average: Option<WideDecimal>,
    /// The median, in whole seconds: the 50th percentile. Null without a response time.
    median: Option<WideDecimal>,
    /// The 90th percentile, in whole seconds. It is interpolated between the two closest ranks: the value at the position 0.9 ×
    /// (count − 1) of the ordered times, counted from 0. Null without a response time.
    percentile90: Option<WideDecimal>,
}

impl AnalyticsResponseTime {
    pub(super) fn of(times: ResponseTimes) -> Self {
        Self {
            count: times.count(),
            left_out: times.left_out,
            average: decimal(times.average()),
            median: decimal(times.percentile(50)),
            percentile90: decimal(times.percentile(90)),
        }
    }
}

/// The satisfaction of customers.
pub struct AnalyticsSatisfaction(Services);

impl AnalyticsSatisfaction {
    pub(super) fn of(services: Services) -> Self {
        Self(services)
    }
}

/// The satisfaction of customers.
#[Object]
impl AnalyticsSatisfaction {
    /// The number of services with a score. Those without one are left out.
    async fn count(&self) -> i64 {
        self.0.scored()
    }

    /// The average of the scores, with two digits after the point. Null without a score.
    async fn average(&self) -> Option<WideDecimal> {
        decimal(self.0.average_score())
    }

    /// How many services have each score, from 1 to 5 (best).
    async fn scores(&self, ctx: &Context<'_>) -> OutputList<AnalyticsScore> {
        let scores = &self.0.scores;
        ctx.spend(scores.len() as u64, 0, || RowSize::of(ctx.field().selection_set(), &[])).await;
        scores.iter().map(|(score, count)| AnalyticsScore { score: *score, count: *count }).collect()
    }
}

/// How often customers gave a score.
#[derive(SimpleObject)]
pub struct AnalyticsScore {
    /// The score, from 1 to 5 (best).
    score: i32,
    /// The number of services with the score.
    count: i64,
}

/// From what revenue comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum)]
pub enum AnalyticsRevenueSource {
    /// Charges of invoiced loads.
    Loads,
    /// Charges of completed service records.
    ServiceRecords,
}

/// The revenue from one source in one currency.
#[derive(SimpleObject)]
pub struct AnalyticsRevenue {
    /// From what it comes.
    source: AnalyticsRevenueSource,
    /// The sum of the charges, which may be negative, because charges can be credits.
    amount: Money,
    /// The number of records with a charge.
    count: i64,
}

impl AnalyticsRevenue {
    pub(super) fn of((source, sum): (AnalyticsRevenueSource, Sum)) -> Self {
        Self { source, amount: Money::of_sum(sum.amount, sum.currency), count: sum.count }
    }
}

/// The number of loads.
pub struct AnalyticsLoads(pub(super) LoadCounts);

/// The number of loads.
#[Object]
impl AnalyticsLoads {
    /// The number of loads, without those that are CANCELLED.
    async fn total(&self) -> i64 {
        self.0.total()
    }

    /// The number of CANCELLED loads, which count in no other figure.
    async fn cancelled(&self) -> i64 {
        self.0.cancelled()
    }

    /// How many loads have each status now, also the statuses of no load, in the order of a load's life; without CANCELLED.
    async fn by_status(&self, ctx: &Context<'_>) -> OutputList<AnalyticsLoadStatus> {
        let counts = &self.0.by_status;
        ctx.spend(counts.len() as u64, 0, || RowSize::of(ctx.field().selection_set(), &[])).await;
        counts.iter().map(|(status, count)| AnalyticsLoadStatus { status: (*status).into(), count: *count }).collect()
    }
}

/// How many loads have a status.
#[derive(SimpleObject)]
pub struct AnalyticsLoadStatus {
    /// The status.
    status: LoadStatus,
    /// The number of loads with the status.
    count: i64,
}

/// How punctual arrivals are.
#[derive(SimpleObject)]
pub struct AnalyticsOnTime {
    /// The number of arrivals at stops whose window has an end.
    count: i64,
    /// The number of these that were on time: not after the end of the window.
    on_time: i64,
    /// The number of arrivals at stops whose window has no end, which are left out.
    left_out: i64,
    /// `onTime` of `count`, in percent with two digits after the point. Null without such an arrival.
    rate: Option<WideDecimal>,
}

impl AnalyticsOnTime {
    pub(super) fn of(on_time: OnTime) -> Self {
        Self {
            count: on_time.measured(),
            on_time: on_time.on_time,
            left_out: on_time.left_out,
            rate: decimal(on_time.rate()),
        }
    }
}

/// For how much of the time assets are on rent or lease.
#[derive(SimpleObject)]
pub struct AnalyticsUtilization {
    /// The number of assets: those that live in the period. The life of an asset begins on its `installDate`, in the tenant's time
    /// zone; without one, before any period. The life of a RETIRED asset ends with its last rental or lease.
    assets: i64,
    /// The time for which they are out, divided by the time for which they live in the period, in percent with two digits
    /// after the point. Null without assets.
    rate: Option<WideDecimal>,
}

impl AnalyticsUtilization {
    pub(super) fn of(utilization: Utilization) -> Self {
        Self { assets: utilization.assets, rate: decimal(utilization.rate()) }
    }
}
