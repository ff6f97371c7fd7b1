//! The states of a load, the verbs that lead from one to the next, and the history they leave.

use access::Action;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    load::{Entity, Model, Status},
    load_status, load_stop,
};
use error::{Code, Error, Result};
use sea_orm::{Value, prelude::Uuid};
use store::{Deleted, Filter, Test, Tx, edge, owned::stored};

use super::stop::{self, Visit};
use crate::{
    check::{Check, LINE, TEXT},
    customer,
    part::List,
    reference::{self, Reference},
    value::Field,
};

/// The most steps of a load's history.
const MOST: usize = 500;
/// How far the clock of whoever reports an event may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// What moves a load from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Gives it its appointments.
    Schedule,
    /// Gives it other appointments.
    Reschedule,
    /// Gives it to a driver or carrier.
    Dispatch,
    /// Takes it back from them.
    Undispatch,
    /// It is under way.
    Start,
    /// It is delivered.
    Complete,
    /// It was not delivered, or not cancelled, after all.
    Reopen,
    /// It is billed.
    Invoice,
    /// It was not billed after all.
    Uninvoice,
    /// It is paid.
    Pay,
    /// It will not be moved.
    Cancel,
}

/// What a client says with a verb. Each verb reads what concerns it.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// When it happened; now, where absent.
    pub at: Option<DateTime<Utc>>,
    /// Free text.
    pub note: Option<String>,
    /// When the window of the first PICKUP begins.
    pub scheduled_pickup: Field<DateTime<Utc>>,
    /// When the window of the last DELIVERY begins.
    pub scheduled_delivery: Field<DateTime<Utc>>,
    /// What of single stops.
    pub stops: Vec<Visit>,
    /// When the driver came: to the first PICKUP on Start, to the last DELIVERY on Complete.
    pub arrived_at: Field<DateTime<Utc>>,
    /// When the driver left there.
    pub departed_at: Field<DateTime<Utc>>,
    /// The driver's id in the caller's system.
    pub driver: Field<String>,
    /// The truck's id there.
    pub truck: Field<String>,
    /// The trailer's id there.
    pub trailer: Field<String>,
    /// The carrier's id there.
    pub carrier: Field<String>,
    /// Why it is cancelled.
    pub reason: String,
}

impl Verb {
    /// Every verb, in the order of a load's life.
    pub const ALL: &[Self] = &[
        Self::Schedule,
        Self::Reschedule,
        Self::Dispatch,
        Self::Undispatch,
        Self::Start,
        Self::Complete,
        Self::Reopen,
        Self::Invoice,
        Self::Uninvoice,
        Self::Pay,
        Self::Cancel,
    ];

    /// The mutation it is.
    const fn name(self) -> &'static str {
        match self {
            Self::Schedule => "loadSchedule",
            Self::Reschedule => "loadReschedule",
            Self::Dispatch => "loadDispatch",
            Self::Undispatch => "loadUndispatch",
            Self::Start => "loadStart",
            Self::Complete => "loadComplete",
            Self::Reopen => "loadReopen",
            Self::Invoice => "loadInvoice",
            Self::Uninvoice => "loadUninvoice",
            Self::Pay => "loadPay",
            Self::Cancel => "loadCancel",
        }
    }

    /// What its caller must be allowed to do.
    pub const fn action(self) -> Action {
        match self {
            Self::Invoice | Self::Uninvoice | Self::Pay => Action::LoadBill,
            _ => Action::LoadWrite,
        }
    }

    /// The one table: where it leads from a state; nothing, where it is refused.
    const fn leads(self, from: Status) -> Option<Status> {
        match (self, from) {
            (Self::Reschedule, same @ (Status::Scheduled | Status::Dispatched | Status::InProgress)) => Some(same),
            (Self::Reopen, Status::Cancelled) => Some(Status::New),
            (Self::Schedule, Status::New) | (Self::Undispatch, Status::Dispatched) => Some(Status::Scheduled),
            (Self::Dispatch, Status::Scheduled) => Some(Status::Dispatched),
            (Self::Start, Status::Dispatched) | (Self::Reopen, Status::Completed) => Some(Status::InProgress),
            (Self::Complete, Status::InProgress) | (Self::Uninvoice, Status::Invoiced) => Some(Status::Completed),
            (Self::Invoice, Status::Completed) => Some(Status::Invoiced),
            (Self::Pay, Status::Invoiced) => Some(Status::Paid),
            (Self::Cancel, open) if is_open(open) => Some(Status::Cancelled),
            _ => None,
        }
    }
}

/// Whether there is still something to move.
pub const fn is_open(status: Status) -> bool {
    matches!(status, Status::New | Status::Scheduled | Status::Dispatched | Status::InProgress)
}

/// Moves a load to its next state.
pub async fn step(tx: &Tx, id: &Reference, expected: Option<i32>, verb: Verb, said: Said) -> Result<Model> {
    let before = reference::target::<Entity>(tx, id, expected, Deleted::Exclude).await?;
    take(tx, before, verb, said).await
}

/// Cancels all open loads of a customer.
pub async fn cancel_open(tx: &Tx, customer: Uuid, reason: &str) -> Result<()> {
    let done = [Status::Completed, Status::Invoiced, Status::Paid, Status::Cancelled];
    let done = done.iter().map(|status| Value::from(stored(status))).collect();
    let open = Filter::Column("status", Test::NotIn(done));
    let of = Filter::Column("customer_id", Test::Eq(customer.into()));
    let loads = tx.lock(&tx.find::<Entity>()?.filter(of).filter(open)).await?;
    if !loads.is_empty() {
        tx.caller().require(Verb::Cancel.action())?;
    }
    for load in loads {
        take(tx, load, Verb::Cancel, Said { reason: reason.to_owned(), ..Said::default() }).await?;
    }
    Ok(())
}

/// Refuses what a load in its state cannot be without.
pub fn fits(check: &mut Check, row: &Model) {
    let status = stored(&row.status);
    if matches!(row.status, Status::Scheduled | Status::Dispatched | Status::InProgress) {
        let ends = [("scheduledPickup", row.scheduled_pickup), ("scheduledDelivery", row.scheduled_delivery)];
        for (field, _) in ends.into_iter().filter(|(_, at)| at.is_none()) {
            check.fail(Code::Required, field, format!("A load that is {status} has its appointments; give {field}."));
        }
    }
    if matches!(row.status, Status::Dispatched | Status::InProgress) && row.driver.is_none() && row.carrier.is_none() {
        check.fail(Code::Required, "driver", format!("A load that is {status} has a driver or a carrier; give one."));
    }
}

/// The first step of a load's history.
pub fn begin(tx: &Tx, history: &mut List<load_status::Entity>) {
    history.is.push(load_status::Model {
        from_status: None,
        to_status: Status::New,
        at: tx.at(),
        actor: tx.caller().subject.clone(),
        ..load_status::Model::default()
    });
}

/// Refuses to open a load whose customer or places are gone.
pub async fn must_stand(tx: &Tx, row: &Model) -> Result<()> {
    customer::must_live(tx, row.customer_id).await?;
    stop::must_stand(tx, &List::read(tx, &edge::LOAD_STOPS, row.id).await?).await
}

async fn take(tx: &Tx, before: Model, verb: Verb, said: Said) -> Result<Model> {
    let to = verb.leads(before.status).ok_or_else(|| refused(verb, before.status))?;
    if verb == Verb::Invoice && before.charge_amount.is_none() {
        let message = "A load without charges cannot be invoiced; give it charges with loadUpdate first.";
        return Err(Error::invalid(Code::State, &["id"], message));
    }
    if is_open(to) && !is_open(before.status) {
        must_stand(tx, &before).await?;
    }
    let mut check = Check::new();
    let mut after = Model { status: to, ..before.clone() };
    let mut step = load_status::Model {
        from_status: Some(before.status),
        to_status: to,
        at: said.at.unwrap_or(tx.at()),
        actor: tx.caller().subject.clone(),
        ..load_status::Model::default()
    };
    if step.at > tx.at() + AHEAD {
        check.fail(Code::OutOfRange, "at", format!("at ({}) is in the future; it is {} now.", step.at, tx.at()));
    }
    check.text("note", said.note.clone().into(), TEXT, &mut step.note);
    let route = along(tx, &mut check, verb, &said, &mut after).await?;
    match verb {
        Verb::Dispatch => {
            check.text("driver", said.driver, LINE, &mut after.driver);
            check.text("truck", said.truck, LINE, &mut after.truck);
            check.text("trailer", said.trailer, LINE, &mut after.trailer);
            check.text("carrier", said.carrier, LINE, &mut after.carrier);
        }
        Verb::Undispatch => {
            (after.driver, after.truck, after.trailer, after.carrier) = (None, None, None, None);
        }
        Verb::Cancel => {
            let mut reason = String::new();
            check.required("reason", Field::Set(said.reason), TEXT, &mut reason);
            after.cancel_reason = Some(reason);
        }
        Verb::Reopen => after.cancel_reason = None,
        _ => {}
    }
    fits(&mut check, &after);
    let mut history = List::<load_status::Entity>::read(tx, &edge::LOAD_HISTORY, before.id).await?;
    if history.is.len() >= MOST {
        check.fail(Code::OutOfRange, "id", format!("A load has at most {MOST} steps; this one has all of them."));
    }
    check.done()?;
    history.is.push(step);
    let mut parts = Vec::new();
    if let Some(route) = route {
        parts.extend(route.write(tx, before.id).await?);
    }
    parts.extend(history.write(tx, before.id).await?);
    tx.rewrite::<Entity>(&before, after, parts).await
}

/// What a verb says about the route; nothing, if it says nothing.
async fn along(
    tx: &Tx,
    check: &mut Check,
    verb: Verb,
    said: &Said,
    row: &mut Model,
) -> Result<Option<List<load_stop::Entity>>> {
    let ends = [&said.scheduled_pickup, &said.scheduled_delivery, &said.arrived_at, &said.departed_at];
    if said.stops.is_empty() && ends.into_iter().all(|at| *at == Field::Keep) {
        return Ok(None);
    }
    let mut route = List::read(tx, &edge::LOAD_STOPS, row.id).await?;
    let end = if verb == Verb::Complete { load_stop::Kind::Delivery } else { load_stop::Kind::Pickup };
    stop::pass(check, [said.arrived_at.clone(), said.departed_at.clone()], end, &mut route);
    let ends = [said.scheduled_pickup.clone(), said.scheduled_delivery.clone()];
    stop::visit(check, ends, said.stops.clone(), &mut route, row);
    Ok(Some(route))
}

fn refused(verb: Verb, from: Status) -> Error {
    let all = [
        Status::New,
        Status::Scheduled,
        Status::Dispatched,
        Status::InProgress,
        Status::Completed,
        Status::Invoiced,
        Status::Paid,
        Status::Cancelled,
    ];
    let needs: Vec<_> = all.iter().filter(|status| verb.leads(**status).is_some()).map(stored).collect();
    let may: Vec<_> = Verb::ALL.iter().filter(|verb| verb.leads(from).is_some()).map(|verb| verb.name()).collect();
    let may = if may.is_empty() { "nothing".to_owned() } else { may.join(", ") };
    let message = format!(
        "{} needs a load that is {}; this one is {}, which allows {may}.",
        verb.name(),
        needs.join(" or "),
        stored(&from),
    );
    Error::invalid(Code::State, &["id"], message)
}
