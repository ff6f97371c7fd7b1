//! The rate limit as a client sees it: the cost of the current request, and what is left.

use async_graphql::SimpleObject;

use super::scalar::DateTime;

/// The caller's rate limit. A request is debited its maximum cost first; what it did not use is refunded.
#[derive(Clone, Debug, SimpleObject)]
pub struct RateLimit {
    /// The maximum cost of this request.
    pub cost: u64,
    /// The cost that the caller can still spend now, after this request is debited.
    pub remaining: u64,
    /// The cost that the caller can spend at once when the limit is full.
    pub capacity: u64,
    /// The cost that the caller regains per second.
    pub per_second: u64,
    /// When the limit is full again if the caller spends nothing more.
    pub reset_at: DateTime,
}
