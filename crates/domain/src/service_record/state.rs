//! How far a service record is, and the verbs that move it: start, complete, cancel.

use access::Action;
use chrono::{DateTime, Utc};
use entity::service_record::{Entity, Model, Status};
use error::{Code, Error, Result};
use sea_orm::prelude::Uuid;
use store::{Deleted, Filter, Test, Tx, owned::stored};

use super::parts::{self, Lists, Part};
use crate::{
    check::{Check, TEXT},
    reference::{self, Reference},
    value::{Field, Price},
};

/// What a client says when work is done.
#[derive(Clone, Debug, Default)]
pub struct Completion {
    /// When; now, where nothing is said.
    pub at: Option<DateTime<Utc>>,
    /// Free text.
    pub notes: Field<String>,
    /// What was used.
    pub parts_used: Field<Vec<Part>>,
    /// What it costs.
    pub charge: Field<Price>,
    /// 1 to 5.
    pub satisfaction_score: Field<i32>,
    /// Whether somebody must come again.
    pub follow_up_required: Field<bool>,
}

/// Begins the work.
pub async fn start(tx: &Tx, id: &Reference, expected: Option<i32>, at: Option<DateTime<Utc>>) -> Result<Model> {
    let before = moved(tx, id, expected, Status::InProgress).await?;
    let after = Model { status: Status::InProgress, started_at: Some(at.unwrap_or_else(|| tx.at())), ..before.clone() };
    tx.update::<Entity>(&before, after).await
}

/// Ends the work.
pub async fn complete(tx: &Tx, id: &Reference, expected: Option<i32>, done: Completion) -> Result<Model> {
    let before = moved(tx, id, expected, Status::Completed).await?;
    let mut check = Check::new();
    let at = Some(done.at.unwrap_or_else(|| tx.at()));
    let mut after = Model { status: Status::Completed, completed_at: at, ..before.clone() };
    check.period("at", after.started_at, at);
    check.sealed("notes", done.notes, TEXT, &mut after.notes);
    check.whole("satisfactionScore", done.satisfaction_score, 1, 5, &mut after.satisfaction_score);
    check.value("followUpRequired", done.follow_up_required, &mut after.follow_up_required);
    parts::money(tx, &mut check, "charge", done.charge, &mut after.charge_amount, &mut after.charge_currency);
    let used = parts::used(tx, &mut check, done.parts_used);
    check.done()?;
    let parts = Lists { used, ..Lists::default() }.write(tx, before.id, false).await?;
    tx.rewrite::<Entity>(&before, after, parts).await
}

/// Says that the work will not be done, and why.
pub async fn cancel(tx: &Tx, id: &Reference, expected: Option<i32>, reason: &str) -> Result<Model> {
    let before = moved(tx, id, expected, Status::Cancelled).await?;
    let mut check = Check::new();
    let mut why = String::new();
    check.required("reason", Field::Set(reason.to_owned()), TEXT, &mut why);
    check.done()?;
    let after = Model { status: Status::Cancelled, cancel_reason: Some(why), ..before.clone() };
    tx.update::<Entity>(&before, after).await
}

/// Cancels all open service records of a customer.
pub async fn cancel_open(tx: &Tx, customer: Uuid, reason: &str) -> Result<()> {
    let open = [Status::Scheduled, Status::InProgress].iter().map(|status| stored(status).into()).collect();
    let find = tx.find::<Entity>()?.filter(Filter::Column("customer_id", Test::Eq(customer.into())));
    let records = tx.lock(&find.filter(Filter::Column("status", Test::In(open)))).await?;
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
pub fn allowed(check: &mut Check, from: Status, given: Field<Status>) -> Field<Status> {
    match given.given() {
        Some(to) if *to != from && !next(from).contains(to) => {
            check.fail(Code::State, "status", refusal(from, *to));
            Field::Keep
        }
        _ => given,
    }
}

/// Refuses times and reasons of a status the row does not have.
pub fn fits(check: &mut Check, row: &Model) {
    let status = stored(&row.status);
    if row.status == Status::Scheduled && row.started_at.is_some() {
        check.fail(Code::State, "startedAt", format!("Work that is {status} has not begun."));
    }
    if row.status != Status::Completed && row.completed_at.is_some() {
        check.fail(Code::State, "completedAt", format!("Work that is {status} has not ended."));
    }
    if row.status != Status::Cancelled && row.cancel_reason.is_some() {
        check.fail(Code::State, "cancelReason", format!("Work that is {status} was not cancelled."));
    }
    if row.status == Status::Cancelled && row.cancel_reason.is_none() {
        check.fail(Code::Required, "cancelReason", "Work that is CANCELLED needs a reason.");
    }
}

/// The record that is to be moved, locked, if its status leads there.
async fn moved(tx: &Tx, id: &Reference, expected: Option<i32>, to: Status) -> Result<Model> {
    let row = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    if next(row.status).contains(&to) {
        return Ok(row);
    }
    Err(Error::invalid(Code::State, &["id"], refusal(row.status, to)))
}

/// Where a status leads.
fn next(status: Status) -> &'static [Status] {
    match status {
        Status::Scheduled => &[Status::InProgress, Status::Completed, Status::Cancelled],
        Status::InProgress => &[Status::Completed, Status::Cancelled],
        Status::Completed | Status::Cancelled => &[],
    }
}

fn refusal(from: Status, to: Status) -> String {
    let allowed: Vec<_> = next(from).iter().map(stored).collect();
    let allowed = if allowed.is_empty() { "no other status".to_owned() } else { allowed.join(" or ") };
    format!("The service record is {}, which leads to {allowed}, not to {}.", stored(&from), stored(&to))
}
