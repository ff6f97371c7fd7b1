//! Parts: what belongs to a row and has no id of its own, loaded for all rows of a level by one statement per field.

use std::sync::Arc;

use async_graphql::Context;
use sea_orm::{EntityTrait, prelude::Uuid};

use super::context::Ask;
use crate::{
    error::{Error, Result},
    store::{Edge, Owned, Term, page::column_named},
};

/// The parts of an owner in their order, with some of their columns.
pub async fn parts<E: Owned>(
    ctx: &Context<'_>,
    edge: &'static Edge,
    owner: Uuid,
    columns: &[E::Column],
) -> Result<Vec<Arc<<E as EntityTrait>::Model>>> {
    let asked = || {
        let position = column_named::<E>("position").ok_or_else(|| Error::internal("parts without a position"))?;
        let mut find = ctx.store().find::<E>()?.columns(columns.to_vec());
        find.order.insert(0, Term::column::<E>(position, false));
        Ok(find)
    };
    let (slice, _) = ctx.store().page_under(ctx.field_of(edge.name), edge, owner, asked).await?;
    Ok(slice.rows.iter().map(|(row, _)| row.clone()).collect())
}
