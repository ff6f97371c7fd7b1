//! The plan of a visit of the demo: on which equipment, when, by whom, and how far it has come by now.

use chrono::{DateTime, Timelike, Utc};
use entity::service_record::Status;

use super::{
    assignment_plan::AssignmentPlan,
    calendar::{HOUR, quarters},
    company::Job,
    customer,
    pick::Pick,
    scope::Scope,
};

/// The plans repeat after this many visits: one of them is today.
const CYCLE: u32 = 20;
/// Of the visits of today, one in this many is a call that somebody is at now, and another one is cancelled.
const CALL_CYCLE: u32 = 8;
/// The hours at which a technician's visits of a day begin.
const ROUND_HOURS: [i32; 4] = [8, 11, 14, 17];
/// The tries to find equipment that its customer has on the day.
const TRIES: u32 = 200;

/// The plan of a visit.
pub struct ServicePlan {
    /// The work.
    pub job: Job,
    /// The index of the asset that it is done on.
    pub asset: u32,
    /// The index of its customer.
    pub customer: u32,
    /// The number of the technician.
    pub technician: u32,
    /// Whether it is an emergency at night.
    pub is_emergency: bool,
    /// When the customer requested it.
    pub requested_at: DateTime<Utc>,
    /// The planned start.
    pub start: DateTime<Utc>,
    /// The planned end.
    pub end: DateTime<Utc>,
    /// How far it has come.
    pub status: Status,
    /// When work began, if it has.
    pub started_at: Option<DateTime<Utc>>,
    /// When work ended, if it has.
    pub completed_at: Option<DateTime<Utc>>,
}

impl ServicePlan {
    /// The plan of the visit with this index.
    pub fn new(scope: &Scope, pick: &mut Pick, index: u32) -> Self {
        let calendar = &scope.calendar;
        let (round, slot) = (index / CYCLE, index % CYCLE);
        let is_overdue = slot == 5 && round.is_multiple_of(3);
        let day = match slot {
            0 => 0,
            1 => 1,
            2 => -1,
            3 | 4 => calendar.working_day(pick.number(2, 30)),
            5 if is_overdue => calendar.working_day(-pick.number(1, 4)),
            _ => calendar.working_day(-pick.number(2, 400)),
        };
        let is_call = slot == 0 && round.is_multiple_of(CALL_CYCLE);
        let (asset, assignment, job) = pick_equipment(scope, pick, day, is_call);
        let zone = customer::city(scope.company, assignment.customer).zone;
        let (technician, quarter) = match slot {
            // Technicians on call come after those with rounds.
            0 if is_call => (scope.technicians() + round / CALL_CYCLE + 1, 0),
            0 => round_visit(scope, round - round / CALL_CYCLE - 1),
            1 | 2 => round_visit(scope, round),
            _ => (pick.below(scope.technicians()) + 1, 8 * HOUR + pick.number(0, 16) * 2),
        };
        let start = if is_call {
            (calendar.last_quarter() - quarters(pick.number(0, 4))).max(calendar.office(0, 0))
        } else {
            calendar.at(zone, day, quarter)
        };
        let is_emergency = is_call && !(7..19).contains(&start.with_timezone(&zone).hour());
        let requested_at = if is_emergency {
            start - quarters(pick.number(2, 6))
        } else {
            calendar.office(day.min(0) - pick.number(1, 9), 8 * HOUR + pick.number(0, 8 * HOUR))
        };
        let started = start + if is_call { quarters(0) } else { quarters(pick.one(&[-1, 0, 0, 0, 1])) };
        let completed = started + quarters(pick.number(2, 8));
        let is_cancelled = if slot == 0 { round % CALL_CYCLE == 5 } else { day < 0 && !is_overdue && pick.percent(6) };
        let status = if is_cancelled {
            Status::Cancelled
        } else if is_overdue || started > calendar.now {
            Status::Scheduled
        } else if is_call || completed > calendar.now {
            Status::InProgress
        } else {
            Status::Completed
        };
        Self {
            job,
            asset,
            customer: assignment.customer,
            technician,
            is_emergency,
            requested_at,
            start,
            end: start + quarters(2 * HOUR),
            status,
            started_at: Some(started).filter(|_| matches!(status, Status::InProgress | Status::Completed)),
            completed_at: Some(completed).filter(|_| status == Status::Completed),
        }
    }
}

/// The technician and the quarter of an hour of a visit, counted over the visits of a day: no technician has two at once.
fn round_visit(scope: &Scope, number: u32) -> (u32, i32) {
    let technician = number % scope.technicians() + 1;
    let hour = ROUND_HOURS[((number / scope.technicians() + technician) % 4) as usize];
    (technician, hour * HOUR)
}

/// An asset that its customer has on a day, and a job that is done on it; for a call, a repair.
fn pick_equipment(scope: &Scope, pick: &mut Pick, day: i32, is_call: bool) -> (u32, AssignmentPlan, Job) {
    let mut tries = 0;
    loop {
        let asset = pick.below(scope.assets());
        let assignment = AssignmentPlan::new(scope, asset);
        let is_due = |job: &&Job| job.equipment.contains(&assignment.equipment.name) && (job.is_repair || !is_call);
        let jobs: Vec<_> = scope.company.jobs.iter().filter(is_due).copied().collect();
        tries += 1;
        if (assignment.covers(day) && !jobs.is_empty()) || tries == TRIES {
            let jobs = if jobs.is_empty() { scope.company.jobs } else { &jobs };
            return (asset, assignment, pick.one(jobs));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use chrono::TimeDelta;

    use super::super::{calendar::Calendar, cascade, company::Company, lonestar};
    use super::*;

    fn plans(company: &'static Company, now: DateTime<Utc>) -> Vec<ServicePlan> {
        let scope = Scope { company, calendar: Calendar { now, zone: company.time_zone }, scale: 1 };
        (0..scope.service_records())
            .map(|index| ServicePlan::new(&scope, &mut Pick::for_row("service records", index), index))
            .collect()
    }

    #[test]
    fn whenever_the_demo_begins_the_visits_of_today_have_at_least_three_statuses_and_nobody_is_at_two() {
        let midnight = DateTime::parse_from_rfc3339("2026-11-27T00:07:30Z").unwrap().to_utc();
        for company in [&lonestar::COMPANY, &cascade::COMPANY] {
            // Every hour of the day, and every day of the week.
            for step in 0..72 {
                let now = midnight + TimeDelta::hours(25 * step);
                let local_day = |at: DateTime<Utc>| at.with_timezone(&company.time_zone).date_naive();
                let plans = plans(company, now);
                let today = plans.iter().filter(|plan| local_day(plan.start) == local_day(now));
                let statuses: BTreeSet<_> = today.map(|plan| format!("{:?}", plan.status)).collect();
                assert!(statuses.len() >= 3, "{} at {now}: {statuses:?}", company.slug);

                let mut busy = BTreeMap::<_, u32>::new();
                for plan in plans.iter().filter(|plan| plan.status == Status::InProgress) {
                    *busy.entry(plan.technician).or_default() += 1;
                }
                assert!(!busy.is_empty() && busy.values().all(|visits| *visits == 1), "{} at {now}", company.slug);
            }
        }
    }
}
