//! The rows that a row reaches by a column that names a row of the same table, such as the parents of a customer.

use error::Result;
use sea_orm::{Statement, prelude::Uuid};

use super::transaction::Tx;
use crate::table::TenantTable;

impl Tx {
    /// The ids of a row and of all that it reaches, nearest first, in one statement. It ends after so many.
    pub async fn reachable<E: TenantTable>(&self, start: Uuid, column: &'static str, max: u32) -> Result<Vec<Uuid>> {
        let table = E::TABLE.name;
        let sql = format!(
            "WITH RECURSIVE reached (id, next_id, position) AS (\
             SELECT id, {column}, 1 FROM \"{table}\" WHERE tenant_id = $1 AND id = $2 UNION ALL \
             SELECT step.id, step.{column}, reached.position + 1 FROM reached \
             JOIN \"{table}\" step ON step.tenant_id = $1 AND step.id = reached.next_id \
             WHERE reached.position < {max}) SELECT id FROM reached ORDER BY position"
        );
        self.insert_buffered().await?;
        let values = [self.caller().tenant.into(), start.into()];
        let rows = self.rows_raw(Statement::from_sql_and_values(self.session.db.backend(), sql, values)).await?;
        Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
    }
}
