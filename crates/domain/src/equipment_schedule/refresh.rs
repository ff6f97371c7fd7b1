//! What follows of a schedule's fields, of the completions and of the meter: recomputed in the transactions that change those.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use entity::{
    equipment_schedule::{Entity, Model},
    meter_reading, service_record,
};
use error::Result;
use sea_orm::prelude::Uuid;
use store::{Filter, Predicate, Tx};

use super::{
    due::{self, Event, Intervals, Next, Notice, Point},
    history::{Named, completions, counted_by, counted_by_named},
    occurrence::Interval,
};
use crate::{
    local_time::{self, start_of_day},
    meter::{load_use, meter_use::MeterUse, total_when, totals_for},
};

/// The tenant's time zone, in which a schedule counts days.
pub fn zone(tx: &Tx) -> Tz {
    local_time::zone(&tx.tenant().time_zone)
}

/// The day of a time in a zone.
pub fn day_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// The day from which the intervals of a schedule are counted before the first completion.
pub fn start_day(tx: &Tx, row: &Model) -> NaiveDate {
    let created_at = if row.id.is_nil() { tx.at() } else { row.created_at };
    row.start_date.unwrap_or_else(|| day_of(created_at, zone(tx)))
}

/// A schedule with all that follows of its fields, of the completions and of the meter.
pub async fn derive(tx: &Tx, mut row: Model) -> Result<Model> {
    let zone = zone(tx);
    let is_plan = row.counted_from == entity::equipment_schedule::CountedFrom::Plan;
    let done = completions(tx, &row, is_plan, zone).await?;
    let start = start_day(tx, &row);
    let (mut meter, mut totals) = (None, Vec::new());
    let starts_at = start_of_day(zone, start);
    if row.interval_meter.is_some() {
        meter = load_use(tx, row.asset_id).await?;
        let needs_start = row.start_total.is_none() && (is_plan || done.is_empty());
        let times: Vec<_> =
            needs_start.then_some(starts_at).into_iter().chain(done.iter().map(|done| done.at)).collect();
        totals = totals_for(tx, row.asset_id, &times).await?;
    }
    let point = |at| Point { day: day_of(at, zone), total: total_when(&totals, at, zone) };
    let mut events: Vec<_> = done.iter().map(|done| (done.at, Event::Done(point(done.at)))).collect();
    if let Some(at) = row.skipped_at {
        events.push((at, Event::Skipped { on: day_of(at, zone), date: row.skipped_date, total: row.skipped_total }));
    }
    events.sort_by_key(|(at, _)| *at);
    let events: Vec<_> = events.into_iter().map(|(_, event)| event).collect();
    let start = Point { day: start, total: row.start_total.or_else(|| point(starts_at).total) };
    let next = due::next(row.counted_from, &intervals(&row), start, &events);
    let last = done.last();
    (row.last_completed_at, row.last_service_record_id) = (last.map(|done| done.at), last.map(|done| done.record));
    (row.next_due_date, row.next_due_total) = (next.date, next.total);
    set_due(&mut row, meter.as_ref(), zone);
    Ok(row)
}

fn intervals(row: &Model) -> Intervals {
    let length = |length: i32| u32::try_from(length).ok();
    let days = row.interval_days.and_then(length).map(Interval::Days);
    let months = row.interval_months.and_then(length).map(Interval::Months);
    Intervals {
        calendar: days.into_iter().chain(months).collect(),
        meter: row.interval_meter,
        fixed: row.due_date.zip(row.due_date_since),
    }
}

/// Sets the days on which a schedule is upcoming, due and overdue.
fn set_due(row: &mut Model, meter: Option<&MeterUse>, zone: Tz) {
    let notice = row.notify_value.zip(row.notify_unit).map(|(value, unit)| Notice { value, unit });
    let next = Next { date: row.next_due_date, total: row.next_due_total };
    let due = due::due(next, notice, meter, zone);
    (row.next_due, row.predicted_due) = (due.next, due.predicted);
    (row.upcoming_from, row.overdue_from) = (due.upcoming_from, due.overdue_from);
    let offset = meter.map_or(0, |meter| meter.offset);
    row.next_due_meter = row.next_due_total.map(|total| total.saturating_sub(offset));
    row.meter_use_per_day = meter.and_then(MeterUse::per_day);
}

/// Recomputes the schedules of an asset that go by its meter, which was read.
pub async fn meter_was_read(tx: &Tx, reading: &meter_reading::Model) -> Result<()> {
    let find = tx.find_unrestricted::<Entity>();
    let find = find.filter(Filter::Column("asset_id", Predicate::Eq(reading.asset_id.into())));
    let schedules = tx.lock(&find.filter(Filter::Column("interval_meter", Predicate::IsNull(false)))).await?;
    if schedules.is_empty() {
        return Ok(());
    }
    let (meter, zone) = (load_use(tx, reading.asset_id).await?, zone(tx));
    let is_newest = meter.is_some_and(|meter| meter.last.at == reading.at);
    for before in schedules {
        let counted_since = before.last_completed_at.map_or_else(|| start_day(tx, &before), |at| day_of(at, zone));
        // Only then does the total move at which the work was done.
        let moves_total = !is_newest || before.next_due_total.is_none() || day_of(reading.at, zone) <= counted_since;
        let after = if moves_total {
            derive(tx, before.clone()).await?
        } else {
            let mut after = before.clone();
            set_due(&mut after, meter.as_ref(), zone);
            after
        };
        write(tx, &before, after).await?;
    }
    Ok(())
}

/// Recomputes the schedules for which a service record counted before it was written, and those for which it counts now.
pub async fn advance(tx: &Tx, mut counted: Vec<Uuid>, record: &service_record::Model) -> Result<()> {
    counted.extend(counted_by(tx, record).await?);
    refresh(tx, counted).await
}

/// Recomputes the schedules for which a new service record counts.
pub async fn advance_by_new(tx: &Tx, record: &service_record::Model, named: Named) -> Result<()> {
    refresh(tx, counted_by_named(tx, record, named).await?).await
}

async fn refresh(tx: &Tx, mut ids: Vec<Uuid>) -> Result<()> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    for before in tx.lock(&tx.find_unrestricted::<Entity>().ids(ids)).await? {
        let after = derive(tx, before.clone()).await?;
        write(tx, &before, after).await?;
    }
    Ok(())
}

/// Writes what follows of other rows. When the work was last done is a change of the schedule; when it is due again follows.
pub async fn write(tx: &Tx, before: &Model, after: Model) -> Result<Model> {
    let last = |row: &Model| (row.last_completed_at, row.last_service_record_id);
    if *before == after {
        return Ok(after);
    }
    if last(before) != last(&after) {
        return tx.update::<Entity>(before, after).await;
    }
    tx.rewrite::<Entity>(before, after.clone(), false).await?;
    Ok(after)
}
