//! A statement as sqlx runs it.

use sea_orm::{
    Statement,
    sea_query::Values,
    sqlx::{AssertSqlSafe, Database, IntoArguments, database::HasStatementCache, query::Query, query_with},
};
use sea_query_sqlx::SqlxValues;

/// The longest statement that a connection keeps prepared. It keeps the hundred that ran last; of long ones, which insert many
/// rows or have many conditions, hardly one runs twice, and each takes many times its length.
const MAX_PREPARED_BYTES: usize = 4 << 10;

/// The query of a statement. Its connection keeps it prepared, unless it is long.
pub fn query<D>(statement: Statement) -> Query<'static, D, SqlxValues>
where
    D: Database + HasStatementCache,
    SqlxValues: IntoArguments<D>,
{
    let Statement { sql, values, .. } = statement;
    let is_kept = sql.len() <= MAX_PREPARED_BYTES;
    let values = SqlxValues(values.unwrap_or_else(|| Values(Vec::new())));
    query_with(AssertSqlSafe(sql), values).persistent(is_kept)
}
