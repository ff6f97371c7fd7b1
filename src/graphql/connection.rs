//! Connections: pages of lists, according to the Relay cursor connections specification.

use std::sync::Arc;

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName, Value as OutputValue};
use error::{Error, Result};
use futures_util::future::BoxFuture;
use sea_orm::{Value, prelude::Uuid};
use store::{Edge, Page, RowQuery};

use super::{
    aggregate::{Aggregate, AggregateOrder, Arguments, field::Aggregable, of_list},
    breadth_first::{Level, LevelList, LevelObject, place_of_field, refuse, resolve_lists, resolve_objects},
    context::ContextExt,
    cursor::encode_cursor,
    entity_object::{ListedObject, RowOf},
};

/// A page of a list, according to the Relay cursor connections specification.
pub struct Connection<F: ListedObject> {
    /// The page.
    pub(super) page: Arc<Page<RowOf<F>>>,
    /// The query of the list.
    pub(super) find: Arc<RowQuery<F::Entity>>,
    /// The edge and the row from which it leads here. None for a list of the whole tenant.
    pub(super) parent: Option<(&'static Edge, Uuid)>,
    /// The steps of computing the page; none if they are taken.
    pub(super) steps: u64,
}

/// A record on a page, with its cursor.
pub struct ConnectionEdge<F: ListedObject> {
    find: Arc<RowQuery<F::Entity>>,
    row: Arc<RowOf<F>>,
    keys: Vec<Value>,
}

/// The position of a page in its list.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Whether there are records after this page.
    has_next_page: bool,
    /// Whether there are records before this page.
    has_previous_page: bool,
    /// The cursor of the first record. Null if the page is empty.
    start_cursor: Option<String>,
    /// The cursor of the last record. Null if the page is empty.
    end_cursor: Option<String>,
}

impl<F: ListedObject> TypeName for Connection<F> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Connection", <F as OutputType>::type_name()).into()
    }
}

impl<F: ListedObject> TypeName for ConnectionEdge<F> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Edge", <F as OutputType>::type_name()).into()
    }
}

/// A page of a list, according to the Relay cursor connections specification.
#[Object(name_type)]
impl<F: ListedObject> Connection<F> {
    /// The records on the page.
    async fn nodes(&self) -> LevelList<F> {
        self.page.rows.iter().map(|(row, _)| F::of(row.clone())).collect()
    }

    /// The records on the page, each with its cursor.
    async fn edges(&self) -> LevelList<ConnectionEdge<F>> {
        let edge = |(row, keys): &(Arc<RowOf<F>>, Vec<Value>)| ConnectionEdge {
            find: self.find.clone(),
            row: row.clone(),
            keys: keys.clone(),
        };
        self.page.rows.iter().map(edge).collect()
    }

    /// The position of the page in the list.
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo> {
        let cursor =
            |row: Option<&(_, Vec<Value>)>| row.map(|(_, keys)| encode_cursor(ctx, &*self.find, keys)).transpose();
        let (more, from) = (self.page.has_more, self.find.cursor.is_some());
        let backward = self.find.backward;
        Ok(PageInfo {
            has_next_page: if backward { from } else { more },
            has_previous_page: if backward { more } else { from },
            start_cursor: cursor(self.page.rows.first())?,
            end_cursor: cursor(self.page.rows.last())?,
        })
    }

    /// The number of records in the whole list. It is counted only if selected; on a large list that costs more than
    /// the page, unless `max` ends it.
    async fn total_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The number at which counting ends: a list of more records has this count. At least 0; null counts all."
        )]
        max: Option<i32>,
    ) -> Result<u64> {
        let max = max_count(max)?;
        match self.parent {
            None => ctx.store().count(&*self.find, max).await,
            Some((edge, parent_id)) => {
                let find = || Ok((*self.find).clone());
                ctx.store().count_under_parent(ctx.field_key(edge.name), (edge, max), parent_id, find).await
            }
        }
    }

    /// The records of the whole list as groups, with figures of each: counts, sums, averages, least and greatest values. Without
    /// `groupBy`, all records are one group. Every bucket between the first and the last one with records is there, for every
    /// combination of the other keys. At most 50,000 groups are computed. A field that is encrypted cannot be compared by the
    /// database, and is refused. Groups by another record require the permission to read it.
    async fn aggregate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the records are grouped by; at most 3.")] group_by: Option<
            Vec<<F::Filter as Aggregable>::Key>,
        >,
        #[graphql(desc = "What is computed for each group besides the count; at most 20.")] figures: Option<
            Vec<<F::Filter as Aggregable>::Figure>,
        >,
        #[graphql(desc = "The order of the groups; the keys are its last terms.")] order_by: Option<
            Vec<AggregateOrder>,
        >,
        #[graphql(desc = "The maximum number of groups, from 0 to 1000; 100 by default.")] first: Option<i32>,
    ) -> Result<Aggregate> {
        let arguments = Arguments { group_by, figures, order_by, first };
        // Boxed, because the futures of connections would contain it.
        Box::pin(of_list::<F>(ctx, &self.find, self.parent, arguments)).await
    }
}

/// A record on a page, with its cursor.
#[Object(name_type)]
impl<F: ListedObject> ConnectionEdge<F> {
    /// The record.
    async fn node(&self) -> F {
        F::of(self.row.clone())
    }

    /// The cursor of the record, to pass as `after` or `before`. It is valid only for this tenant and this order.
    async fn cursor(&self, ctx: &Context<'_>) -> Result<String> {
        encode_cursor(ctx, &*self.find, &self.keys)
    }
}

/// The pages of a level have their rows at the next one.
impl<F: ListedObject> LevelObject for Connection<F> {
    fn resolve_together<'a>(ctx: &'a Context<'a>, level: Level<'a, Self>) -> Option<BoxFuture<'a, Vec<OutputValue>>> {
        match ctx.item.node.name.node.as_str() {
            "nodes" => Some(Box::pin(items(ctx, level, |_, (row, _)| F::of(row.clone())))),
            "edges" => Some(Box::pin(items(ctx, level, |page, (row, keys)| ConnectionEdge::<F> {
                find: page.find.clone(),
                row: row.clone(),
                keys: keys.clone(),
            }))),
            // One count for the pages of an edge; the list of a whole tenant is counted by itself.
            "totalCount" => {
                let first = level.objects.first()?;
                let (edge, _) = first.parent?;
                let (_, max) = ctx.param_value("max", None).ok()?;
                Some(Box::pin(counts(ctx, (edge, &first.find), max, level)))
            }
            _ => None,
        }
    }
}

/// The number at which counting ends.
fn max_count(max: Option<i32>) -> Result<Option<u64>> {
    let read = |max: i32| u64::try_from(max).map_err(|_| max);
    max.map(read).transpose().map_err(|max| Error::BadInput(format!("max is at least 0; {max} was given.")))
}

/// The numbers of records in the whole lists of a level, under their parents.
async fn counts<F: ListedObject>(
    ctx: &Context<'_>,
    (edge, find): (&'static Edge, &RowQuery<F::Entity>),
    max: Option<i32>,
    level: Level<'_, Connection<F>>,
) -> Vec<OutputValue> {
    let parents: Vec<_> = level.objects.iter().filter_map(|page| page.parent).map(|(_, parent)| parent).collect();
    let counts = async {
        let max = max_count(max)?;
        ctx.store().counts_under_parents(ctx.field_key(edge.name), (edge, max), &parents, || Ok(find.clone())).await
    };
    match counts.await {
        Ok(counts) => counts.into_iter().map(OutputValue::from).collect(),
        Err(error) => level.places.iter().map(|page| refuse(ctx, place_of_field(ctx, page), &error)).collect(),
    }
}

impl<F: ListedObject> LevelObject for ConnectionEdge<F> {
    fn resolve_together<'a>(ctx: &'a Context<'a>, level: Level<'a, Self>) -> Option<BoxFuture<'a, Vec<OutputValue>>> {
        if ctx.item.node.name.node != "node" {
            return None;
        }
        Some(Box::pin(async move {
            let places: Vec<_> = level.places.iter().map(|edge| place_of_field(ctx, edge)).collect();
            let objects: Vec<_> = level.objects.iter().map(|edge| F::of(edge.row.clone())).collect();
            resolve_objects(ctx, Level { objects: &objects, places: &places, steps: 0 }).await
        }))
    }
}

/// The items of all pages of a level, as one level: for each page the list of its items.
async fn items<F: ListedObject, T: LevelObject>(
    ctx: &Context<'_>,
    level: Level<'_, Connection<F>>,
    item: impl Fn(&Connection<F>, &(Arc<RowOf<F>>, Vec<Value>)) -> T,
) -> Vec<OutputValue> {
    let lists: Vec<_> = level.places.iter().map(|page| place_of_field(ctx, page)).collect();
    let lengths: Vec<_> = level.objects.iter().map(|page| page.page.rows.len()).collect();
    let objects: Vec<_> =
        level.objects.iter().flat_map(|page| page.page.rows.iter().map(|row| item(page, row))).collect();
    let steps = level.objects.iter().map(|page| page.steps).sum();
    resolve_lists(ctx, &lists, (&objects, &lengths), steps).await
}
