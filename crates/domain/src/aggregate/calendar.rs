//! Calendars: the days, weeks, months, quarters and years into which times and dates are cut.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use error::{Error, Result};
use sea_orm::Value;
use store::aggregate::Calendar;

use crate::local_time::start_of_day;

/// The most buckets of a calendar.
pub const MAX_BUCKETS: usize = 1_000;

/// The length of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A day.
    Day,
    /// A week from Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months, of which the first is January, April, July or October.
    Quarter,
    /// A calendar year.
    Year,
}

impl Unit {
    /// The first day of the bucket that has a day.
    fn start(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => Some(day),
            Self::Week => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
            Self::Month => day.with_day(1),
            Self::Quarter => NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1),
            Self::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
        }
    }

    /// The first day of the bucket after the one that begins on a day.
    fn next(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => start.succ_opt(),
            Self::Week => start.checked_add_days(Days::new(7)),
            Self::Month => start.checked_add_months(Months::new(1)),
            Self::Quarter => start.checked_add_months(Months::new(3)),
            Self::Year => start.checked_add_months(Months::new(12)),
        }
    }

    /// The first days of the buckets from the one with the first day to the one with the last day, and the day after that one.
    fn starts(self, first: NaiveDate, last: NaiveDate) -> Result<Vec<NaiveDate>> {
        let beyond = || Error::BadInput(format!("The calendar does not reach from {first} to {last}."));
        let mut starts = vec![self.start(first).ok_or_else(beyond)?];
        while starts.last().is_some_and(|start| *start <= last) {
            if starts.len() > MAX_BUCKETS {
                let message = format!(
                    "From {first} to {last} there are more than {MAX_BUCKETS} buckets; take longer ones, or narrow the list."
                );
                return Err(Error::BadInput(message));
            }
            let next = starts.last().and_then(|start| self.next(*start));
            starts.push(next.ok_or_else(beyond)?);
        }
        Ok(starts)
    }
}

/// The calendar of times in a zone.
pub fn of_times(unit: Unit, zone: Tz) -> Calendar {
    let edges = move |first: &Value, last: &Value| {
        let day = |value: &Value| match value {
            Value::ChronoDateTimeUtc(Some(at)) => Ok(at.with_timezone(&zone).date_naive()),
            other => Err(Error::internal(format!("{other:?} is no time"))),
        };
        let starts = unit.starts(day(first)?, day(last)?)?;
        Ok(starts.into_iter().map(|start| start_of_day(zone, start).into()).collect())
    };
    Calendar { name: format!("{unit:?} in {zone}"), edges: Arc::new(edges) }
}

/// The calendar of dates.
pub fn of_dates(unit: Unit) -> Calendar {
    let edges = move |first: &Value, last: &Value| {
        let day = |value: &Value| match value {
            Value::ChronoDate(Some(day)) => Ok(*day),
            other => Err(Error::internal(format!("{other:?} is no date"))),
        };
        Ok(unit.starts(day(first)?, day(last)?)?.into_iter().map(Value::from).collect())
    };
    Calendar { name: format!("{unit:?}"), edges: Arc::new(edges) }
}

/// The first day of a bucket by its edge, in the zone of the calendar.
pub fn first_day(edge: &Value, zone: Tz) -> Option<NaiveDate> {
    match edge {
        Value::ChronoDateTimeUtc(Some(at)) => Some(at.with_timezone(&zone).date_naive()),
        Value::ChronoDate(Some(day)) => Some(*day),
        _ => None,
    }
}

/// The instant at an edge of a bucket; of a date, its first one in a zone.
pub fn instant(edge: &Value, zone: Tz) -> Option<DateTime<Utc>> {
    match edge {
        Value::ChronoDateTimeUtc(at) => *at,
        Value::ChronoDate(day) => day.map(|day| start_of_day(zone, day)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(unit: Unit, first: &str, last: &str) -> Vec<String> {
        let starts = unit.starts(first.parse().unwrap(), last.parse().unwrap()).unwrap();
        starts.iter().map(NaiveDate::to_string).collect()
    }

    #[test]
    fn buckets_begin_where_the_calendar_says_so() {
        assert_eq!(starts(Unit::Day, "2024-02-28", "2024-02-29"), ["2024-02-28", "2024-02-29", "2024-03-01"]);
        assert_eq!(starts(Unit::Week, "2024-01-01", "2024-01-08"), ["2024-01-01", "2024-01-08", "2024-01-15"]);
        assert_eq!(starts(Unit::Week, "2023-12-31", "2023-12-31"), ["2023-12-25", "2024-01-01"]);
        assert_eq!(starts(Unit::Month, "2024-01-31", "2024-02-01"), ["2024-01-01", "2024-02-01", "2024-03-01"]);
        assert_eq!(starts(Unit::Quarter, "2024-06-30", "2024-07-01"), ["2024-04-01", "2024-07-01", "2024-10-01"]);
        assert_eq!(starts(Unit::Year, "2023-12-31", "2024-01-01"), ["2023-01-01", "2024-01-01", "2025-01-01"]);
    }

    #[test]
    fn a_calendar_has_at_most_a_thousand_buckets() {
        let (first, count) = (NaiveDate::MIN.with_year(2000).unwrap(), MAX_BUCKETS as u64);
        assert_eq!(Unit::Day.starts(first, first + Days::new(count - 1)).unwrap().len(), MAX_BUCKETS + 1);
        assert!(Unit::Day.starts(first, first + Days::new(count)).is_err());
    }
}
