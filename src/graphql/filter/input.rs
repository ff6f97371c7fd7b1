//! The macros that define the `where` inputs, and the functions that their expansions call.

use error::Result;
use sea_orm::IdenStatic;
use store::{Edge, Filter};

use super::{FilterContext, FilterInput, Operators};

/// The conditions on a column.
pub fn column_filters<O: Operators>(column: impl IdenStatic, operators: Option<&O>) -> impl Iterator<Item = Filter> {
    let predicates = operators.into_iter().flat_map(O::predicates);
    predicates.map(move |predicate| Filter::Column(column.as_str(), predicate))
}

/// The filters that `and`, `or` and `not` of an input describe.
pub fn logical_filters<F: FilterInput>(
    context: &FilterContext<'_>,
    and: Option<&[F]>,
    or: Option<&[F]>,
    not: Option<&F>,
) -> Result<Vec<Filter>> {
    let each = |filters: &[F]| filters.iter().map(|filter| filter.filter(context)).collect::<Result<Vec<_>>>();
    let mut all = Vec::new();
    all.extend(and.map(each).transpose()?.map(Filter::All));
    all.extend(or.map(each).transpose()?.map(Filter::Any));
    if let Some(filter) = not {
        all.push(Filter::Not(Box::new(filter.filter(context)?)));
    }
    Ok(all)
}

/// The filter that `some`, `none` and `every` describe for an edge to many rows.
pub fn quantified_filter<F: FilterInput>(
    context: &FilterContext<'_>,
    edge: &'static Edge,
    [some, none, every]: [Option<&F>; 3],
) -> Result<Filter> {
    let exists = |inner: Filter| Filter::Exists(edge, Box::new(inner));
    let not = |inner: Filter| Filter::Not(Box::new(inner));
    let mut all = Vec::new();
    if let Some(filter) = some {
        all.push(exists(filter.filter(context)?));
    }
    if let Some(filter) = none {
        all.push(not(exists(filter.filter(context)?)));
    }
    if let Some(filter) = every {
        all.push(not(exists(not(filter.filter(context)?))));
    }
    Ok(Filter::All(all))
}

/// Defines the `where` input of a type with an id, an external reference and times, and optionally the input for an
/// edge to many rows of the type.
///
/// ```ignore
/// filter! {
///     /// Conditions on customer assets. A record must meet all of them.
///     CustomerAssetFilter, CustomerAssetEdgeFilter of customer_asset with custom_fields of CustomerAsset;
///     columns {
///         /// Start of the assignment.
///         from: DateTimeFilter => StartsAt,
///     }
///     personal {}
///     many {
///         /// Service records of the asset for the customer.
///         service_records: ServiceRecordEdgeFilter => CUSTOMER_ASSET_SERVICES,
///     }
///     one {
///         /// Customer that has the asset.
///         customer: CustomerFilter => CUSTOMER_ASSET_CUSTOMER,
///     }
/// }
/// ```
///
/// adds the four common columns and expands to [`filter_input!`].
macro_rules! filter {
    ($(#[$doc:meta])*
     $filter:ident $(, $edge_filter:ident)? of $table:ident $(with $custom_fields:ident of $owner:ident)?;
     columns { $($columns:tt)* }
     $($sections:tt)*
    ) => {
        $crate::graphql::filter::filter_input! {
            $(#[$doc])*
            $filter $(, $edge_filter)? of $table $(with $custom_fields of $owner)?;
            columns {
                /// Id of the record.
                id: $crate::graphql::filter::IdFilter => Id,
                /// Id of the record in the caller's system.
                external_reference: $crate::graphql::filter::ExactFilter => ExternalReference,
                /// When the record was created.
                created_at: $crate::graphql::filter::DateTimeFilter => CreatedAt,
                /// When the record, or something that belongs to it, was last written.
                updated_at: $crate::graphql::filter::DateTimeFilter => UpdatedAt,
                $($columns)*
            }
            $($sections)*
        }
    };
}
pub(in crate::graphql) use filter;

/// Defines a `where` input and compiles it.
///
/// - `columns`: conditions on a column of the table; on `[Amount in Currency]`, the two columns of money; or
///   `(function)`, which turns the condition into a filter, and `{function}`, which reads the request, too.
/// - `personal`: conditions on a field of the table's blind index.
/// - `many` and `one`: conditions on the rows at the other end of an edge.
/// - `with custom_fields of`: conditions on the tenant's custom fields.
///
/// The example of [`filter!`] expands to
///
/// ```ignore
/// /// Conditions on customer assets. A record must meet all of them.
/// #[derive(Clone, Debug, Default, InputObject)]
/// pub struct CustomerAssetFilter {
///     pub and: Option<Vec<CustomerAssetFilter>>,
///     pub or: Option<Vec<CustomerAssetFilter>>,
///     pub not: Option<Box<CustomerAssetFilter>>,
///     pub id: Option<IdFilter>,
///     // The other common columns.
///     /// Start of the assignment.
///     pub from: Option<DateTimeFilter>,
///     /// Service records of the asset for the customer.
///     pub service_records: Option<ServiceRecordEdgeFilter>,
///     /// Customer that has the asset.
///     pub customer: Option<Box<CustomerFilter>>,
///     /// Conditions on custom fields. A record must meet all of them.
///     pub custom_fields: Option<Vec<CustomFieldFilter>>,
/// }
///
/// edge_filter! { CustomerAssetEdgeFilter of CustomerAssetFilter; }
///
/// impl FilterInput for CustomerAssetFilter {
///     fn uses_custom_fields(&self) -> bool { /* itself, or an input in it */ }
///
///     fn filter(&self, context: &FilterContext<'_>) -> Result<Filter> {
///         let mut all = Vec::new();
///         all.extend(column_filters(customer_asset::Column::Id, self.id.as_ref()));
///         all.extend(column_filters(customer_asset::Column::StartsAt, self.from.as_ref()));
///         all.extend(logical_filters(context, self.and.as_deref(), self.or.as_deref(), self.not.as_deref())?);
///         if let Some(many) = &self.service_records {
///             all.push(many.filter(context, &edge::CUSTOMER_ASSET_SERVICES)?);
///         }
///         if let Some(one) = &self.customer {
///             all.push(Filter::Exists(&edge::CUSTOMER_ASSET_CUSTOMER, Box::new(one.filter(context)?)));
///         }
///         for custom_field in self.custom_fields.iter().flatten() {
///             all.push(custom_field.filter(context, OwnerType::CustomerAsset)?);
///         }
///         Ok(Filter::All(all))
///     }
/// }
/// ```
macro_rules! filter_input {
    (@owner) => { None };
    (@owner $owner:ident) => { Some(entity::custom_field_definition::OwnerType::$owner) };
    (@field $table:ident, ($function:path), $operators:ty) => {
        $crate::graphql::aggregate::field::AggregateField::computed
    };
    (@field $table:ident, {$function:path}, $operators:ty) => { $crate::graphql::aggregate::field::AggregateField::computed };
    (@field $table:ident, [$amount:ident in $currency:ident], $operators:ty) => {
        |name| {
            use entity::$table::{Column, Entity};
            $crate::graphql::aggregate::field::AggregateField::of_money::<Entity>(name, Column::$amount, Column::$currency)
        }
    };
    (@field $table:ident, $column:ident, $operators:ty) => {
        |name| {
            use entity::$table::{Column, Entity};
            $crate::graphql::aggregate::field::AggregateField::of_column::<Entity, $operators>(name, Column::$column)
        }
    };
    (@condition $context:ident, $table:ident, ($function:path), $operators:expr) => {
        $operators.map(|condition| $function(condition))
    };
    (@condition $context:ident, $table:ident, {$function:path}, $operators:expr) => {
        $operators.map(|condition| $function($context, condition))
    };
    (@condition $context:ident, $table:ident, [$amount:ident in $currency:ident], $operators:expr) => {{
        let columns = (entity::$table::Column::$amount, entity::$table::Column::$currency);
        $operators.map(|money: &$crate::graphql::filter::MoneyFilter| money.filter($context, columns)).transpose()?
    }};
    (@condition $context:ident, $table:ident, $column:ident, $operators:expr) => {
        $crate::graphql::filter::column_filters(entity::$table::Column::$column, $operators)
    };
    ($(#[$doc:meta])*
     $filter:ident $(, $edge_filter:ident)? of $table:ident $(with $custom_fields:ident of $owner:ident)?;
     columns { $($(#[$column_doc:meta])* $column:ident: $operators:ty => $condition:tt,)* }
     personal { $($(#[$personal_doc:meta])* $personal:ident => $indexed_field:literal,)* }
     many { $($(#[$many_doc:meta])* $many:ident: $many_filter:ident => $many_edge:ident,)* }
     one { $($(#[$one_doc:meta])* $one:ident: $one_filter:ident => $one_edge:ident,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $filter {
            /// Records that meet all of these conditions.
            pub and: Option<Vec<$filter>>,
            /// Records that meet at least one of these conditions.
            pub or: Option<Vec<$filter>>,
            /// Records that do not meet these conditions, including those where a compared field is null.
            pub not: Option<Box<$filter>>,
            $($(#[$column_doc])* pub $column: Option<$operators>,)*
            $($(#[$personal_doc])* pub $personal: Option<$crate::graphql::filter::PersonalFilter>,)*
            $($(#[$many_doc])* pub $many: Option<$many_filter>,)*
            $($(#[$one_doc])* pub $one: Option<Box<$one_filter>>,)*
            $(
                /// Conditions on custom fields. A record must meet all of them.
                pub $custom_fields: Option<Vec<$crate::graphql::filter::CustomFieldFilter>>,
            )?
        }

        $($crate::graphql::filter::edge_filter! { $edge_filter of $filter; })?

        $crate::graphql::aggregate::field::aggregable! {
            $filter of $table with $crate::graphql::filter::filter_input!(@owner $($owner)?);
            $($(#[$column_doc])* $column => $crate::graphql::filter::filter_input!(@field $table, $condition, $operators),)*
            $($(#[$personal_doc])* $personal => $crate::graphql::aggregate::field::AggregateField::sealed,)*
            $($(#[$one_doc])* $one => |name| $crate::graphql::aggregate::field::AggregateField::of_edge::<entity::$table::Entity>(
                name, &::store::edge::$one_edge),)*
        }

        impl $crate::graphql::filter::FilterInput for $filter {
            fn uses_custom_fields(&self) -> bool {
                let nested = self.and.iter().flatten().chain(self.or.iter().flatten()).chain(self.not.as_deref());
                nested.into_iter().any(Self::uses_custom_fields)
                    $(|| self.$custom_fields.is_some())?
                    $(|| self.$many.iter().flat_map($many_filter::each).any(|inner| inner.uses_custom_fields()))*
                    $(|| self.$one.as_ref().is_some_and(|one| one.uses_custom_fields()))*
            }

            fn filter(&self, context: &$crate::graphql::filter::FilterContext<'_>) -> ::error::Result<::store::Filter> {
                use $crate::graphql::filter::{filter_input, logical_filters};
                use ::store::Filter;
                let mut all: Vec<Filter> = Vec::new();
                $(all.extend(filter_input!(@condition context, $table, $condition, self.$column.as_ref()));)*
                all.extend(logical_filters(context, self.and.as_deref(), self.or.as_deref(), self.not.as_deref())?);
                $(if let Some(personal) = &self.$personal {
                    const INDEXED: &::store::table::IndexedField = $crate::graphql::filter::indexed_field(
                        <entity::$table::Entity as ::store::TenantTable>::TABLE, $indexed_field);
                    all.push(personal.filter(context, INDEXED.field, INDEXED.normalization)?);
                })*
                $(if let Some(many) = &self.$many {
                    all.push(many.filter(context, &::store::edge::$many_edge)?);
                })*
                $(if let Some(one) = &self.$one {
                    all.push(Filter::Exists(&::store::edge::$one_edge, Box::new(one.filter(context)?)));
                })*
                $(for custom_field in self.$custom_fields.iter().flatten() {
                    all.push(custom_field.filter(context, entity::custom_field_definition::OwnerType::$owner)?);
                })?
                Ok(Filter::All(all))
            }
        }
    };
}
pub(in crate::graphql) use filter_input;

/// Defines the input for an edge that leads to many rows of a type: some, none or every row passes.
///
/// `edge_filter! { ContactEdgeFilter of ContactFilter; }` expands to
///
/// ```ignore
/// #[derive(Clone, Debug, Default, InputObject)]
/// pub struct ContactEdgeFilter {
///     pub some: Option<Box<ContactFilter>>,
///     pub none: Option<Box<ContactFilter>>,
///     pub every: Option<Box<ContactFilter>>,
/// }
///
/// impl ContactEdgeFilter {
///     pub fn each(&self) -> impl Iterator<Item = &ContactFilter> { /* those that are present */ }
///     pub fn filter(&self, context: &FilterContext<'_>, edge: &'static Edge) -> Result<Filter> {
///         quantified_filter(context, edge, [self.some.as_deref(), self.none.as_deref(), self.every.as_deref()])
///     }
/// }
/// ```
macro_rules! edge_filter {
    ($edge_filter:ident of $filter:ident;) => {
        /// Conditions on related records. Deleted records are ignored.
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $edge_filter {
            /// At least one related record meets these conditions.
            pub some: Option<Box<$filter>>,
            /// No related record meets these conditions.
            pub none: Option<Box<$filter>>,
            /// Every related record meets these conditions, or there is none.
            pub every: Option<Box<$filter>>,
        }

        impl $edge_filter {
            /// The filters of the rows.
            pub fn each(&self) -> impl Iterator<Item = &$filter> {
                [&self.some, &self.none, &self.every].into_iter().filter_map(|filter| filter.as_deref())
            }

            /// The filter over an edge to these rows.
            pub fn filter(
                &self,
                context: &$crate::graphql::filter::FilterContext<'_>,
                edge: &'static ::store::Edge,
            ) -> ::error::Result<::store::Filter> {
                let filters = [self.some.as_deref(), self.none.as_deref(), self.every.as_deref()];
                $crate::graphql::filter::quantified_filter(context, edge, filters)
            }
        }
    };
}
pub(in crate::graphql) use edge_filter;
