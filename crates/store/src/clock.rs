//! What time it is, to the microsecond both databases keep.

use chrono::{DateTime, SubsecRound, Utc};

/// The present moment.
#[expect(clippy::disallowed_methods, reason = "this is the clock the ban points to")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
