//! Periods: what is analysed, cut into calendar months, and what it is compared with.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::local_time::{instant, start_of_day};

/// The most calendar months that a period may touch.
pub const MAX_MONTHS: i32 = 120;

/// A part of a calendar month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// The first day of the calendar month.
    pub first_day: NaiveDate,
    /// The first instant of the part.
    pub from: DateTime<Utc>,
    /// The end of the part, exclusive.
    pub until: DateTime<Utc>,
    /// How long the calendar month is.
    pub length: TimeDelta,
}

/// A period, without what is later than the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// Its end, exclusive; `from` if it has not begun.
    pub until: DateTime<Utc>,
    /// Its months, in order and without gaps; none if it has not begun.
    pub months: Vec<Month>,
}

/// A period, and the one with which it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Periods {
    /// The period.
    pub current: Period,
    /// The one before it, if they are compared.
    pub previous: Option<Period>,
}

/// How far a period is from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Distance {
    /// Calendar months, for a period of whole months.
    Months(u32),
    /// Calendar days, for a period of whole days.
    Days(u64),
    /// A length of time.
    Elapsed(TimeDelta),
}

impl Periods {
    /// The period between two instants as it is at `now`, in a time zone. The error is a message for the client.
    pub fn new(
        zone: Tz,
        [from, until]: [DateTime<Utc>; 2],
        is_compared: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, String> {
        if until <= from {
            return Err(format!("until ({until}) is not later than from ({from})."));
        }
        let is_kept = |at: DateTime<Utc>| at.with_timezone(&zone).year() >= 1;
        if !is_kept(from) {
            return Err(format!("from ({from}) is before the year 1 in {zone}."));
        }
        let months = month_number(zone, until - TimeDelta::microseconds(1)) - month_number(zone, from) + 1;
        if months > MAX_MONTHS {
            return Err(format!(
                "from and until span {months} calendar months, but at most {MAX_MONTHS} are analysed."
            ));
        }
        let clipped = until.min(now).max(from);
        let current = Period::new(zone, from, clipped);
        if !is_compared {
            return Ok(Self { current, previous: None });
        }
        let distance = Distance::between(zone, from, until);
        let beyond = || format!("The period before the one from {from} begins before the year 1.");
        let begin = distance.before(zone, from).filter(|at| is_kept(*at)).ok_or_else(beyond)?;
        let end = distance.before(zone, clipped).ok_or_else(beyond)?;
        let previous = Period::new(zone, begin, end.clamp(begin, from));
        Ok(Self { current, previous: Some(previous) })
    }

    /// The edges of the months of both periods, ascending.
    pub fn edges(&self) -> Vec<DateTime<Utc>> {
        let mut edges: Vec<_> = self.previous.iter().chain([&self.current]).flat_map(Period::edges).collect();
        edges.dedup();
        edges
    }
}

impl Period {
    fn new(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let mut months = Vec::new();
        let mut first_day = first_of_month(from.with_timezone(&zone).date_naive());
        while let Some(next) = first_day.checked_add_months(Months::new(1)) {
            let (begin, end) = (start_of_day(zone, first_day), start_of_day(zone, next));
            let part = [begin.max(from), end.min(until)];
            if part[0] < part[1] {
                months.push(Month { first_day, from: part[0], until: part[1], length: end - begin });
            }
            if end >= until {
                break;
            }
            first_day = next;
        }
        Self { from, until, months }
    }

    /// How many calendar months its months are, as a fraction: each part counts as its share of the whole month.
    pub fn length_in_months(months: &[Month]) -> (i128, i128) {
        let micros = |length: TimeDelta| i128::from(length.num_microseconds().unwrap_or(i64::MAX));
        months.iter().fold((0, 1), |(sum, of), month| {
            match (micros(month.until - month.from), micros(month.length)) {
                (part, whole) if part == whole => (sum + of, of),
                // Only the first month and the last can be parts.
                (part, whole) => (sum * whole + part * of, of * whole),
            }
        })
    }

    /// The edges of its months, ascending.
    fn edges(&self) -> impl Iterator<Item = DateTime<Utc>> {
        let end = self.months.last().map(|month| month.until);
        self.months.iter().map(|month| month.from).chain(end)
    }
}

impl Distance {
    fn between(zone: Tz, from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let [first, last] = [from, until].map(|at| at.with_timezone(&zone).date_naive());
        let is_day = |at, day| start_of_day(zone, day) == at;
        if !is_day(from, first) || !is_day(until, last) {
            return Self::Elapsed(until - from);
        }
        let months = month_number(zone, until) - month_number(zone, from);
        match (u32::try_from(months), u64::try_from((last - first).num_days())) {
            (Ok(months @ 1..), _) if first.day() == 1 && last.day() == 1 => Self::Months(months),
            (_, Ok(days @ 1..)) => Self::Days(days),
            _ => Self::Elapsed(until - from),
        }
    }

    /// The instant that is as far before another one: at the same local time, if the distance is one of the calendar. A day
    /// that a shorter month does not have is the end of that month. None if it is beyond the calendar.
    fn before(self, zone: Tz, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = at.with_timezone(&zone).naive_local();
        let day = local.date();
        let before = match self {
            Self::Elapsed(length) => return at.checked_sub_signed(length),
            Self::Days(days) => day.checked_sub_days(Days::new(days))?,
            Self::Months(months) => {
                let first = first_of_month(day).checked_sub_months(Months::new(months))?;
                let same_day = first.with_day(day.day());
                match same_day {
                    Some(same_day) => same_day,
                    None => return Some(start_of_day(zone, first.checked_add_months(Months::new(1))?)),
                }
            }
        };
        // A day can begin later than midnight.
        let is_start = start_of_day(zone, day) == at;
        Some(if is_start { start_of_day(zone, before) } else { instant(zone, before.and_time(local.time())) })
    }
}

fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The number of the calendar month of an instant: later months have greater ones.
fn month_number(zone: Tz, at: DateTime<Utc>) -> i32 {
    let day = at.with_timezone(&zone).date_naive();
    day.year() * 12 + day.month0().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHICAGO: Tz = chrono_tz::America::Chicago;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// The instant of a local time in Chicago.
    fn local(text: &str) -> DateTime<Utc> {
        instant(CHICAGO, text.parse().unwrap())
    }

    /// The local edges of a period in Chicago and of the one before it, as days, or as times if they are no beginnings of days.
    fn compared(from: &str, until: &str, now: &str) -> [String; 4] {
        let periods = Periods::new(CHICAGO, [from, until].map(local), true, local(now)).unwrap();
        let previous = periods.previous.unwrap();
        [periods.current.from, periods.current.until, previous.from, previous.until]
            .map(|at| at.with_timezone(&CHICAGO).naive_local().to_string().trim_end_matches(" 00:00:00").to_owned())
    }

    #[test]
    fn whole_months_go_back_by_months_and_whole_days_by_days() {
        let later = "2026-01-01T00:00:00";
        let day = |day: &str| format!("{day}T00:00:00");
        for (from, until, previous) in [
            ("2024-03-01", "2024-04-01", ["2024-02-01", "2024-03-01"]),
            ("2024-07-21", "2024-08-20", ["2024-06-21", "2024-07-21"]),
            ("2024-01-01", "2025-01-01", ["2023-01-01", "2024-01-01"]),
            ("2024-04-01", "2024-07-01", ["2024-01-01", "2024-04-01"]),
            // The clocks are set forward on 10 March: fourteen days all the same.
            ("2024-03-10", "2024-03-24", ["2024-02-25", "2024-03-10"]),
        ] {
            assert_eq!(compared(&day(from), &day(until), later), [from, until, previous[0], previous[1]]);
        }
        // Neither whole months nor whole days: the same length of time.
        let [.., from, until] = compared("2024-03-10T01:00:00", "2024-03-10T04:00:00", later);
        assert_eq!([from, until], ["2024-03-09 23:00:00", "2024-03-10 01:00:00"]);
    }

    #[test]
    fn both_periods_end_alike_at_the_clock() {
        let april = |now| compared("2024-04-01T00:00:00", "2024-05-01T00:00:00", now);
        assert_eq!(april("2024-04-04T00:00:00"), ["2024-04-01", "2024-04-04", "2024-03-01", "2024-03-04"]);
        assert_eq!(april("2024-04-04T09:30:00")[3], "2024-03-04 09:30:00");
        assert_eq!(april("2024-03-15T00:00:00"), ["2024-04-01", "2024-04-01", "2024-03-01", "2024-03-01"]);
        // February has no 30th: the whole of it is as much.
        let march = compared("2024-03-01T00:00:00", "2024-04-01T00:00:00", "2024-03-30T10:00:00");
        assert_eq!(march[2..], ["2024-02-01", "2024-03-01"]);
        let quarter = compared("2024-04-01T00:00:00", "2024-07-01T00:00:00", "2024-05-10T00:00:00");
        assert_eq!(quarter, ["2024-04-01", "2024-05-10", "2024-01-01", "2024-02-10"]);
    }

    #[test]
    fn months_are_cut_in_the_zone() {
        let edges = |zone: Tz, from: &str, until: &str| {
            let now = at("2030-01-01T00:00:00Z");
            let periods = Periods::new(zone, [from, until].map(at), false, now).unwrap();
            let text = |at: DateTime<Utc>| at.format("%m-%dT%H").to_string();
            periods.edges().into_iter().map(text).collect::<Vec<_>>()
        };
        let chicago = edges(CHICAGO, "2024-03-15T00:00:00Z", "2024-05-01T00:00:00Z");
        assert_eq!(chicago, ["03-15T00", "04-01T05", "05-01T00"]);
        // The offset changes within October.
        let sydney = edges(chrono_tz::Australia::Sydney, "2023-09-01T00:00:00Z", "2023-11-30T00:00:00Z");
        assert_eq!(sydney, ["09-01T00", "09-30T14", "10-31T13", "11-30T00"]);
        // A midnight that does not exist.
        let santiago = chrono_tz::America::Santiago;
        assert_eq!(start_of_day(santiago, "2024-09-08".parse().unwrap()), at("2024-09-08T04:00:00Z"));
        let day = [at("2024-09-08T04:00:00Z"), at("2024-09-09T03:00:00Z")];
        assert_eq!((day[1] - day[0]).num_hours(), 23);
        let before = Periods::new(santiago, day, true, at("2030-01-01T00:00:00Z")).unwrap().previous.unwrap();
        assert_eq!([before.from, before.until], [at("2024-09-07T04:00:00Z"), day[0]]);
    }

    #[test]
    fn every_month_of_the_calendar_is_there_once_and_the_parts_have_no_gaps() {
        let zones = [chrono_tz::UTC, CHICAGO, chrono_tz::Australia::Lord_Howe, chrono_tz::Pacific::Apia];
        for zone in zones {
            for (from, until) in [
                ("2005-03-01T06:00:00Z", "2015-01-30T23:59:59.999999Z"),
                ("0001-01-02T00:00:00Z", "0003-01-01T00:00:00Z"),
                ("2011-12-01T00:00:00Z", "2012-02-01T00:00:00Z"),
            ] {
                let edges = [from, until].map(at);
                let Period { months, .. } =
                    Periods::new(zone, edges, false, at("2030-01-01T00:00:00Z")).unwrap().current;
                assert_eq!([months[0].from, months[months.len() - 1].until], edges);
                for pair in months.windows(2) {
                    assert_eq!(pair[0].until, pair[1].from);
                    assert_eq!(pair[0].first_day + Months::new(1), pair[1].first_day);
                }
            }
        }
    }

    #[test]
    fn what_no_calendar_holds_is_refused() {
        let refused = |from: &str, until: &str, compare| {
            Periods::new(CHICAGO, [from, until].map(at), compare, at("2030-01-01T00:00:00Z")).unwrap_err()
        };
        assert!(refused("2024-02-01T00:00:00Z", "2024-01-01T00:00:00Z", false).contains("not later"));
        assert!(refused("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", false).contains("not later"));
        assert!(refused("0001-01-01T00:00:00Z", "0001-02-01T00:00:00Z", false).contains("before the year 1"));
        assert!(refused("0001-01-02T00:00:00Z", "9999-12-31T23:59:59.999999Z", false).contains("span 119988"));
        // A hundred and twenty months, and a microsecond of the next.
        assert!(refused("2010-01-01T06:00:00Z", "2020-01-01T06:00:00.000001Z", false).contains("span 121"));
        let whole = ["2010-01-01T06:00:00Z", "2020-01-01T06:00:00Z"].map(at);
        assert_eq!(Periods::new(CHICAGO, whole, true, whole[1]).unwrap().edges().len(), 241);
        assert!(refused("0001-01-02T00:00:00Z", "0001-02-01T00:00:00Z", true).contains("begins before the year 1"));
    }
}
