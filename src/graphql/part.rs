//! Parts: the lists of a row that are small enough to be shown whole, without pages.

use std::sync::Arc;

use async_graphql::Context;
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use store::{Edge, Owned, Term, page::column_named};

use super::context::Ask;

/// All parts of an owner, in order: one statement for all owners of a level.
pub async fn parts<E: Owned>(
    ctx: &Context<'_>,
    edge: &'static Edge,
    owner: Uuid,
    columns: &[E::Column],
) -> Result<Vec<Arc<E::Model>>> {
    let find = || {
        let position = column_named::<E>("position").ok_or_else(|| Error::internal("parts have a position"))?;
        // A list never has more parts than a page without a size.
        let mut find = ctx.store().find::<E>()?.columns(columns.to_vec());
        find.order = vec![Term::column::<E>(position, false), Term::id(false)];
        Ok(find)
    };
    let (slice, _) = ctx.store().page_under(ctx.field_of(edge.name), edge, owner, find).await?;
    Ok(slice.rows.iter().map(|(row, _)| row.clone()).collect())
}
