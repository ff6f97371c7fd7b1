//! The transitions of loads: each moves a load from one status to the next and adds an entry to its history.

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

/// The fields that the input of every transition has.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStepInput {
    /// The load.
    id: Ref,
    /// The version that the load must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// When it happened; at most ten minutes in the future. Defaults to now.
    at: Option<DateTime>,
    /// A note for the status history; at most 10,000 characters.
    note: Option<String>,
}

/// The appointment at one stop. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStopWindowInput {
    /// The stop's position in the route, counted from 0.
    position: i32,
    /// The start of the appointment.
    window_start: MaybeUndefined<DateTime>,
    /// The end of the appointment; not before its start.
    window_end: MaybeUndefined<DateTime>,
}

/// The driver's visit to one stop. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStopVisitInput {
    /// The stop's position in the route, counted from 0.
    position: i32,
    /// When the driver arrived.
    arrived_at: MaybeUndefined<DateTime>,
    /// When the driver departed; not before the arrival.
    departed_at: MaybeUndefined<DateTime>,
}

/// The appointments of a load. The first PICKUP and the last DELIVERY each require one, given here or earlier.
#[derive(Clone, Debug, InputObject)]
pub struct LoadScheduleInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    #[graphql(flatten)]
    windows: LoadWindowsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The new appointments of a load. An omitted appointment stays as it is.
#[derive(Clone, Debug, InputObject)]
pub struct LoadRescheduleInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    #[graphql(flatten)]
    windows: LoadWindowsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The appointments that scheduling and rescheduling share.
#[derive(Clone, Debug, InputObject)]
pub struct LoadWindowsInput {
    /// The start of the appointment at the first PICKUP; an existing appointment keeps its length.
    scheduled_pickup: Option<DateTime>,
    /// The start of the appointment at the last DELIVERY; an existing appointment keeps its length.
    scheduled_delivery: Option<DateTime>,
    /// The appointments at individual stops. They override `scheduledPickup` and `scheduledDelivery`.
    stops: Option<Vec<LoadStopWindowInput>>,
}

/// The driver or the carrier that moves a load. One of them is required, given here or earlier. An omitted field stays
/// as it is; null clears it.
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

/// The start of a load's transport.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStartInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    /// When the driver arrived at the first PICKUP.
    arrived_at: Option<DateTime>,
    /// When the driver departed from there; not before the arrival.
    departed_at: Option<DateTime>,
    /// The driver's visits to individual stops.
    stops: Option<Vec<LoadStopVisitInput>>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The delivery of a load.
#[derive(Clone, Debug, InputObject)]
pub struct LoadCompleteInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    /// When the driver arrived at the last DELIVERY.
    arrived_at: Option<DateTime>,
    /// When the driver departed from there; not before the arrival.
    departed_at: Option<DateTime>,
    /// The driver's visits to individual stops.
    stops: Option<Vec<LoadStopVisitInput>>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The cancellation of a load.
#[derive(Clone, Debug, InputObject)]
pub struct LoadCancelInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    /// The reason; 1 to 10,000 characters.
    reason: String,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// Makes the inputs of the transitions that have no fields of their own.
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
    /// The load to take back from its driver or carrier.
    LoadUndispatchInput
    /// The load to reopen.
    LoadReopenInput
    /// The load to mark as invoiced.
    LoadInvoiceInput
    /// The load whose invoice to withdraw.
    LoadUninvoiceInput
    /// The load to mark as paid.
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
        let stop_update = |stop: LoadStopWindowInput| StopUpdate {
            position: stop.position,
            window_start: map_field(stop.window_start, |at| at.0),
            window_end: map_field(stop.window_end, |at| at.0),
            ..StopUpdate::default()
        };
        TransitionInput {
            scheduled_pickup: self.scheduled_pickup.map(|at| at.0).into(),
            scheduled_delivery: self.scheduled_delivery.map(|at| at.0).into(),
            stops: self.stops.into_iter().flatten().map(stop_update).collect(),
            ..TransitionInput::default()
        }
    }
}

/// The details of a transition that records the driver's visits.
fn visit_input(
    arrived_at: Option<DateTime>,
    departed_at: Option<DateTime>,
    stops: Option<Vec<LoadStopVisitInput>>,
) -> TransitionInput {
    let stop_update = |stop: LoadStopVisitInput| StopUpdate {
        position: stop.position,
        arrived_at: map_field(stop.arrived_at, |at| at.0),
        departed_at: map_field(stop.departed_at, |at| at.0),
        ..StopUpdate::default()
    };
    TransitionInput {
        arrived_at: arrived_at.map(|at| at.0).into(),
        departed_at: departed_at.map(|at| at.0).into(),
        stops: stops.into_iter().flatten().map(stop_update).collect(),
        ..TransitionInput::default()
    }
}

mutations! {
    /// The mutations that move a load to another status, or change its appointments.
    LoadStepMutation of load: Load;

    /// Sets the appointments of a NEW load. Its status becomes SCHEDULED. Requires `load:write`.
    load_schedule as "loadSchedule", load_schedule_many
        (LoadScheduleInput: "The load and its appointments.") -> LoadSchedulePayload
        requires Transition::Schedule.action() => |tx, input| {
            let details = input.windows.transition_input();
            input.step.apply(tx, Transition::Schedule, details).await
        };

    /// Changes the appointments of a load that is SCHEDULED, DISPATCHED or IN_PROGRESS. Its status stays the same.
    /// Requires `load:write`.
    load_reschedule as "loadReschedule", load_reschedule_many
        (LoadRescheduleInput: "The load and its new appointments.") -> LoadReschedulePayload
        requires Transition::Reschedule.action() => |tx, input| {
            let details = input.windows.transition_input();
            input.step.apply(tx, Transition::Reschedule, details).await
        };

    /// Assigns a SCHEDULED load to a driver or a carrier. Its status becomes DISPATCHED. Requires `load:write`.
    load_dispatch as "loadDispatch", load_dispatch_many
        (LoadDispatchInput: "The load and its driver or carrier.") -> LoadDispatchPayload
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

    /// Takes a DISPATCHED load back from its driver or carrier and clears driver, truck, trailer and carrier. Its
    /// status becomes SCHEDULED. Requires `load:write`.
    load_undispatch as "loadUndispatch", load_undispatch_many
        (LoadUndispatchInput: "The load to take back.") -> LoadUndispatchPayload
        requires Transition::Undispatch.action() => |tx, input| {
            input.step.apply(tx, Transition::Undispatch, TransitionInput::default()).await
        };

    /// Marks a DISPATCHED load as under way. Its status becomes IN_PROGRESS. Requires `load:write`.
    load_start as "loadStart", load_start_many
        (LoadStartInput: "The load and the driver's visits.") -> LoadStartPayload
        requires Transition::Start.action() => |tx, input| {
            let details = visit_input(input.arrived_at, input.departed_at, input.stops);
            input.step.apply(tx, Transition::Start, details).await
        };

    /// Marks a load that is IN_PROGRESS as delivered. Its status becomes COMPLETED. Requires `load:write`.
    load_complete as "loadComplete", load_complete_many
        (LoadCompleteInput: "The load and the driver's visits.") -> LoadCompletePayload
        requires Transition::Complete.action() => |tx, input| {
            let details = visit_input(input.arrived_at, input.departed_at, input.stops);
            input.step.apply(tx, Transition::Complete, details).await
        };

    /// Reopens a load. A COMPLETED load becomes IN_PROGRESS, a CANCELLED load becomes NEW. Fails if the customer or an
    /// address of its stops is deleted. Requires `load:write`.
    load_reopen as "loadReopen", load_reopen_many
        (LoadReopenInput: "The load to reopen.") -> LoadReopenPayload
        requires Transition::Reopen.action() => |tx, input| {
            input.step.apply(tx, Transition::Reopen, TransitionInput::default()).await
        };

    /// Marks a COMPLETED load as billed. Its status becomes INVOICED. Fails for a load without charges, because there
    /// is nothing to bill; a charge of zero is enough. Requires `load:bill`.
    load_invoice as "loadInvoice", load_invoice_many
        (LoadInvoiceInput: "The load to mark as invoiced.") -> LoadInvoicePayload
        requires Transition::Invoice.action() => |tx, input| {
            input.step.apply(tx, Transition::Invoice, TransitionInput::default()).await
        };

    /// Withdraws the invoice of an INVOICED load. Its status becomes COMPLETED. Requires `load:bill`.
    load_uninvoice as "loadUninvoice", load_uninvoice_many
        (LoadUninvoiceInput: "The load whose invoice to withdraw.") -> LoadUninvoicePayload
        requires Transition::Uninvoice.action() => |tx, input| {
            input.step.apply(tx, Transition::Uninvoice, TransitionInput::default()).await
        };

    /// Marks an INVOICED load as paid. Its status becomes PAID, which is final. Requires `load:bill`.
    load_pay as "loadPay", load_pay_many
        (LoadPayInput: "The load to mark as paid.") -> LoadPayPayload
        requires Transition::Pay.action() => |tx, input| {
            input.step.apply(tx, Transition::Pay, TransitionInput::default()).await
        };

    /// Cancels a load that is not COMPLETED yet. Its status becomes CANCELLED. Requires `load:write`.
    load_cancel as "loadCancel", load_cancel_many
        (LoadCancelInput: "The load and the reason.") -> LoadCancelPayload
        requires Transition::Cancel.action() => |tx, input| {
            let details = TransitionInput { reason: input.reason, ..TransitionInput::default() };
            input.step.apply(tx, Transition::Cancel, details).await
        };
}
