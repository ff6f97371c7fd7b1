//! The figures of some months, each with its definition for the client.

use std::{ops::Range, sync::Arc};

use async_graphql::{Context, Object};
use domain::{
    analytics::{
        LoadCounts, Money as Sum, OnTime, ResponseTimes, Services, Source, Stop,
        period::{Month, Period},
        revenue,
        statistics::quotient,
        utilization::Utilization,
    },
    value,
};
use error::Result;
use store::rollup::Group;

use super::{
    Subject,
    figure_types::{
        AnalyticsLoads, AnalyticsOnTime, AnalyticsResponseTime, AnalyticsRevenue, AnalyticsRevenueSource,
        AnalyticsSatisfaction, AnalyticsServices, AnalyticsUtilization,
    },
};
use crate::graphql::{context::ContextExt, output_list::OutputList, row_size::RowSize, scalar::WideDecimal};

/// Some months of a period that follow each other.
#[derive(Clone)]
pub(super) struct View {
    pub subject: Arc<Subject>,
    pub months: Arc<[Month]>,
}

/// A figure in millionths, as the schema has it.
pub(super) fn decimal(millionths: Option<i128>) -> Option<WideDecimal> {
    millionths.map(value::WideDecimal).map(WideDecimal)
}

impl View {
    pub fn of(subject: &Arc<Subject>, months: &[Month]) -> Self {
        Self { subject: subject.clone(), months: months.into() }
    }

    /// Reads the groups of a source in the months, and computes a figure of them.
    async fn read<T>(&self, ctx: &Context<'_>, source: Source, figure: impl FnOnce(&[Group]) -> T) -> Result<T> {
        let groups = self.subject.groups(ctx, source).await?;
        let Range { start, end } = self.buckets();
        let begin = groups.partition_point(|group| group.bucket < start);
        let end = groups.partition_point(|group| group.bucket < end).max(begin);
        ctx.store().pace((end - begin) as u64).await;
        Ok(figure(&groups[begin..end]))
    }

    /// The buckets of the months.
    fn buckets(&self) -> Range<usize> {
        let [Some(first), Some(last)] = [self.months.first(), self.months.last()] else { return 0..0 };
        let edges = &self.subject.edges;
        edges.partition_point(|edge| *edge < first.from)..edges.partition_point(|edge| *edge < last.until)
    }

    pub async fn services(&self, ctx: &Context<'_>) -> Result<Services> {
        self.read(ctx, Source::CompletedServices, Services::of).await
    }

    pub async fn response_times(&self, ctx: &Context<'_>) -> Result<ResponseTimes> {
        self.read(ctx, Source::StartedServices, ResponseTimes::of).await
    }

    pub async fn loads(&self, ctx: &Context<'_>) -> Result<LoadCounts> {
        self.read(ctx, Source::Loads, LoadCounts::of).await
    }

    pub async fn on_time(&self, ctx: &Context<'_>, stop: Stop) -> Result<OnTime> {
        self.read(ctx, Source::Stops, |groups| OnTime::of(groups, stop)).await
    }

    pub async fn utilization(&self, ctx: &Context<'_>) -> Result<Utilization> {
        self.subject.utilization(ctx, &self.months).await
    }

    pub async fn revenue(&self, ctx: &Context<'_>) -> Result<Vec<(AnalyticsRevenueSource, Sum)>> {
        let loads = self.read(ctx, Source::InvoicedLoads, revenue);
        let services = self.read(ctx, Source::CompletedServices, revenue);
        let (loads, services) = futures_util::try_join!(loads, services)?;
        let loads = loads.into_iter().map(|sum| (AnalyticsRevenueSource::Loads, sum));
        Ok(loads.chain(services.into_iter().map(|sum| (AnalyticsRevenueSource::ServiceRecords, sum))).collect())
    }
}

/// The figures of some months.
pub struct Figures(pub(super) View);

#[Object]
impl Figures {
    /// Service frequency: the COMPLETED service records, at their `completedAt`, or at their `serviceDate` without one.
    /// Requires `service:read`; a technician sees the figures of their own service records.
    async fn services(&self, ctx: &Context<'_>) -> Result<Option<AnalyticsServices>> {
        let Some(services) = ctx.null_if_forbidden(self.0.services(ctx).await)? else { return Ok(None) };
        let (months, of) = Period::length_in_months(&self.0.months);
        let per_month = quotient(i128::from(services.completed) * of, months);
        Ok(Some(AnalyticsServices { completed: services.completed, per_month: decimal(per_month) }))
    }

    /// The time from `requestedAt` to `startedAt` of the service records that are not CANCELLED, at their `startedAt`. One
    /// without `requestedAt`, or with one after `startedAt`, is left out. Requires `service:read`.
    async fn response_time(&self, ctx: &Context<'_>) -> Result<Option<AnalyticsResponseTime>> {
        let times = ctx.null_if_forbidden(self.0.response_times(ctx).await)?;
        Ok(times.map(AnalyticsResponseTime::of))
    }

    /// The scores of the COMPLETED service records, at their `completedAt`, or at their `serviceDate` without one. Requires
    /// `service:read`.
    async fn satisfaction(&self, ctx: &Context<'_>) -> Result<Option<AnalyticsSatisfaction>> {
        let services = ctx.null_if_forbidden(self.0.services(ctx).await)?;
        Ok(services.map(AnalyticsSatisfaction::of))
    }

    /// The revenue, one amount for each source and currency: currencies are never added. Empty without revenue. Loads that are
    /// INVOICED or PAID count with their charge, at the time of their last invoice; COMPLETED service records with theirs, at
    /// their `completedAt`, or at their `serviceDate` without one. Requires `load:read` and `service:read`.
    async fn revenue(&self, ctx: &Context<'_>) -> Result<Option<OutputList<AnalyticsRevenue>>> {
        let Some(sums) = ctx.null_if_forbidden(self.0.revenue(ctx).await)? else { return Ok(None) };
        ctx.spend(sums.len() as u64, 0, || RowSize::of(ctx.field().selection_set(), &[])).await;
        Ok(Some(sums.into_iter().map(AnalyticsRevenue::of).collect()))
    }

    /// The loads, at their scheduled pickup, or at their creation without one. Requires `load:read`.
    async fn loads(&self, ctx: &Context<'_>) -> Result<Option<AnalyticsLoads>> {
        let counts = ctx.null_if_forbidden(self.0.loads(ctx).await)?;
        Ok(counts.map(AnalyticsLoads))
    }

    /// The arrivals at the PICKUP stops of loads that are not CANCELLED, at their `arrivedAt`. Requires `load:read`.
    async fn pickups(&self, ctx: &Context<'_>) -> Result<Option<AnalyticsOnTime>> {
        let on_time = ctx.null_if_forbidden(self.0.on_time(ctx, Stop::Pickup).await)?;
        Ok(on_time.map(AnalyticsOnTime::of))
    }

    /// The arrivals at the DELIVERY stops of loads that are not CANCELLED, at their `arrivedAt`. Requires `load:read`.
    async fn deliveries(&self, ctx: &Context<'_>) -> Result<Option<AnalyticsOnTime>> {
        let on_time = ctx.null_if_forbidden(self.0.on_time(ctx, Stop::Delivery).await)?;
        Ok(on_time.map(AnalyticsOnTime::of))
    }

    /// For how much of the time assets are RENTED or LEASED: from `from` to `returnedAt`, overlapping assignments once. An
    /// asset that is not returned is still out. For all customers, the assets are those with such an assignment that begins
    /// before the end of the period; for one customer, those that it has in the period, and its own assignments. Requires
    /// `asset:read`.
    async fn utilization(&self, ctx: &Context<'_>) -> Result<Option<AnalyticsUtilization>> {
        let utilization = ctx.null_if_forbidden(self.0.utilization(ctx).await)?;
        Ok(utilization.map(AnalyticsUtilization::of))
    }
}
