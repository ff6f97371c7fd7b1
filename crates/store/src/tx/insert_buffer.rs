//! The insert buffer: new rows wait until a statement could read them, and the rows of each table are inserted together.
//!
//! A row is written by a statement of its table, and the database takes longer for a message than for a row. Rows of a
//! transaction that nobody reads before its commit take one statement for each table, whatever their number.

use sea_orm::{
    IdenStatic, Iterable, ModelTrait, Value,
    prelude::Expr,
    sea_query::{Alias, Query},
};

use super::write_batch::WriteBatch;
use crate::{
    page::{RowQuery, SortTerm},
    registry::TABLES,
    table::{RowRule, Table, TenantTable},
};

/// How many parameters one statement has at most: SQLite takes 32,766 (<https://sqlite.org/limits.html>).
const MAX_PARAMETERS: usize = 30_000;

/// The rows that are not inserted yet, by table.
#[derive(Debug, Default)]
pub struct InsertBuffer {
    tables: Vec<BufferedRows>,
}

/// The new rows of one table.
#[derive(Debug)]
struct BufferedRows {
    name: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl InsertBuffer {
    /// Adds a row.
    pub fn push<M: ModelTrait>(&mut self, name: &'static str, row: &M)
    where
        <M::Entity as sea_orm::EntityTrait>::Column: Iterable + IdenStatic,
    {
        let columns = <M::Entity as sea_orm::EntityTrait>::Column::iter;
        let index = self.tables.iter().position(|table| table.name == name).unwrap_or_else(|| {
            let columns = columns().map(|column| column.as_str()).collect();
            self.tables.push(BufferedRows { name, columns, rows: Vec::new() });
            self.tables.len() - 1
        });
        if let Some(table) = self.tables.get_mut(index) {
            table.rows.push(columns().map(|column| row.get(column)).collect());
        }
    }

    /// Whether no row waits.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// Whether a row of a table has a value.
    pub fn has(&self, name: &str, column: &str, value: &Value) -> bool {
        self.tables.iter().filter(|table| table.name == name).any(|table| {
            let index = table.columns.iter().position(|other| *other == column);
            index.is_some_and(|index| table.rows.iter().any(|row| row.get(index) == Some(value)))
        })
    }

    /// Whether a query could read one of the rows.
    pub fn concerns<E: TenantTable>(&self, query: &RowQuery<E>) -> bool {
        let reads_its_table_only = matches!(E::TABLE.row_rule, RowRule::None | RowRule::NotNull(_))
            && query.filter.reads_one_table()
            && query.order.iter().all(SortTerm::is_of_column);
        !self.tables.is_empty()
            && (!reads_its_table_only || self.tables.iter().any(|table| table.name == E::TABLE.name))
    }

    /// Moves the rows into a batch: each table after those that its foreign keys lead to.
    pub fn drain_into(&mut self, batch: &mut WriteBatch, max_rows: usize) {
        let mut tables = std::mem::take(&mut self.tables);
        tables.sort_by_key(|table| TABLES.iter().position(|registered| registered.name == table.name));
        for BufferedRows { name, columns, rows } in tables {
            let parameters = columns.len().max(1);
            let size = (MAX_PARAMETERS / parameters).min(max_rows);
            let mut rows = rows.into_iter().peekable();
            while rows.peek().is_some() {
                let mut insert = Query::insert();
                insert.into_table(Alias::new(name)).columns(columns.iter().copied());
                let mut count = 0;
                for row in rows.by_ref().take(size) {
                    insert.values_panic(row.into_iter().map(Expr::val));
                    count += 1;
                }
                batch.insert(Table::by_name(name), insert, count * parameters);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::{EDGES, Via};

    #[test]
    fn the_registry_has_a_table_after_those_that_its_foreign_keys_lead_to() {
        let position = |table: &Table| TABLES.iter().position(|registered| registered.name == table.name);
        for edge in EDGES.iter().filter(|edge| matches!(edge.via, Via::SourceColumn(_))) {
            assert!(position(edge.target) <= position(edge.source), "{}", edge.name);
        }
    }
}
