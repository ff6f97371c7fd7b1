//! Nodes: what every type with an id has, and how one is found by its id.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object, SelectionField, TypeName};
use error::{Error, Result};
use sea_orm::{IdenStatic, Iterable, Value, prelude::Uuid};
use store::{Deleted, Edge, Row, Table, TenantTable, page::find_column, table::camel_case};

use super::{
    address::Address,
    asset::Asset,
    contact::Contact,
    context::ContextExt,
    custom_field::CustomFieldDefinition,
    customer::Customer,
    customer_asset::CustomerAsset,
    filter::FilterInput,
    load::Load,
    order::{OrderField, OrderInput},
    scalar::DateTime,
    service_record::ServiceRecord,
    tenant::Tenant,
};

/// The face of a table's rows: a type of the schema over a row.
pub trait EntityObject: async_graphql::OutputType + Send + Sync + 'static {
    /// The table.
    type Entity: TenantTable;
    /// The edges that start here.
    const EDGES: &'static [&'static Edge];

    /// The face of a row.
    fn of(row: Arc<RowOf<Self>>) -> Self;

    /// The columns without which the type itself is not known.
    fn required_columns() -> &'static [ColumnOf<Self>] {
        &[]
    }

    /// The columns a field reads, where they are not the one column of its name.
    fn columns_for(field: &str) -> &'static [ColumnOf<Self>];
}

/// A face whose rows can be listed.
pub trait ListedObject: EntityObject {
    /// What `where` takes.
    type Filter: FilterInput;
    /// What `orderBy` takes.
    type Order: OrderInput<Field: OrderField<Entity = Self::Entity>>;
}

/// A row under a face.
pub type RowOf<F> = <<F as EntityObject>::Entity as sea_orm::EntityTrait>::Model;
/// A column under a face.
pub type ColumnOf<F> = <<F as EntityObject>::Entity as sea_orm::EntityTrait>::Column;

/// The columns that some fields of a face read.
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
        <ColumnOf<F> as Iterable>::iter().filter(|column| camel_case(column.as_str()) == name).for_each(&mut choose);
        for edge in F::EDGES.iter().filter(|edge| edge.name.rsplit('.').next() == Some(name)) {
            find_column::<F::Entity>(edge.source_column()).into_iter().for_each(&mut choose);
        }
    }
    chosen
}

/// The row at the near end of an edge, or null: the id one of its columns holds.
pub fn foreign_key<M: Row<Entity: TenantTable>>(row: &M, edge: &Edge) -> Option<Uuid> {
    match find_column::<M::Entity>(edge.source_column()).map(|column| row.get(column)) {
        Some(Value::Uuid(id)) => id,
        _ => None,
    }
}

/// Follows an edge to one row, with the columns the present field's selection reads. A deleted row is shown too.
pub async fn follow<F: EntityObject>(ctx: &Context<'_>, edge: &'static Edge, id: Option<Uuid>) -> Result<Option<F>> {
    let Some(id) = id else { return Ok(None) };
    // An edge to rows of several tables is followed to each by a statement of its own.
    let found = Box::pin(one::<F>(ctx, edge.target.name, id, Deleted::Include)).await;
    Ok(ctx.null_if_forbidden(found)?.flatten())
}

/// A row by its id, with the columns the present field's selection reads.
pub async fn one<F: EntityObject>(
    ctx: &Context<'_>,
    name: &'static str,
    id: Uuid,
    deleted: Deleted,
) -> Result<Option<F>> {
    let find = || {
        let columns = columns::<F>(ctx.field().selection_set());
        Ok(ctx.store().find::<F::Entity>()?.columns(columns).deleted(deleted))
    };
    Ok(ctx.store().row_by_id(ctx.field_key(name), id, find).await?.map(F::of))
}

/// The row of a typed id; null if it names none, whoever's it is.
pub async fn by_id<F: EntityObject>(ctx: &Context<'_>, id: &str) -> Result<Option<F>> {
    match F::Entity::TABLE.decode_id(id) {
        Some(id) => one(ctx, F::Entity::TABLE.name, id, Deleted::Include).await,
        None => {
            ctx.store().find::<F::Entity>()?;
            Ok(None)
        }
    }
}

/// What every type with an id has.
pub struct Common<M>(pub Arc<M>);

/// A part of other types only: the name never appears in the schema.
impl<M: Row<Entity: TenantTable>> TypeName for Common<M> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("common_{}", M::Entity::TABLE.name).into()
    }
}

/// What every type with an id has.
#[Object(name_type)]
impl<M: Row<Entity: TenantTable>> Common<M> {
    /// The id: opaque, URL-safe, the same for ever.
    async fn id(&self) -> ID {
        ID(M::Entity::TABLE.encode_id(self.0.id()))
    }

    /// The id this row has in the caller's system, unique per tenant and type. Null if none was given.
    async fn external_reference(&self) -> Result<Option<String>> {
        match self.value("external_reference") {
            Value::String(reference) => Ok(reference),
            _ => Ok(None),
        }
    }

    /// Starts at 1 and grows by one with every write. Give it as `expectedVersion` to write only what you have read.
    async fn version(&self) -> Result<i32> {
        match self.value("version") {
            Value::Int(Some(version)) => Ok(version),
            _ => Err(Error::internal("a row without a version")),
        }
    }

    /// When the row was made.
    async fn created_at(&self) -> Result<DateTime> {
        self.at("created_at")?.ok_or_else(|| Error::internal("a row without a beginning"))
    }

    /// When the row was last written, or something that belongs to it.
    async fn updated_at(&self) -> Result<DateTime> {
        self.at("updated_at")?.ok_or_else(|| Error::internal("a row without a last write"))
    }

    /// When the row was deleted. Null while it is live.
    async fn deleted_at(&self) -> Result<Option<DateTime>> {
        self.at("deleted_at")
    }
}

impl<M: Row<Entity: TenantTable>> Common<M> {
    fn value(&self, name: &str) -> Value {
        find_column::<M::Entity>(name).map_or(Value::Bool(None), |column| self.0.get(column))
    }

    fn at(&self, name: &str) -> Result<Option<DateTime>> {
        match self.value(name) {
            Value::ChronoDateTimeUtc(at) => Ok(at.map(DateTime)),
            _ => Err(Error::internal(format!("{} has no {name}", M::Entity::TABLE.name))),
        }
    }
}

/// Makes a type of the schema over a table: the common fields, the fields of one object, the edges of another.
macro_rules! entity_object {
    ($(#[$doc:meta])* $object:ident of $table:ident: $fields:ident, $edges:ident, $filter:ident, $order:ident; $($reads:tt)*) => {
        $crate::graphql::node::entity_object! { $(#[$doc])* $object of $table: $fields, $edges; $($reads)* }

        impl $crate::graphql::node::ListedObject for $object {
            type Filter = $filter;
            type Order = $order;
        }
    };
    ($(#[$doc:meta])* $object:ident of $table:ident: $fields:ident, $edges:ident;
     $($($field:literal)|+ => [$($column:ident),* $(,)?]),* $(,)?) => {
        $(#[$doc])*
        #[derive(async_graphql::MergedObject)]
        pub struct $object($edges, $fields, $crate::graphql::node::Common<entity::$table::Model>);

        impl $crate::graphql::node::EntityObject for $object {
            type Entity = entity::$table::Entity;
            const EDGES: &'static [&'static ::store::Edge] = $edges::ALL;

            fn of(row: std::sync::Arc<entity::$table::Model>) -> Self {
                Self($edges(row.clone()), $fields(row.clone()), $crate::graphql::node::Common(row))
            }

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
                Ok(async_graphql::ID(entity::$table::Entity::TABLE.encode_id(self.2.0.id())))
            }
        }
    };
}
pub(super) use entity_object;

/// Anything with an id of its own.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id: opaque, URL-safe, the same for ever."))]
pub enum Node {
    /// A customer.
    Customer(Customer),
    /// An address.
    Address(Address),
    /// A contact.
    Contact(Contact),
    /// A tenant.
    Tenant(Tenant),
    /// A custom field.
    CustomFieldDefinition(CustomFieldDefinition),
    /// A load.
    Load(Load),
    /// An asset.
    Asset(Asset),
    /// An asset of a customer.
    CustomerAsset(CustomerAsset),
    /// A service record.
    ServiceRecord(ServiceRecord),
}

/// Root fields that find any node.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The node of an id, live or deleted. Null if the id names none.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The id.")] id: ID) -> Result<Option<Node>> {
        Ok(ctx.null_if_forbidden(any(ctx, &id).await)?.flatten())
    }

    /// The nodes of some ids, in their order; null where an id names none.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids; at most 100, where the server is not set otherwise.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        let most = ctx.request().limits.items;
        if ids.len() > most {
            return Err(Error::BadInput(format!("ids has at most {most} items; {} were given.", ids.len())));
        }
        let found = futures_util::future::join_all(ids.iter().map(|id| any(ctx, id))).await;
        found.into_iter().map(|node| Ok(ctx.null_if_forbidden(node)?.flatten())).collect()
    }
}

async fn any(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Some(table) = Table::for_id(id) else { return Ok(None) };
    Ok(match table.name {
        "customer" => by_id(ctx, id).await?.map(Node::Customer),
        "address" => by_id(ctx, id).await?.map(Node::Address),
        "contact" => by_id(ctx, id).await?.map(Node::Contact),
        "tenant" => by_id(ctx, id).await?.map(Node::Tenant),
        "custom_field_definition" => by_id(ctx, id).await?.map(Node::CustomFieldDefinition),
        "load" => by_id(ctx, id).await?.map(Node::Load),
        "asset" => by_id(ctx, id).await?.map(Node::Asset),
        "customer_asset" => by_id(ctx, id).await?.map(Node::CustomerAsset),
        "service_record" => by_id(ctx, id).await?.map(Node::ServiceRecord),
        _ => None,
    })
}
