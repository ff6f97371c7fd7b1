//! How a transaction executes a batch of writes, and inserts the rows that wait.

use error::{Error, Result};
use sea_orm::DbErr;

use super::{transaction::Tx, write_batch::WriteBatch};
use crate::{
    constraint::constraint_error,
    page::RowQuery,
    table::{Table, TenantTable},
};

/// How many rows one statement inserts on SQLite. A text that recurs stays prepared, and long ones hardly recur.
const MAX_ROWS_ON_SQLITE: usize = 64;

impl Tx {
    /// Executes a batch.
    pub(super) async fn execute_batch(&self, batch: WriteBatch) -> Result<()> {
        for (statement, tables) in batch.into_statements(self.session.db.backend()) {
            self.execute_raw(statement).await.map_err(|error| batch_error(&tables, error))?;
        }
        Ok(())
    }

    /// Adds a row to those that are inserted before a statement could read them.
    pub(super) fn buffer_insert<E: TenantTable>(&self, row: &E::Model) {
        self.pending().inserts.push(E::TABLE.name, row);
    }

    /// Inserts the rows that a query could read.
    pub(super) async fn insert_buffered_for<E: TenantTable>(&self, query: &RowQuery<E>) -> Result<()> {
        if self.pending().inserts.concerns(query) { self.insert_buffered().await } else { Ok(()) }
    }

    /// Inserts the rows that wait.
    pub(super) async fn insert_buffered(&self) -> Result<()> {
        if self.pending().inserts.is_empty() {
            return Ok(());
        }
        let mut batch = WriteBatch::default();
        self.pending().inserts.drain_into(&mut batch, self.max_inserted_rows());
        self.execute_batch(batch).await
    }

    /// How many rows one statement inserts.
    pub(super) fn max_inserted_rows(&self) -> usize {
        if self.is_postgres() { usize::MAX } else { MAX_ROWS_ON_SQLITE }
    }
}

/// The error of one of the tables' constraints; its message names the table.
fn batch_error(tables: &[&'static Table], error: DbErr) -> Error {
    let message = error.to_string();
    let is_named = |table: &&'static Table| {
        ["uq_", "fk_"].iter().any(|prefix| message.contains(&format!("{prefix}{}_", table.name)))
            || message.contains(&format!("{}.", table.name))
    };
    // The name of one table may begin with that of another one.
    let named = tables.iter().copied().filter(is_named).max_by_key(|table| table.name.len());
    match named {
        Some(table) => constraint_error(table, error),
        None => error.into(),
    }
}
