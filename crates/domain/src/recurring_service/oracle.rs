//! Recurrences are what dateutil says they are: the table that `oracle.py` writes, and properties of its plans.
//!
//! `python3 oracle.py > oracle.txt` writes the table again; it needs python-dateutil 2.9.

use chrono::{Datelike, Months, NaiveDate};

use entity::recurring_service::{Frequency, WeekOfMonth};

use super::recurrence::Recurrence;

/// The plans of the table, each with what dateutil says of its dates in ten years.
fn plans() -> impl Iterator<Item = (Recurrence, &'static str)> {
    include_str!("oracle.txt").lines().map(|line| {
        let (fields, expected) = line.split_once(" => ").unwrap();
        (plan(fields), expected)
    })
}

fn plan(fields: &str) -> Recurrence {
    let field = |key: &str| fields.split(' ').find_map(|field| field.strip_prefix(key)?.strip_prefix('='));
    let date = |key: &str| field(key).map(|date| date.parse().unwrap());
    let number = |key: &str| field(key).map(|number| number.parse().unwrap());
    let frequency = match field("frequency").unwrap() {
        "Daily" => Frequency::Daily,
        "Weekly" => Frequency::Weekly,
        "Monthly" => Frequency::Monthly,
        "Quarterly" => Frequency::Quarterly,
        "Semiannually" => Frequency::Semiannually,
        "Annually" => Frequency::Annually,
        other => panic!("{other} is no frequency"),
    };
    let week_of_month = field("week").map(|week| match week {
        "First" => WeekOfMonth::First,
        "Second" => WeekOfMonth::Second,
        "Third" => WeekOfMonth::Third,
        "Fourth" => WeekOfMonth::Fourth,
        "Last" => WeekOfMonth::Last,
        other => panic!("{other} is no week of a month"),
    });
    let weekdays = field("weekdays").into_iter().flat_map(|weekdays| weekdays.split(','));
    Recurrence {
        frequency,
        interval: number("interval").unwrap(),
        weekdays: weekdays.map(|weekday| weekday.parse().unwrap()).collect(),
        week_of_month,
        day_of_month: number("day"),
        starts_on: date("starts").unwrap(),
        ends_on: date("ends"),
        count: number("count"),
    }
}

fn years(plan: &Recurrence, years: u32) -> Vec<NaiveDate> {
    let until = plan.starts_on.checked_add_months(Months::new(12 * years)).unwrap();
    plan.dates(plan.starts_on, until).collect()
}

fn fnv_1a(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[test]
fn plans_have_the_dates_that_dateutil_says() {
    assert_eq!(plans().count(), 500);
    for (plan, expected) in plans() {
        let dates: Vec<_> = years(&plan, 10).iter().map(NaiveDate::to_string).collect();
        let (first, last) = (&dates[..dates.len().min(6)], &dates[dates.len().saturating_sub(2)..]);
        let checksum = fnv_1a(&dates.join("\n"));
        let found = format!("{} | {} | {} | {checksum:016x}", dates.len(), first.join(" "), last.join(" "));
        assert_eq!(found, expected, "{plan:?}");
    }
}

#[test]
fn dates_ascend_and_a_window_has_those_that_are_in_it() {
    let mut seed = 20_240_131_u64;
    let mut below = |limit: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i32::try_from((seed >> 33) % limit).unwrap()
    };
    for (plan, _) in plans() {
        let all = years(&plan, 60);
        assert!(all.is_sorted_by(|a, b| a < b), "{plan:?}");
        let start = plan.starts_on.num_days_from_ce();
        for _ in 0..20 {
            // Windows before the start, over it, and far from it; some of them end before they begin.
            let from = start - 400 + below(20_000);
            let until = from - 10 + below(800);
            let [from, until] = [from, until].map(|day| NaiveDate::from_num_days_from_ce_opt(day).unwrap());
            let expected = all.iter().copied().filter(|date| (from..until).contains(date));
            assert!(plan.dates(from, until).eq(expected), "{plan:?} from {from} until {until}");
        }
    }
}

#[test]
fn plans_at_the_limits_of_all_types_have_dates_or_none() {
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
    let limits = [NaiveDate::MIN, last, NaiveDate::MAX];
    for (plan, _) in plans() {
        for (starts_on, from) in limits.into_iter().flat_map(|start| limits.map(|from| (start, from))) {
            for (interval, day_of_month) in [(0, plan.day_of_month), (1, Some(0)), (u32::MAX, Some(u32::MAX))] {
                let (ends_on, count) = (None, Some(u32::MAX));
                let plan = Recurrence { interval, day_of_month, starts_on, ends_on, count, ..plan.clone() };
                let mut dates = plan.dates(from, NaiveDate::MAX).take(20);
                assert!(dates.all(|date| (starts_on.max(from)..=last).contains(&date)), "{plan:?} from {from}");
            }
        }
    }
}
