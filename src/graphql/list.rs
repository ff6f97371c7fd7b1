//! Lists: from the arguments of a list to its pages.

use std::sync::Arc;

use async_graphql::{Context, Enum, SelectionField, ServerResult, Value as OutputValue};
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use store::{self, Edge, Filter, Page, RowQuery};

use super::{
    breadth_first::{Level, Parents, fail, place_of_field, refuse, resolve_objects},
    connection::Connection,
    context::{ContextExt, Definitions},
    cursor::decode_cursor,
    entity_object::{ColumnOf, ListedObject, RowOf, columns},
    filter::{FilterContext, FilterInput},
    order::{OrderInput, OrderTerm, sort_terms},
    row_size::RowSize,
};

/// The page size of a list without `first` and `last`, unless the limit is smaller.
pub const DEFAULT_PAGE_SIZE: usize = 25;

/// Whether a list contains deleted records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Deleted {
    /// Live records only.
    #[default]
    Exclude,
    /// Live and deleted records.
    Include,
    /// Deleted records only.
    Only,
}

/// The arguments of a list.
pub struct ListArguments<F: ListedObject> {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
    pub filter: Option<Box<F::Filter>>,
    pub order: Option<Vec<F::Order>>,
    pub deleted: Option<Deleted>,
    /// A condition that is no argument of the list.
    pub condition: Option<Filter>,
}

impl<F: ListedObject> ListArguments<F> {
    /// The arguments of the current field.
    fn of(ctx: &Context<'_>) -> ServerResult<Self> {
        Ok(Self {
            first: ctx.param_value("first", None)?.1,
            after: ctx.param_value("after", None)?.1,
            last: ctx.param_value("last", None)?.1,
            before: ctx.param_value("before", None)?.1,
            filter: ctx.param_value("where", None)?.1,
            order: ctx.param_value("orderBy", None)?.1,
            deleted: ctx.param_value("deleted", None)?.1,
            condition: None,
        })
    }
}

/// Reads a page of a list of the whole tenant, or of the rows at the target of an edge.
pub async fn connect<F: ListedObject>(
    ctx: &Context<'_>,
    parent: Option<(&'static Edge, Uuid)>,
    args: ListArguments<F>,
) -> Result<Option<Connection<F>>> {
    // Boxed because the futures of nested lists contain each other, and polling them must not exhaust the stack.
    ctx.null_if_forbidden(Box::pin(list(ctx, parent, args)).await)
}

async fn list<F: ListedObject>(
    ctx: &Context<'_>,
    parent: Option<(&'static Edge, Uuid)>,
    args: ListArguments<F>,
) -> Result<Connection<F>> {
    let mut connection = match parent {
        Some((edge, parent)) => {
            pages(ctx, edge, &[parent], args).await?.pop().ok_or_else(|| Error::internal("no page"))?
        }
        None => {
            let find = Arc::new(AskedList::of(ctx, args).await?.query(ctx)?);
            let page = if is_counted_only(ctx) { Arc::default() } else { Arc::new(ctx.store().page(&*find).await?) };
            let steps = count_rows::<F>(ctx, [&*page]);
            Connection { page, find, parent: None, steps }
        }
    };
    ctx.store().pace(std::mem::take(&mut connection.steps)).await;
    Ok(connection)
}

/// Follows an edge from all rows of a level to their lists: a value for each row.
pub async fn lists_together<F: ListedObject>(
    ctx: &Context<'_>,
    edge: &'static Edge,
    parents: Parents<'_>,
) -> Vec<OutputValue> {
    let places: Vec<_> = parents.places.iter().map(|object| place_of_field(ctx, object)).collect();
    let args = match ListArguments::<F>::of(ctx) {
        Ok(args) => args,
        Err(error) => return places.iter().map(|place| fail(ctx, *place, error.clone())).collect(),
    };
    let ids: Vec<_> = parents.ids.iter().map(|id| id.unwrap_or_default()).collect();
    match Box::pin(pages(ctx, edge, &ids, args)).await {
        Ok(connections) => resolve_objects(ctx, Level { objects: &connections, places: &places, steps: 0 }).await,
        Err(error) => places.iter().map(|place| refuse(ctx, *place, &error)).collect(),
    }
}

/// The pages of a list under each of many parents.
async fn pages<F: ListedObject>(
    ctx: &Context<'_>,
    edge: &'static Edge,
    parents: &[Uuid],
    args: ListArguments<F>,
) -> Result<Vec<Connection<F>>> {
    let asked = AskedList::of(ctx, args).await?;
    let (field, store) = (ctx.field_key(edge.name), ctx.store());
    let (pages, find) = if is_counted_only(ctx) {
        let find = store.query_under_parent(field, edge, || asked.query(ctx))?;
        (vec![Arc::default(); parents.len()], find)
    } else {
        store.pages_under_parents(field, edge, parents, || asked.query(ctx)).await?
    };
    // All rows are counted before one is computed.
    let mut steps = count_rows::<F>(ctx, pages.iter().map(|page| &**page));
    let connections = parents.iter().zip(pages).map(|(parent, page)| {
        let parent = Some((edge, *parent));
        Connection { page, find: find.clone(), parent, steps: std::mem::take(&mut steps) }
    });
    Ok(connections.collect())
}

/// Counts the rows of pages. Returns how many steps they take.
fn count_rows<'a, F: ListedObject>(ctx: &Context<'_>, pages: impl IntoIterator<Item = &'a Page<RowOf<F>>>) -> u64 {
    let sum = |(rows, bytes), page: &Page<_>| (rows + page.rows.len() as u64, bytes + page.bytes);
    let (rows, bytes) = pages.into_iter().fold((0, 0), sum);
    ctx.count(rows, bytes, || RowSize::of(row_selection(ctx.field()).into_iter(), F::EDGES))
}

/// Whether nothing but counts and figures of a list is selected: then no page is read.
fn is_counted_only(ctx: &Context<'_>) -> bool {
    ctx.field().selection_set().all(|field| ["totalCount", "aggregate", "__typename"].contains(&field.name()))
}

/// A list that was asked for, with the custom fields that its arguments name.
struct AskedList<F: ListedObject> {
    args: ListArguments<F>,
    order: Vec<OrderTerm<ColumnOf<F>>>,
    definitions: Definitions,
}

impl<F: ListedObject> AskedList<F> {
    async fn of(ctx: &Context<'_>, mut args: ListArguments<F>) -> Result<Self> {
        let order: Vec<_> = args.order.take().into_iter().flatten().map(OrderInput::into_term).collect();
        let customs = args.filter.as_ref().is_some_and(|filter| filter.uses_custom_fields())
            || order.iter().any(|term| matches!(term, OrderTerm::CustomField(_)));
        let definitions = if customs { ctx.definitions().await? } else { Definitions::default() };
        Ok(Self { args, order, definitions })
    }

    fn query(self, ctx: &Context<'_>) -> Result<RowQuery<F::Entity>> {
        let known = FilterContext { store: ctx.store(), definitions: &self.definitions };
        build_query(ctx, &known, self.args, self.order)
    }
}

/// Builds the query of a list from its arguments and the selection.
fn build_query<F: ListedObject>(
    ctx: &Context<'_>,
    known: &FilterContext<'_>,
    args: ListArguments<F>,
    order: Vec<OrderTerm<ColumnOf<F>>>,
) -> Result<RowQuery<F::Entity>> {
    let mut find = ctx.store().find::<F::Entity>()?;
    let largest = ctx.request().limits.page_size;
    let (size, backward) = match (args.first, args.last) {
        (Some(_), Some(_)) => return Err(Error::BadInput("Give first or last, not both.".to_owned())),
        (None, Some(last)) => (Some(last), true),
        (first, None) => (first, false),
    };
    let size = match size {
        None => DEFAULT_PAGE_SIZE.min(largest),
        Some(given) => usize::try_from(given).ok().filter(|given| *given <= largest).ok_or_else(|| {
            let name = if backward { "last" } else { "first" };
            Error::BadInput(format!("{name} is from 0 to {largest}; {given} was given."))
        })?,
    };
    let cursor = match (args.after, args.before) {
        (Some(_), Some(_)) => return Err(Error::BadInput("Give after or before, not both.".to_owned())),
        (Some(_), None) if backward => {
            return Err(Error::BadInput("after goes with first, before with last.".to_owned()));
        }
        (None, Some(_)) if !backward => {
            return Err(Error::BadInput("before goes with last, after with first.".to_owned()));
        }
        (after, before) => after.or(before),
    };
    find.size = size as u64;
    find.backward = backward;
    find.order = sort_terms::<F::Order>(known, order)?;
    find.cursor = cursor.map(|cursor| decode_cursor(ctx, &find, &cursor)).transpose()?;
    find.deleted = match args.deleted.unwrap_or_default() {
        Deleted::Exclude => store::Deleted::Exclude,
        Deleted::Include => store::Deleted::Include,
        Deleted::Only => store::Deleted::Only,
    };
    if let Some(condition) = args.condition {
        find = find.filter(condition);
    }
    if let Some(filter) = args.filter {
        find = find.filter(filter.filter(known)?);
    }
    Ok(find.columns(columns::<F>(row_selection(ctx.field()).into_iter())))
}

/// The fields that are selected from a connection's rows.
fn row_selection(connection: SelectionField<'_>) -> Vec<SelectionField<'_>> {
    let mut rows = Vec::new();
    for field in connection.selection_set() {
        match field.name() {
            "nodes" => rows.extend(field.selection_set()),
            "edges" => {
                let nodes = field.selection_set().filter(|field| field.name() == "node");
                nodes.for_each(|node| rows.extend(node.selection_set()));
            }
            _ => {}
        }
    }
    rows
}
