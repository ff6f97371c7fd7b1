//! Definitions of lists and edges: the macros by which a type declares the fields that lead to other rows.

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
                    deleted: Option<$crate::graphql::list::Deleted>,
                ) -> ::error::Result<Option<$crate::graphql::connection::Connection<$object>>> {
                    let args = $crate::graphql::list::ListArguments { first, after, last, before, filter, order: order_by, deleted, condition: None };
                    let parent = $crate::graphql::edges::lists!(@parent $(self $edge)?);
                    $crate::graphql::list::connect(ctx, parent, args).await
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

            /// Follows an edge from all rows of a level.
            pub(super) fn follow<'a>(
                edge: &'static ::store::Edge,
                ctx: &'a async_graphql::Context<'a>,
                parents: $crate::graphql::breadth_first::Parents<'a>,
            ) -> Option<futures_util::future::BoxFuture<'a, Vec<async_graphql::Value>>> {
                $(if *edge == ::store::edge::$many_edge {
                    return Some(Box::pin($crate::graphql::list::lists_together::<$many_object>(ctx, edge, parents)));
                })*
                $(if *edge == ::store::edge::$one_edge {
                    return Some(Box::pin($crate::graphql::entity_object::follow_together::<$one_object>(ctx, edge, parents)));
                })*
                $(if *edge == ::store::edge::$values {
                    return Some(Box::pin($crate::graphql::list::lists_together::<$value>(ctx, edge, parents)));
                })?
                None
            }
        }

        $crate::graphql::edges::lists! {
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
        $crate::graphql::edges::roots!(@query $query $(#[$many_doc])* $many -> $object;
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
        $crate::graphql::edges::roots!(@query $query $(#[$many_doc])* $many -> $object;
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

        $crate::graphql::edges::lists! {
            $query { $(#[$many_doc])* $many: -> $object; }
            $($one)*
        }
    };
}
pub(super) use roots;
