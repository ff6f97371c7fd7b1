//! The rate limit as a client sees it: what the present request may cost, and what is left.

use async_graphql::{Context, Object, SimpleObject};

use super::{context::ContextExt, scalar::DateTime};

/// What a client may spend. A request spends what it may cost at most, and gets back what it did not cost.
#[derive(Clone, Debug, SimpleObject)]
pub struct RateLimit {
    /// What the present request may cost at most.
    pub cost: u64,
    /// What the client can spend besides, now.
    pub remaining: u64,
    /// What the client can spend in all at once.
    pub capacity: u64,
    /// What the client gets back per second.
    pub per_second: u64,
    /// When the client could spend all of it again, if it spent nothing more.
    pub reset_at: DateTime,
}

/// The root field.
#[derive(Default)]
pub struct RateLimitQuery;

#[Object]
impl RateLimitQuery {
    /// What the caller may spend on this server. Null where nothing is counted.
    async fn rate_limit(&self, ctx: &Context<'_>) -> Option<RateLimit> {
        ctx.request().rate_limit.clone()
    }
}
