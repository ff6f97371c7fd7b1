//! How far a service record is, and the verbs that move it: start, complete, cancel.

use access::Action;
use chrono::{DateTime, Utc};
use entity::service_record::{Entity, Model, Status};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Predicate, Tx, table::enum_text};

use super::{
    children::{self, ChildLists, PartUsed},
    status::{next, open_filter},
};
use crate::{
    reference::{self, Reference},
    validator::{MAX_TEXT_CHARS, Validator},
    value::{FieldUpdate, Price},
};

/// What a client says when work is done.
#[derive(Clone, Debug, Default)]
pub struct Completion {
    /// When; now, where nothing is said.
    pub at: Option<DateTime<Utc>>,
    /// Free text.
    pub notes: FieldUpdate<String>,
    /// What was used.
    pub parts_used: FieldUpdate<Vec<PartUsed>>,
    /// What it costs.
    pub charge: FieldUpdate<Price>,
    /// 1 to 5.
    pub satisfaction_score: FieldUpdate<i32>,
    /// Whether somebody must come again.
    pub follow_up_required: FieldUpdate<bool>,
}

/// Begins the work.
pub async fn start(tx: &Tx, id: &Reference, expected: Option<i32>, at: Option<DateTime<Utc>>) -> Result<Model> {
    let before = load_for_transition(tx, id, expected, Status::InProgress).await?;
    let after = Model { status: Status::InProgress, started_at: Some(at.unwrap_or_else(|| tx.at())), ..before.clone() };
    tx.update::<Entity>(&before, after).await
}

/// Ends the work.
pub async fn complete(tx: &Tx, id: &Reference, expected: Option<i32>, done: Completion) -> Result<Model> {
    let before = load_for_transition(tx, id, expected, Status::Completed).await?;
    let mut validator = Validator::new();
    let at = Some(done.at.unwrap_or_else(|| tx.at()));
    let mut after = Model { status: Status::Completed, completed_at: at, ..before.clone() };
    validator.period("at", after.started_at, at);
    validator.sealed("notes", done.notes, MAX_TEXT_CHARS, &mut after.notes);
    validator.integer("satisfactionScore", done.satisfaction_score, 1, 5, &mut after.satisfaction_score);
    validator.value("followUpRequired", done.follow_up_required, &mut after.follow_up_required);
    children::money(tx, &mut validator, "charge", done.charge, &mut after.charge_amount, &mut after.charge_currency);
    let used = children::used(tx, &mut validator, done.parts_used);
    validator.finish()?;
    let parts = ChildLists { used, ..ChildLists::default() }.write(tx, before.id, false).await?;
    tx.update_with_children::<Entity>(&before, after, parts).await
}

/// Says that the work will not be done, and why.
pub async fn cancel(tx: &Tx, id: &Reference, expected: Option<i32>, reason: &str) -> Result<Model> {
    let before = load_for_transition(tx, id, expected, Status::Cancelled).await?;
    let mut validator = Validator::new();
    let mut why = String::new();
    validator.required("reason", FieldUpdate::Set(reason.to_owned()), MAX_TEXT_CHARS, &mut why);
    validator.finish()?;
    let after = Model { status: Status::Cancelled, cancel_reason: Some(why), ..before.clone() };
    tx.update::<Entity>(&before, after).await
}

/// Cancels all open service records of a customer.
pub async fn cancel_open(tx: &Tx, customer: Uuid, reason: &str) -> Result<()> {
    let own = Filter::Column("customer_id", Predicate::Eq(customer.into()));
    let records = tx.lock(&tx.find::<Entity>()?.filter(own).filter(open_filter())).await?;
    if !records.is_empty() {
        tx.caller().require(Action::ServiceWrite)?;
    }
    for before in records {
        let cancel_reason = Some(reason.to_owned());
        let after = Model { status: Status::Cancelled, cancel_reason, ..before.clone() };
        tx.update::<Entity>(&before, after).await?;
    }
    Ok(())
}

/// The status that is asked for; refused, where the present one does not lead there.
pub fn allowed(validator: &mut Validator, from: Status, given: FieldUpdate<Status>) -> FieldUpdate<Status> {
    match given.value() {
        Some(to) if *to != from && !next(from).contains(to) => {
            validator.fail(Code::State, "status", refusal(from, *to));
            FieldUpdate::Keep
        }
        _ => given,
    }
}

/// Refuses times and reasons of a status the row does not have.
pub fn validate_state(validator: &mut Validator, row: &Model) {
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

/// The record that is to be moved, locked, if its status leads there.
async fn load_for_transition(tx: &Tx, id: &Reference, expected: Option<i32>, to: Status) -> Result<Model> {
    let row = reference::load_for_update::<Entity>(tx, id, expected, Deleted::Exclude).await?;
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
