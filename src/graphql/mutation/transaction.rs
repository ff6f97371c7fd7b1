//! The transaction of some inputs: rehearsed, run one after the other, and repeated if a concurrent one aborts it.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::Context;
use error::{Error, Result};
use futures_util::FutureExt;
use sea_orm::prelude::Uuid;
use store::{Attempts, Row, Tx, tx::Idempotency};

use super::input::{ErasedInput, KeyedInput};
use crate::graphql::{
    context::ContextExt,
    entity_object::{EntityObject, RowOf},
};

/// What becomes of a row that two inputs of one transaction write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrites {
    /// The transaction changes it once.
    Merge,
    /// The transaction fails, because each input is to have its own change and version.
    Refuse,
}

/// The result of writing an input.
pub enum WriteResult<M> {
    /// It was written by this request.
    Written(M),
    /// It was written earlier under the same key: the id of the row.
    Replayed(Uuid),
}

/// Runs the mutations of all inputs in one transaction, and repeats it if a concurrent write aborts it. An error comes
/// with the index of the input that failed.
pub async fn run_with_retries<F: EntityObject>(
    ctx: &Context<'_>,
    inputs: &[KeyedInput<F>],
    rewrites: Rewrites,
) -> Result<Vec<WriteResult<RowOf<F>>>, (usize, Error)> {
    // An empty list writes nothing.
    let Some((ErasedInput { action, .. }, _)) = inputs.first() else { return Ok(Vec::new()) };
    let mut attempts = Attempts::default();
    loop {
        let current_index = AtomicUsize::new(0);
        let run_inputs = async |tx: &Tx| {
            if inputs.len() > 1 {
                let rehearse = |(input, _): &(ErasedInput<F>, _)| (input.execute)(tx).map(drop).boxed();
                tx.rehearse(inputs.iter().map(rehearse).collect()).await?;
            }
            let mut results = Vec::with_capacity(inputs.len());
            for (index, (input, idempotency)) in inputs.iter().enumerate() {
                current_index.store(index, Ordering::Relaxed);
                tx.begin_operation();
                results.push(run_input(tx, input, idempotency.as_ref()).await?);
            }
            if rewrites == Rewrites::Refuse && tx.has_rewritten_a_row() {
                return Err(Error::Invalid(Vec::new()));
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
