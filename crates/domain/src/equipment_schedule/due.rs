//! When a schedule is due: the next date and total by its intervals, the prediction by the use of the meter, and the status.
//!
//! Nothing here reads the clock but [`status`], which compares stored days with today.

use chrono::{Days, Months, NaiveDate};
use chrono_tz::Tz;
use entity::equipment_schedule::{CountedFrom, NotifyUnit};

use super::occurrence::{Interval, UsedUp, used_up};
use crate::{meter::meter_use::MeterUse, value::Decimal};

/// When work is due: at the first of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals {
    /// By the calendar.
    pub calendar: Vec<Interval>,
    /// By the meter, in millionths.
    pub meter: Option<i64>,
    /// On a date, once, and the first day on which work uses it up.
    pub fixed: Option<(NaiveDate, NaiveDate)>,
}

/// A day, and the running total of the meter on it; none if no reading tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The day.
    pub day: NaiveDate,
    /// The running total, in millionths.
    pub total: Option<i64>,
}

/// What uses up an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Work was done.
    Done(Point),
    /// The occurrence that was due on a date or at a total was skipped on a day.
    Skipped {
        /// The day on which it was skipped.
        on: NaiveDate,
        /// The date of the occurrence.
        date: Option<NaiveDate>,
        /// The running total of the occurrence.
        total: Option<i64>,
    },
}

/// What is due next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The date.
    pub date: Option<NaiveDate>,
    /// The running total.
    pub total: Option<i64>,
}

/// How long before it is due a schedule is upcoming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The length, in millionths of the unit.
    pub value: i64,
    /// The unit.
    pub unit: NotifyUnit,
}

/// The days of which the status follows; each is null if it cannot be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// The first day on which it is due, by date or by the meter.
    pub next: Option<NaiveDate>,
    /// The day on which the meter reaches the total that is due.
    pub predicted: Option<NaiveDate>,
    /// The day from which it is upcoming.
    pub upcoming_from: Option<NaiveDate>,
    /// The day from which it is overdue.
    pub overdue_from: Option<NaiveDate>,
}

/// The status of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not due for a longer time than its notice, or it cannot be told.
    Planned,
    /// Due within its notice.
    Upcoming,
    /// Due today, or by its prediction.
    Due,
    /// The day has passed, or the meter is beyond the total.
    Overdue,
}

/// What is due next after some events, in the order of time, the last of which is the newest.
pub fn next(counted_from: CountedFrom, intervals: &Intervals, start: Point, events: &[Event]) -> Next {
    let repeated = match counted_from {
        CountedFrom::Completion => after_the_last(intervals, start, events),
        CountedFrom::Plan => by_the_plan(intervals, start, events),
    };
    let is_used_up = |since: NaiveDate| {
        events.iter().any(|event| match event {
            Event::Done(point) => point.day >= since,
            Event::Skipped { on, .. } => *on >= since,
        })
    };
    let fixed = intervals.fixed.filter(|(_, since)| !is_used_up(*since)).map(|(date, _)| date);
    Next { date: repeated.date.into_iter().chain(fixed).min(), ..repeated }
}

/// Counts from when the work was last done. An occurrence that was skipped since then is used up, with all before it.
fn after_the_last(intervals: &Intervals, start: Point, events: &[Event]) -> Next {
    let (mut base, mut skipped) = (start, Next::default());
    for event in events {
        match *event {
            Event::Done(point) => (base, skipped) = (point, Next::default()),
            Event::Skipped { date, total, .. } => skipped = Next { date, total },
        }
    }
    let by_date = |interval: &Interval| {
        let used = skipped.date.map_or(0, |date| interval.passed(base.day, date));
        interval.after(base.day, used.checked_add(1)?)
    };
    let by_meter = |(base, interval): (i64, i64)| {
        let used = skipped.total.map_or(0, |total| total.saturating_sub(base).max(0) / interval.max(1));
        interval.checked_mul(used.checked_add(1)?)?.checked_add(base)
    };
    Next {
        date: intervals.calendar.iter().filter_map(by_date).min(),
        total: base.total.zip(intervals.meter).and_then(by_meter),
    }
}

/// Counts from the start, whenever the work is done. What was done before the start uses up nothing.
fn by_the_plan(intervals: &Intervals, start: Point, events: &[Event]) -> Next {
    let mut days: Vec<UsedUp<NaiveDate>> = Vec::new();
    let mut totals: Vec<UsedUp<i64>> = Vec::new();
    let mut last_day = None;
    for event in events {
        match *event {
            // Two records of one day are one piece of work.
            Event::Done(point) if point.day < start.day || last_day == Some(point.day) => {}
            Event::Done(point) => {
                last_day = Some(point.day);
                days.push(UsedUp::Done(point.day));
                totals.extend(point.total.map(UsedUp::Done));
            }
            Event::Skipped { date, total, .. } => {
                days.extend(date.map(UsedUp::Skipped));
                totals.extend(total.map(UsedUp::Skipped));
            }
        }
    }
    let by_date = |interval: &Interval| {
        let used = used_up(&days, |day| interval.passed(start.day, day), |count| interval.after(start.day, count));
        interval.after(start.day, used.checked_add(1)?)
    };
    let by_meter = |(base, interval): (i64, i64)| {
        let at = |count: u32| interval.checked_mul(i64::from(count))?.checked_add(base);
        let passed =
            |total: i64| u32::try_from((i128::from(total) - i128::from(base)).max(0) / i128::from(interval.max(1)));
        let used = used_up(&totals, |total| passed(total).unwrap_or(u32::MAX), at);
        at(used.checked_add(1)?)
    };
    Next {
        date: intervals.calendar.iter().filter_map(by_date).min(),
        total: start.total.zip(intervals.meter).and_then(by_meter),
    }
}

/// The days on which it is upcoming, due and overdue: the earliest of those that can be told. An unknown is never due, and only
/// a reading makes it overdue by the meter.
pub fn due(next: Next, notice: Option<Notice>, meter: Option<&MeterUse>, zone: Tz) -> Due {
    let day_of = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).date_naive();
    // By the use; where that cannot be told and the meter is there already, since its newest reading.
    let reached = |total: i64| {
        let meter = meter?;
        let by_use = meter.reaches(total).map(day_of);
        let is_reached = meter.last.total >= total;
        let last_day = day_of(meter.last.at);
        if is_reached { Some(by_use.map_or(last_day, |day| day.min(last_day))) } else { by_use }
    };
    let predicted = next.total.and_then(reached);
    let first = next.date.into_iter().chain(predicted).min();
    let upcoming_from = notice.and_then(|notice| {
        let whole = u64::try_from(notice.value / Decimal::ONE.0).unwrap_or_default();
        match notice.unit {
            NotifyUnit::Days => first?.checked_sub_days(Days::new(whole)),
            NotifyUnit::Months => first?.checked_sub_months(Months::new(u32::try_from(whole).ok()?)),
            NotifyUnit::Meter => reached(next.total?.checked_sub(notice.value)?),
        }
    });
    let passed = next.date.and_then(|date| date.succ_opt());
    let is_beyond = meter.zip(next.total).filter(|(meter, total)| meter.last.total > *total);
    let beyond_since = is_beyond.map(|(meter, _)| day_of(meter.last.at));
    Due { next: first, predicted, upcoming_from, overdue_from: passed.into_iter().chain(beyond_since).min() }
}

/// The status on a day.
pub fn status(
    (upcoming_from, due_from, overdue_from): (Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>),
    today: NaiveDate,
) -> Status {
    let has_come = |day: Option<NaiveDate>| day.is_some_and(|day| day <= today);
    if has_come(overdue_from) {
        Status::Overdue
    } else if has_come(due_from) {
        Status::Due
    } else if has_come(upcoming_from) {
        Status::Upcoming
    } else {
        Status::Planned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::meter_use::TotalAt;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn point(day: &str, total: Option<i64>) -> Point {
        Point { day: date(day), total }
    }

    fn months(count: u32, meter: Option<i64>) -> Intervals {
        Intervals { calendar: vec![Interval::Months(count)], meter, fixed: None }
    }

    fn meter(readings: &[(&str, i64)]) -> MeterUse {
        let at =
            |(day, total): &(&str, i64)| TotalAt { at: format!("{day}T12:00:00Z").parse().unwrap(), total: *total };
        let base = if readings.len() > 1 { readings.first().map(at) } else { None };
        MeterUse { last: readings.last().map(at).unwrap(), base, offset: 0 }
    }

    fn status_on(today: &str, due: Due) -> Status {
        status((due.upcoming_from, due.next, due.overdue_from), date(today))
    }

    #[test]
    fn the_first_of_several_that_can_be_told_is_due() {
        let done = point("2024-01-15", Some(1_200));
        let next = next(CountedFrom::Completion, &months(6, Some(500)), done, &[Event::Done(done)]);
        assert_eq!(next, Next { date: Some(date("2024-07-15")), total: Some(1_700) });
        let status_at = |today: &str, meter: Option<&MeterUse>| status_on(today, due(next, None, meter, Tz::UTC));
        assert_eq!(status_at("2024-03-01", Some(&meter(&[("2024-03-01", 1_705)]))), Status::Overdue);
        assert_eq!(status_at("2024-03-01", Some(&meter(&[("2024-03-01", 1_700)]))), Status::Due);
        assert_eq!(status_at("2024-07-16", Some(&meter(&[("2024-07-16", 1_300)]))), Status::Overdue);
        let nearly = meter(&[("2024-01-15", 1_200), ("2024-07-14", 1_690)]);
        assert_eq!(status_at("2024-07-14", Some(&nearly)), Status::Planned);
        assert_eq!(status_at("2024-07-15", None), Status::Due);
        assert_eq!(status_at("2024-07-14", None), Status::Planned);
        // Without a reading there is no total, and the meter is never due.
        let unread = Next { total: None, ..next };
        assert_eq!(
            status_on("2024-07-14", due(unread, None, Some(&meter(&[("2024-07-14", 9_000)])), Tz::UTC)),
            Status::Planned
        );
        assert_eq!(status_on("2124-07-14", due(Next::default(), None, None, Tz::UTC)), Status::Planned);
    }

    #[test]
    fn it_is_counted_from_the_completion_or_from_the_plan() {
        let (start, done) = (point("2023-10-01", None), [Event::Done(point("2024-09-20", None))]);
        let next_of = |counted_from| next(counted_from, &months(12, None), start, &done).date.unwrap().to_string();
        assert_eq!(next_of(CountedFrom::Completion), "2025-09-20");
        assert_eq!(next_of(CountedFrom::Plan), "2025-10-01");
    }

    #[test]
    fn a_plan_of_the_meter_keeps_its_marks() {
        let start = point("2024-01-01", Some(0));
        let intervals = Intervals { meter: Some(10_000), ..Intervals::default() };
        let total_after = |totals: &[(&str, i64)]| {
            let events: Vec<_> = totals.iter().map(|(day, total)| Event::Done(point(day, Some(*total)))).collect();
            next(CountedFrom::Plan, &intervals, start, &events).total
        };
        assert_eq!(total_after(&[]), Some(10_000));
        assert_eq!(total_after(&[("2024-02-01", 9_700)]), Some(20_000));
        assert_eq!(total_after(&[("2024-02-01", 10_300)]), Some(20_000));
        assert_eq!(total_after(&[("2024-02-01", 10_300), ("2024-02-01", 10_310)]), Some(20_000));
        assert_eq!(total_after(&[("2024-02-01", 10_300), ("2024-06-01", 19_900)]), Some(30_000));
    }

    #[test]
    fn a_skip_uses_up_one_occurrence() {
        let start = point("2024-01-31", Some(100));
        let skipped =
            |date: &str, total| Event::Skipped { on: date.parse().unwrap(), date: Some(date.parse().unwrap()), total };
        for counted_from in [CountedFrom::Completion, CountedFrom::Plan] {
            let next = next(counted_from, &months(1, Some(50)), start, &[skipped("2024-02-29", Some(150))]);
            assert_eq!(next.total, Some(200), "{counted_from:?}");
            assert_eq!(next.date.unwrap().to_string(), "2024-03-31");
        }
    }

    #[test]
    fn a_fixed_date_is_due_once() {
        let fixed = Some((date("2024-10-01"), date("2024-01-01")));
        let intervals = Intervals { fixed, ..Intervals::default() };
        let start = point("2024-01-01", None);
        let next_after = |done: &[Event]| next(CountedFrom::Completion, &intervals, start, done).date;
        assert_eq!(next_after(&[]), Some(date("2024-10-01")));
        assert_eq!(next_after(&[Event::Done(point("2023-12-31", None))]), Some(date("2024-10-01")));
        assert_eq!(next_after(&[Event::Done(point("2024-09-20", None))]), None);
    }

    #[test]
    fn a_notice_makes_it_upcoming_before_it_is_due() {
        let one = Decimal::ONE.0;
        let notice = |value: i64, unit| Some(Notice { value: value * one, unit });
        let by_date = Next { date: Some(date("2024-03-31")), total: None };
        let from = |notice| due(by_date, notice, None, Tz::UTC).upcoming_from;
        assert_eq!(from(notice(14, NotifyUnit::Days)), Some(date("2024-03-17")));
        assert_eq!(from(notice(1, NotifyUnit::Months)), Some(date("2024-02-29")));
        assert_eq!(from(notice(10, NotifyUnit::Meter)), None);
        let by_meter = Next { date: None, total: Some(500 * one) };
        let meter = meter(&[("2024-06-01", 400 * one), ("2024-06-11", 480 * one)]);
        let due = due(by_meter, notice(30, NotifyUnit::Meter), Some(&meter), Tz::UTC);
        assert_eq!((due.upcoming_from, due.next), (Some(date("2024-06-10")), Some(date("2024-06-14"))));
        assert_eq!(status_on("2024-06-12", due), Status::Upcoming);
        // By the prediction alone it is due, and not overdue.
        assert_eq!(status_on("2024-08-12", due), Status::Due);
    }
}
