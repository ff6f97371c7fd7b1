//! Rehearsal: the rows that the inputs of a list name are read and locked for all of them together.
//!
//! The inputs of a list run one after the other, and each would read the rows it names by statements of its own. So they are
//! rehearsed first: every input runs up to the first row that it names, the rows of all of them are read by one statement,
//! and the inputs go on to what they name next. A rehearsal reads only what is looked up and writes nothing; its results
//! are dropped, and what it read is kept until the transaction writes one of those rows.

use std::{
    future::{pending, poll_fn},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use error::Result;
use futures_util::future::BoxFuture;

use super::{
    lookup::{Lookup, ModelOf, WantedRows, query},
    transaction::Tx,
};

impl Tx {
    /// The rows that texts find, locked until the transaction ends. Those that nothing looked up before take one statement.
    pub async fn look_up<L: Lookup>(&self, texts: &[String]) -> Result<Vec<Arc<ModelOf<L>>>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.pending().lookups.get::<L>(texts);
        if let Some(rows) = rows {
            return Ok(rows);
        }
        // What the caller may not read is told before anything waits.
        let query = query::<L>(self.caller(), texts)?;
        if self.is_rehearsal() {
            self.pending().lookups.want::<L>(texts);
            return Ok(poll_fn(|_| self.pending().lookups.get::<L>(texts).map_or(Poll::Pending, Poll::Ready)).await);
        }
        // Boxed, because the futures of operations would contain every lookup.
        let rows = Box::pin(self.all_with_lock(&query, L::LOCK)).await?;
        let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
        self.pending().lookups.remember::<L>(texts.to_vec(), &rows);
        Ok(rows)
    }

    /// Rehearses operations, before any of them runs.
    pub async fn rehearse(&self, mut operations: Vec<BoxFuture<'_, ()>>) -> Result<()> {
        loop {
            let wanted = self.rehearse_on(&mut operations);
            if wanted.is_empty() {
                return Ok(());
            }
            for wanted in wanted {
                let rows = self.rows(self.locked(wanted.statement(self.caller())?, wanted.lock())).await?;
                wanted.remember(self.caller(), &rows, &mut self.pending().lookups)?;
            }
        }
    }

    /// Runs operations up to what they look up next.
    fn rehearse_on(&self, operations: &mut Vec<BoxFuture<'_, ()>>) -> Vec<Box<dyn WantedRows>> {
        self.pending().lookups.is_rehearsal = true;
        let mut context = Context::from_waker(Waker::noop());
        operations.retain_mut(|operation| operation.as_mut().poll(&mut context).is_pending());
        let mut pending = self.pending();
        pending.lookups.is_rehearsal = false;
        pending.lookups.take_wanted()
    }

    /// Whether the operations that run are rehearsed.
    pub(super) fn is_rehearsal(&self) -> bool {
        self.pending().lookups.is_rehearsal
    }

    /// Ends a rehearsed operation at what is not looked up.
    pub(super) async fn end_rehearsal(&self) {
        if self.is_rehearsal() {
            pending::<()>().await;
        }
    }
}
