//! Exceptions of a plan: one of its dates is skipped, moved, or opened again.

use std::cmp::Ordering;

use chrono::{Days, NaiveDate};
use entity::{
    Sealed,
    recurring_service::{Entity, Model},
    recurring_service_exception as exception, service_record,
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, TenantTable, Tx, edge};

use super::{
    booking::{is_untouched, record_of, schedule, sync},
    draft::check_year,
    schedule::Schedule,
};
use crate::{
    child_rows::ChildRows,
    reference::{self, Reference},
    service_record::is_open,
    validator::{MAX_LINE_CHARS, Validator},
    value::FieldUpdate,
};

/// The most skipped and moved dates of a plan.
const MAX_EXCEPTIONS: usize = 1_000;

/// How far a visit is moved at most, in days: one that is moved farther is another visit.
const MAX_MOVE_DAYS: u64 = 366;

/// What a skipped visit is cancelled for, if no reason is given.
const SKIPPED: &str = "Skipped.";

/// Leaves out the visit of a date. A booked one that nobody changed is cancelled for the reason.
pub async fn skip(
    tx: &Tx,
    id: &Reference,
    expected_version: Option<i32>,
    date: NaiveDate,
    reason: Option<String>,
) -> Result<Model> {
    let plan = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    let mut validator = Validator::new();
    let reason = read_reason(&mut validator, reason);
    validator.finish()?;
    ensure_date(&schedule(tx, &plan).await?, date)?;
    if let Some(record) = record_of(tx, plan.id, date).await?.filter(|record| record.deleted_at.is_none()) {
        if is_untouched(&record) {
            let cancel_reason = Some(reason.clone().unwrap_or_else(|| Sealed::plain(SKIPPED)));
            let status = service_record::Status::Cancelled;
            let cancelled = service_record::Model { status, cancel_reason, ..record.clone() };
            tx.update::<service_record::Entity>(&record, cancelled).await?;
        } else if record.status != service_record::Status::Cancelled {
            return Err(changed_by_hand(&record, date));
        }
    }
    let row = exception::Model { date, key_owner_id: plan.customer_id, reason, ..exception::Model::default() };
    write_exception(tx, plan, date, Some(row)).await
}

/// Where a visit is moved to.
#[derive(Clone, Debug)]
pub struct Move {
    /// The local date on which it takes place.
    pub to: NaiveDate,
    /// The local time; that of the plan where absent.
    pub time: Option<String>,
    /// Why, as free text.
    pub reason: Option<String>,
}

/// Lets the visit of a date take place on another one. A booked one that nobody changed gets the new times.
pub async fn move_to(
    tx: &Tx,
    id: &Reference,
    expected_version: Option<i32>,
    date: NaiveDate,
    change: Move,
) -> Result<Model> {
    let plan = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    let (mut validator, mut time, to) = (Validator::new(), None, change.to);
    validator.set_time("time", change.time.into(), &mut time);
    let reason = read_reason(&mut validator, change.reason);
    check_year(&mut validator, "to", Some(to));
    if to.signed_duration_since(date).num_days().unsigned_abs() > MAX_MOVE_DAYS {
        let message = format!("A visit is moved by at most {MAX_MOVE_DAYS} days; {to} is farther from {date}.");
        validator.fail(Code::OutOfRange, "to", message);
    }
    validator.finish()?;
    let schedule = schedule(tx, &plan).await?;
    ensure_date(&schedule, date)?;
    if schedule.is_paused_on(to) {
        let message = format!("The plan is paused on {to}; move the visit to another day, or end the pause first.");
        return Err(Error::invalid(Code::State, &["to"], message));
    }
    if let Some(record) = record_of(tx, plan.id, date).await?
        && !is_untouched(&record)
    {
        return Err(match record.status {
            _ if record.deleted_at.is_some() => taken_back(date),
            service_record::Status::Cancelled => taken_back(date),
            _ => changed_by_hand(&record, date),
        });
    }
    let is_as_planned = to == date && time.as_ref().is_none_or(|time| Some(time) == plan.preferred_time.as_ref());
    let row = exception::Model {
        date,
        moved_to: Some(to),
        moved_time: time,
        key_owner_id: plan.customer_id,
        reason,
        ..exception::Model::default()
    };
    write_exception(tx, plan, date, (!is_as_planned).then_some(row)).await
}

/// Takes back that the visit of a date was skipped, moved, cancelled or deleted: it is planned again as the rule says.
pub async fn reopen(tx: &Tx, id: &Reference, expected_version: Option<i32>, date: NaiveDate) -> Result<Model> {
    let plan = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    ensure_date(&schedule(tx, &plan).await?, date)?;
    if let Some(record) = record_of(tx, plan.id, date).await? {
        if record.deleted_at.is_some() || record.status == service_record::Status::Cancelled {
            // The record stays as it is, and no longer takes up the date.
            let released = service_record::Model { occurrence_date: None, ..record.clone() };
            tx.update::<service_record::Entity>(&record, released).await?;
        } else if !is_untouched(&record) {
            return Err(changed_by_hand(&record, date));
        }
    }
    write_exception(tx, plan, date, None).await
}

/// Replaces the exception of a date, and books what follows from it.
async fn write_exception(tx: &Tx, plan: Model, date: NaiveDate, row: Option<exception::Model>) -> Result<Model> {
    let mut list = ChildRows::<exception::Entity>::read(tx, &edge::RECURRING_EXCEPTIONS, plan.id).await?;
    list.after.retain(|stored| stored.date != date);
    list.after.extend(row);
    list.after.sort_by_key(|stored| stored.date);
    if list.after.len() > MAX_EXCEPTIONS {
        let message = format!("A plan has at most {MAX_EXCEPTIONS} skipped and moved dates; reopen old ones first.");
        return Err(Error::invalid(Code::OutOfRange, &["date"], message));
    }
    let images = list.write(tx, plan.id).await?.into_iter().collect();
    let plan = tx.update_with_children::<Entity>(&plan, plan.clone(), images).await?;
    sync(tx, &plan, tx.at()).await?;
    Ok(plan)
}

fn read_reason(validator: &mut Validator, reason: Option<String>) -> Option<Sealed> {
    let mut sealed = None;
    validator.set_sealed_text("reason", FieldUpdate::from(reason), MAX_LINE_CHARS, &mut sealed);
    sealed
}

/// Refuses a day that is no date of the plan.
fn ensure_date(schedule: &Schedule, date: NaiveDate) -> Result<()> {
    let recurrence = &schedule.recurrence;
    let next = recurrence.dates(date, NaiveDate::MAX).next();
    match next.map(|next| next.cmp(&date)) {
        Some(Ordering::Equal) => Ok(()),
        _ => {
            let before = date.checked_sub_days(Days::new(MAX_MOVE_DAYS)).unwrap_or(date);
            let near = next.or_else(|| recurrence.dates(before, date).last());
            let near = near.map_or_else(String::new, |near| format!("; one is {near}"));
            let message =
                format!("The rule of the plan does not yield {date}{near}. Name a visit by its original date.");
            Err(Error::invalid(Code::Invalid, &["date"], message))
        }
    }
}

/// The refusal to change a visit that somebody has changed.
fn changed_by_hand(record: &service_record::Model, date: NaiveDate) -> Error {
    let id = id_of(record.id);
    let message = if is_open(record.status) {
        format!("The visit of {date} was changed by hand; change or cancel the service record {id} itself.")
    } else {
        format!("The visit of {date} is done: it is the service record {id}.")
    };
    Error::invalid(Code::State, &["date"], message)
}

/// The refusal to move a visit that will not take place.
fn taken_back(date: NaiveDate) -> Error {
    let message = format!("The visit of {date} is cancelled or deleted; recurringServiceReopen plans it again.");
    Error::invalid(Code::State, &["date"], message)
}

fn id_of(record: Uuid) -> String {
    service_record::Entity::TABLE.encode_id(record)
}
