//! Mutations: runs the domain function of an input and turns its result or its violations into a payload.

mod macros;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use access::Action;
use async_graphql::{Context, Enum, InputObject, SelectionField, SimpleObject, Value};
use domain::validator::MAX_LINE_CHARS;
use error::{
    Code, Error, Result, Violation, codes,
    excerpt::{MAX_MESSAGE_CHARS, excerpt},
};
use futures_util::future::BoxFuture;
use sea_orm::prelude::Uuid;
use serde_json::Value as Json;
use store::{Attempts, Deleted, Row, Tx, tx::Idempotency, value::row_bytes};

pub(super) use self::macros::{delete_input, mutations, restore_input};
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

/// An input, and the domain function that it is for.
pub trait MutationInput: IdempotentInput + Clone + Send + Sync + 'static {
    /// The type of the row that the function returns.
    type EntityObject: EntityObject;
    /// The action that the caller must be allowed to do.
    const ACTION: Action;

    /// Runs the function. It may run more than once: a transaction that a concurrent write aborted is repeated.
    fn execute(self, tx: &Tx) -> impl Future<Output = Result<RowOf<Self::EntityObject>>> + Send;
}

/// The field that makes a mutation safe to send again.
#[derive(Clone, Debug, InputObject)]
pub struct IdempotencyInput {
    /// A key that makes it safe to send the mutation again; at most 200 characters. Within 24 hours, the same key with
    /// the same input writes nothing more and returns the row again; with another input it fails with KEY_REUSED.
    /// Without a key, a repeated mutation is executed again.
    pub idempotency_key: Option<String>,
}

/// An input that can be sent again.
pub trait IdempotentInput {
    /// The key that makes it safe to send the input again.
    fn idempotency_key(&self) -> Option<&str>;
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

/// An input without its type: what follows is compiled once for each entity instead of once for each input.
struct ErasedInput<F: EntityObject> {
    action: Action,
    idempotency_key: Option<String>,
    execute: Execute<F>,
}

/// Runs the domain function of an input in a transaction, again in each attempt.
type Execute<F> = Arc<dyn for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<RowOf<F>>> + Send + Sync>;

impl<F: EntityObject> ErasedInput<F> {
    fn new<V: MutationInput<EntityObject = F>>(input: V) -> Self {
        Self {
            action: V::ACTION,
            idempotency_key: input.idempotency_key().map(str::to_owned),
            execute: Arc::new(move |tx| Box::pin(input.clone().execute(tx))),
        }
    }
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
    let mut results = match run_with_retries(ctx, vec![(input, idempotency)]).await {
        Ok(results) => results,
        Err((_, error)) => return error_outcome(ctx, index, error).await,
    };
    let result = results.pop().ok_or_else(|| Error::internal("a mutation returned no row"))?;
    payload(ctx, result, index).await
}

async fn run_each<F: EntityObject>(ctx: &Context<'_>, inputs: Vec<ErasedInput<F>>) -> Result<Vec<Outcome<F>>> {
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
    let mut keyed_inputs = Vec::with_capacity(count);
    let mut invalid_key = None;
    for (index, input) in inputs.into_iter().enumerate() {
        match idempotency(ctx, input.idempotency_key.as_deref(), Some(index))? {
            Ok(idempotency) => keyed_inputs.push((input, idempotency)),
            Err(violation) => invalid_key = invalid_key.or(Some((index, Error::Invalid(vec![violation])))),
        }
    }
    let results = match invalid_key {
        Some(failure) => Err(failure),
        None => run_with_retries(ctx, keyed_inputs).await,
    };
    let (failed_index, error) = match results {
        Ok(results) => {
            let mut outcomes = Vec::with_capacity(count);
            for (index, result) in results.into_iter().enumerate() {
                outcomes.push(payload(ctx, result, Some(index)).await?);
            }
            return Ok(outcomes);
        }
        Err(failure) => failure,
    };
    let failure = error_outcome(ctx, Some(failed_index), error).await?;
    let mut outcomes: Vec<_> = (0..count).map(|index| Outcome::aborted(index, failed_index)).collect();
    if let Some(outcome) = outcomes.get_mut(failed_index) {
        *outcome = failure;
    }
    Ok(outcomes)
}

/// The result of writing an input.
enum WriteResult<M> {
    /// It was written by this request.
    Written(M),
    /// It was written earlier under the same key: the id of the row.
    Replayed(Uuid),
}

/// Runs the mutations of all inputs in one transaction, and repeats it if a concurrent write aborts it. An error comes
/// with the index of the input that failed.
async fn run_with_retries<F: EntityObject>(
    ctx: &Context<'_>,
    inputs: Vec<(ErasedInput<F>, Option<Idempotency>)>,
) -> Result<Vec<WriteResult<RowOf<F>>>, (usize, Error)> {
    // An empty list writes nothing.
    let Some((ErasedInput { action, .. }, _)) = inputs.first() else { return Ok(Vec::new()) };
    let mut attempts = Attempts::default();
    loop {
        let current_index = AtomicUsize::new(0);
        let run_inputs = async |tx: &Tx| {
            let mut results = Vec::with_capacity(inputs.len());
            for (index, (input, idempotency)) in inputs.iter().enumerate() {
                current_index.store(index, Ordering::Relaxed);
                results.push(run_input(tx, input, idempotency.as_ref()).await?);
            }
            for result in &mut results {
                if let WriteResult::Written(row) = result {
                    tx.apply_touch::<F::Entity>(row)?;
                }
            }
            Ok(results)
        };
        let results = ctx.store().write(*action, run_inputs).await;
        ctx.forget_definitions();
        if let Some(results) = attempts.result(results) {
            return results.map_err(|error| (current_index.load(Ordering::Relaxed), error));
        }
    }
}

async fn run_input<F: EntityObject>(
    tx: &Tx,
    input: &ErasedInput<F>,
    idempotency: Option<&Idempotency>,
) -> Result<WriteResult<RowOf<F>>> {
    let Some(idempotency) = idempotency else { return (input.execute)(tx).await.map(WriteResult::Written) };
    if let Some(row) = tx.claim_idempotency_key(idempotency).await? {
        return Ok(WriteResult::Replayed(row));
    }
    let row = (input.execute)(tx).await?;
    tx.record_result(idempotency, row.id()).await?;
    Ok(WriteResult::Written(row))
}

/// The idempotency key of an input with the request that it stands for; none if there is no key. The key of the input
/// takes precedence over the key of the request's header.
pub fn idempotency(
    ctx: &Context<'_>,
    input_key: Option<&str>,
    index: Option<usize>,
) -> Result<Result<Option<Idempotency>, Violation>> {
    let key = match (input_key, &ctx.request().idempotency_key, index) {
        (Some(key), ..) => key.to_owned(),
        (None, Some(header), None) => header.clone(),
        (None, Some(header), Some(index)) => format!("{header}:{index}"),
        (None, None, _) => return Ok(Ok(None)),
    };
    if key.is_empty() || key.chars().count() > MAX_LINE_CHARS {
        let message = format!("A key has 1 to {MAX_LINE_CHARS} characters; this one has {}.", key.chars().count());
        return Ok(Err(Violation::new(Code::OutOfRange, &["idempotencyKey"], message)));
    }
    let argument = ctx.argument()?;
    let mut input = match (&*argument, index) {
        (Value::List(inputs), Some(index)) => inputs.get(index).cloned().unwrap_or_default(),
        (input, _) => input.clone(),
    };
    if let Value::Object(fields) = &mut input {
        fields.shift_remove("idempotencyKey");
    }
    let mut input = input.into_json().map_err(Error::internal)?;
    unify_numbers(&mut input);
    input.sort_all_objects();
    Ok(Ok(Some(Idempotency { key, request: format!("{} {input}", ctx.field().name()) })))
}

/// Writes the whole numbers of a value without a fraction: 1 and 1.0 are the same input.
fn unify_numbers(value: &mut Json) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(unify_numbers),
        Json::Object(fields) => fields.values_mut().for_each(unify_numbers),
        Json::Number(number) => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < WHOLE_NUMBERS);
            if let Some(whole) = whole.and_then(|whole| format!("{whole:.0}").parse::<i64>().ok()) {
                *number = whole.into();
            }
        }
        _ => {}
    }
}

/// Below this, a number of 64 bits has every whole number (2 to the power of 53).
const WHOLE_NUMBERS: f64 = 9_007_199_254_740_992.0;

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
