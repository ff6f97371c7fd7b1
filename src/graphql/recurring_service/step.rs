//! The mutations of single visits and of pauses: skip, move, reopen, pause and resume.

use access::Action;
use async_graphql::InputObject;
use domain::recurring_service as rules;

use super::RecurringService;
use crate::graphql::{
    mutation::{IdempotencyInput, mutations},
    scalar::{Date, Ref},
};

/// The visit to skip.
#[derive(Clone, Debug, InputObject)]
pub struct RecurringServiceSkipInput {
    /// The recurring service.
    id: Ref,
    /// The version that the recurring service must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The date that the rule of the plan yields.
    date: Date,
    /// The reason, as free text; at most 200 characters.
    reason: Option<String>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The visit to move.
#[derive(Clone, Debug, InputObject)]
pub struct RecurringServiceMoveInput {
    /// The recurring service.
    id: Ref,
    /// The version that the recurring service must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The date that the rule of the plan yields, also if the visit was moved before.
    date: Date,
    /// The date on which the visit takes place instead; at most 366 days from `date`.
    to: Date,
    /// The local time at which the visit begins, as `10:00`. Omitted: at the plan's `preferredTime`.
    time: Option<String>,
    /// The reason, as free text; at most 200 characters.
    reason: Option<String>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The visit to plan again.
#[derive(Clone, Debug, InputObject)]
pub struct RecurringServiceReopenInput {
    /// The recurring service.
    id: Ref,
    /// The version that the recurring service must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The date that the rule of the plan yields.
    date: Date,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The pause of a plan.
#[derive(Clone, Debug, InputObject)]
pub struct RecurringServicePauseInput {
    /// The recurring service.
    id: Ref,
    /// The version that the recurring service must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The first day without visits. Defaults to today in the plan's time zone.
    from: Option<Date>,
    /// The first day with visits again; later than `from`. Omitted: `recurringServiceResume` ends the pause.
    resumes_on: Option<Date>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The end of a pause.
#[derive(Clone, Debug, InputObject)]
pub struct RecurringServiceResumeInput {
    /// The recurring service.
    id: Ref,
    /// The version that the recurring service must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The first day with visits again. The first day of a pause takes the pause back. Defaults to today in the plan's time
    /// zone.
    on: Option<Date>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

mutations! {
    /// The mutations of single visits and of pauses.
    RecurringServiceStepMutation of recurring_service: RecurringService;

    /// Skips the visit of a date. A booked one that nobody changed is cancelled for the reason; one that was changed by hand or
    /// is done is refused with STATE. Requires `recurring_service:write`.
    recurring_service_skip as "recurringServiceSkip", recurring_service_skip_many
        (RecurringServiceSkipInput: "The recurring service and the date.") -> RecurringServiceSkipPayload
        requires Action::RecurringServiceWrite => |tx, input| {
            rules::skip(tx, &input.id.0, input.expected_version, input.date.0, input.reason).await
        };

    /// Moves the visit of a date to another day or time. A booked one that nobody changed gets the new times; one that was
    /// changed by hand, is done or is cancelled is refused with STATE. Requires `recurring_service:write`.
    recurring_service_move as "recurringServiceMove", recurring_service_move_many
        (RecurringServiceMoveInput: "The recurring service, the date, and where it is moved to.") -> RecurringServiceMovePayload
        requires Action::RecurringServiceWrite => |tx, input| {
            let change = rules::Move { to: input.to.0, time: input.time, reason: input.reason };
            rules::move_to(tx, &input.id.0, input.expected_version, input.date.0, change).await
        };

    /// Plans the visit of a date again as the rule says: takes back that it was skipped or moved, and books a new service
    /// record in place of one that was cancelled or deleted, which stays as it is. Requires `recurring_service:write`.
    recurring_service_reopen as "recurringServiceReopen", recurring_service_reopen_many
        (RecurringServiceReopenInput: "The recurring service and the date.") -> RecurringServiceReopenPayload
        requires Action::RecurringServiceWrite => |tx, input| {
            rules::reopen(tx, &input.id.0, input.expected_version, input.date.0).await
        };

    /// Pauses a plan: no visit takes place from a day on. Booked ones that nobody changed are deleted. Fails with OVERLAP if
    /// the plan is paused at that time already. Requires `recurring_service:write`.
    recurring_service_pause as "recurringServicePause", recurring_service_pause_many
        (RecurringServicePauseInput: "The recurring service and the pause.") -> RecurringServicePausePayload
        requires Action::RecurringServiceWrite => |tx, input| {
            let (from, resumes_on) = (input.from.map(|day| day.0), input.resumes_on.map(|day| day.0));
            rules::pause(tx, &input.id.0, input.expected_version, from, resumes_on).await
        };

    /// Ends the pause of a day: visits take place again from that day on. What the pause left out is not made up for. Requires
    /// `recurring_service:write`.
    recurring_service_resume as "recurringServiceResume", recurring_service_resume_many
        (RecurringServiceResumeInput: "The recurring service and the day.") -> RecurringServiceResumePayload
        requires Action::RecurringServiceWrite => |tx, input| {
            rules::resume(tx, &input.id.0, input.expected_version, input.on.map(|day| day.0)).await
        };
}
