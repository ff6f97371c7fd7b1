//! The clock, to the microsecond that both databases store.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, SubsecRound, Utc};

/// The current time.
#[expect(clippy::disallowed_methods, reason = "this is the clock that the ban refers to")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// The clock by which requests are executed: when their writes happen, and what is due, overdue or current when they read.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// The time that a test has set, in microseconds since 1970; zero for the time of the system. None: no test can set it.
    set: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// A clock that a test sets. It shows the time of the system until then.
    pub fn settable() -> Self {
        Self { set: Some(Arc::default()) }
    }

    /// Stops the clock at a time. Only a settable clock can be stopped.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Some(set) = &self.set {
            set.store(at.timestamp_micros(), Ordering::Relaxed);
        }
    }

    /// The current time.
    pub fn now(&self) -> DateTime<Utc> {
        let set = self.set.as_ref().map_or(0, |set| set.load(Ordering::Relaxed));
        if set == 0 { now() } else { DateTime::from_timestamp_micros(set).unwrap_or_else(now) }
    }
}
