//! The rate limit: each client of a tenant may spend a capacity at once and regains a part of it per second.
//!
//! A leaky bucket per client holds the spent cost. A request adds its highest possible cost and removes the unspent part
//! when its actual cost is known. The buckets are in this process: behind a load balancer each server has its own.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::prelude::Uuid;

use crate::setting::settings;

/// The number of buckets from which empty ones are removed.
const CLEANUP_THRESHOLD: usize = 10_000;

/// The longest time that is reported until a client has its whole capacity again, in seconds: about thirty years.
const MAX_RESET_SECONDS: f64 = 1e9;

settings! {
    /// The rate limit of a client.
    pub struct Settings {
        /// Maximum cost that a client may spend at once
        capacity as "rate_capacity": u64 = 500_000;
        /// Cost that a client regains per second
        per_second as "rate_per_second": u64 = 10_000;
    }
}

/// The rate limit of every client.
pub struct RateLimiter {
    settings: Settings,
    buckets: Mutex<HashMap<Client, Bucket>>,
}

/// A client: the id of its tenant and its subject.
pub type Client = (Uuid, String);

struct Bucket {
    spent: f64,
    updated_at: Instant,
}

/// What a client may spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimitStatus {
    /// The cost that it may spend at once.
    pub capacity: u64,
    /// The cost that it may spend now.
    pub remaining: u64,
    /// The time until it may spend the whole capacity.
    pub reset: Duration,
}

impl RateLimiter {
    /// A rate limit that no client has spent from.
    pub fn new(settings: Settings) -> Self {
        Self { settings, buckets: Mutex::default() }
    }

    /// Spends a cost. The error is the time until the client can spend it; `None` if it never can.
    pub fn debit(&self, client: &Client, cost: u64, now: Instant) -> Result<RateLimitStatus, Option<Duration>> {
        let mut buckets = self.lock_buckets();
        if buckets.len() >= CLEANUP_THRESHOLD {
            buckets.retain(|_, bucket| self.leak(bucket, now) > 0.0);
        }
        let bucket = buckets.entry(client.clone()).or_insert(Bucket { spent: 0.0, updated_at: now });
        let missing = self.leak(bucket, now) + to_f64(cost) - to_f64(self.settings.capacity);
        if missing <= 0.0 {
            bucket.spent += to_f64(cost);
            return Ok(self.status(bucket));
        }
        let is_possible = cost <= self.settings.capacity && self.settings.per_second > 0;
        Err(is_possible.then(|| Duration::from_secs_f64(missing / to_f64(self.settings.per_second))))
    }

    /// Gives back a cost that was debited and not spent.
    pub fn refund(&self, client: &Client, cost: u64, now: Instant) -> RateLimitStatus {
        let mut buckets = self.lock_buckets();
        let bucket = buckets.entry(client.clone()).or_insert(Bucket { spent: 0.0, updated_at: now });
        self.leak(bucket, now);
        bucket.spent = (bucket.spent - to_f64(cost)).max(0.0);
        self.status(bucket)
    }

    /// Removes the cost that leaked since the last update. Returns the cost that is left.
    fn leak(&self, bucket: &mut Bucket, now: Instant) -> f64 {
        let elapsed = now.saturating_duration_since(bucket.updated_at).as_secs_f64();
        bucket.spent = (bucket.spent - elapsed * to_f64(self.settings.per_second)).max(0.0);
        bucket.updated_at = now;
        bucket.spent
    }

    fn status(&self, bucket: &Bucket) -> RateLimitStatus {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the capacity")]
        let spent = bucket.spent.ceil() as u64;
        let reset = (bucket.spent / to_f64(self.settings.per_second.max(1))).min(MAX_RESET_SECONDS);
        RateLimitStatus {
            capacity: self.settings.capacity,
            remaining: self.settings.capacity.saturating_sub(spent),
            reset: Duration::from_secs_f64(reset),
        }
    }

    fn lock_buckets(&self) -> MutexGuard<'_, HashMap<Client, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::cast_precision_loss, reason = "costs and capacities are far below 2^52")]
const fn to_f64(cost: u64) -> f64 {
    cost as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_fills_leaks_and_is_refunded() {
        let limiter = RateLimiter::new(Settings { capacity: 100, per_second: 10 });
        let (ann, bob) = ((Uuid::nil(), "ann".to_owned()), (Uuid::nil(), "bob".to_owned()));
        let start = Instant::now();
        assert_eq!(limiter.debit(&ann, 80, start).unwrap().remaining, 20);
        assert_eq!(limiter.debit(&ann, 40, start), Err(Some(Duration::from_secs(2))));
        assert_eq!(limiter.debit(&bob, 40, start).unwrap().remaining, 60);
        assert_eq!(limiter.refund(&ann, 30, start).remaining, 50);
        let later = start + Duration::from_secs(3);
        let status = limiter.debit(&ann, 40, later).unwrap();
        assert_eq!((status.remaining, status.reset), (40, Duration::from_secs(6)));
        assert_eq!(limiter.refund(&ann, 1_000, later).remaining, 100);
        assert_eq!(limiter.debit(&ann, 101, later), Err(None));
        let hour = later + Duration::from_hours(1);
        assert_eq!(
            limiter.debit(&ann, 0, hour).unwrap(),
            RateLimitStatus { capacity: 100, remaining: 100, reset: Duration::ZERO }
        );
    }
}
