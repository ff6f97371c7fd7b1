//! The inputs of a mutation: without their types, and with the keys that make them safe to send again.

use std::sync::Arc;

use access::Action;
use async_graphql::{Context, InputObject, Value};
use domain::validator::MAX_LINE_CHARS;
use error::{Code, Error, Result, Violation};
use futures_util::future::BoxFuture;
use serde_json::Value as Json;
use store::{Tx, tx::Idempotency};

use crate::graphql::{
    context::ContextExt,
    entity_object::{EntityObject, RowOf},
};

/// Below this, a number of 64 bits has every whole number (2 to the power of 53).
const WHOLE_NUMBERS: f64 = 9_007_199_254_740_992.0;

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

/// An input, and the domain function that it is for.
pub trait MutationInput: IdempotentInput + Clone + Send + Sync + 'static {
    /// The type of the row that the function returns.
    type EntityObject: EntityObject;
    /// The action that the caller must be allowed to do.
    const ACTION: Action;

    /// Runs the function. It may run more than once: a transaction that a concurrent write aborted is repeated.
    fn execute(self, tx: &Tx) -> impl Future<Output = Result<RowOf<Self::EntityObject>>> + Send;
}

/// An input without its type: what follows is compiled once for each entity instead of once for each input.
pub struct ErasedInput<F: EntityObject> {
    /// The action that the caller must be allowed to do.
    pub action: Action,
    /// The key that makes it safe to send the input again.
    pub idempotency_key: Option<String>,
    /// Runs its domain function.
    pub execute: Execute<F>,
}

/// Runs the domain function of an input in a transaction, again in each attempt.
pub type Execute<F> = Arc<dyn for<'a> Fn(&'a Tx) -> BoxFuture<'a, Result<RowOf<F>>> + Send + Sync>;

impl<F: EntityObject> Clone for ErasedInput<F> {
    fn clone(&self) -> Self {
        let Self { action, idempotency_key, execute } = self;
        Self { action: *action, idempotency_key: idempotency_key.clone(), execute: execute.clone() }
    }
}

impl<F: EntityObject> ErasedInput<F> {
    /// An input whose type is forgotten.
    pub fn new<V: MutationInput<EntityObject = F>>(input: V) -> Self {
        Self {
            action: V::ACTION,
            idempotency_key: input.idempotency_key().map(str::to_owned),
            execute: Arc::new(move |tx| Box::pin(input.clone().execute(tx))),
        }
    }
}

/// An input with its idempotency key.
pub type KeyedInput<F> = (ErasedInput<F>, Option<Idempotency>);

/// Each input with its idempotency key, or what is wrong with its key.
pub fn keyed<F: EntityObject>(
    ctx: &Context<'_>,
    inputs: &[ErasedInput<F>],
) -> Result<Vec<Result<KeyedInput<F>, Violation>>> {
    let keyed = |(index, input): (usize, &ErasedInput<F>)| {
        let idempotency = idempotency(ctx, input.idempotency_key.as_deref(), Some(index))?;
        Ok(idempotency.map(|idempotency| (input.clone(), idempotency)))
    };
    inputs.iter().enumerate().map(keyed).collect()
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
