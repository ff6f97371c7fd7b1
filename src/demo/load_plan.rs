//! The plan of a load of the demo: where it goes, when, and how far it has come by now.

use chrono::{DateTime, TimeDelta, Utc};
use domain::load::Transition;

use super::{
    calendar::{HOUR, next_open, quarters, time_on},
    customer,
    pick::Pick,
    scope::Scope,
};

/// The plans repeat after this many loads: two of them are picked up today, one tomorrow, one was picked up yesterday.
const CYCLE: u32 = 25;
/// The loads of a cycle that are under way around today; no two of them have the same driver.
const LOADS_AROUND_TODAY: u32 = 4;
/// A truck makes a trip of this length and the stops at both ends in one morning.
const SHORT_MILES: i32 = 300;
/// The miles of a quarter of an hour.
const MILES_PER_QUARTER: i32 = 13;
/// A driver drives at most eleven hours, then rests for ten.
const DRIVING: i32 = 11 * HOUR;
const REST: i32 = 10 * HOUR;

/// The visit of a truck at a stop.
#[derive(Debug)]
pub struct Visit {
    /// The beginning of the appointment.
    pub window_start: DateTime<Utc>,
    /// The end of the appointment.
    pub window_end: DateTime<Utc>,
    /// The arrival, if it has happened.
    pub arrived_at: Option<DateTime<Utc>>,
    /// The departure, if it has happened.
    pub departed_at: Option<DateTime<Utc>>,
}

/// The plan of a load.
#[derive(Debug)]
pub struct LoadPlan {
    /// The indexes of the shipper and the consignee.
    pub ends: [u32; 2],
    /// The distance.
    pub miles: i32,
    /// The number of the driver and the truck.
    pub driver: u32,
    /// When the load was ordered.
    pub ordered_at: DateTime<Utc>,
    /// The pickup and the delivery.
    pub visits: [Visit; 2],
    /// What has happened to it, in order.
    pub steps: Vec<(Transition, DateTime<Utc>)>,
}

impl LoadPlan {
    /// The plan of the load with this index.
    pub fn new(scope: &Scope, pick: &mut Pick, index: u32) -> Self {
        let (calendar, company) = (&scope.calendar, scope.company);
        let (round, slot) = (index / CYCLE, index % CYCLE);
        // Counts the loads of today.
        let ordinal = (slot < 2).then_some(round * 2 + slot);
        let day = match slot {
            0 | 1 => 0,
            2 => 1,
            3 => -1,
            4..9 => calendar.working_day(pick.number(2, 14)),
            _ => calendar.working_day(pick.number(-60, -2)),
        };
        let ends = pick_ends(scope, pick, if slot == 0 { SHORT_MILES } else { i32::MAX });
        let [from, to] = ends.map(|customer| customer::city(company, customer));
        let miles = from.miles_to(to).max(pick.number(6, 28));
        let driver = if slot < LOADS_AROUND_TODAY {
            round * LOADS_AROUND_TODAY + slot + 1
        } else {
            pick.below((scope.loads() / CYCLE + 1) * LOADS_AROUND_TODAY) + 1
        };

        // From five in the morning to six in the evening; the loads of today are spread evenly over these hours.
        let quarter = ordinal.map_or_else(|| pick.below(53), |ordinal| ordinal * 7 % 53);
        let pickup = calendar.at(from.zone, day, 5 * HOUR + i32::try_from(quarter).unwrap_or_default());
        let driving = miles / MILES_PER_QUARTER + 1;
        let travel = quarters(driving + (driving - 1) / DRIVING * REST);
        let [loading, unloading] = [pick.number(2, 5), pick.number(2, 5)].map(quarters);
        let delivery = next_open(to.zone, pickup + loading + travel + quarters(pick.number(0, 3)));
        // A load that is more than an hour late is late for its appointment.
        let arrival = pickup + quarters(pick.one(&[-1, 0, 0, 0, 0, 1, 2, 6]));
        let departure = arrival + loading;
        let arrived = (departure + travel).max(delivery + quarters(pick.one(&[-2, -1, 0, 0, 1, 3, 6])));
        let completed = arrived + unloading;

        let ordered_at = calendar.office(day.min(5) - 6 - pick.number(0, 2), 9 * HOUR + pick.number(0, 3 * HOUR));
        let scheduled = calendar.office(day - 5, 14 * HOUR);
        // Some drivers are found on the day itself only.
        let dispatched = match ordinal {
            Some(ordinal) if ordinal % 4 == 3 => pickup - quarters(2 * HOUR),
            _ => calendar.office(day - 1, 15 * HOUR),
        };
        let cancelled = calendar.office(day - 1, 16 * HOUR);
        let is_cancelled = ordinal.map_or_else(|| pick.percent(5), |ordinal| ordinal % 10 == 4);
        let has_been_cancelled = is_cancelled && cancelled <= calendar.now;
        let office_day = |after: i64| {
            time_on(
                calendar.zone,
                completed.with_timezone(&calendar.zone).date_naive() + TimeDelta::days(after),
                10 * HOUR,
            )
        };
        let steps = if has_been_cancelled {
            vec![(Transition::Schedule, scheduled), (Transition::Cancel, cancelled)]
        } else {
            vec![
                (Transition::Schedule, scheduled),
                (Transition::Dispatch, dispatched),
                (Transition::Start, arrival),
                (Transition::Complete, completed),
                (Transition::Invoice, office_day(3)),
                (Transition::Pay, office_day(33)),
            ]
        };
        let visit = |start, arrived, departed| Visit {
            window_start: start,
            window_end: start + quarters(HOUR),
            arrived_at: calendar.past(arrived).filter(|_| !has_been_cancelled),
            departed_at: calendar.past(departed).filter(|_| !has_been_cancelled),
        };
        Self {
            ends,
            miles,
            driver,
            ordered_at,
            visits: [visit(pickup, arrival, departure), visit(delivery, arrived, completed)],
            steps: steps.into_iter().take_while(|(_, at)| *at <= calendar.now).collect(),
        }
    }
}

/// Two customers, not further apart than this.
fn pick_ends(scope: &Scope, pick: &mut Pick, max_miles: i32) -> [u32; 2] {
    let from = pick.below(scope.customers());
    let city = |customer| customer::city(scope.company, customer);
    let is_near = |to: &u32| *to != from && city(from).miles_to(city(*to)) <= max_miles;
    let to = (0..100).map(|_| pick.below(scope.customers())).find(is_near);
    [from, to.unwrap_or((from + 1) % scope.customers())]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, TimeDelta};

    use super::super::{calendar::Calendar, cascade, company::Company, lonestar};
    use super::*;

    fn plans(company: &'static Company, now: DateTime<Utc>) -> Vec<LoadPlan> {
        let scope = Scope { company, calendar: Calendar { now, zone: company.time_zone }, scale: 1 };
        (0..scope.loads()).map(|index| LoadPlan::new(&scope, &mut Pick::for_row("loads", index), index)).collect()
    }

    #[test]
    fn whenever_the_demo_begins_the_loads_of_today_have_at_least_three_statuses_and_their_own_drivers() {
        let midnight = DateTime::parse_from_rfc3339("2026-11-27T00:07:30Z").unwrap().to_utc();
        for company in [&lonestar::COMPANY, &cascade::COMPANY] {
            // Every hour of the day, and every day of the week.
            for step in 0..72 {
                let now = midnight + TimeDelta::hours(25 * step);
                let local_day = |at: DateTime<Utc>| at.with_timezone(&company.time_zone).date_naive();
                let plans = plans(company, now);
                let today = plans.iter().filter(|plan| local_day(plan.visits[0].window_start) == local_day(now));
                let statuses: BTreeSet<_> = today.map(|plan| format!("{:?}", plan.steps.last())).collect();
                let statuses: BTreeSet<_> = statuses.iter().filter_map(|text| text.split(',').next()).collect();
                assert!(statuses.len() >= 3, "{} at {now}: {statuses:?}", company.slug);

                let under_way = plans.iter().filter(|plan| matches!(plan.steps.last(), Some((Transition::Start, _))));
                let drivers: Vec<_> = under_way.map(|plan| plan.driver).collect();
                assert_eq!(drivers.len(), drivers.iter().collect::<BTreeSet<_>>().len(), "{} at {now}", company.slug);
            }
        }
    }
}
