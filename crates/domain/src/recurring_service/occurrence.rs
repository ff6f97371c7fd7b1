//! Occurrences: the visits of a plan in a window of days, with what has become of each.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use entity::service_record::{Model, Status};

use super::schedule::{Schedule, Slot, SlotState};

/// A visit of a plan, and what has become of it.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// The date that the rule yields, by which the visit is known.
    pub original: NaiveDate,
    /// The local date on which it takes place.
    pub date: NaiveDate,
    /// Its beginning.
    pub starts_at: DateTime<Utc>,
    /// Its end; nothing if it is unknown.
    pub ends_at: Option<DateTime<Utc>>,
    /// What has become of it.
    pub status: OccurrenceStatus,
    /// The service record that it was booked as.
    pub record: Option<Arc<Model>>,
}

/// What has become of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OccurrenceStatus {
    /// It is to come, and not booked yet.
    Planned,
    /// It has a service record that is not finished.
    Booked,
    /// It is done.
    Completed,
    /// Its service record was cancelled or deleted.
    Cancelled,
    /// Its date is skipped.
    Skipped,
    /// The plan is paused on its day.
    Paused,
    /// It was never booked, and its time is past.
    Missed,
}

/// The visits whose days are from a day on and before another, by their beginnings. A service record that was changed by hand
/// says itself when it takes place, and stays also if the rule no longer yields its date.
pub fn occurrences(
    schedule: &Schedule,
    records: impl IntoIterator<Item = Arc<Model>>,
    (from, until): (NaiveDate, NaiveDate),
    now: DateTime<Utc>,
) -> Vec<Occurrence> {
    let mut records: HashMap<NaiveDate, Arc<Model>> =
        records.into_iter().filter_map(|record| Some((record.occurrence_date?, record))).collect();
    let earliest = schedule.earliest(now);
    let mut found: Vec<_> = schedule
        .slots(from, until)
        .into_iter()
        .map(|slot| match records.remove(&slot.original) {
            Some(record) => booked(schedule, Some(&slot), record),
            None => unbooked(slot, earliest),
        })
        .collect();
    found.extend(records.into_iter().map(|(original, record)| {
        let slot = schedule.slot(original);
        booked(schedule, slot.as_ref(), record)
    }));
    found.retain(|occurrence| (from..until).contains(&occurrence.date));
    found.sort_by_key(|occurrence| (occurrence.starts_at, occurrence.original));
    found
}

fn booked(schedule: &Schedule, slot: Option<&Slot>, record: Arc<Model>) -> Occurrence {
    let is_skipped = slot.is_some_and(|slot| slot.state == SlotState::Skipped);
    let status = match record.status {
        _ if record.deleted_at.is_some() => OccurrenceStatus::Cancelled,
        Status::Cancelled if is_skipped => OccurrenceStatus::Skipped,
        Status::Cancelled => OccurrenceStatus::Cancelled,
        Status::Completed => OccurrenceStatus::Completed,
        Status::Scheduled | Status::InProgress => OccurrenceStatus::Booked,
    };
    Occurrence {
        original: record.occurrence_date.unwrap_or_else(|| schedule.local_date(record.service_date)),
        date: schedule.local_date(record.service_date),
        starts_at: record.service_date,
        ends_at: record.scheduled_end,
        status,
        record: Some(record),
    }
}

fn unbooked(slot: Slot, earliest: DateTime<Utc>) -> Occurrence {
    let status = match slot.state {
        SlotState::Skipped => OccurrenceStatus::Skipped,
        SlotState::Paused => OccurrenceStatus::Paused,
        SlotState::Planned if slot.starts_at < earliest => OccurrenceStatus::Missed,
        SlotState::Planned => OccurrenceStatus::Planned,
    };
    let Slot { original, date, starts_at, ends_at, .. } = slot;
    Occurrence { original, date, starts_at, ends_at, status, record: None }
}
