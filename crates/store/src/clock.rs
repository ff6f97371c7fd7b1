//! The clock, to the microsecond that both databases store.

use chrono::{DateTime, SubsecRound, Utc};

/// The current time.
#[expect(clippy::disallowed_methods, reason = "this is the clock that the ban refers to")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
