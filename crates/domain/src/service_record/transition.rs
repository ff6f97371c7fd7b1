//! The transitions of a service record: start, complete, reopen, cancel.

use chrono::{DateTime, Utc};
use entity::{
    Sealed,
    service_record::{Entity, Model, Status},
};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, Tx, table::enum_text};

use super::{
    children::{self, ChildLists, PartUsed},
    status::{next, open_filter},
};
use crate::{
    equipment_schedule,
    reference::{self, Reference},
    validator::{MAX_TEXT_CHARS, Validator},
    value::{FieldUpdate, Price},
};

/// The completion of work, as a client reports it.
#[derive(Clone, Debug, Default)]
pub struct Completion {
    /// When the work ended; now where absent.
    pub at: Option<DateTime<Utc>>,
    /// Free text.
    pub notes: FieldUpdate<String>,
    /// The equipment schedules that the work is for.
    pub schedules: FieldUpdate<Vec<Reference>>,
    /// The parts used.
    pub parts_used: FieldUpdate<Vec<PartUsed>>,
    /// The charge to the customer.
    pub charge: FieldUpdate<Price>,
    /// The satisfaction of the customer, from 1 to 5.
    pub satisfaction_score: FieldUpdate<i32>,
    /// Whether a follow-up visit is needed.
    pub follow_up_required: FieldUpdate<bool>,
}

/// Records that the work started.
pub async fn start(tx: &Tx, id: &Reference, expected_version: Option<i32>, at: Option<DateTime<Utc>>) -> Result<Model> {
    let before = load_for_transition(tx, id, expected_version, Status::InProgress).await?;
    let mut validator = Validator::new();
    validator.check_event("at", at.as_ref(), tx.at());
    validator.finish()?;
    let after = Model { status: Status::InProgress, started_at: Some(at.unwrap_or_else(|| tx.at())), ..before.clone() };
    tx.update::<Entity>(&before, after).await
}

/// Records that the work ended.
pub async fn complete(tx: &Tx, id: &Reference, expected_version: Option<i32>, completion: Completion) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    let mut validator = Validator::new();
    if !next(before.status).contains(&Status::Completed) {
        validator.fail(Code::State, "id", refusal(before.status, Status::Completed));
    }
    validator.check_event("at", completion.at.as_ref(), tx.at());
    // A client whose clock is ahead may have reported a start that is after now.
    let at = completion.at.or_else(|| before.started_at.max(Some(tx.at())));
    let mut after = Model { status: Status::Completed, completed_at: at, ..before.clone() };
    validator.check_period("at", after.started_at, at);
    validator.set_sealed_text("notes", completion.notes, MAX_TEXT_CHARS, &mut after.notes);
    validator.set_integer("satisfactionScore", completion.satisfaction_score, 1, 5, &mut after.satisfaction_score);
    validator.set_value("followUpRequired", completion.follow_up_required, &mut after.follow_up_required);
    children::set_price(
        tx,
        &mut validator,
        "charge",
        completion.charge,
        &mut after.charge_amount,
        &mut after.charge_currency,
    );
    let schedules = children::schedules(tx, &mut validator, Some(before.customer_id), completion.schedules).await?;
    let parts_used = children::parts_used(tx, &mut validator, completion.parts_used);
    validator.finish()?;
    let images = ChildLists { schedules, parts_used, ..ChildLists::default() }.write(tx, before.id, false).await?;
    let row = tx.update_with_children::<Entity>(&before, after, images).await?;
    equipment_schedule::advance(tx, Vec::new(), &row).await?;
    Ok(row)
}

/// Records that the work did not end after all.
pub async fn reopen(tx: &Tx, id: &Reference, expected_version: Option<i32>) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    if before.status != Status::Completed {
        let message =
            format!("The service record is {}; one that is COMPLETED can be reopened.", enum_text(&before.status));
        return Err(Error::invalid(Code::State, &["id"], message));
    }
    let counted = equipment_schedule::counted_by(tx, &before).await?;
    let after = Model { status: Status::InProgress, completed_at: None, ..before.clone() };
    let row = tx.update::<Entity>(&before, after).await?;
    equipment_schedule::advance(tx, counted, &row).await?;
    Ok(row)
}

/// Cancels the work for a reason.
pub async fn cancel(tx: &Tx, id: &Reference, expected_version: Option<i32>, reason: &str) -> Result<Model> {
    let before = load_for_transition(tx, id, expected_version, Status::Cancelled).await?;
    let mut validator = Validator::new();
    let mut cancel_reason = String::new();
    validator.set_required_text("reason", FieldUpdate::Set(reason.to_owned()), MAX_TEXT_CHARS, &mut cancel_reason);
    validator.finish()?;
    let after =
        Model { status: Status::Cancelled, cancel_reason: Some(Sealed::plain(&cancel_reason)), ..before.clone() };
    tx.update::<Entity>(&before, after).await
}

/// Cancels all open service records of a customer.
pub async fn cancel_open(tx: &Tx, customer: Uuid, reason: &str) -> Result<()> {
    let of_customer = Filter::Column("customer_id", Predicate::Eq(customer.into()));
    // Also those that the caller may not read: each needs the permission to write it.
    let records = tx.lock(&tx.find_unrestricted::<Entity>().filter(of_customer).filter(open_filter())).await?;
    for before in records {
        let cancel_reason = Some(Sealed::plain(reason));
        let after = Model { status: Status::Cancelled, cancel_reason, ..before.clone() };
        tx.update::<Entity>(&before, after).await?;
    }
    Ok(())
}

/// Refuses a status to which the current one does not lead, and keeps the current one then.
pub fn require_transition(validator: &mut Validator, from: Status, update: FieldUpdate<Status>) -> FieldUpdate<Status> {
    match update.value() {
        Some(to) if *to != from && !next(from).contains(to) => {
            validator.fail(Code::State, "status", refusal(from, *to));
            FieldUpdate::Keep
        }
        _ => update,
    }
}

/// Refuses times and reasons that belong to another status than the row's.
pub fn validate_status_fields(validator: &mut Validator, row: &Model) {
    let status = enum_text(&row.status);
    if row.status == Status::Scheduled && row.started_at.is_some() {
        validator.fail(Code::State, "startedAt", format!("Work that is {status} has not begun."));
    }
    if row.status != Status::Completed && row.completed_at.is_some() {
        validator.fail(Code::State, "completedAt", format!("Work that is {status} has not ended."));
    }
    if row.status != Status::Cancelled && row.cancel_reason.is_some() {
        validator.fail(Code::State, "cancelReason", format!("Work that is {status} was not cancelled."));
    }
    if row.status == Status::Cancelled && row.cancel_reason.is_none() {
        validator.fail(Code::Required, "cancelReason", "Work that is CANCELLED needs a reason.");
    }
}

/// Loads and locks a record whose status leads to another one.
async fn load_for_transition(tx: &Tx, id: &Reference, expected_version: Option<i32>, to: Status) -> Result<Model> {
    let row = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    if next(row.status).contains(&to) {
        return Ok(row);
    }
    Err(Error::invalid(Code::State, &["id"], refusal(row.status, to)))
}

fn refusal(from: Status, to: Status) -> String {
    let allowed: Vec<_> = next(from).iter().map(enum_text).collect();
    let allowed = if allowed.is_empty() { "no other status".to_owned() } else { allowed.join(" or ") };
    format!("The service record is {}, which leads to {allowed}, not to {}.", enum_text(&from), enum_text(&to))
}
