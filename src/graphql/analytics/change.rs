//! The change of the figures from one period to the next.

use std::collections::BTreeMap;

use async_graphql::{Context, Object, SimpleObject};
use domain::analytics::{Stop, statistics::change};
use error::Result;

use super::{
    figure::{View, decimal},
    figure_types::AnalyticsRevenueSource,
};
use crate::graphql::{context::ContextExt, output_list::OutputList, row_size::RowSize, scalar::WideDecimal};

/// How the figures of a period differ from those of the one before it: the difference of the figures as they are shown, divided
/// by the earlier one without its sign, in percent with two digits after the point. Null if the earlier figure is 0, or one of
/// them is null.
pub struct AnalyticsChange {
    pub(super) previous: View,
    pub(super) current: View,
}

/// The change of the revenue from one source in one currency.
#[derive(SimpleObject)]
pub struct AnalyticsRevenueChange {
    /// From what it comes.
    source: AnalyticsRevenueSource,
    /// ISO 4217 currency code.
    currency: String,
    /// The change, in percent. Null if the earlier revenue is 0.
    change: Option<WideDecimal>,
}

/// How the figures of a period differ from those of the one before it: the difference of the figures as they are shown, divided
/// by the earlier one without its sign, in percent with two digits after the point. Null if the earlier figure is 0, or one of
/// them is null.
#[Object]
impl AnalyticsChange {
    /// Of `services.completed`. Requires `service:read`.
    async fn completed_services(&self, ctx: &Context<'_>) -> Result<Option<WideDecimal>> {
        let figure = async |view: &View| Ok(Some(view.services(ctx).await?.completed.into()));
        difference(ctx, [figure(&self.previous).await, figure(&self.current).await])
    }

    /// Of `responseTime.average`. Requires `service:read`.
    async fn average_response_time(&self, ctx: &Context<'_>) -> Result<Option<WideDecimal>> {
        let figure = async |view: &View| Ok(view.response_times(ctx).await?.average());
        difference(ctx, [figure(&self.previous).await, figure(&self.current).await])
    }

    /// Of `responseTime.median`. Requires `service:read`.
    async fn median_response_time(&self, ctx: &Context<'_>) -> Result<Option<WideDecimal>> {
        let figure = async |view: &View| Ok(view.response_times(ctx).await?.percentile(50));
        difference(ctx, [figure(&self.previous).await, figure(&self.current).await])
    }

    /// Of `satisfaction.average`. Requires `service:read`.
    async fn average_satisfaction(&self, ctx: &Context<'_>) -> Result<Option<WideDecimal>> {
        let figure = async |view: &View| Ok(view.services(ctx).await?.average_score());
        difference(ctx, [figure(&self.previous).await, figure(&self.current).await])
    }

    /// Of `revenue`, for each source and currency that one of the periods has. A period without revenue counts as 0. Requires
    /// `load:read` and `service:read`.
    async fn revenue(&self, ctx: &Context<'_>) -> Result<Option<OutputList<AnalyticsRevenueChange>>> {
        let both = async { Ok([self.previous.revenue(ctx).await?, self.current.revenue(ctx).await?]) };
        let Some(both) = ctx.null_if_forbidden(Box::pin(both).await)? else { return Ok(None) };
        let mut amounts: BTreeMap<_, [i128; 2]> = BTreeMap::new();
        for (index, sums) in both.into_iter().enumerate() {
            for (source, sum) in sums {
                amounts.entry((source, sum.currency)).or_default()[index] = sum.amount;
            }
        }
        ctx.spend(amounts.len() as u64, 0, || RowSize::of(ctx.field().selection_set(), &[])).await;
        let of = |((source, currency), [previous, current]): ((_, String), [i128; 2])| AnalyticsRevenueChange {
            source,
            currency,
            change: decimal(change(Some(previous), Some(current))),
        };
        Ok(Some(amounts.into_iter().map(of).collect()))
    }

    /// Of `loads.total`. Requires `load:read`.
    async fn loads(&self, ctx: &Context<'_>) -> Result<Option<WideDecimal>> {
        let figure = async |view: &View| Ok(Some(view.loads(ctx).await?.total().into()));
        difference(ctx, [figure(&self.previous).await, figure(&self.current).await])
    }

    /// Of `pickups.rate`. Requires `load:read`.
    async fn pickup_rate(&self, ctx: &Context<'_>) -> Result<Option<WideDecimal>> {
        let figure = async |view: &View| Ok(view.on_time(ctx, Stop::Pickup).await?.rate());
        difference(ctx, [figure(&self.previous).await, figure(&self.current).await])
    }

    /// Of `deliveries.rate`. Requires `load:read`.
    async fn delivery_rate(&self, ctx: &Context<'_>) -> Result<Option<WideDecimal>> {
        let figure = async |view: &View| Ok(view.on_time(ctx, Stop::Delivery).await?.rate());
        difference(ctx, [figure(&self.previous).await, figure(&self.current).await])
    }

    /// Of `utilization.rate`. Requires `asset:read`.
    async fn utilization_rate(&self, ctx: &Context<'_>) -> Result<Option<WideDecimal>> {
        let figure = async |view: &View| Ok(view.utilization(ctx).await?.rate());
        difference(ctx, [figure(&self.previous).await, figure(&self.current).await])
    }
}

/// The change between two values of a figure, which have the same unit.
fn difference(ctx: &Context<'_>, [previous, current]: [Result<Option<i128>>; 2]) -> Result<Option<WideDecimal>> {
    let both = previous.and_then(|previous| Ok([previous, current?]));
    let both = ctx.null_if_forbidden(both)?;
    Ok(both.and_then(|[previous, current]| decimal(change(previous, current))))
}
