//! Connections: the lists of the schema, and the edges between its types.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, OutputType, SelectionField, SimpleObject, TypeName};
use error::{Error, Result};
use sea_orm::{Value, prelude::Uuid};
use store::{self, Edge, Filter, Page, RowQuery};

use super::{
    context::{ContextExt, Definitions},
    cursor::{decode_cursor, encode_cursor},
    entity_object::{ColumnOf, ListedObject, RowOf, columns},
    filter::{FilterContext, FilterInput},
    order::{OrderInput, OrderTerm, sort_terms},
    output_list::OutputList,
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

/// A page of a list, according to the Relay cursor connections specification.
pub struct Connection<F: ListedObject> {
    page: Arc<Page<RowOf<F>>>,
    find: Arc<RowQuery<F::Entity>>,
    parent: Option<(&'static Edge, Uuid)>,
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
    async fn nodes(&self) -> OutputList<F> {
        self.page.rows.iter().map(|(row, _)| F::of(row.clone())).collect()
    }

    /// The records on the page, each with its cursor.
    async fn edges(&self) -> OutputList<ConnectionEdge<F>> {
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
    /// the page.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64> {
        match self.parent {
            None => ctx.store().count(&*self.find).await,
            Some((edge, parent_id)) => {
                let find = || Ok((*self.find).clone());
                ctx.store().count_under_parent(ctx.field_key(edge.name), edge, parent_id, find).await
            }
        }
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

/// Reads a page of a list: of the whole tenant, or of the rows at the target of an edge.
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
    mut args: ListArguments<F>,
) -> Result<Connection<F>> {
    let order: Vec<_> = args.order.take().into_iter().flatten().map(OrderInput::into_term).collect();
    let customs = args.filter.as_ref().is_some_and(|filter| filter.uses_custom_fields())
        || order.iter().any(|term| matches!(term, OrderTerm::CustomField(_)));
    let definitions = if customs { ctx.definitions().await? } else { Definitions::default() };
    let known = FilterContext { store: ctx.store(), definitions: &definitions };
    // A selection of nothing but the count reads no page.
    let counted = ctx.field().selection_set().all(|field| ["totalCount", "__typename"].contains(&field.name()));
    let asked = || build_query(ctx, &known, args, order);
    let (page, find) = match parent {
        None => {
            let find = Arc::new(asked()?);
            let page = if counted { Arc::default() } else { Arc::new(ctx.store().page(&*find).await?) };
            (page, find)
        }
        Some((edge, _)) if counted => {
            (Arc::default(), ctx.store().query_under_parent(ctx.field_key(edge.name), edge, asked)?)
        }
        Some((edge, parent_id)) => {
            ctx.store().page_under_parent(ctx.field_key(edge.name), edge, parent_id, asked).await?
        }
    };
    ctx.spend(page.rows.len() as u64, page.bytes, || RowSize::of(row_selection(ctx.field()).into_iter(), F::EDGES))
        .await;
    Ok(Connection { page, find, parent })
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

/// Defines an object with lists and other fields. A list has the rows at the target of an edge, or those of the whole
/// tenant. Every list of the schema takes the same arguments, which are defined here.
macro_rules! lists {
    (@parent) => { None };
    (@parent $row:ident $edge:ident) => {{
        let edge = &::store::edge::$edge;
        Some((edge, $crate::graphql::entity_object::foreign_key(&*$row.0, edge).unwrap_or_default()))
    }};
    ($lists:ident {
        $($(#[$doc:meta])* $list:ident: $($edge:ident)? -> $object:path;)*
    } $($others:tt)*) => {
        #[async_graphql::Object]
        impl $lists {
            $(
                $(#[$doc])*
                #[expect(clippy::too_many_arguments, reason = "every list of the schema takes the same arguments")]
                async fn $list(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "The maximum number of records on the page, from the start of the list or after `after`; at most 100 unless the server is configured otherwise. Defaults to 25 if neither `first` nor `last` is given.")]
                    first: Option<i32>,
                    #[graphql(desc = "The cursor after which the page starts.")]
                    after: Option<String>,
                    #[graphql(desc = "The maximum number of records on the page, up to the end of the list or before `before`; at most 100 unless the server is configured otherwise.")]
                    last: Option<i32>,
                    #[graphql(desc = "The cursor before which the page ends.")]
                    before: Option<String>,
                    #[graphql(name = "where", desc = "The conditions on the records. If omitted, the list has all records.")]
                    filter: Option<Box<<$object as $crate::graphql::entity_object::ListedObject>::Filter>>,
                    #[graphql(desc = "The sort keys. If omitted, the order is that of creation. Records with equal sort keys are ordered by id.")]
                    order_by: Option<Vec<<$object as $crate::graphql::entity_object::ListedObject>::Order>>,
                    #[graphql(desc = "Whether the list contains deleted records. Defaults to EXCLUDE.")]
                    deleted: Option<$crate::graphql::connection::Deleted>,
                ) -> ::error::Result<Option<$crate::graphql::connection::Connection<$object>>> {
                    let args = $crate::graphql::connection::ListArguments { first, after, last, before, filter, order: order_by, deleted, condition: None };
                    let parent = $crate::graphql::connection::lists!(@parent $(self $edge)?);
                    $crate::graphql::connection::connect(ctx, parent, args).await
                }
            )*
            $($others)*
        }
    };
}
pub(super) use lists;

/// Defines an object with edges: `many` are connections, `one` are single rows, `custom_fields` are the values of the
/// tenant's own fields.
macro_rules! edges {
    ($edges:ident of $table:ident;
     many { $($(#[$many_doc:meta])* $many:ident: $many_edge:ident -> $many_object:ident;)* }
     one { $($(#[$one_doc:meta])* $one:ident: $one_edge:ident -> $one_object:ident;)* }
     $(custom_fields $values:ident of $owner:ident -> $value:ident;)?
    ) => {
        /// The edges that start at a record.
        pub struct $edges(pub(super) std::sync::Arc<entity::$table::Model>);

        impl $edges {
            pub(super) const ALL: &'static [&'static ::store::Edge] =
                &[$(&::store::edge::$many_edge,)* $(&::store::edge::$one_edge,)* $(&::store::edge::$values,)?];
        }

        $crate::graphql::connection::lists! {
            $edges {
                $($(#[$many_doc])* $many: $many_edge -> $many_object;)*
                $(
                    /// The values of the record's custom fields. Requires `custom_field:read`.
                    custom_fields: $values -> $value;
                )?
            }
            $(
                $(#[$one_doc])*
                async fn $one(&self, ctx: &async_graphql::Context<'_>) -> ::error::Result<Option<$one_object>> {
                    let edge = &::store::edge::$one_edge;
                    $crate::graphql::entity_object::follow(ctx, edge, $crate::graphql::entity_object::foreign_key(&*self.0, edge)).await
                }
            )*
            $(
                /// The value of the custom field with the given key. Null if there is none. Requires
                /// `custom_field:read`.
                async fn custom_field(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = "The key of the field.")] key: String,
                ) -> ::error::Result<Option<$value>> {
                    use ::store::Row;
                    let (edge, owner) = (&::store::edge::$values, entity::custom_field_definition::OwnerType::$owner);
                    $value::of_key(ctx, edge, owner, self.0.id(), &key).await
                }
            )?
        }
    };
}
pub(super) use edges;

/// Defines the root fields of a type: one record by its id or a reference, and the list of all. `by id` leaves out the
/// reference, for a type without external references.
macro_rules! roots {
    ($query:ident: $(#[$one_doc:meta])* $one:ident by id, $(#[$many_doc:meta])* $many:ident -> $object:ident) => {
        $crate::graphql::connection::roots!(@query $query $(#[$many_doc])* $many -> $object;
            $(#[$one_doc])*
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The id.")] id: async_graphql::ID,
            ) -> ::error::Result<Option<$object>> {
                use $crate::graphql::context::ContextExt;
                Ok(ctx.null_if_forbidden($crate::graphql::entity_object::by_id(ctx, &id).await)?.flatten())
            }
        );
    };
    ($query:ident: $(#[$one_doc:meta])* $one:ident, $(#[$many_doc:meta])* $many:ident -> $object:ident) => {
        $crate::graphql::connection::roots!(@query $query $(#[$many_doc])* $many -> $object;
            $(#[$one_doc])*
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The id. Exactly one of `id` and `ref` is given.")] id: Option<async_graphql::ID>,
                #[graphql(name = "ref", desc = "A reference to the record. Exactly one of `id` and `ref` is given.")]
                reference: Option<$crate::graphql::scalar::Ref>,
            ) -> ::error::Result<Option<$object>> {
                use $crate::graphql::{context::ContextExt, entity_object::by_id_or_reference};
                Ok(ctx.null_if_forbidden(by_id_or_reference(ctx, id, reference).await)?.flatten())
            }
        );
    };
    (@query $query:ident $(#[$many_doc:meta])* $many:ident -> $object:ident; $($one:tt)*) => {
        /// The root fields of a type.
        #[derive(Default)]
        pub struct $query;

        $crate::graphql::connection::lists! {
            $query { $(#[$many_doc])* $many: -> $object; }
            $($one)*
        }
    };
}
pub(super) use roots;
