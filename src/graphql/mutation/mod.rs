//! Mutations: runs the domain function of an input and turns its result or its violations into a payload.

mod input;
mod macros;
mod transaction;

use std::sync::Arc;

use async_graphql::{Context, Enum, SelectionField, SimpleObject, resolver_utils};
use error::{
    Code, Error, Result, Violation, codes,
    excerpt::{MAX_MESSAGE_CHARS, excerpt},
};
use serde_json::{Value as Json, json};
use store::{Deleted, value::row_bytes};

pub(super) use self::macros::{delete_input, mutations, restore_input};
use self::{
    input::{ErasedInput, keyed},
    transaction::{Rewrites, run_with_retries},
};
pub use self::{
    input::{IdempotencyInput, IdempotentInput, MutationInput, idempotency},
    transaction::WriteResult,
};
use super::{
    context::ContextExt,
    entity_object::{EntityObject, RowOf},
    row_size::RowSize,
};

codes! {
    /// The kind of rule that an input breaks. A code is never reused for another kind.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "Code")]
    UserErrorCode
}

/// A reason why a mutation wrote nothing. All reasons that are known before the first write are returned together.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// The kind of rule that the input breaks.
    code: UserErrorCode,
    /// An explanation for people: the given value and what is allowed.
    message: String,
    /// The path of the value in the arguments: `["input", "addresses", "0", "city"]`.
    field: Vec<String>,
}

impl UserError {
    /// A violation of the input at a path of the arguments.
    pub fn at(input_path: &[String], violation: Violation) -> Self {
        let field = input_path.iter().cloned().chain(violation.path).collect();
        Self { code: violation.code.into(), message: violation.message, field }
    }
}

/// A violation as JSON, in the form of a user error.
pub fn user_error_json(violation: Violation) -> Json {
    let UserError { code, message, field } = UserError::at(&[], violation);
    let code = resolver_utils::enum_value(code).into_json().unwrap_or_default();
    json!({ "code": code, "message": message, "field": field })
}

/// The outcome of an input: the row, or the reasons why there is none.
pub struct Outcome<F> {
    /// The row after the mutation; none if nothing was written, except the current row on a version conflict.
    pub node: Option<F>,
    /// The bytes of the texts and encrypted values of the row.
    bytes: u64,
    /// The reasons why nothing was written.
    pub user_errors: Vec<UserError>,
}

/// Runs the mutation of one input.
pub async fn write<V: MutationInput>(ctx: &Context<'_>, input: V) -> Result<Outcome<V::EntityObject>> {
    let outcome = run_one(ctx, ErasedInput::new(input), None).await?;
    spend(ctx, std::slice::from_ref(&outcome)).await;
    Ok(outcome)
}

/// Runs the mutation of each input of a list: each in its own transaction, or all in one.
pub async fn write_many<V: MutationInput>(
    ctx: &Context<'_>,
    inputs: Vec<V>,
    atomic: bool,
) -> Result<Vec<Outcome<V::EntityObject>>> {
    let limit = ctx.request().limits.items;
    if inputs.len() > limit {
        return Err(Error::BadInput(format!("inputs has at most {limit} items; {} were given.", inputs.len())));
    }
    ctx.store().caller().require(V::ACTION)?;
    let inputs = inputs.into_iter().map(ErasedInput::new).collect();
    let outcomes = if atomic { run_atomic(ctx, inputs).await? } else { run_each(ctx, inputs).await? };
    spend(ctx, &outcomes).await;
    Ok(outcomes)
}

async fn spend<F: EntityObject>(ctx: &Context<'_>, outcomes: &[Outcome<F>]) {
    let bytes = outcomes.iter().map(|outcome| outcome.bytes).sum();
    spend_payload::<F>(ctx, outcomes.len(), bytes).await;
}

/// Spends what a payload answers: a number of rows with the bytes of their texts. Everything is written: from here on, a
/// spent budget stops the answer.
pub async fn spend_payload<F: EntityObject>(ctx: &Context<'_>, rows: usize, bytes: u64) {
    let size = || {
        let payload = ctx.field();
        let fields: Vec<_> = payload.selection_set().collect();
        RowSize::of(fields.iter().flat_map(SelectionField::selection_set), F::EDGES)
    };
    ctx.store().budget().enforce(true);
    ctx.spend(rows as u64, bytes, size).await;
}

async fn run_one<F: EntityObject>(
    ctx: &Context<'_>,
    input: ErasedInput<F>,
    index: Option<usize>,
) -> Result<Outcome<F>> {
    let idempotency = match idempotency(ctx, input.idempotency_key.as_deref(), index)? {
        Ok(idempotency) => idempotency,
        Err(violation) => return error_outcome(ctx, index, Error::Invalid(vec![violation])).await,
    };
    let mut results = match run_with_retries(ctx, &[(input, idempotency)], Rewrites::Merge).await {
        Ok(results) => results,
        Err((_, error)) => return error_outcome(ctx, index, error).await,
    };
    let result = results.pop().ok_or_else(|| Error::internal("a mutation returned no row"))?;
    payload(ctx, result, index).await
}

/// Each input succeeds or fails on its own. If all succeed, and none writes a row that another one wrote, they share one
/// transaction, which leaves the same as one for each of them, in fewer statements.
async fn run_each<F: EntityObject>(ctx: &Context<'_>, inputs: Vec<ErasedInput<F>>) -> Result<Vec<Outcome<F>>> {
    let keyed_inputs = keyed(ctx, &inputs)?;
    if keyed_inputs.len() > 1 && keyed_inputs.iter().all(Result::is_ok) {
        let keyed_inputs: Vec<_> = keyed_inputs.into_iter().flatten().collect();
        if let Ok(results) = run_with_retries(ctx, &keyed_inputs, Rewrites::Refuse).await {
            return payloads(ctx, results).await;
        }
    }
    let mut outcomes = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.into_iter().enumerate() {
        // The earlier inputs are written: their outcomes must reach the client even if this one fails.
        let outcome = run_one(ctx, input, Some(index)).await;
        outcomes.push(outcome.unwrap_or_else(|error| Outcome::failed(ctx, index, error)));
    }
    Ok(outcomes)
}

async fn run_atomic<F: EntityObject>(ctx: &Context<'_>, inputs: Vec<ErasedInput<F>>) -> Result<Vec<Outcome<F>>> {
    let count = inputs.len();
    let keyed_inputs = keyed(ctx, &inputs)?.into_iter().enumerate();
    let keyed_inputs =
        keyed_inputs.map(|(index, input)| input.map_err(|violation| (index, Error::Invalid(vec![violation]))));
    let results = match keyed_inputs.collect::<Result<Vec<_>, _>>() {
        Ok(keyed_inputs) => run_with_retries(ctx, &keyed_inputs, Rewrites::Merge).await,
        Err(failure) => Err(failure),
    };
    let (failed_index, error) = match results {
        Ok(results) => return payloads(ctx, results).await,
        Err(failure) => failure,
    };
    let failure = error_outcome(ctx, Some(failed_index), error).await?;
    let mut outcomes: Vec<_> = (0..count).map(|index| Outcome::aborted(index, failed_index)).collect();
    if let Some(outcome) = outcomes.get_mut(failed_index) {
        *outcome = failure;
    }
    Ok(outcomes)
}

/// The payloads of all inputs of a list.
async fn payloads<F: EntityObject>(ctx: &Context<'_>, results: Vec<WriteResult<RowOf<F>>>) -> Result<Vec<Outcome<F>>> {
    let mut outcomes = Vec::with_capacity(results.len());
    for (index, result) in results.into_iter().enumerate() {
        outcomes.push(payload(ctx, result, Some(index)).await?);
    }
    Ok(outcomes)
}

/// The outcome of a written input. A row that was written earlier is read again.
async fn payload<F: EntityObject>(
    ctx: &Context<'_>,
    result: WriteResult<RowOf<F>>,
    index: Option<usize>,
) -> Result<Outcome<F>> {
    let row = match result {
        WriteResult::Written(row) => Some(Arc::new(row)),
        WriteResult::Replayed(id) => {
            mark_replayed(ctx, index);
            let find = ctx.store().find::<F::Entity>()?.ids([id]).deleted(Deleted::Include);
            ctx.store().one(&find).await?
        }
    };
    Ok(Outcome::of(row, Vec::new()))
}

/// Notes that the current mutation, or one input of its list, was executed earlier.
pub fn mark_replayed(ctx: &Context<'_>, index: Option<usize>) {
    let name = ctx.field().alias().unwrap_or_else(|| ctx.field().name());
    ctx.request().repeat(index.map_or_else(|| name.to_owned(), |index| format!("{name}.{index}")));
}

/// The path of an input in the arguments: of the only one, or of one in a list.
fn input_path(index: Option<usize>) -> Vec<String> {
    index.map_or_else(|| vec!["input".to_owned()], |index| vec!["inputs".to_owned(), index.to_string()])
}

/// The outcome of an input that failed: its violations as user errors. Any other error stays an error.
async fn error_outcome<F: EntityObject>(ctx: &Context<'_>, index: Option<usize>, error: Error) -> Result<Outcome<F>> {
    let path = input_path(index);
    match error {
        Error::Invalid(violations) => {
            let user_errors = violations.into_iter().map(|violation| UserError::at(&path, violation)).collect();
            Ok(Outcome::of(None, user_errors))
        }
        Error::Stale(violation, id) => {
            // The whole row: the selection here is the payload's, not the object's.
            let find = ctx.store().find::<F::Entity>()?.ids([id]).deleted(Deleted::Include);
            let row = ctx.store().one(&find).await?;
            Ok(Outcome::of(row, vec![UserError::at(&path, violation)]))
        }
        error => Err(error.of_input(&path)),
    }
}

impl<F: EntityObject> Outcome<F> {
    fn of(row: Option<Arc<RowOf<F>>>, user_errors: Vec<UserError>) -> Self {
        let told = |error: &UserError| error.message.len() + error.field.iter().map(String::len).sum::<usize>();
        let told = user_errors.iter().map(told).sum::<usize>() as u64;
        let bytes = row.as_deref().map_or(0, row_bytes).saturating_add(told);
        Self { node: row.map(F::of), bytes, user_errors }
    }

    fn failure(index: usize, code: Code, message: String) -> Self {
        let violation = Violation::new(code, &[], message);
        Self::of(None, vec![UserError::at(&input_path(Some(index)), violation)])
    }

    /// The outcome of an input that was not written because another one failed.
    fn aborted(index: usize, failed_index: usize) -> Self {
        Self::failure(index, Code::Aborted, format!("Nothing was written, because inputs.{failed_index} was refused."))
    }

    /// The outcome of an input whose write failed while others of the list may be written.
    fn failed(ctx: &Context<'_>, index: usize, error: Error) -> Self {
        if let Error::Internal(cause) = &error {
            let request_id = &ctx.store().caller().request_id;
            let cause = excerpt(cause, MAX_MESSAGE_CHARS);
            tracing::error!(request_id, "{request_id}: inputs.{index}: {cause}");
        }
        let code = match &error {
            Error::Busy | Error::WriteTimeout | Error::Overloaded => Code::Busy,
            Error::Forbidden { .. } => Code::Forbidden,
            _ => Code::Internal,
        };
        let message = error.to_string();
        match error {
            Error::Forbidden { field, .. } if !field.is_empty() => {
                Self { node: None, bytes: 0, user_errors: vec![UserError { code: code.into(), message, field }] }
            }
            _ => Self::failure(index, code, message),
        }
    }
}
