//! Ids as one parameter of a statement, so that its text does not depend on how many there are.

use error::Result;
use sea_orm::{
    DbBackend, ExprTrait, QueryResult,
    prelude::{Expr, Uuid},
    sea_query::{Func, Query, SelectStatement},
};

/// Makes a statement select from parents, one row for each.
pub fn from_parents(select: &mut SelectStatement, parents: &[Uuid], backend: DbBackend) {
    match backend {
        DbBackend::Postgres => select.from_function(Func::cust("unnest").arg(Expr::val(parents.to_vec())), "k"),
        _ => select.from_function(Func::cust("json_each").arg(Expr::val(hex_list(parents))), "k"),
    };
}

/// The id of the parent in the current row of [`from_parents`].
pub fn current_parent(backend: DbBackend) -> Expr {
    match backend {
        DbBackend::Postgres => Expr::col(("k", "k")),
        _ => Expr::cust("unhex(k.value)"),
    }
}

/// The column of [`from_parents`] by which [`parent_id`] finds the parent of a result row.
pub fn parent_column(backend: DbBackend) -> (&'static str, &'static str) {
    if backend == DbBackend::Postgres { ("k", "k") } else { ("k", "key") }
}

/// The parent that the first column of a result row names: its id on PostgreSQL, its index in the list on SQLite.
pub fn parent_id(row: &QueryResult, parents: &[Uuid], backend: DbBackend) -> Result<Uuid> {
    if backend == DbBackend::Postgres {
        return Ok(row.try_get_by_index(0)?);
    }
    let index: i64 = row.try_get_by_index(0)?;
    Ok(usize::try_from(index).ok().and_then(|index| parents.get(index)).copied().unwrap_or_default())
}

/// The condition that an expression is one of many ids.
pub fn any_of_ids(expression: Expr, ids: &[Uuid], backend: DbBackend) -> Expr {
    match backend {
        DbBackend::Postgres => expression.eq(Func::cust("ANY").arg(Expr::val(ids.to_vec()))),
        _ => expression.in_subquery(
            Query::select()
                .expr(Expr::cust("unhex(k.value)"))
                .from_function(Func::cust("json_each").arg(Expr::val(hex_list(ids))), "k")
                .to_owned(),
        ),
    }
}

fn hex_list(ids: &[Uuid]) -> String {
    let hex: Vec<_> = ids.iter().map(|id| id.simple().to_string()).collect();
    format!("[\"{}\"]", hex.join("\",\""))
}
