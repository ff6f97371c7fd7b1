//! Child rows: the lists of a row that are short enough to be read whole, without pages.

use std::sync::Arc;

use async_graphql::Context;
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use store::{Edge, SortTerm, TenantTable, page::find_column};

use super::{context::ContextExt, row_size::RowSize};

/// All child rows of an owner, by position: one statement for the owners of a level.
pub async fn child_rows<E: TenantTable>(
    ctx: &Context<'_>,
    edge: &'static Edge,
    owner: Uuid,
    columns: &[E::Column],
) -> Result<Vec<Arc<E::Model>>> {
    let find = || {
        let position = find_column::<E>("position").ok_or_else(|| Error::internal("child rows have a position"))?;
        // Without a size, a page holds every child row.
        let mut find = ctx.store().find::<E>()?.columns(columns.to_vec());
        find.order = vec![SortTerm::column::<E>(position, false), SortTerm::id(false)];
        Ok(find)
    };
    let (page, _) = ctx.store().page_under_parent(ctx.field_key(edge.name), edge, owner, find).await?;
    ctx.spend(page.rows.len() as u64, page.bytes, || RowSize::of(ctx.field().selection_set(), &[])).await;
    Ok(page.rows.iter().map(|(row, _)| row.clone()).collect())
}
