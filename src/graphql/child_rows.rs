//! Child rows: the lists of a row that are short enough to be read whole, without pages.

use std::sync::Arc;

use async_graphql::{Context, Value as OutputValue};
use error::{Error, Result};
use sea_orm::{EntityTrait, prelude::Uuid};
use store::{Edge, RowQuery, SortTerm, TenantTable, page::find_column};

use super::{
    breadth_first::{LevelObject, Parents, place_of_field, refuse, resolve_lists},
    context::ContextExt,
    row_size::RowSize,
};

/// A type of the schema that represents child rows.
pub trait ChildObject: LevelObject {
    /// Their table.
    type Entity: TenantTable;
    /// The edge that leads to them.
    const EDGE: &'static Edge;
    /// The columns that are read.
    const COLUMNS: &'static [<Self::Entity as EntityTrait>::Column];

    /// The object of a row.
    fn of(row: Arc<<Self::Entity as EntityTrait>::Model>) -> Self;
}

/// All child objects of an owner, by position.
pub async fn children<C: ChildObject>(ctx: &Context<'_>, owner: Uuid) -> Result<Vec<C>> {
    let rows = child_rows::<C::Entity>(ctx, C::EDGE, owner, C::COLUMNS).await?;
    Ok(rows.into_iter().map(C::of).collect())
}

/// All child rows of an owner, by position: one statement for the owners of a level.
pub async fn child_rows<E: TenantTable>(
    ctx: &Context<'_>,
    edge: &'static Edge,
    owner: Uuid,
    columns: &[E::Column],
) -> Result<Vec<Arc<E::Model>>> {
    let find = || query::<E>(ctx, columns);
    let (page, _) = ctx.store().page_under_parent(ctx.field_key(edge.name), edge, owner, find).await?;
    ctx.spend(page.rows.len() as u64, page.bytes, || RowSize::of(ctx.field().selection_set(), &[])).await;
    Ok(page.rows.iter().map(|(row, _)| row.clone()).collect())
}

/// Loads the child rows of all owners of a level, so that [`child_rows`] has them without a wait.
pub async fn prefetch_child_rows<E: TenantTable>(
    ctx: &Context<'_>,
    edge: &'static Edge,
    owners: &[Uuid],
    columns: &[E::Column],
) -> Result<()> {
    let find = || query::<E>(ctx, columns);
    ctx.store().pages_under_parents(ctx.field_key(edge.name), edge, owners, find).await.map(drop)
}

/// The child objects of all owners of a level: a list for each of them.
pub async fn children_together<C: ChildObject>(ctx: &Context<'_>, owners: Parents<'_>) -> Vec<OutputValue> {
    let lists: Vec<_> = owners.places.iter().map(|owner| place_of_field(ctx, owner)).collect();
    let ids: Vec<_> = owners.ids.iter().map(|id| id.unwrap_or_default()).collect();
    let find = || query::<C::Entity>(ctx, C::COLUMNS);
    let found = Box::pin(ctx.store().pages_under_parents(ctx.field_key(C::EDGE.name), C::EDGE, &ids, find)).await;
    let pages = match found {
        Ok((pages, _)) => pages,
        Err(error) => return lists.iter().map(|list| refuse(ctx, *list, &error)).collect(),
    };
    let lengths: Vec<_> = pages.iter().map(|page| page.rows.len()).collect();
    let bytes = pages.iter().map(|page| page.bytes).sum();
    let objects: Vec<_> = pages.iter().flat_map(|page| &page.rows).map(|(row, _)| C::of(row.clone())).collect();
    let steps = ctx.count(objects.len() as u64, bytes, || RowSize::of(ctx.field().selection_set(), &[]));
    resolve_lists(ctx, &lists, (&objects, &lengths), steps).await
}

fn query<E: TenantTable>(ctx: &Context<'_>, columns: &[E::Column]) -> Result<RowQuery<E>> {
    let position = find_column::<E>("position").ok_or_else(|| Error::internal("child rows have a position"))?;
    // Without a size, a page holds every child row.
    let mut find = ctx.store().find::<E>()?.columns(columns.to_vec());
    find.order = vec![SortTerm::column::<E>(position, false), SortTerm::id(false)];
    Ok(find)
}
