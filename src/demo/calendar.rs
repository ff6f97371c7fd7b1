//! The days and times of the demo, counted from the day on which it began, in quarters of an hour as people write them.

use chrono::{DateTime, Datelike, DurationRound, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;

/// The quarters of an hour.
pub const HOUR: i32 = 4;

/// A number of quarters of an hour.
pub fn quarters(count: i32) -> TimeDelta {
    TimeDelta::minutes(15 * i64::from(count))
}

/// The time at which the clocks of a place show this many quarters of an hour since midnight.
pub fn time_on(zone: Tz, date: NaiveDate, quarter: i32) -> DateTime<Utc> {
    let local = date.and_time(NaiveTime::MIN) + quarters(quarter);
    // The hour that is left out in spring is at night; nothing is planned in it.
    zone.from_local_datetime(&local).earliest().map_or_else(|| local.and_utc(), |at| at.to_utc())
}

/// A time, or the next opening at seven if the place is closed then: from eight in the evening to six in the morning.
pub fn next_open(zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
    let local = at.with_timezone(&zone);
    let tomorrow = i64::from(local.hour() >= 20);
    if (6..20).contains(&local.hour()) {
        at
    } else {
        time_on(zone, local.date_naive() + TimeDelta::days(tomorrow), 7 * HOUR)
    }
}

/// The calendar of one company. It is the same at every start, so that an interrupted demo continues with the same rows.
pub struct Calendar {
    /// When the demo began.
    pub now: DateTime<Utc>,
    /// The company's time zone.
    pub zone: Tz,
}

impl Calendar {
    /// The day that lies this many days after today, in the company's time zone.
    pub fn day(&self, days: i32) -> NaiveDate {
        self.now.with_timezone(&self.zone).date_naive() + TimeDelta::days(days.into())
    }

    /// A time of that day on the clocks of a place.
    pub fn at(&self, zone: Tz, days: i32, quarter: i32) -> DateTime<Utc> {
        time_on(zone, self.day(days), quarter)
    }

    /// A time of that day on the clocks of the company's office.
    pub fn office(&self, days: i32, quarter: i32) -> DateTime<Utc> {
        self.at(self.zone, days, quarter)
    }

    /// That day; for a Sunday, the day beyond it as seen from today.
    pub fn working_day(&self, days: i32) -> i32 {
        if self.day(days).weekday() == Weekday::Sun { days + days.signum() } else { days }
    }

    /// The number of days from today to the first day of the next month.
    pub fn days_to_next_month(&self) -> i32 {
        let today = self.day(0);
        (1..=31).find(|days| self.day(*days).month() != today.month()).unwrap_or(31)
    }

    /// The latest quarter of an hour that has begun.
    pub fn last_quarter(&self) -> DateTime<Utc> {
        // Every time zone of the demo differs from UTC by whole hours.
        self.now.duration_trunc(quarters(1)).unwrap_or(self.now)
    }

    /// An event, if it has happened.
    pub fn past(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(at).filter(|at| *at <= self.now)
    }
}
