//! Schedules: the visits of a plan, of which each is a local date, and one instant made of it.
//!
//! A visit is known by the date that the rule yields. When it takes place follows from that: the exception of the date, the
//! plan's time of day and the time zone. Skips, moves, pauses and windows choose among the dates and never add one.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use entity::{recurring_service::Model, recurring_service_exception, recurring_service_pause};

use super::recurrence::Recurrence;
use crate::{
    local_time::{instant, parse_time},
    weekday::parse_weekdays,
};

/// When the visits of a plan take place.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The rule.
    pub recurrence: Recurrence,
    zone: Tz,
    time: Option<NaiveTime>,
    duration: Option<TimeDelta>,
    exceptions: BTreeMap<NaiveDate, Exception>,
    pauses: Vec<(NaiveDate, Option<NaiveDate>)>,
}

#[derive(Clone, Copy, Debug)]
enum Exception {
    Skipped,
    Moved(NaiveDate, Option<NaiveTime>),
}

/// A visit of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The date that the rule yields, by which the visit is known.
    pub original: NaiveDate,
    /// The local date on which it takes place.
    pub date: NaiveDate,
    /// Its beginning: that of the day, if it has no time.
    pub starts_at: DateTime<Utc>,
    /// Its end; nothing if its duration is unknown.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether it has a time of day.
    pub has_time: bool,
    /// Whether it takes place.
    pub state: SlotState,
}

/// Whether a visit takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotState {
    /// It does.
    Planned,
    /// Its date is skipped.
    Skipped,
    /// The plan is paused on its day.
    Paused,
}

impl Schedule {
    /// The schedule of a plan in a time zone.
    pub fn of<'a>(
        plan: &Model,
        zone: Tz,
        exceptions: impl IntoIterator<Item = &'a recurring_service_exception::Model>,
        pauses: impl IntoIterator<Item = &'a recurring_service_pause::Model>,
    ) -> Self {
        let exception = |row: &recurring_service_exception::Model| match row.moved_to {
            Some(to) => Exception::Moved(to, row.moved_time.as_deref().and_then(parse_time)),
            None => Exception::Skipped,
        };
        Self {
            recurrence: recurrence(plan),
            zone,
            time: plan.preferred_time.as_deref().and_then(parse_time),
            duration: plan.duration_minutes.map(|minutes| TimeDelta::minutes(minutes.into())),
            exceptions: exceptions.into_iter().map(|row| (row.date, exception(row))).collect(),
            pauses: pauses.into_iter().map(|row| (row.starts_on, row.resumes_on)).collect(),
        }
    }

    /// The visit of a date. Nothing if the rule does not yield the date.
    pub fn slot(&self, original: NaiveDate) -> Option<Slot> {
        self.recurrence.contains(original).then(|| self.slot_of(original))
    }

    /// The visits whose days are from a day on and before another, by their beginnings.
    pub fn slots(&self, from: NaiveDate, until: NaiveDate) -> Vec<Slot> {
        let moved = |original: &NaiveDate| matches!(self.exceptions.get(original), Some(Exception::Moved(..)));
        let regular = self.recurrence.dates(from, until).filter(|date| !moved(date));
        let moved_here = self.exceptions.iter().filter_map(|(original, exception)| match exception {
            Exception::Moved(to, _) if (from..until).contains(to) && self.recurrence.contains(*original) => {
                Some(*original)
            }
            _ => None,
        });
        let mut slots: Vec<_> = regular.chain(moved_here).map(|original| self.slot_of(original)).collect();
        slots.sort_by_key(|slot| (slot.starts_at, slot.original));
        slots
    }

    /// Whether the plan is paused on a day.
    pub fn is_paused_on(&self, day: NaiveDate) -> bool {
        self.pauses.iter().any(|(from, until)| *from <= day && until.is_none_or(|until| day < until))
    }

    /// The local date of an instant.
    pub fn local_date(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    /// The beginning of the visits that can still take place. One without a time can until its day ends.
    pub fn earliest(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self.time {
            Some(_) => now,
            None => self.start_of(self.local_date(now)),
        }
    }

    /// The beginning of a day.
    pub fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        instant(self.zone, day.and_time(NaiveTime::MIN))
    }

    /// The visits that take place from now to a horizon.
    pub fn due(&self, now: DateTime<Utc>, ahead: TimeDelta) -> Vec<Slot> {
        let (earliest, latest) = (self.earliest(now), now + ahead);
        let [from, until] = [earliest, latest].map(|at| self.local_date(at));
        let slots = self.slots(from, until.checked_add_days(Days::new(1)).unwrap_or(until)).into_iter();
        let is_due = |slot: &Slot| slot.state == SlotState::Planned && (earliest..=latest).contains(&slot.starts_at);
        slots.filter(is_due).collect()
    }

    fn slot_of(&self, original: NaiveDate) -> Slot {
        let exception = self.exceptions.get(&original);
        let (date, time) = match exception {
            Some(Exception::Moved(to, time)) => (*to, time.or(self.time)),
            _ => (original, self.time),
        };
        let starts_at = instant(self.zone, date.and_time(time.unwrap_or(NaiveTime::MIN)));
        let state = match exception {
            Some(Exception::Skipped) => SlotState::Skipped,
            _ if self.is_paused_on(date) => SlotState::Paused,
            _ => SlotState::Planned,
        };
        let ends_at = self.duration.map(|duration| starts_at + duration);
        Slot { original, date, starts_at, ends_at, has_time: time.is_some(), state }
    }
}

/// The rule of a plan.
pub fn recurrence(plan: &Model) -> Recurrence {
    let positive = |number: i32| u32::try_from(number).unwrap_or_default();
    Recurrence {
        frequency: plan.frequency,
        interval: positive(plan.interval),
        weekdays: parse_weekdays(plan.weekdays.as_deref()),
        week_of_month: plan.week_of_month,
        day_of_month: plan.day_of_month.map(positive),
        starts_on: plan.start_date,
        ends_on: plan.end_date,
        count: plan.occurrence_count.map(positive),
    }
}
