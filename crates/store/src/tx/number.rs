//! Counter that a tenant's counter gives to rows: `C-00001`.

use std::collections::VecDeque;

use error::{Error, Result};
use sea_orm::{ExprTrait, QueryResult, Statement, Value, prelude::Expr, sea_query::Query};

use super::{counter::Counter, pending::PendingWrites, transaction::Tx, write_batch::WriteBatch};
use crate::{fold::fold, table::TenantTable};

impl Tx {
    /// The next free number of the table's counter, which skips the numbers that clients chose themselves. The first one of a
    /// transaction takes two statements: one that raises the counter, so that it is locked, and one that skips.
    pub async fn next_number<E: TenantTable>(&self, prefix: &str) -> Result<String> {
        let table = E::TABLE.name;
        loop {
            if let Some(number) = self.take_number(table, prefix) {
                return Ok(number);
            }
            self.insert_buffered().await?;
            let next = self.pending().counters.get(table).map(Counter::next_look);
            let counter = match next {
                None => self.first_number(table, prefix).await?,
                Some((stored, first, last)) => {
                    let free = self.free_numbers(table, prefix, first, last).await?;
                    Counter::looked_at(stored, first, last, free)
                }
            };
            self.pending().counters.insert(table, counter);
        }
    }

    fn take_number(&self, table: &'static str, prefix: &str) -> Option<String> {
        let PendingWrites { counters, inserts, .. } = &mut *self.pending();
        counters.get_mut(table)?.take(prefix, |number| inserts.has(table, "number_key", &fold(number).into()))
    }

    /// Adds the counters' updates to a batch.
    pub(super) fn store_numbers(&self, batch: &mut WriteBatch, pending: &PendingWrites) {
        for (name, last) in pending.counters.iter().filter_map(|(name, counter)| Some((name, counter.to_store()?))) {
            let mut update = Query::update();
            update.table("counter").value("value", last);
            update.and_where(Expr::col("tenant_id").eq(self.caller().tenant)).and_where(Expr::col("name").eq(*name));
            batch.update(update, 3);
        }
    }

    async fn first_number(&self, table: &'static str, prefix: &str) -> Result<Counter> {
        // One statement on both databases: the first number creates the counter, every other one raises it.
        let sql = "INSERT INTO counter (tenant_id, name, value) VALUES ($1, $2, 1) \
                   ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1 RETURNING value";
        let rows = self.numbers(sql, [self.caller().tenant.into(), table.into()]).await?;
        let stored: i64 = rows.first().ok_or_else(|| Error::internal("no number"))?.try_get_by_index(0)?;
        let in_use = in_use(table);
        let sql = format!(
            "WITH RECURSIVE candidate (value) AS (SELECT CAST($1 AS BIGINT) UNION ALL \
             SELECT candidate.value + 1 FROM candidate WHERE {in_use}) SELECT MAX(value) FROM candidate"
        );
        let values = [stored.into(), self.caller().tenant.into(), fold(prefix).into()];
        let free = self.numbers(&sql, values).await?;
        let free: i64 = free.first().ok_or_else(|| Error::internal("no number"))?.try_get_by_index(0)?;
        Ok(Counter::first(stored, free))
    }

    /// The numbers that no row of a table has.
    async fn free_numbers(&self, table: &str, prefix: &str, first: i64, last: i64) -> Result<VecDeque<i64>> {
        let in_use = in_use(table);
        let sql = format!(
            "WITH RECURSIVE candidate (value) AS (SELECT CAST($1 AS BIGINT) UNION ALL \
             SELECT candidate.value + 1 FROM candidate WHERE candidate.value < $4) \
             SELECT candidate.value FROM candidate WHERE NOT {in_use} ORDER BY candidate.value"
        );
        let values = [first.into(), self.caller().tenant.into(), fold(prefix).into(), last.into()];
        let rows = self.numbers(&sql, values).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
    }

    async fn numbers<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<Vec<QueryResult>> {
        Ok(self.rows_raw(Statement::from_sql_and_values(self.session.db.backend(), sql, values)).await?)
    }
}

/// The condition that a row of the tenant `$2` has a candidate with the folded prefix `$3`. It writes a number as [`Counter::take`]
/// does.
fn in_use(table: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM \"{table}\" WHERE \"{table}\".tenant_id = $2 \
         AND \"{table}\".number_key = CAST($3 AS TEXT) || CASE WHEN candidate.value < 100000 \
         THEN SUBSTR(CAST(100000 + candidate.value AS TEXT), 2) ELSE CAST(candidate.value AS TEXT) END)"
    )
}
