//! Recurrences: the local dates of a plan that repeats, each calculated from the start and none from the one before.

use chrono::{Datelike, NaiveDate, Weekday};
use entity::recurring_service::{Frequency, WeekOfMonth};

/// The last year that has dates.
const MAX_YEAR: i32 = 9999;

/// When a plan takes place. Fields that its frequency does not use are disregarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// What the plan repeats by.
    pub frequency: Frequency,
    /// Every how many days, weeks or months, counted from the one that contains the start; at least one.
    pub interval: u32,
    /// Of a weekly plan: the days of the week. With a week of the month: the one day. None: that of the start.
    pub weekdays: Vec<Weekday>,
    /// Of a monthly plan or a longer one: which week's day. It goes before the day of the month.
    pub week_of_month: Option<WeekOfMonth>,
    /// Of a monthly plan or a longer one: the day, or the last of a month that is shorter. None: that of the start.
    pub day_of_month: Option<u32>,
    /// The first day that can be a date. It is one only if the rule yields it.
    pub starts_on: NaiveDate,
    /// The last day that can be a date.
    pub ends_on: Option<NaiveDate>,
    /// How many dates there are, from the start on.
    pub count: Option<u32>,
}

impl Recurrence {
    /// Whether a day is a date.
    pub fn contains(&self, day: NaiveDate) -> bool {
        day.succ_opt().is_some_and(|next| self.dates(day, next).next().is_some())
    }

    /// The dates from a day on and before another, in order. Days far from the start take no longer than those near it.
    pub fn dates(&self, from: NaiveDate, until: NaiveDate) -> impl Iterator<Item = NaiveDate> + use<> {
        let Self { starts_on, ends_on, .. } = *self;
        let rule = self.rule();
        let per_period = rule.offsets.len();
        // Dates are numbered from the first of the first period, but the plan's are only those from its start on.
        let before_start = |&number: &usize| rule.date(number).is_some_and(|date| date < starts_on);
        let skipped = (0..per_period).take_while(before_start).count();
        let end = self.count.map_or(usize::MAX, |count| skipped.saturating_add(count as usize));
        let first = skipped.max(rule.period(from).saturating_mul(per_period));
        (first..end)
            .map_while(move |number| rule.date(number))
            .skip_while(move |date| *date < from)
            .take_while(move |date| *date < until && ends_on.is_none_or(|last| *date <= last))
    }

    fn rule(&self) -> Rule {
        let (unit, length) = match self.frequency {
            Frequency::Daily => (Unit::Day, 1),
            Frequency::Weekly => (Unit::Day, 7),
            Frequency::Monthly => (self.month(), 1),
            Frequency::Quarterly => (self.month(), 3),
            Frequency::Semiannually => (self.month(), 6),
            Frequency::Annually => (self.month(), 12),
        };
        let length = length * i64::from(self.interval.max(1));
        let start = unit.number(self.starts_on);
        if self.frequency != Frequency::Weekly {
            return Rule { unit, start, length, offsets: vec![0] };
        }
        let after_monday = |day: Weekday| i64::from(day.num_days_from_monday());
        let weekday = self.starts_on.weekday();
        let weekdays = if self.weekdays.is_empty() { &[weekday][..] } else { &self.weekdays };
        // In order, and each once, however they are listed.
        let offsets = (0..7).filter(|offset| weekdays.iter().any(|day| after_monday(*day) == *offset)).collect();
        Rule { unit, start: start - after_monday(weekday), length, offsets }
    }

    fn month(&self) -> Unit {
        match self.week_of_month {
            Some(week) => Unit::MonthByWeekday(week, *self.weekdays.first().unwrap_or(&self.starts_on.weekday())),
            None => Unit::MonthByDay(self.day_of_month.unwrap_or(self.starts_on.day())),
        }
    }
}

/// Periods of the same length, of which the first contains the start of a plan, and where in a period its dates are.
/// Every period has as many, so that the number of a date leads to the date without those before it.
struct Rule {
    unit: Unit,
    /// The number of the unit with which the first period begins.
    start: i64,
    /// The units of a period.
    length: i64,
    /// The units of a period that have a date, at least one, counted from its beginning.
    offsets: Vec<i64>,
}

impl Rule {
    /// The period that contains a day; the first if the day is before all.
    fn period(&self, day: NaiveDate) -> usize {
        usize::try_from((self.unit.number(day) - self.start) / self.length).unwrap_or(0)
    }

    /// The date of a number. Nothing if it is beyond the calendar.
    fn date(&self, number: usize) -> Option<NaiveDate> {
        let period = i64::try_from(number / self.offsets.len()).ok()?;
        let offset = self.offsets.get(number % self.offsets.len())?;
        let date = self.unit.date(period.checked_mul(self.length)? + self.start + offset)?;
        (date.year() <= MAX_YEAR).then_some(date)
    }
}

/// What periods consist of. Each has one date, and a number that counts through the calendar.
enum Unit {
    Day,
    MonthByDay(u32),
    MonthByWeekday(WeekOfMonth, Weekday),
}

impl Unit {
    fn number(&self, day: NaiveDate) -> i64 {
        match self {
            Self::Day => day.num_days_from_ce().into(),
            Self::MonthByDay(_) | Self::MonthByWeekday(..) => i64::from(day.year()) * 12 + i64::from(day.month0()),
        }
    }

    fn date(&self, number: i64) -> Option<NaiveDate> {
        match *self {
            Self::Day => NaiveDate::from_num_days_from_ce_opt(number.try_into().ok()?),
            Self::MonthByDay(day) => {
                let first = first_of_month(number)?;
                first.with_day(day.min(first.num_days_in_month().into()))
            }
            Self::MonthByWeekday(week, weekday) => {
                let first = first_of_month(number)?;
                let date = |week| NaiveDate::from_weekday_of_month_opt(first.year(), first.month(), weekday, week);
                // Only a fifth, which stands for the last, can be missing.
                date(ordinal(week)).or_else(|| date(ordinal(WeekOfMonth::Fourth)))
            }
        }
    }
}

/// The number of a week, from 1. The last is the fifth.
const fn ordinal(week: WeekOfMonth) -> u8 {
    match week {
        WeekOfMonth::First => 1,
        WeekOfMonth::Second => 2,
        WeekOfMonth::Third => 3,
        WeekOfMonth::Fourth => 4,
        WeekOfMonth::Last => 5,
    }
}

fn first_of_month(number: i64) -> Option<NaiveDate> {
    let month = u32::try_from(number.rem_euclid(12)).ok()? + 1;
    NaiveDate::from_ymd_opt(number.div_euclid(12).try_into().ok()?, month, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn plan(frequency: Frequency, interval: u32, starts_on: &str) -> Recurrence {
        let starts_on = day(starts_on);
        let (weekdays, week_of_month, day_of_month, ends_on, count) = (vec![], None, None, None, None);
        Recurrence { frequency, interval, weekdays, week_of_month, day_of_month, starts_on, ends_on, count }
    }

    /// The plan takes place on these days, and on no others up to the last of them.
    #[track_caller]
    fn assert_dates(plan: &Recurrence, expected: &str) {
        let expected: Vec<_> = expected.split(' ').map(day).collect();
        let until = expected.last().unwrap().succ_opt().unwrap();
        assert_eq!(plan.dates(NaiveDate::MIN, until).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_day_that_a_month_lacks_is_its_last_and_returns_in_the_next() {
        let plans = [
            (Frequency::Monthly, "2024-01-31 2024-02-29 2024-03-31 2024-04-30 2024-05-31"),
            (Frequency::Quarterly, "2023-11-30 2024-02-29 2024-05-30 2024-08-30 2024-11-30"),
            (Frequency::Annually, "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
        ];
        for (frequency, dates) in plans {
            assert_dates(&plan(frequency, 1, &dates[..10]), dates);
        }
    }

    #[test]
    fn weeks_are_counted_from_the_monday_on_or_before_the_start() {
        let weekdays = vec![Weekday::Sun, Weekday::Tue];
        let biweekly = Recurrence { weekdays, ..plan(Frequency::Weekly, 2, "2024-01-02") };
        assert_dates(&biweekly, "2024-01-02 2024-01-07 2024-01-16 2024-01-21");
        let biweekly = Recurrence { weekdays: vec![Weekday::Wed], ..plan(Frequency::Weekly, 2, "2024-12-18") };
        assert_dates(&biweekly, "2024-12-18 2025-01-01 2025-01-15 2025-01-29");
    }

    #[test]
    fn a_count_begins_at_the_start_and_not_at_the_window() {
        let weekly = Recurrence { count: Some(4), ..plan(Frequency::Weekly, 1, "2024-01-01") };
        let from = |from| weekly.dates(day(from), NaiveDate::MAX).collect::<Vec<_>>();
        assert_eq!(from("2024-01-01"), ["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-22"].map(day));
        assert_eq!(from("2024-01-15"), ["2024-01-15", "2024-01-22"].map(day));
        assert_eq!(from("2024-01-23"), []);
    }

    #[test]
    fn dates_before_the_start_are_neither_dates_nor_counted() {
        let monthly =
            Recurrence { day_of_month: Some(15), count: Some(2), ..plan(Frequency::Monthly, 2, "2024-01-16") };
        let dates: Vec<_> = monthly.dates(NaiveDate::MIN, NaiveDate::MAX).collect();
        assert_eq!(dates, ["2024-03-15", "2024-05-15"].map(day));
    }

    #[test]
    fn a_window_excludes_its_end_and_a_plan_includes_its_own() {
        let daily = Recurrence { ends_on: Some(day("2024-01-05")), ..plan(Frequency::Daily, 2, "2024-01-01") };
        let until = |until| daily.dates(day("2024-01-02"), day(until)).collect::<Vec<_>>();
        assert_eq!(until("2024-01-05"), [day("2024-01-03")]);
        assert_eq!(until("2024-02-01"), ["2024-01-03", "2024-01-05"].map(day));
    }

    #[test]
    fn a_plan_without_an_end_ends_with_the_calendar_and_its_last_days_are_reached_at_once() {
        let daily = plan(Frequency::Daily, 1, "0001-01-01");
        // One by one, the days before the window would take hours.
        for _ in 0..10_000 {
            let dates: Vec<_> = daily.dates(day("9999-12-30"), NaiveDate::MAX).collect();
            assert_eq!(dates, ["9999-12-30", "9999-12-31"].map(day));
        }
    }
}
