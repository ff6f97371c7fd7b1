//! The toll: no document runs that weighs too much, costs too much, or that its client cannot pay for.

use std::time::Instant;

use access::Caller;
use async_graphql::{Variables, parser::types::ExecutableDocument};
use axum::http::StatusCode;
use serde_json::json;
use store::clock;

use super::{
    App,
    rate::{Client, Standing},
    reply::Denial,
};
use crate::graphql::{
    cost::CostEstimate,
    limit::{LimitExceeded, measure},
    rate_limit::RateLimit,
    scalar::DateTime,
};

/// What a request has paid.
pub struct Toll {
    app: App,
    client: Client,
    requested: u64,
    standing: Standing,
}

/// Weighs and prices an operation, and lets its client pay.
pub fn pay(
    app: &App,
    caller: &Caller,
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
) -> Result<Toll, Denial> {
    let settings = &app.settings;
    measure(document, &settings.limits).map_err(exceeded)?;
    let bill = CostEstimate::of(&app.types, &settings.limits, document, operation, variables);
    let requested = bill.map_or(Ok(0), |bill| bill.estimate()).map_err(exceeded)?;
    if requested > settings.cost_limit {
        let number = |cost: u64| usize::try_from(cost).unwrap_or(usize::MAX);
        return Err(exceeded(LimitExceeded::new("cost", number(settings.cost_limit), number(requested))));
    }
    let client = (caller.tenant, caller.subject.clone());
    match app.buckets.spend(&client, requested, Instant::now()) {
        Ok(standing) => Ok(Toll { app: app.clone(), client, requested, standing }),
        Err(wait) => {
            let seconds = wait.map(|wait| wait.as_secs_f64().ceil());
            let when = seconds.map_or("never".to_owned(), |seconds| format!("in {seconds} s"));
            let message = format!("The request may cost {requested}, and the client can spend that {when}.");
            let denial = Denial::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
            Err(denial.after(wait.map(|wait| wait.as_secs() + 1)).with("requested", requested))
        }
    }
}

/// A limit that is exceeded, told with its name, what it allows and what was sent.
pub fn exceeded(exceeded: LimitExceeded) -> Denial {
    let LimitExceeded { limit, maximum, actual } = exceeded;
    let denial = Denial::new(StatusCode::BAD_REQUEST, exceeded.code(), exceeded.message());
    denial.with("limit", limit).with("maximum", maximum).with("actual", actual)
}

impl Toll {
    /// What the request may ask about it.
    pub fn rate_limit(&self) -> RateLimit {
        RateLimit {
            cost: self.requested,
            remaining: self.standing.remaining,
            capacity: self.standing.capacity,
            per_second: self.app.settings.rate.per_second,
            reset_at: DateTime(clock::now() + self.standing.reset),
        }
    }

    /// Gives back what the answer did not cost, and tells what it did.
    pub fn settle(self, actual: u64) -> serde_json::Value {
        let unspent = self.requested.saturating_sub(actual);
        let standing = self.app.buckets.refund(&self.client, unspent, Instant::now());
        json!({
            "requested": self.requested,
            "actual": actual,
            "remaining": standing.remaining,
            "capacity": standing.capacity,
            "perSecond": self.app.settings.rate.per_second,
        })
    }
}
