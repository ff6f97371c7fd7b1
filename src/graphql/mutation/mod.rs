//! Mutations: how a verb is run, and how what it gives or refuses reaches the client.

mod macros;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use access::Action;
use async_graphql::{Context, Enum, InputObject, SimpleObject, Value};
use domain::validator::MAX_LINE_CHARS;
use error::{Code, Error, Result, Violation, codes};
use sea_orm::prelude::Uuid;
use store::{Deleted, Row, Tx, tx::Idempotency};

pub(super) use self::macros::{delete_input, mutations, restore_input};
use super::{
    context::ContextExt,
    entity_object::{EntityObject, RowOf},
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
    /// A violation of the input that stands at a place of the arguments.
    pub fn at(place: &[String], violation: Violation) -> Self {
        let field = place.iter().cloned().chain(violation.path).collect();
        Self { code: violation.code.into(), message: violation.message, field }
    }
}

/// An input, and the verb of a domain that it is for.
pub trait MutationInput: IdempotentInput + Clone + Send + Sync {
    /// The type of the row that the verb gives.
    type EntityObject: EntityObject;
    /// What its caller must be allowed to do.
    const ACTION: Action;

    /// Runs it. It may run more than idempotency: what somebody else's write broke off is done again.
    fn execute(self, tx: &Tx) -> impl Future<Output = Result<RowOf<Self::EntityObject>>> + Send;
}

/// What makes a mutation safe to send again.
#[derive(Clone, Debug, InputObject)]
pub struct IdempotencyInput {
    /// A key that makes it safe to send the mutation again; at most 200 characters. Within 24 hours, the same key with
    /// the same input writes nothing more and returns the row again; with another input it fails with KEY_REUSED.
    /// Without a key, a repeated mutation is executed again.
    pub idempotency_key: Option<String>,
}

/// An input that can be sent again.
pub trait IdempotentInput {
    /// The key that makes it safe.
    fn idempotency_key(&self) -> Option<&str>;
}

/// What a verb came to: the row, or why there is none.
pub struct Outcome<F> {
    /// The row as it is now; null if nothing was written, but the present row on a version conflict.
    pub node: Option<F>,
    /// Why nothing was written.
    pub user_errors: Vec<UserError>,
}

/// How often a verb is run before its caller is told that somebody else was in the way.
const MAX_ATTEMPTS: u32 = 3;

/// Runs the verb of an input.
pub async fn write<V: MutationInput>(ctx: &Context<'_>, input: V) -> Result<Outcome<V::EntityObject>> {
    run_one(ctx, input, None).await
}

/// Runs the verb of each input of a list: each in a transaction of its own, or all in one.
pub async fn write_many<V: MutationInput>(
    ctx: &Context<'_>,
    inputs: Vec<V>,
    atomic: bool,
) -> Result<Vec<Outcome<V::EntityObject>>> {
    let most = ctx.request().limits.items;
    if inputs.len() > most {
        return Err(Error::BadInput(format!("inputs has at most {most} items; {} were given.", inputs.len())));
    }
    ctx.store().caller().require(V::ACTION)?;
    if atomic { run_atomic(ctx, inputs).await } else { run_each(ctx, inputs).await }
}

async fn run_one<V: MutationInput>(
    ctx: &Context<'_>,
    input: V,
    index: Option<usize>,
) -> Result<Outcome<V::EntityObject>> {
    let idempotency = match idempotency(ctx, input.idempotency_key(), index)? {
        Ok(idempotency) => idempotency,
        Err(violation) => return refused(ctx, index, Error::Invalid(vec![violation])).await,
    };
    let mut done = match run_with_retries(ctx, vec![(input, idempotency)]).await {
        Ok(done) => done,
        Err((_, error)) => return refused(ctx, index, error).await,
    };
    let done = done.pop().ok_or_else(|| Error::internal("a verb without a row"))?;
    payload(ctx, done, index).await
}

async fn run_each<V: MutationInput>(ctx: &Context<'_>, inputs: Vec<V>) -> Result<Vec<Outcome<V::EntityObject>>> {
    let mut outcomes = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.into_iter().enumerate() {
        // What was written before must be told, whatever becomes of the rest.
        let outcome = run_one(ctx, input, Some(index)).await;
        outcomes.push(outcome.unwrap_or_else(|error| Outcome::failed(ctx, index, error)));
    }
    Ok(outcomes)
}

async fn run_atomic<V: MutationInput>(ctx: &Context<'_>, inputs: Vec<V>) -> Result<Vec<Outcome<V::EntityObject>>> {
    let count = inputs.len();
    let mut asked = Vec::with_capacity(count);
    let mut wrong = None;
    for (index, input) in inputs.into_iter().enumerate() {
        match idempotency(ctx, input.idempotency_key(), Some(index))? {
            Ok(idempotency) => asked.push((input, idempotency)),
            Err(violation) => wrong = wrong.or(Some((index, Error::Invalid(vec![violation])))),
        }
    }
    let done = match wrong {
        Some(wrong) => Err(wrong),
        None => run_with_retries(ctx, asked).await,
    };
    let (failed_index, error) = match done {
        Ok(done) => {
            let mut outcomes = Vec::with_capacity(count);
            for (index, done) in done.into_iter().enumerate() {
                outcomes.push(payload(ctx, done, Some(index)).await?);
            }
            return Ok(outcomes);
        }
        Err(refusal) => refusal,
    };
    let refusal = refused(ctx, Some(failed_index), error).await?;
    let mut outcomes: Vec<_> = (0..count).map(|index| Outcome::aborted(index, failed_index)).collect();
    if let Some(outcome) = outcomes.get_mut(failed_index) {
        *outcome = refusal;
    }
    Ok(outcomes)
}

/// What became of an input.
enum WriteResult<M> {
    /// It was written now.
    Written(M),
    /// It was written before, under the same key: the row's id.
    Replayed(Uuid),
}

/// Runs the verbs of some inputs in one transaction, again where somebody else's write broke it off. What it gives up
/// with goes with the place of the input that was being done.
async fn run_with_retries<V: MutationInput>(
    ctx: &Context<'_>,
    inputs: Vec<(V, Option<Idempotency>)>,
) -> Result<Vec<WriteResult<RowOf<V::EntityObject>>>, (usize, Error)> {
    let mut left = MAX_ATTEMPTS;
    loop {
        left -= 1;
        let (some, at) = (inputs.clone(), Arc::new(AtomicUsize::new(0)));
        let reached = at.clone();
        let run = async move |tx: &Tx| {
            let mut all = Vec::with_capacity(some.len());
            for (index, (input, idempotency)) in some.into_iter().enumerate() {
                reached.store(index, Ordering::Relaxed);
                all.push(Box::pin(run_input::<V>(tx, input, idempotency)).await?);
            }
            Ok(all)
        };
        let done = ctx.store().write(V::ACTION, run).await;
        ctx.forget_definitions();
        match done {
            Err(Error::Busy) if left > 0 => {}
            Err(error) => return Err((at.load(Ordering::Relaxed), error)),
            Ok(done) => return Ok(done),
        }
    }
}

async fn run_input<V: MutationInput>(
    tx: &Tx,
    input: V,
    idempotency: Option<Idempotency>,
) -> Result<WriteResult<RowOf<V::EntityObject>>> {
    let Some(idempotency) = idempotency else { return input.execute(tx).await.map(WriteResult::Written) };
    if let Some(row) = tx.claim_idempotency_key(&idempotency).await? {
        return Ok(WriteResult::Replayed(row));
    }
    let row = input.execute(tx).await?;
    tx.record_result(&idempotency, row.id()).await?;
    Ok(WriteResult::Written(row))
}

/// The key of an input and what was asked with it; nothing, where there is no key.
pub fn idempotency(
    ctx: &Context<'_>,
    own: Option<&str>,
    index: Option<usize>,
) -> Result<Result<Option<Idempotency>, Violation>> {
    let key = match (own, &ctx.request().idempotency_key, index) {
        (Some(own), ..) => own.to_owned(),
        (None, Some(header), None) => header.clone(),
        (None, Some(header), Some(index)) => format!("{header}:{index}"),
        (None, None, _) => return Ok(Ok(None)),
    };
    if key.is_empty() || key.chars().count() > MAX_LINE_CHARS {
        let message = format!("A key has 1 to {MAX_LINE_CHARS} characters; this one has {}.", key.chars().count());
        return Ok(Err(Violation::new(Code::OutOfRange, &["idempotencyKey"], message)));
    }
    let field = ctx.field();
    let arguments = field.arguments().map_err(|error| Error::internal(error.message))?;
    let given = arguments.into_iter().next().map_or(Value::Null, |(_, given)| given);
    let mut given = match (given, index) {
        (Value::List(list), Some(index)) => list.into_iter().nth(index).unwrap_or_default(),
        (given, _) => given,
    };
    if let Value::Object(input) = &mut given {
        input.shift_remove("idempotencyKey");
    }
    let mut given = given.into_json().map_err(Error::internal)?;
    given.sort_all_objects();
    Ok(Ok(Some(Idempotency { key, request: format!("{} {given}", field.name()) })))
}

/// The row that was written, as it stands now where it was written before.
async fn payload<F: EntityObject>(
    ctx: &Context<'_>,
    done: WriteResult<RowOf<F>>,
    index: Option<usize>,
) -> Result<Outcome<F>> {
    let node = match done {
        WriteResult::Written(row) => Some(F::of(Arc::new(row))),
        WriteResult::Replayed(id) => {
            mark_replayed(ctx, index);
            let find = ctx.store().find::<F::Entity>()?.ids([id]).deleted(Deleted::Include);
            ctx.store().one(&find).await?.map(F::of)
        }
    };
    Ok(Outcome { node, user_errors: Vec::new() })
}

/// Notes that the present mutation, or one input of its list, was done before.
pub fn mark_replayed(ctx: &Context<'_>, index: Option<usize>) {
    let name = ctx.field().alias().unwrap_or_else(|| ctx.field().name());
    ctx.request().repeat(index.map_or_else(|| name.to_owned(), |index| format!("{name}.{index}")));
}

/// Where an input stands in the arguments: alone, or in a list.
fn input_path(index: Option<usize>) -> Vec<String> {
    index.map_or_else(|| vec!["input".to_owned()], |index| vec!["inputs".to_owned(), index.to_string()])
}

/// What a refusal comes to: the rules that the input breaks, or else an error.
async fn refused<F: EntityObject>(ctx: &Context<'_>, index: Option<usize>, error: Error) -> Result<Outcome<F>> {
    let place = input_path(index);
    match error {
        Error::Invalid(violations) => {
            let user_errors = violations.into_iter().map(|violation| UserError::at(&place, violation)).collect();
            Ok(Outcome { node: None, user_errors })
        }
        Error::Stale(violation, id) => {
            // The whole row: the selection here is the payload's, not the object's.
            let find = ctx.store().find::<F::Entity>()?.ids([id]).deleted(Deleted::Include);
            let node = ctx.store().one(&find).await?.map(F::of);
            Ok(Outcome { node, user_errors: vec![UserError::at(&place, violation)] })
        }
        error => Err(error),
    }
}

impl<F> Outcome<F> {
    fn refusal(index: usize, code: Code, message: String) -> Self {
        let violation = Violation::new(code, &[], message);
        Self { node: None, user_errors: vec![UserError::at(&input_path(Some(index)), violation)] }
    }

    /// An input that was not written because another one was refused.
    fn aborted(index: usize, failed_index: usize) -> Self {
        Self::refusal(index, Code::Aborted, format!("Nothing was written, because inputs.{failed_index} was refused."))
    }

    /// An input whose write failed, while others of the list were written.
    fn failed(ctx: &Context<'_>, index: usize, error: Error) -> Self {
        if let Error::Internal(what) = &error {
            let request = &ctx.store().caller().request_id;
            tracing::error!(request_id = request, "{request}: inputs.{index}: {what}");
        }
        let code = if matches!(error, Error::Busy) { Code::Busy } else { Code::Internal };
        Self::refusal(index, code, error.to_string())
    }
}
