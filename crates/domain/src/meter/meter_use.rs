//! The use of a meter: how much it counts in a day, and when it reaches a total.

use chrono::{DateTime, TimeDelta, Utc};

/// The days before the newest reading over which the use is measured.
pub const USE_DAYS: i64 = 30;
/// The least time between two readings that tell a use.
const MIN_SPAN: TimeDelta = TimeDelta::days(1);
/// A day in microseconds.
const DAY: i128 = 86_400_000_000;
/// The last year of the calendar, after which both databases sort dates differently.
const MAX_YEAR: i32 = 9_999;

/// A running total at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotalAt {
    /// When the meter was read.
    pub at: DateTime<Utc>,
    /// The running total, in millionths.
    pub total: i64,
}

/// The use of a meter up to its newest reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeterUse {
    /// The newest reading.
    pub last: TotalAt,
    /// What the running total is above the value of the present meter, in millionths.
    pub offset: i64,
    /// The reading from which the use is measured: the newest one that is at least 30 days older, else the oldest one.
    pub base: Option<TotalAt>,
}

impl MeterUse {
    /// What was used and in how many microseconds. None if nothing was used, or if the readings are less than a day apart.
    fn rate(&self) -> Option<(i128, i128)> {
        let base = self.base?;
        let span = self.last.at - base.at;
        let used = i128::from(self.last.total) - i128::from(base.total);
        (span >= MIN_SPAN && used > 0).then_some((used, i128::from(span.num_microseconds()?)))
    }

    /// The use in a day, in millionths, rounded half up. None if it cannot be told.
    pub fn per_day(&self) -> Option<i64> {
        let (used, span) = self.rate()?;
        i64::try_from((used * DAY + span / 2) / span).ok()
    }

    /// When the total is reached, or was. None if it cannot be told.
    pub fn reaches(&self, total: i64) -> Option<DateTime<Utc>> {
        use chrono::Datelike;
        let (used, span) = self.rate()?;
        let left = i128::from(total) - i128::from(self.last.total);
        let time = TimeDelta::microseconds(i64::try_from(left.checked_mul(span)?.div_euclid(used)).ok()?);
        self.last.at.checked_add_signed(time).filter(|at| (1..MAX_YEAR).contains(&at.year()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, total: i64) -> TotalAt {
        TotalAt { at: format!("{text}:00:00Z").parse().unwrap(), total: total * 1_000_000 }
    }

    fn reaches(base: Option<TotalAt>, last: TotalAt, total: i64) -> Option<String> {
        let reached = MeterUse { last, base, offset: 0 }.reaches(total * 1_000_000)?;
        Some(reached.format("%m-%d").to_string())
    }

    #[test]
    fn the_use_between_two_readings_is_counted_on_from_the_last_one() {
        let (first, last) = (at("2024-06-01T00", 1_000), at("2024-06-25T00", 1_120));
        let use_of = MeterUse { last, base: Some(first), offset: 0 };
        assert_eq!(use_of.per_day(), Some(5_000_000));
        assert_eq!(reaches(Some(first), last, 1_200).as_deref(), Some("07-11"));
        let (first, last) = (at("2024-05-22T00", 1_000), at("2024-07-01T00", 1_200));
        assert_eq!(MeterUse { last, base: Some(first), offset: 0 }.per_day(), Some(5_000_000));
        // What is reached already was reached before the last reading.
        assert_eq!(reaches(Some(first), last, 1_150).as_deref(), Some("06-21"));
    }

    #[test]
    fn too_little_tells_nothing() {
        let last = at("2024-06-25T12", 1_120);
        assert_eq!(reaches(None, last, 1_200), None);
        assert_eq!(reaches(Some(at("2024-06-25T10", 1_100)), last, 1_200), None);
        assert_eq!(reaches(Some(at("2024-06-01T00", 1_120)), last, 1_200), None);
        // A meter that was turned back.
        assert_eq!(reaches(Some(at("2024-06-01T00", 1_130)), last, 1_200), None);
        // Beyond the calendar.
        let slow =
            MeterUse { last, base: Some(TotalAt { total: last.total - 1, ..at("2024-06-01T00", 0) }), offset: 0 };
        assert_eq!(slow.reaches(i64::MAX), None);
    }
}
