//! The transitions of a load from one status to the next, and the history they leave.

use access::Action;
use chrono::{DateTime, Utc};
use entity::{
    Sealed, customer,
    load::{Entity, Model, Status},
    load_status, load_stop,
};
use error::{Code, Error, Result};
use sea_orm::{Iterable, prelude::Uuid};
use store::{Deleted, Filter, Predicate, Tx, edge, table::enum_text};

use super::{
    route::{self, StopUpdate},
    status::{is_open, open_filter},
};
use crate::{
    child_rows::ChildRows,
    reference::{self, Reference},
    validator::{MAX_LINE_CHARS, MAX_TEXT_CHARS, Validator},
    value::FieldUpdate,
};

/// The most transitions in a load's history.
const MAX_TRANSITIONS: usize = 500;

/// An operation that moves a load from one status to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Makes the appointments.
    Schedule,
    /// Changes the appointments.
    Reschedule,
    /// Assigns it to a driver or carrier.
    Dispatch,
    /// Withdraws it from the driver or carrier.
    Undispatch,
    /// Marks it as in progress.
    Start,
    /// Marks it as delivered.
    Complete,
    /// Reverts a delivery or a cancellation.
    Reopen,
    /// Marks it as invoiced.
    Invoice,
    /// Reverts an invoice.
    Uninvoice,
    /// Marks it as paid.
    Pay,
    /// Marks it as cancelled.
    Cancel,
}

/// The input of a transition. Each transition reads the fields that concern it.
#[derive(Clone, Debug, Default)]
pub struct TransitionInput {
    /// When it happened; now where absent.
    pub at: Option<DateTime<Utc>>,
    /// Free text.
    pub note: Option<String>,
    /// When the window of the first PICKUP begins.
    pub scheduled_pickup: FieldUpdate<DateTime<Utc>>,
    /// When the window of the last DELIVERY begins.
    pub scheduled_delivery: FieldUpdate<DateTime<Utc>>,
    /// The changes of single stops.
    pub stops: Vec<StopUpdate>,
    /// When the driver arrived: at the first PICKUP on Start, at the last DELIVERY on Complete.
    pub arrived_at: FieldUpdate<DateTime<Utc>>,
    /// When the driver departed from there.
    pub departed_at: FieldUpdate<DateTime<Utc>>,
    /// The driver's id in the caller's system.
    pub driver: FieldUpdate<String>,
    /// The truck's id in the caller's system.
    pub truck: FieldUpdate<String>,
    /// The trailer's id in the caller's system.
    pub trailer: FieldUpdate<String>,
    /// The carrier's id in the caller's system.
    pub carrier: FieldUpdate<String>,
    /// The reason of a cancellation.
    pub reason: String,
}

impl Transition {
    /// Every transition, in the order of a load's life.
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

    /// The name of its mutation.
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

    /// The permission that its caller needs.
    pub const fn action(self) -> Action {
        match self {
            Self::Invoice | Self::Uninvoice | Self::Pay => Action::LoadBill,
            _ => Action::LoadWrite,
        }
    }

    /// The table of transitions: the status it leads to from a status; nothing, where it is refused.
    const fn next(self, from: Status) -> Option<Status> {
        match (self, from) {
            (Self::Reschedule, same @ (Status::Scheduled | Status::Dispatched | Status::InProgress)) => Some(same),
            (Self::Reopen, Status::Cancelled) => Some(Status::New),
            (Self::Schedule, Status::New) | (Self::Undispatch, Status::Dispatched) => Some(Status::Scheduled),
            (Self::Dispatch, Status::Scheduled) => Some(Status::Dispatched),
            (Self::Start, Status::Dispatched) | (Self::Reopen, Status::Completed) => Some(Status::InProgress),
            (Self::Complete, Status::InProgress) | (Self::Uninvoice, Status::Invoiced) => Some(Status::Completed),
            (Self::Invoice, Status::Completed) => Some(Status::Invoiced),
            (Self::Pay, Status::Invoiced) => Some(Status::Paid),
            (Self::Cancel, status) if is_open(status) => Some(Status::Cancelled),
            _ => None,
        }
    }
}

/// Moves a load to its next status.
pub async fn apply_transition(
    tx: &Tx,
    id: &Reference,
    expected_version: Option<i32>,
    transition: Transition,
    input: TransitionInput,
) -> Result<Model> {
    let before = reference::load_for_update::<Entity>(tx, id, expected_version, Deleted::Exclude).await?;
    perform(tx, before, transition, input).await
}

/// Cancels all open loads of a customer.
pub async fn cancel_open(tx: &Tx, customer: Uuid, reason: &str) -> Result<()> {
    let of_customer = Filter::Column("customer_id", Predicate::Eq(customer.into()));
    // Also those that the caller may not read, and then may not cancel.
    let loads = tx.lock(&tx.find_unrestricted::<Entity>().filter(of_customer).filter(open_filter())).await?;
    if !loads.is_empty() {
        tx.caller().require(Transition::Cancel.action())?;
    }
    for load in loads {
        let input = TransitionInput { reason: reason.to_owned(), ..TransitionInput::default() };
        perform(tx, load, Transition::Cancel, input).await?;
    }
    Ok(())
}

/// Refuses a load without the fields that its status requires.
pub fn validate_status_fields(validator: &mut Validator, row: &Model) {
    let status = enum_text(&row.status);
    if matches!(row.status, Status::Scheduled | Status::Dispatched | Status::InProgress) {
        let ends = [("scheduledPickup", row.scheduled_pickup), ("scheduledDelivery", row.scheduled_delivery)];
        for (field, _) in ends.into_iter().filter(|(_, at)| at.is_none()) {
            validator.fail(
                Code::Required,
                field,
                format!("A load that is {status} has its appointments; give {field}."),
            );
        }
    }
    if matches!(row.status, Status::Dispatched | Status::InProgress) && row.driver.is_none() && row.carrier.is_none() {
        validator.fail(
            Code::Required,
            "driver",
            format!("A load that is {status} has a driver or a carrier; give one."),
        );
    }
}

/// Adds the first entry to the history of a new load.
pub fn begin_history(tx: &Tx, customer: Uuid, at: DateTime<Utc>, history: &mut ChildRows<load_status::Entity>) {
    history.after.push(load_status::Model {
        from_status: None,
        to_status: Status::New,
        at,
        actor: tx.caller().subject.clone(),
        key_owner_id: customer,
        ..load_status::Model::default()
    });
}

/// Refuses to open a load whose customer or addresses are deleted.
pub async fn ensure_references_live(tx: &Tx, row: &Model) -> Result<()> {
    reference::ensure_live::<customer::Entity>(tx, row.customer_id).await?;
    route::ensure_references_live(tx, &ChildRows::read(tx, &edge::LOAD_STOPS, row.id).await?).await
}

async fn perform(tx: &Tx, before: Model, transition: Transition, input: TransitionInput) -> Result<Model> {
    let to = transition.next(before.status).ok_or_else(|| refusal(transition, before.status))?;
    if transition == Transition::Invoice && before.charge_amount.is_none() {
        let message = "A load without charges cannot be invoiced; give it charges with loadUpdate first.";
        return Err(Error::invalid(Code::State, &["id"], message));
    }
    if is_open(to) && !is_open(before.status) {
        ensure_references_live(tx, &before).await?;
    }
    let mut validator = Validator::new();
    let mut after = Model { status: to, ..before.clone() };
    let mut entry = load_status::Model {
        from_status: Some(before.status),
        to_status: to,
        at: input.at.unwrap_or(tx.at()),
        actor: tx.caller().subject.clone(),
        key_owner_id: before.customer_id,
        ..load_status::Model::default()
    };
    validator.check_event("at", Some(&entry.at), tx.at());
    validator.set_sealed_text("note", input.note.clone().into(), MAX_TEXT_CHARS, &mut entry.note);
    let route = update_route(tx, &mut validator, transition, &input, &mut after).await?;
    match transition {
        Transition::Dispatch => {
            validator.set_text("driver", input.driver, MAX_LINE_CHARS, &mut after.driver);
            validator.set_text("truck", input.truck, MAX_LINE_CHARS, &mut after.truck);
            validator.set_text("trailer", input.trailer, MAX_LINE_CHARS, &mut after.trailer);
            validator.set_text("carrier", input.carrier, MAX_LINE_CHARS, &mut after.carrier);
        }
        Transition::Undispatch => {
            (after.driver, after.truck, after.trailer, after.carrier) = (None, None, None, None);
        }
        Transition::Cancel => {
            let mut reason = String::new();
            validator.set_required_text("reason", FieldUpdate::Set(input.reason), MAX_TEXT_CHARS, &mut reason);
            after.cancel_reason = Some(Sealed::plain(&reason));
        }
        Transition::Reopen => after.cancel_reason = None,
        _ => {}
    }
    validate_status_fields(&mut validator, &after);
    let mut history = ChildRows::<load_status::Entity>::read(tx, &edge::LOAD_HISTORY, before.id).await?;
    if history.after.len() >= MAX_TRANSITIONS {
        validator.fail(
            Code::OutOfRange,
            "id",
            format!("A load has at most {MAX_TRANSITIONS} steps; this one has all of them."),
        );
    }
    validator.finish()?;
    history.after.push(entry);
    let mut images = Vec::new();
    if let Some(route) = route {
        images.extend(route.write(tx, before.id).await?);
    }
    images.extend(history.write(tx, before.id).await?);
    tx.update_with_children::<Entity>(&before, after, images).await
}

/// Applies a transition to the route; nothing, if its input names no field of the route.
async fn update_route(
    tx: &Tx,
    validator: &mut Validator,
    transition: Transition,
    input: &TransitionInput,
    row: &mut Model,
) -> Result<Option<ChildRows<load_stop::Entity>>> {
    let times = [&input.scheduled_pickup, &input.scheduled_delivery, &input.arrived_at, &input.departed_at];
    if input.stops.is_empty() && times.into_iter().all(|at| *at == FieldUpdate::Keep) {
        return Ok(None);
    }
    let mut route = ChildRows::read(tx, &edge::LOAD_STOPS, row.id).await?;
    let end =
        if transition == Transition::Complete { load_stop::StopType::Delivery } else { load_stop::StopType::Pickup };
    route::record_visit(tx, validator, [input.arrived_at.clone(), input.departed_at.clone()], end, &mut route);
    let ends = [input.scheduled_pickup.clone(), input.scheduled_delivery.clone()];
    route::update_stops(tx, validator, ends, input.stops.clone(), &mut route, row);
    Ok(Some(route))
}

fn refusal(transition: Transition, from: Status) -> Error {
    let allowed_from: Vec<_> =
        Status::iter().filter(|status| transition.next(*status).is_some()).map(|status| enum_text(&status)).collect();
    let allowed: Vec<_> = Transition::ALL
        .iter()
        .filter(|transition| transition.next(from).is_some())
        .map(|transition| transition.name())
        .collect();
    let allowed = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
    let message = format!(
        "{} needs a load that is {}; this one is {}, which allows {allowed}.",
        transition.name(),
        allowed_from.join(" or "),
        enum_text(&from),
    );
    Error::invalid(Code::State, &["id"], message)
}
