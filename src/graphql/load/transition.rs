//! The verbs of loads: each moves a load from one state to the next and leaves a step in its history.

use async_graphql::{InputObject, MaybeUndefined};
use domain::load::{StopUpdate, Transition, TransitionInput, apply_transition};
use entity::load;
use error::Result;
use store::Tx;

use super::Load;
use crate::graphql::{
    mutation::{IdempotencyInput, mutations},
    scalar::{DateTime, Ref, field_update, map_field},
};

/// What every verb takes.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStepInput {
    /// The load.
    id: Ref,
    /// Do it only if the load is still at this version.
    expected_version: Option<i32>,
    /// When it happened; now, if absent. At most ten minutes ahead.
    at: Option<DateTime>,
    /// What is to be input about it in the history; at most 10,000 characters.
    note: Option<String>,
}

/// The appointment at one stop: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStopWindowInput {
    /// The stop's place in the route, counted from 0.
    position: i32,
    /// When the appointment begins.
    window_start: MaybeUndefined<DateTime>,
    /// When the appointment ends; not before it begins.
    window_end: MaybeUndefined<DateTime>,
}

/// The driver at one stop: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStopVisitInput {
    /// The stop's place in the route, counted from 0.
    position: i32,
    /// When the driver came.
    arrived_at: MaybeUndefined<DateTime>,
    /// When the driver left; not before they came.
    departed_at: MaybeUndefined<DateTime>,
}

/// A load's appointments. The first PICKUP and the last DELIVERY need one each, given here or before.
#[derive(Clone, Debug, InputObject)]
pub struct LoadScheduleInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    #[graphql(flatten)]
    windows: LoadWindowsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A load's new appointments: what is absent stays.
#[derive(Clone, Debug, InputObject)]
pub struct LoadRescheduleInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    #[graphql(flatten)]
    windows: LoadWindowsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// Appointments.
#[derive(Clone, Debug, InputObject)]
pub struct LoadWindowsInput {
    /// When the window of the first PICKUP begins; a window that is there keeps its length.
    scheduled_pickup: Option<DateTime>,
    /// When the window of the last DELIVERY begins; a window that is there keeps its length.
    scheduled_delivery: Option<DateTime>,
    /// The appointments at single stops; they go over the two above.
    stops: Option<Vec<LoadStopWindowInput>>,
}

/// Who moves a load: a driver or a carrier, given here or before. What is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct LoadDispatchInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    /// The driver's id in the caller's system; at most 200 characters.
    driver: MaybeUndefined<String>,
    /// The truck's id in the caller's system; at most 200 characters.
    truck: MaybeUndefined<String>,
    /// The trailer's id in the caller's system; at most 200 characters.
    trailer: MaybeUndefined<String>,
    /// The carrier's id in the caller's system; at most 200 characters.
    carrier: MaybeUndefined<String>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A load that is under way.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStartInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    /// When the driver came to the first PICKUP.
    arrived_at: Option<DateTime>,
    /// When the driver left there; not before they came.
    departed_at: Option<DateTime>,
    /// The driver at single stops.
    stops: Option<Vec<LoadStopVisitInput>>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A load that is delivered.
#[derive(Clone, Debug, InputObject)]
pub struct LoadCompleteInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    /// When the driver came to the last DELIVERY.
    arrived_at: Option<DateTime>,
    /// When the driver left there; not before they came.
    departed_at: Option<DateTime>,
    /// The driver at single stops.
    stops: Option<Vec<LoadStopVisitInput>>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A load that will not be moved.
#[derive(Clone, Debug, InputObject)]
pub struct LoadCancelInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    /// Why; at most 10,000 characters, not empty.
    reason: String,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// Makes the inputs of the verbs that take nothing of their own.
macro_rules! plain_inputs {
    ($($(#[$doc:meta])* $input:ident)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, InputObject)]
        pub struct $input {
            #[graphql(flatten)]
            step: LoadStepInput,
            #[graphql(flatten)]
            idempotency: IdempotencyInput,
        }
    )* };
}

plain_inputs! {
    /// A load to be taken back from its driver or carrier.
    LoadUndispatchInput
    /// A load that is to go on.
    LoadReopenInput
    /// A load that is billed.
    LoadInvoiceInput
    /// A load that is not billed after all.
    LoadUninvoiceInput
    /// A load that is paid.
    LoadPayInput
}

impl LoadStepInput {
    /// Runs a transition of the load, with the details that its input adds.
    async fn apply(self, tx: &Tx, transition: Transition, details: TransitionInput) -> Result<load::Model> {
        let input = TransitionInput { at: self.at.map(|at| at.0), note: self.note, ..details };
        apply_transition(tx, &self.id.0, self.expected_version, transition, input).await
    }
}

impl LoadWindowsInput {
    fn transition_input(self) -> TransitionInput {
        let visit = |stop: LoadStopWindowInput| StopUpdate {
            position: stop.position,
            window_start: map_field(stop.window_start, |at| at.0),
            window_end: map_field(stop.window_end, |at| at.0),
            ..StopUpdate::default()
        };
        TransitionInput {
            scheduled_pickup: self.scheduled_pickup.map(|at| at.0).into(),
            scheduled_delivery: self.scheduled_delivery.map(|at| at.0).into(),
            stops: self.stops.into_iter().flatten().map(visit).collect(),
            ..TransitionInput::default()
        }
    }
}

/// What is input about where the driver was.
fn visit_input(
    arrived: Option<DateTime>,
    departed: Option<DateTime>,
    stops: Option<Vec<LoadStopVisitInput>>,
) -> TransitionInput {
    let visit = |stop: LoadStopVisitInput| StopUpdate {
        position: stop.position,
        arrived_at: map_field(stop.arrived_at, |at| at.0),
        departed_at: map_field(stop.departed_at, |at| at.0),
        ..StopUpdate::default()
    };
    TransitionInput {
        arrived_at: arrived.map(|at| at.0).into(),
        departed_at: departed.map(|at| at.0).into(),
        stops: stops.into_iter().flatten().map(visit).collect(),
        ..TransitionInput::default()
    }
}

mutations! {
    /// The verbs.
    LoadStepMutation of load: Load;

    /// Gives a NEW load its appointments: it is SCHEDULED. Needs `load:write`.
    load_schedule as "loadSchedule", load_schedule_many
        (LoadScheduleInput: "The load and its appointments.") -> LoadSchedulePayload
        requires Transition::Schedule.action() => |tx, input| {
            let details = input.windows.transition_input();
            input.step.apply(tx, Transition::Schedule, details).await
        };

    /// Gives a load that is SCHEDULED, DISPATCHED or IN_PROGRESS other appointments; its state stays. Needs `load:write`.
    load_reschedule as "loadReschedule", load_reschedule_many
        (LoadRescheduleInput: "The load and its new appointments.") -> LoadReschedulePayload
        requires Transition::Reschedule.action() => |tx, input| {
            let details = input.windows.transition_input();
            input.step.apply(tx, Transition::Reschedule, details).await
        };

    /// Gives a SCHEDULED load to a driver or carrier: it is DISPATCHED. Needs `load:write`.
    load_dispatch as "loadDispatch", load_dispatch_many
        (LoadDispatchInput: "The load and who moves it.") -> LoadDispatchPayload
        requires Transition::Dispatch.action() => |tx, input| {
            let details = TransitionInput {
                driver: field_update(input.driver),
                truck: field_update(input.truck),
                trailer: field_update(input.trailer),
                carrier: field_update(input.carrier),
                ..TransitionInput::default()
            };
            input.step.apply(tx, Transition::Dispatch, details).await
        };

    /// Takes a DISPATCHED load back: it is SCHEDULED, without driver, truck, trailer and carrier. Needs `load:write`.
    load_undispatch as "loadUndispatch", load_undispatch_many
        (LoadUndispatchInput: "The load.") -> LoadUndispatchPayload
        requires Transition::Undispatch.action() => |tx, input| {
            input.step.apply(tx, Transition::Undispatch, TransitionInput::default()).await
        };

    /// Says that a DISPATCHED load is under way: it is IN_PROGRESS. Needs `load:write`.
    load_start as "loadStart", load_start_many
        (LoadStartInput: "The load and where the driver was.") -> LoadStartPayload
        requires Transition::Start.action() => |tx, input| {
            let details = visit_input(input.arrived_at, input.departed_at, input.stops);
            input.step.apply(tx, Transition::Start, details).await
        };

    /// Says that a load that is IN_PROGRESS was delivered: it is COMPLETED. Needs `load:write`.
    load_complete as "loadComplete", load_complete_many
        (LoadCompleteInput: "The load and where the driver was.") -> LoadCompletePayload
        requires Transition::Complete.action() => |tx, input| {
            let details = visit_input(input.arrived_at, input.departed_at, input.stops);
            input.step.apply(tx, Transition::Complete, details).await
        };

    /// Opens a load again: a COMPLETED one is IN_PROGRESS, a CANCELLED one is NEW. Refused where its customer or an
    /// address of its stops is deleted. Needs `load:write`.
    load_reopen as "loadReopen", load_reopen_many
        (LoadReopenInput: "The load.") -> LoadReopenPayload
        requires Transition::Reopen.action() => |tx, input| {
            input.step.apply(tx, Transition::Reopen, TransitionInput::default()).await
        };

    /// Says that a COMPLETED load was billed: it is INVOICED. Refused for a load without charges, because there would be
    /// nothing to bill; a charge of zero will do. Needs `load:bill`.
    load_invoice as "loadInvoice", load_invoice_many
        (LoadInvoiceInput: "The load.") -> LoadInvoicePayload
        requires Transition::Invoice.action() => |tx, input| {
            input.step.apply(tx, Transition::Invoice, TransitionInput::default()).await
        };

    /// Takes the invoice of an INVOICED load back: it is COMPLETED. Needs `load:bill`.
    load_uninvoice as "loadUninvoice", load_uninvoice_many
        (LoadUninvoiceInput: "The load.") -> LoadUninvoicePayload
        requires Transition::Uninvoice.action() => |tx, input| {
            input.step.apply(tx, Transition::Uninvoice, TransitionInput::default()).await
        };

    /// Says that an INVOICED load was paid: it is PAID, for good. Needs `load:bill`.
    load_pay as "loadPay", load_pay_many
        (LoadPayInput: "The load.") -> LoadPayPayload
        requires Transition::Pay.action() => |tx, input| {
            input.step.apply(tx, Transition::Pay, TransitionInput::default()).await
        };

    /// Cancels a load that is not COMPLETED yet: it is CANCELLED. Needs `load:write`.
    load_cancel as "loadCancel", load_cancel_many
        (LoadCancelInput: "The load and why.") -> LoadCancelPayload
        requires Transition::Cancel.action() => |tx, input| {
            let details = TransitionInput { reason: input.reason, ..TransitionInput::default() };
            input.step.apply(tx, Transition::Cancel, details).await
        };
}
