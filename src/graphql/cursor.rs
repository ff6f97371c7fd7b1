//! Cursors: the sort keys of a row, sealed for its tenant, list and order.

use async_graphql::Context;
use error::{Error, Result};
use sea_orm::Value;
use serde_json::Value as Json;
use store::{RowQuery, SortTerm, TenantTable, value};

use super::context::ContextExt;

/// The cursor of a row with these sort keys.
pub fn encode_cursor<E: TenantTable>(ctx: &Context<'_>, find: &RowQuery<E>, keys: &[Value]) -> Result<String> {
    let carried: Vec<Json> = keys.iter().map(value::to_cursor).collect();
    let content = serde_json::to_vec(&carried).map_err(Error::internal)?;
    ctx.store().tenant().keys.seal_cursor(&content, &cursor_scope::<E>(&find.order))
}

/// The sort keys of a cursor; an error if it belongs to another list, order or tenant.
pub fn decode_cursor<E: TenantTable>(ctx: &Context<'_>, find: &RowQuery<E>, cursor: &str) -> Result<Vec<Value>> {
    let content = ctx.store().tenant().keys.open_cursor(cursor, &cursor_scope::<E>(&find.order))?;
    let carried: Vec<Json> = serde_json::from_slice(&content).map_err(|_| Error::BadCursor)?;
    let keys: Option<Vec<_>> =
        carried.iter().zip(&find.order).map(|(json, term)| value::from_cursor(json, term.value_type())).collect();
    keys.filter(|keys| keys.len() == find.order.len()).ok_or(Error::BadCursor)
}

/// The scope of a cursor, besides the tenant whose key encrypts it: the table and the order.
fn cursor_scope<E: TenantTable>(order: &[SortTerm]) -> String {
    let terms: Vec<_> = order.iter().map(SortTerm::name).collect();
    format!("{}{}", E::TABLE.name, terms.concat())
}
