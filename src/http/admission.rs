//! Admission: rejects operations that exceed a limit, cost too much, or cost more than their client may spend.

use std::time::Instant;

use access::Caller;
use error::catalogue;
use serde_json::json;
use store::clock;

use super::{
    app::App,
    rate_limit::{Client, RateLimitStatus},
    rejection::Rejection,
};
use crate::graphql::{
    cost::CostEstimate, limit::LimitExceeded, operation::Operation, rate_limit::RateLimit, scalar::DateTime,
};

/// The debit of an admitted operation: its highest possible cost.
pub struct Debit {
    app: App,
    client: Client,
    requested: u64,
    status: RateLimitStatus,
}

/// Estimates the cost of an operation and debits its client with the highest possible cost. Returns the bytes of memory that its
/// arguments take, too.
pub fn debit(app: &App, caller: &Caller, operation: &Operation) -> Result<(Debit, u64), Rejection> {
    let settings = &app.settings;
    let bill = CostEstimate::of(&app.types, &settings.limits, &operation.document, &operation.variables);
    let requested =
        bill.as_ref().map_or(Ok(0), CostEstimate::estimate).map_err(|exceeded| Rejection::limit_exceeded(&exceeded))?;
    if requested > settings.cost_limit {
        let exceeded = LimitExceeded::of_budget(catalogue::LIMIT_COST, settings.cost_limit, requested);
        let dearest = bill.as_ref().map_or_else(Vec::new, CostEstimate::dearest);
        return Err(Rejection::cost_exceeded(exceeded, &dearest));
    }
    let argument_memory = bill.as_ref().map_or(Ok(0), CostEstimate::argument_memory);
    let argument_memory = argument_memory.map_err(|exceeded| Rejection::limit_exceeded(&exceeded))?;
    Ok((debit_cost(app, caller, requested)?, argument_memory))
}

/// Debits a client with a cost.
pub fn debit_cost(app: &App, caller: &Caller, requested: u64) -> Result<Debit, Rejection> {
    let client = (caller.tenant, caller.subject.clone());
    match app.rate_limiter.debit(&client, requested, Instant::now()) {
        Ok(status) => Ok(Debit { app: app.clone(), client, requested, status }),
        Err(wait) => {
            let seconds = wait.map(|wait| wait.as_secs_f64().ceil());
            let when = seconds.map_or("never".to_owned(), |seconds| format!("in {seconds} s"));
            let message = format!("The request may cost {requested}, and the client can spend that {when}.");
            let rejection = Rejection::new(catalogue::RATE_LIMITED, message);
            let rejection = rejection.retry_after(wait.map(|wait| wait.as_secs() + 1));
            Err(rejection.with_detail("requested", requested))
        }
    }
}

impl Debit {
    /// The highest possible cost of the operation.
    pub fn requested(&self) -> u64 {
        self.requested
    }

    /// The rate limit as the operation itself can read it.
    pub fn rate_limit(&self) -> RateLimit {
        RateLimit {
            cost: self.requested,
            remaining: self.status.remaining,
            capacity: self.status.capacity,
            per_second: self.app.settings.rate.per_second,
            reset_at: DateTime(clock::now() + self.status.reset),
        }
    }

    /// Refunds the difference to the actual cost. Returns the extension `cost` of the response.
    pub fn refund(self, actual: u64) -> serde_json::Value {
        let unspent = self.requested.saturating_sub(actual);
        let status = self.app.rate_limiter.refund(&self.client, unspent, Instant::now());
        json!({
            "requested": self.requested,
            "actual": actual,
            "remaining": status.remaining,
            "capacity": status.capacity,
            "perSecond": self.app.settings.rate.per_second,
        })
    }
}
