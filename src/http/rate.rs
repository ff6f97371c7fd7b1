//! The rate: each client of a tenant may spend so much at once, and gets so much back per second.
//!
//! A leaky bucket holds what was spent. A request puts in what it may cost at most, and takes the rest out again when it is
//! known what it did cost. The buckets are this server's own: behind a load balancer each server has its own.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sea_orm::prelude::Uuid;

/// How many buckets are kept before those that have run empty are thrown away.
const MANY: usize = 10_000;

/// How fast a client may spend.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What a bucket holds.
    pub capacity: u64,
    /// What leaks out of it per second.
    pub per_second: u64,
}

/// Seconds after which it is not told any more when a client has all of it again: some thirty years.
const LONGEST: f64 = 1e9;

impl Default for Settings {
    fn default() -> Self {
        Self { capacity: 100_000, per_second: 2_000 }
    }
}

/// Every client's bucket.
pub struct Buckets {
    settings: Settings,
    full: Mutex<HashMap<Client, Bucket>>,
}

/// Whose bucket it is: a tenant, and who spends.
pub type Client = (Uuid, String);

struct Bucket {
    spent: f64,
    at: Instant,
}

/// How a client's bucket stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// What the bucket holds in all.
    pub capacity: u64,
    /// What can be spent now.
    pub remaining: u64,
    /// How long until all of it can.
    pub reset: Duration,
}

impl Buckets {
    /// Empty buckets.
    pub fn new(settings: Settings) -> Self {
        Self { settings, full: Mutex::default() }
    }

    /// Spends. If there is not so much left: how long until there is; never, where the bucket does not hold so much.
    pub fn spend(&self, client: &Client, cost: u64, now: Instant) -> Result<Standing, Option<Duration>> {
        let mut full = self.full();
        if full.len() >= MANY {
            full.retain(|_, bucket| self.leak(bucket, now) > 0.0);
        }
        let bucket = full.entry(client.clone()).or_insert(Bucket { spent: 0.0, at: now });
        let over = self.leak(bucket, now) + float(cost) - float(self.settings.capacity);
        if over <= 0.0 {
            bucket.spent += float(cost);
            return Ok(self.standing(bucket));
        }
        let possible = cost <= self.settings.capacity && self.settings.per_second > 0;
        Err(possible.then(|| Duration::from_secs_f64(over / float(self.settings.per_second))))
    }

    /// Gives back what was not spent after all.
    pub fn refund(&self, client: &Client, cost: u64, now: Instant) -> Standing {
        let mut full = self.full();
        let bucket = full.entry(client.clone()).or_insert(Bucket { spent: 0.0, at: now });
        self.leak(bucket, now);
        bucket.spent = (bucket.spent - float(cost)).max(0.0);
        self.standing(bucket)
    }

    /// Lets leak what has leaked since; gives what is left.
    fn leak(&self, bucket: &mut Bucket, now: Instant) -> f64 {
        let leaked = now.saturating_duration_since(bucket.at).as_secs_f64() * float(self.settings.per_second);
        bucket.spent = (bucket.spent - leaked).max(0.0);
        bucket.at = now;
        bucket.spent
    }

    fn standing(&self, bucket: &Bucket) -> Standing {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the capacity")]
        let spent = bucket.spent.ceil() as u64;
        let reset = (bucket.spent / float(self.settings.per_second.max(1))).min(LONGEST);
        Standing {
            capacity: self.settings.capacity,
            remaining: self.settings.capacity.saturating_sub(spent),
            reset: Duration::from_secs_f64(reset),
        }
    }

    fn full(&self) -> MutexGuard<'_, HashMap<Client, Bucket>> {
        self.full.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::cast_precision_loss, reason = "costs and capacities are far below 2^52")]
const fn float(cost: u64) -> f64 {
    cost as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_leaks_and_is_refunded() {
        let buckets = Buckets::new(Settings { capacity: 100, per_second: 10 });
        let (ann, bob) = ((Uuid::nil(), "ann".to_owned()), (Uuid::nil(), "bob".to_owned()));
        let begun = Instant::now();
        assert_eq!(buckets.spend(&ann, 80, begun).unwrap().remaining, 20);
        assert_eq!(buckets.spend(&ann, 40, begun), Err(Some(Duration::from_secs(2))));
        assert_eq!(buckets.spend(&bob, 40, begun).unwrap().remaining, 60);
        assert_eq!(buckets.refund(&ann, 30, begun).remaining, 50);
        let later = begun + Duration::from_secs(3);
        let standing = buckets.spend(&ann, 40, later).unwrap();
        assert_eq!((standing.remaining, standing.reset), (40, Duration::from_secs(6)));
        assert_eq!(buckets.refund(&ann, 1_000, later).remaining, 100);
        assert_eq!(buckets.spend(&ann, 101, later), Err(None));
        let hour = later + Duration::from_hours(1);
        assert_eq!(
            buckets.spend(&ann, 0, hour).unwrap(),
            Standing { capacity: 100, remaining: 100, reset: Duration::ZERO }
        );
    }
}
