//! Occurrences: the dates and totals at which an interval is due, counted from one anchor, and how many are used up.

use chrono::{Datelike, Days, Months, NaiveDate};

/// An interval by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Days.
    Days(u32),
    /// Calendar months. The day of the month is that of the anchor, or the last one of a shorter month.
    Months(u32),
}

/// What uses up occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsedUp<T> {
    /// Work that was done then.
    Done(T),
    /// An occurrence that was skipped, with all before it.
    Skipped(T),
}

impl Interval {
    /// The date so many intervals after an anchor, each counted from the anchor and not from the one before it.
    pub fn after(self, anchor: NaiveDate, count: u32) -> Option<NaiveDate> {
        let date = match self {
            Self::Days(days) => anchor.checked_add_days(Days::new(u64::from(days) * u64::from(count))),
            Self::Months(months) => anchor.checked_add_months(Months::new(months.checked_mul(count)?)),
        };
        date.filter(|date| date.year() <= 9_999)
    }

    /// How many intervals have passed on a date.
    pub fn passed(self, anchor: NaiveDate, date: NaiveDate) -> u32 {
        if date < anchor {
            return 0;
        }
        let count = match self {
            Self::Days(days) => (date - anchor).num_days() / i64::from(days.max(1)),
            Self::Months(months) => {
                let month = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
                (month(date) - month(anchor)) / i64::from(months.max(1))
            }
        };
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        // A month that has begun has passed on the day of the anchor.
        if self.after(anchor, count).is_some_and(|reached| reached > date) { count.saturating_sub(1) } else { count }
    }
}

/// How many occurrences are used up after some events, in the order of time. Work that is late uses up all that have passed. Work
/// that is early uses up the next one, unless that is used up already.
pub fn used_up<T: Copy + Ord>(
    events: &[UsedUp<T>],
    passed: impl Fn(T) -> u32,
    occurrence: impl Fn(u32) -> Option<T>,
) -> u32 {
    events.iter().fold(0, |used, event| match *event {
        UsedUp::Skipped(at) => used.max(passed(at)),
        UsedUp::Done(at) => {
            let count = passed(at);
            let is_early = count == used && occurrence(count).is_some_and(|last| at > last);
            if is_early { used + 1 } else { used.max(count) }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_ends_on_its_last_day() {
        let monthly = |count| Interval::Months(1).after(date("2024-01-31"), count).unwrap().to_string();
        assert_eq!([1, 2, 3, 4].map(monthly), ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]);
        let yearly = |count| Interval::Months(12).after(date("2024-02-29"), count).unwrap().to_string();
        assert_eq!([1, 4].map(yearly), ["2025-02-28", "2028-02-29"]);
        assert_eq!(Interval::Months(1).passed(date("2024-01-31"), date("2024-02-28")), 0);
        assert_eq!(Interval::Months(1).passed(date("2024-01-31"), date("2024-02-29")), 1);
        assert_eq!(Interval::Days(36_500).after(date("2024-01-31"), u32::MAX), None);
    }

    #[test]
    fn work_uses_up_the_occurrence_that_is_due() {
        let next = |interval: Interval, start: &str, done: &[&str]| {
            let start = date(start);
            let events: Vec<_> = done.iter().map(|day| UsedUp::Done(date(day))).collect();
            let used = used_up(&events, |day| interval.passed(start, day), |count| interval.after(start, count));
            interval.after(start, used + 1).unwrap().to_string()
        };
        // Yearly, due on 1 October 2024 and done before.
        assert_eq!(next(Interval::Months(12), "2023-10-01", &["2024-09-20"]), "2025-10-01");
        // Monthly on the first; that of April is done on 31 March.
        assert_eq!(next(Interval::Months(1), "2024-02-01", &["2024-03-01", "2024-03-31"]), "2024-05-01");
        // Weekly on Friday, done on Saturday, time after time.
        assert_eq!(next(Interval::Days(7), "2024-03-01", &["2024-03-09", "2024-03-16"]), "2024-03-22");
        // Done on time, and never done.
        assert_eq!(next(Interval::Days(7), "2024-03-01", &["2024-03-08"]), "2024-03-15");
        assert_eq!(next(Interval::Days(7), "2024-03-01", &[]), "2024-03-08");
        // Twice before it is due, and once long after.
        assert_eq!(next(Interval::Months(1), "2024-02-01", &["2024-02-10", "2024-02-20"]), "2024-04-01");
        assert_eq!(next(Interval::Months(1), "2024-02-01", &["2024-05-20"]), "2024-06-01");
    }

    #[test]
    fn the_next_occurrence_is_after_the_work_and_at_most_one_ahead() {
        let start = date("2020-01-31");
        let intervals = (1..20).map(Interval::Months).chain((1..200).step_by(7).map(Interval::Days));
        for interval in intervals {
            for pace in (1..500).step_by(13) {
                let done: Vec<_> = (1..9).map(|turn| start + Days::new(turn * pace)).collect();
                let events: Vec<_> = done.iter().map(|day| UsedUp::Done(*day)).collect();
                let used = used_up(&events, |day| interval.passed(start, day), |count| interval.after(start, count));
                let last = *done.last().unwrap();
                assert!(interval.after(start, used + 1).unwrap() > last, "{interval:?} every {pace} days");
                assert!(
                    interval.after(start, used.saturating_sub(1)).unwrap() <= last,
                    "{interval:?} every {pace} days"
                );
            }
        }
    }
}
