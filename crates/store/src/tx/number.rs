//! Numbers that a tenant's counter gives to rows: `C-00001`.

use error::{Error, Result};
use sea_orm::Statement;

use super::transaction::Tx;
use crate::{fold::fold, table::TenantTable};

impl Tx {
    /// The next free number of the table's counter, which skips the numbers that clients chose themselves: one statement
    /// that raises the counter, one that skips, and one that notes the skip.
    pub async fn next_number<E: TenantTable>(&self, prefix: &str) -> Result<String> {
        let (tenant, table) = (self.caller().tenant, E::TABLE.name);
        // One statement on both databases: the first number creates the counter, every other one raises it.
        let sql = "INSERT INTO counter (tenant_id, name, value) VALUES ($1, $2, 1) \
                   ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1 RETURNING value";
        let next = self.number(sql, [tenant.into(), table.into()]).await?;
        // It writes a number as `number_text` does.
        let sql = format!(
            "WITH RECURSIVE candidate (value) AS (SELECT CAST($1 AS BIGINT) UNION ALL \
             SELECT candidate.value + 1 FROM candidate WHERE EXISTS (SELECT 1 FROM \"{table}\" \
             WHERE \"{table}\".tenant_id = $2 AND \"{table}\".number_key = CAST($3 AS TEXT) || CASE \
             WHEN candidate.value < 100000 THEN SUBSTR(CAST(100000 + candidate.value AS TEXT), 2) \
             ELSE CAST(candidate.value AS TEXT) END)) SELECT MAX(value) FROM candidate"
        );
        let free = self.number(&sql, [next.into(), tenant.into(), fold(prefix).into()]).await?;
        if free > next {
            let sql = "UPDATE counter SET value = $3 WHERE tenant_id = $1 AND name = $2";
            let values = [tenant.into(), table.into(), free.into()];
            self.execute_raw(Statement::from_sql_and_values(self.session.db.backend(), sql, values)).await?;
        }
        Ok(number_text(prefix, free))
    }

    async fn number<const N: usize>(&self, sql: &str, values: [sea_orm::Value; N]) -> Result<i64> {
        let rows = self.rows_raw(Statement::from_sql_and_values(self.session.db.backend(), sql, values)).await?;
        Ok(rows.first().ok_or_else(|| Error::internal("no number"))?.try_get_by_index(0)?)
    }
}

fn number_text(prefix: &str, number: i64) -> String {
    format!("{prefix}{number:05}")
}
