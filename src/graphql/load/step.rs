//! The verbs of loads: each moves a load from one state to the next and leaves a step in its history.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::Load;
use crate::{
    domain::load::{Said, Verb, Visit, step},
    error::Result,
    graphql::{
        mutation::{Outcome, payloads, write},
        scalar::{DateTime, Ref, field, same},
    },
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
    /// What is to be said about it in the history; at most 10,000 characters.
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
}

/// A load's new appointments: what is absent stays.
#[derive(Clone, Debug, InputObject)]
pub struct LoadRescheduleInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    #[graphql(flatten)]
    windows: LoadWindowsInput,
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
}

/// A load that will not be moved.
#[derive(Clone, Debug, InputObject)]
pub struct LoadCancelInput {
    #[graphql(flatten)]
    step: LoadStepInput,
    /// Why; at most 10,000 characters, not empty.
    reason: String,
}

/// Makes the inputs of the verbs that take nothing of their own.
macro_rules! plain {
    ($($(#[$doc:meta])* $input:ident)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, InputObject)]
        pub struct $input {
            #[graphql(flatten)]
            step: LoadStepInput,
        }
    )* };
}

plain! {
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

impl LoadWindowsInput {
    fn said(self) -> Said {
        let visit = |stop: LoadStopWindowInput| Visit {
            position: stop.position,
            window_start: field(stop.window_start, |at| at.0),
            window_end: field(stop.window_end, |at| at.0),
            ..Visit::default()
        };
        Said {
            scheduled_pickup: self.scheduled_pickup.map(|at| at.0).into(),
            scheduled_delivery: self.scheduled_delivery.map(|at| at.0).into(),
            stops: self.stops.into_iter().flatten().map(visit).collect(),
            ..Said::default()
        }
    }
}

/// What is said about where the driver was.
fn driven(arrived: Option<DateTime>, departed: Option<DateTime>, stops: Option<Vec<LoadStopVisitInput>>) -> Said {
    let visit = |stop: LoadStopVisitInput| Visit {
        position: stop.position,
        arrived_at: field(stop.arrived_at, |at| at.0),
        departed_at: field(stop.departed_at, |at| at.0),
        ..Visit::default()
    };
    Said {
        arrived_at: arrived.map(|at| at.0).into(),
        departed_at: departed.map(|at| at.0).into(),
        stops: stops.into_iter().flatten().map(visit).collect(),
        ..Said::default()
    }
}

/// Runs a verb.
async fn run(ctx: &Context<'_>, verb: Verb, input: LoadStepInput, said: Said) -> Result<Outcome<Load>> {
    let said = Said { at: input.at.map(|at| at.0), note: input.note, ..said };
    let stepped = async |tx: &_| step(tx, &input.id.0, input.expected_version, verb, said).await;
    write::<Load>(ctx, verb.action(), stepped).await
}

payloads! {
    load: Load;
    LoadSchedulePayload, LoadReschedulePayload, LoadDispatchPayload, LoadUndispatchPayload, LoadStartPayload,
    LoadCompletePayload, LoadReopenPayload, LoadInvoicePayload, LoadUninvoicePayload, LoadPayPayload, LoadCancelPayload,
}

/// The verbs.
#[derive(Default)]
pub struct LoadStepMutation;

#[Object]
impl LoadStepMutation {
    /// Gives a NEW load its appointments: it is SCHEDULED. Needs `load:write`.
    async fn load_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load and its appointments.")] input: LoadScheduleInput,
    ) -> Result<LoadSchedulePayload> {
        Ok(run(ctx, Verb::Schedule, input.step, input.windows.said()).await?.into())
    }

    /// Gives a load that is SCHEDULED, DISPATCHED or IN_PROGRESS other appointments; its state stays. Needs `load:write`.
    async fn load_reschedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load and its new appointments.")] input: LoadRescheduleInput,
    ) -> Result<LoadReschedulePayload> {
        Ok(run(ctx, Verb::Reschedule, input.step, input.windows.said()).await?.into())
    }

    /// Gives a SCHEDULED load to a driver or carrier: it is DISPATCHED. Needs `load:write`.
    async fn load_dispatch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load and who moves it.")] input: LoadDispatchInput,
    ) -> Result<LoadDispatchPayload> {
        let said = Said {
            driver: same(input.driver),
            truck: same(input.truck),
            trailer: same(input.trailer),
            carrier: same(input.carrier),
            ..Said::default()
        };
        Ok(run(ctx, Verb::Dispatch, input.step, said).await?.into())
    }

    /// Takes a DISPATCHED load back: it is SCHEDULED, without driver, truck, trailer and carrier. Needs `load:write`.
    async fn load_undispatch(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load.")] input: LoadUndispatchInput,
    ) -> Result<LoadUndispatchPayload> {
        Ok(run(ctx, Verb::Undispatch, input.step, Said::default()).await?.into())
    }

    /// Says that a DISPATCHED load is under way: it is IN_PROGRESS. Needs `load:write`.
    async fn load_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load and where the driver was.")] input: LoadStartInput,
    ) -> Result<LoadStartPayload> {
        let said = driven(input.arrived_at, input.departed_at, input.stops);
        Ok(run(ctx, Verb::Start, input.step, said).await?.into())
    }

    /// Says that a load that is IN_PROGRESS was delivered: it is COMPLETED. Needs `load:write`.
    async fn load_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load and where the driver was.")] input: LoadCompleteInput,
    ) -> Result<LoadCompletePayload> {
        let said = driven(input.arrived_at, input.departed_at, input.stops);
        Ok(run(ctx, Verb::Complete, input.step, said).await?.into())
    }

    /// Opens a load again: a COMPLETED one is IN_PROGRESS, a CANCELLED one is NEW. Refused where its customer or an
    /// address of its stops is deleted. Needs `load:write`.
    async fn load_reopen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load.")] input: LoadReopenInput,
    ) -> Result<LoadReopenPayload> {
        Ok(run(ctx, Verb::Reopen, input.step, Said::default()).await?.into())
    }

    /// Says that a COMPLETED load was billed: it is INVOICED. Refused for a load without charges, because there would be
    /// nothing to bill; a charge of zero will do. Needs `load:bill`.
    async fn load_invoice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load.")] input: LoadInvoiceInput,
    ) -> Result<LoadInvoicePayload> {
        Ok(run(ctx, Verb::Invoice, input.step, Said::default()).await?.into())
    }

    /// Takes the invoice of an INVOICED load back: it is COMPLETED. Needs `load:bill`.
    async fn load_uninvoice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load.")] input: LoadUninvoiceInput,
    ) -> Result<LoadUninvoicePayload> {
        Ok(run(ctx, Verb::Uninvoice, input.step, Said::default()).await?.into())
    }

    /// Says that an INVOICED load was paid: it is PAID, for good. Needs `load:bill`.
    async fn load_pay(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load.")] input: LoadPayInput,
    ) -> Result<LoadPayPayload> {
        Ok(run(ctx, Verb::Pay, input.step, Said::default()).await?.into())
    }

    /// Cancels a load that is not COMPLETED yet: it is CANCELLED. Needs `load:write`.
    async fn load_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The load and why.")] input: LoadCancelInput,
    ) -> Result<LoadCancelPayload> {
        let said = Said { reason: input.reason, ..Said::default() };
        Ok(run(ctx, Verb::Cancel, input.step, said).await?.into())
    }
}
