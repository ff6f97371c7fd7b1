//! Entity objects: the types of the schema that represent the rows of a table, and the functions that find a row.

use std::sync::Arc;

use async_graphql::{ContainerType, Context, ID, OutputType, SelectionField, Value as OutputValue};
use domain::{lookup::reference_filter, reference::precedence};
use error::{Error, Result};
use futures_util::future::BoxFuture;
use sea_orm::{IdenStatic, Iterable, Value, prelude::Uuid};
use store::{Deleted, Edge, Row, RowQuery, TenantTable, camel_case::is_camel_case_of, page::find_column};

use super::{
    aggregate::field::Aggregable,
    breadth_first::{Level, LevelObject, Parents, Place, place_of_field, refuse, resolve_objects},
    context::ContextExt,
    filter::FilterInput,
    order::OrderInput,
    row_size::RowSize,
    scalar::Ref,
};

/// A type of the schema that represents the rows of a table.
pub trait EntityObject: ContainerType + OutputType + Sized + Send + Sync + 'static {
    /// The table.
    type Entity: TenantTable;
    /// The edges that start at the type.
    const EDGES: &'static [&'static Edge];
    /// The edges to child rows.
    const CHILDREN: &'static [&'static Edge] = &[];
    /// Whether a deleted row is found by its id. Types without `deletedAt` exclude it.
    const DELETED_BY_ID: Deleted = Deleted::Include;

    /// The object of a row.
    fn of(row: Arc<RowOf<Self>>) -> Self;

    /// The row of the object.
    fn row(&self) -> &RowOf<Self>;

    /// The columns that are always read, for example because they decide the concrete type.
    fn required_columns() -> &'static [ColumnOf<Self>] {
        &[]
    }

    /// The columns that a field reads, if they are not the single column with its name.
    fn columns_for(field: &str) -> &'static [ColumnOf<Self>];

    /// Follows an edge from all rows of a level: a value for each of them. None if each row follows it by itself.
    fn follow_together<'a>(
        _: &'static Edge,
        _: &'a Context<'a>,
        _: Parents<'a>,
    ) -> Option<BoxFuture<'a, Vec<OutputValue>>> {
        None
    }

    /// Loads what the current field of some objects reads besides their rows. None if there is nothing to load.
    fn prefetch_rows<'a>(_: &'a Context<'a>, _: &'a [Self]) -> Option<BoxFuture<'a, Result<()>>> {
        None
    }
}

impl<F: EntityObject> LevelObject for F {
    fn resolve_together<'a>(ctx: &'a Context<'a>, level: Level<'a, Self>) -> Option<BoxFuture<'a, Vec<OutputValue>>> {
        let mut edges = F::EDGES.iter().chain(F::CHILDREN);
        let edge = edges.find(|edge| edge.field() == ctx.item.node.name.node)?;
        let ids = level.objects.iter().map(|object| foreign_key(object.row(), edge)).collect();
        F::follow_together(edge, ctx, Parents { ids, places: level.places })
    }

    fn prefetch<'a>(ctx: &'a Context<'a>, level: Level<'a, Self>) -> Option<BoxFuture<'a, Result<()>>> {
        F::prefetch_rows(ctx, level.objects)
    }
}

/// An entity object whose rows can be listed.
pub trait ListedObject: EntityObject {
    /// The type of `where`.
    type Filter: FilterInput + Aggregable;
    /// The type of `orderBy`.
    type Order: OrderInput<Entity = Self::Entity>;
}

/// The row of an entity object.
pub type RowOf<F> = <<F as EntityObject>::Entity as sea_orm::EntityTrait>::Model;
/// The columns of an entity object.
pub type ColumnOf<F> = <<F as EntityObject>::Entity as sea_orm::EntityTrait>::Column;

/// The columns that the selected fields of an entity object read.
pub fn columns<'a, F: EntityObject>(fields: impl Iterator<Item = SelectionField<'a>>) -> Vec<ColumnOf<F>> {
    let mut chosen: Vec<_> =
        find_column::<F::Entity>("id").into_iter().chain(F::required_columns().iter().copied()).collect();
    let mut choose = |column: ColumnOf<F>| {
        if !chosen.iter().any(|known| known.as_str() == column.as_str()) {
            chosen.push(column);
        }
    };
    for field in fields {
        let name = field.name();
        F::columns_for(name).iter().copied().for_each(&mut choose);
        <ColumnOf<F> as Iterable>::iter()
            .filter(|column| is_camel_case_of(name, column.as_str()))
            .for_each(&mut choose);
        for edge in F::EDGES.iter().filter(|edge| edge.name.rsplit('.').next() == Some(name)) {
            find_column::<F::Entity>(edge.source_column()).into_iter().for_each(&mut choose);
        }
    }
    chosen
}

/// The id in the source column of an edge. None if it is null.
pub fn foreign_key<M: Row<Entity: TenantTable>>(row: &M, edge: &Edge) -> Option<Uuid> {
    match find_column::<M::Entity>(edge.source_column()).map(|column| row.get(column)) {
        Some(Value::Uuid(id)) => id,
        _ => None,
    }
}

/// Follows an edge to a single row, with the columns that the current field's selection reads. The row can be deleted.
pub async fn follow<F: EntityObject>(ctx: &Context<'_>, edge: &'static Edge, id: Option<Uuid>) -> Result<Option<F>> {
    let Some(id) = id else { return Ok(None) };
    // An edge to rows of several tables takes one statement for each table.
    let found = Box::pin(one::<F>(ctx, edge.target.name, id, Deleted::Include)).await;
    Ok(ctx.null_if_forbidden(found)?.flatten())
}

/// Follows an edge from all rows of a level to single rows: a value for each row of the level.
pub async fn follow_together<F: EntityObject>(
    ctx: &Context<'_>,
    edge: &'static Edge,
    parents: Parents<'_>,
) -> Vec<OutputValue> {
    let (mut ids, mut places) = (Vec::new(), Vec::new());
    for (id, object) in parents.ids.iter().zip(parents.places) {
        if let Some(id) = id {
            ids.push(*id);
            places.push(place_of_field(ctx, object));
        }
    }
    let found = async {
        let find = || row_query::<F>(ctx, Deleted::Include);
        ctx.store().rows_by_ids(ctx.field_key(edge.target.name), &ids, find).await
    };
    let mut values = match Box::pin(found).await {
        Ok(rows) => resolve_rows::<F>(ctx, rows, &places).await,
        Err(error) => places.iter().map(|place| refuse(ctx, *place, &error)).collect(),
    }
    .into_iter();
    let value = |id: &Option<Uuid>| id.and_then(|_| values.next()).unwrap_or_default();
    parents.ids.iter().map(value).collect()
}

/// Resolves the rows of typed ids at their places, and null for an id that the tenant does not have.
pub async fn resolve_ids<F: EntityObject>(
    ctx: &Context<'_>,
    ids: &[&str],
    places: &[Place<'_>],
) -> Result<Vec<OutputValue>> {
    // Who may not read the table is told so by an id that is none, too.
    let query = row_query::<F>(ctx, F::DELETED_BY_ID)?;
    let ids: Vec<_> = ids.iter().map(|id| F::Entity::TABLE.decode_id(id).unwrap_or_default()).collect();
    if ids.iter().all(Uuid::is_nil) {
        return Ok(vec![OutputValue::Null; ids.len()]);
    }
    let rows = ctx.store().rows_by_ids(ctx.field_key(F::Entity::TABLE.name), &ids, || Ok(query)).await?;
    Ok(resolve_rows::<F>(ctx, rows, places).await)
}

/// Resolves rows that were found, and null for those that were not.
async fn resolve_rows<F: EntityObject>(
    ctx: &Context<'_>,
    rows: Vec<Option<(Arc<RowOf<F>>, u64)>>,
    places: &[Place<'_>],
) -> Vec<OutputValue> {
    let is_found: Vec<_> = rows.iter().map(Option::is_some).collect();
    let places: Vec<_> = rows.iter().zip(places).filter(|(row, _)| row.is_some()).map(|(_, place)| *place).collect();
    let bytes = rows.iter().flatten().map(|(_, bytes)| bytes).sum();
    let steps = ctx.count(places.len() as u64, bytes, || RowSize::of(ctx.field().selection_set(), F::EDGES));
    let objects: Vec<_> = rows.into_iter().flatten().map(|(row, _)| F::of(row)).collect();
    let mut values = resolve_objects(ctx, Level { objects: &objects, places: &places, steps }).await.into_iter();
    is_found
        .into_iter()
        .map(|found| if found { values.next().unwrap_or_default() } else { OutputValue::Null })
        .collect()
}

/// The query of rows with the columns that the current field's selection reads.
fn row_query<F: EntityObject>(ctx: &Context<'_>, deleted: Deleted) -> Result<RowQuery<F::Entity>> {
    let columns = columns::<F>(ctx.field().selection_set());
    Ok(ctx.store().find::<F::Entity>()?.columns(columns).deleted(deleted))
}

/// Finds a row by its id, with the columns that the current field's selection reads.
pub async fn one<F: EntityObject>(
    ctx: &Context<'_>,
    name: &'static str,
    id: Uuid,
    deleted: Deleted,
) -> Result<Option<F>> {
    let find = || row_query::<F>(ctx, deleted);
    let Some((row, bytes)) = ctx.store().row_by_id(ctx.field_key(name), id, find).await? else { return Ok(None) };
    ctx.spend(1, bytes, || RowSize::of(ctx.field().selection_set(), F::EDGES)).await;
    Ok(Some(F::of(row)))
}

/// Finds the row of a typed id. None if the tenant has no such row.
pub async fn by_id<F: EntityObject>(ctx: &Context<'_>, id: &str) -> Result<Option<F>> {
    match F::Entity::TABLE.decode_id(id) {
        Some(id) => one(ctx, F::Entity::TABLE.name, id, F::DELETED_BY_ID).await,
        None => {
            ctx.store().find::<F::Entity>()?;
            Ok(None)
        }
    }
}

/// Finds the row of a typed id or of a reference, exactly one of which is given. None if the tenant has no such row.
pub async fn by_id_or_reference<F: EntityObject>(
    ctx: &Context<'_>,
    id: Option<ID>,
    reference: Option<Ref>,
) -> Result<Option<F>> {
    match (id, reference) {
        (Some(id), None) => by_id(ctx, &id).await,
        (None, Some(Ref(reference))) => {
            let meant = reference_filter::<F::Entity>([&reference]);
            // With all columns: the selected ones do not tell which row the reference means.
            let find = ctx.store().find::<F::Entity>()?.deleted(F::DELETED_BY_ID).filter(meant);
            let page = ctx.store().page(&find).await?;
            ctx.spend(1, page.bytes, || RowSize::of(ctx.field().selection_set(), F::EDGES)).await;
            let rows = page.rows.into_iter().map(|(row, _)| row);
            Ok(rows.min_by_key(|row| precedence::<F::Entity>(row, &reference)).map(F::of))
        }
        _ => Err(Error::BadInput("Give id or ref, exactly one of them.".to_owned())),
    }
}

/// Defines an entity object: the ids first, then the fields, the edges, and the version and times last. `children` names the
/// types of its child rows, and `prefetch` a function that loads what other fields read besides the row. A line `"type" => [AddressType]` names the columns of a field if they are not the single column
/// with its name.
///
/// ```text
/// entity_object! {
///     /// A place of a customer.
///     Address of address: AddressFields, AddressEdges, AddressFilter, AddressOrder;
///     "type" => [AddressType],
/// }
/// // expands to
/// /// A place of a customer.
/// #[derive(MergedObject)]
/// pub struct Address(Identity<address::Model>, AddressFields, AddressEdges, Revision<address::Model>);
/// impl EntityObject for Address { type Entity = address::Entity; … }
/// impl ListedObject for Address { type Filter = AddressFilter; type Order = AddressOrder; }
/// ```
macro_rules! entity_object {
    ($(#[$doc:meta])* $object:ident of $table:ident: $fields:ident, $edges:ident, $filter:ident, $order:ident; $($reads:tt)*) => {
        $crate::graphql::entity_object::entity_object! { $(#[$doc])* $object of $table: $fields, $edges; $($reads)* }

        impl $crate::graphql::entity_object::ListedObject for $object {
            type Filter = $filter;
            type Order = $order;
        }
    };
    ($(#[$doc:meta])* $object:ident of $table:ident: $fields:ident, $edges:ident;
     $(children [$($child:ident),* $(,)?],)?
     $(prefetch $prefetch:path,)?
     $($($field:literal)|+ => [$($column:ident),* $(,)?]),* $(,)?) => {
        $(#[$doc])*
        #[derive(async_graphql::MergedObject)]
        pub struct $object(
            $crate::graphql::common_fields::Identity<entity::$table::Model>,
            $fields,
            $edges,
            $crate::graphql::common_fields::Revision<entity::$table::Model>,
        );

        impl $crate::graphql::entity_object::EntityObject for $object {
            type Entity = entity::$table::Entity;
            const EDGES: &'static [&'static ::store::Edge] = $edges::ALL;
            $(const CHILDREN: &'static [&'static ::store::Edge] =
                &[$(<$child as $crate::graphql::child_rows::ChildObject>::EDGE),*];)?

            fn of(row: std::sync::Arc<entity::$table::Model>) -> Self {
                use $crate::graphql::common_fields::{Identity, Revision};
                Self(Identity(row.clone()), $fields(row.clone()), $edges(row.clone()), Revision(row))
            }

            fn row(&self) -> &entity::$table::Model {
                &self.0.0
            }

            fn follow_together<'a>(
                edge: &'static ::store::Edge,
                ctx: &'a async_graphql::Context<'a>,
                parents: $crate::graphql::breadth_first::Parents<'a>,
            ) -> Option<futures_util::future::BoxFuture<'a, Vec<async_graphql::Value>>> {
                $($(if edge == <$child as $crate::graphql::child_rows::ChildObject>::EDGE {
                    return Some(Box::pin($crate::graphql::child_rows::children_together::<$child>(ctx, parents)));
                })*)?
                $edges::follow(edge, ctx, parents)
            }

            $(fn prefetch_rows<'a>(
                ctx: &'a async_graphql::Context<'a>,
                objects: &'a [Self],
            ) -> Option<futures_util::future::BoxFuture<'a, ::error::Result<()>>> {
                $prefetch(ctx, objects)
            })?

            fn columns_for(field: &str) -> &'static [entity::$table::Column] {
                match field {
                    $($($field)|+ => &[$(entity::$table::Column::$column),*],)*
                    _ => &[],
                }
            }
        }

        impl $object {
            /// The id, for the `Node` interface.
            pub(super) async fn id(&self, _: &async_graphql::Context<'_>) -> ::error::Result<async_graphql::ID> {
                use ::store::{TenantTable, Row};
                Ok(async_graphql::ID(entity::$table::Entity::TABLE.encode_id(self.0.0.id())))
            }
        }
    };
}
pub(super) use entity_object;
