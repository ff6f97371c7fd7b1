//! Filters: `where` of every list, the same tests for every field of a type, compiled to the store's filter tree.

mod custom;
mod operators;
mod personal;

use async_graphql::InputType;
use entity::custom_field_definition::{Model as Definition, Owner};
use error::{Error, Result};
use store::{Edge, Filter, Store};

pub(super) use self::operators::{enum_filter, operators};
pub use self::{
    custom::CustomFieldFilter,
    operators::{
        BooleanFilter, DateFilter, DateTimeFilter, DecimalFilter, ExactFilter, IdFilter, IntFilter, Operators,
        TextFilter, WordsFilter,
    },
    personal::PersonalFilter,
};

/// What compiling a filter needs to know.
pub struct FilterContext<'a> {
    /// The request's store.
    pub store: &'a Store,
    /// The tenant's custom fields; empty, where the filter and order name none.
    pub definitions: &'a [Definition],
}

impl FilterContext<'_> {
    /// The custom field of a key.
    pub fn definition(&self, entity: Owner, key: &str) -> Result<&Definition> {
        let here = || self.definitions.iter().filter(|field| field.entity == entity && field.deleted_at.is_none());
        here().find(|definition| definition.key == key).ok_or_else(|| {
            let mut keys: Vec<_> = here().map(|definition| definition.key.as_str()).collect();
            keys.sort_unstable();
            let keys = if keys.is_empty() { "it has none".to_owned() } else { keys.join(", ") };
            Error::BadInput(format!("There is no custom field \"{key}\" here; the fields are: {keys}."))
        })
    }
}

/// The `where` of a type.
pub trait FilterInput: InputType {
    /// Whether it names a custom field anywhere.
    fn uses_custom_fields(&self) -> bool;

    /// The filter it stands for.
    fn filter(&self, known: &FilterContext<'_>) -> Result<Filter>;
}

/// What `and`, `or` and `not` of a `where` come to.
pub fn logical_filters<F: FilterInput>(
    known: &FilterContext<'_>,
    and: Option<&[F]>,
    or: Option<&[F]>,
    not: Option<&F>,
) -> Result<Vec<Filter>> {
    let each = |filters: &[F]| filters.iter().map(|filter| filter.filter(known)).collect::<Result<Vec<_>>>();
    let mut all = Vec::new();
    all.extend(and.map(each).transpose()?.map(Filter::All));
    all.extend(or.map(each).transpose()?.map(Filter::Any));
    if let Some(filter) = not {
        all.push(Filter::Not(Box::new(filter.filter(known)?)));
    }
    Ok(all)
}

/// The filter over an edge to many rows: some, none and every of them.
pub fn many<F: FilterInput>(
    known: &FilterContext<'_>,
    edge: &'static Edge,
    [some, none, every]: [Option<&F>; 3],
) -> Result<Filter> {
    let exists = |inner: Filter| Filter::Exists(edge, Box::new(inner));
    let not = |inner: Filter| Filter::Not(Box::new(inner));
    let mut all = Vec::new();
    if let Some(inner) = some {
        all.push(exists(inner.filter(known)?));
    }
    if let Some(inner) = none {
        all.push(not(exists(inner.filter(known)?)));
    }
    if let Some(inner) = every {
        all.push(not(exists(not(inner.filter(known)?))));
    }
    Ok(Filter::All(all))
}

/// Makes the `where` of a type: columns, fields of the blind index, edges to many and to one, and custom fields; and the
/// tests of an edge that leads to many rows of it, where there is one.
macro_rules! filter {
    ($(#[$doc:meta])* $filter:ident $(, $edge:ident)? of $owner:expr, $entity:expr;
     columns { $($(#[$column_doc:meta])* $column:ident: $tests:ty => $name:literal,)* }
     personal { $($(#[$personal_doc:meta])* $personal:ident => $field:literal $normalization:ident,)* }
     many { $($(#[$many_doc:meta])* $many:ident: $many_filter:ident => $many_edge:ident,)* }
     one { $($(#[$one_doc:meta])* $one:ident: $one_filter:ident => $one_edge:ident,)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $filter {
            /// All of these.
            pub and: Option<Vec<$filter>>,
            /// One of these.
            pub or: Option<Vec<$filter>>,
            /// Not this: exactly the rows this leaves out, those with nulls included.
            pub not: Option<Box<$filter>>,
            /// The id.
            pub id: Option<$crate::graphql::filter::IdFilter>,
            /// The id in the caller's system.
            pub external_reference: Option<$crate::graphql::filter::ExactFilter>,
            /// When the row was made.
            pub created_at: Option<$crate::graphql::filter::DateTimeFilter>,
            /// When the row, or something that belongs to it, was last written.
            pub updated_at: Option<$crate::graphql::filter::DateTimeFilter>,
            $($(#[$column_doc])* pub $column: Option<$tests>,)*
            $($(#[$personal_doc])* pub $personal: Option<$crate::graphql::filter::PersonalFilter>,)*
            $($(#[$many_doc])* pub $many: Option<$many_filter>,)*
            $($(#[$one_doc])* pub $one: Option<Box<$one_filter>>,)*
            /// The values of custom fields; all of these.
            pub custom_fields: Option<Vec<$crate::graphql::filter::CustomFieldFilter>>,
        }

        $(
            /// Operators of the live rows at the far end of an edge that leads to many.
            #[derive(Clone, Debug, Default, async_graphql::InputObject)]
            pub struct $edge {
                /// At least one row passes.
                pub some: Option<Box<$filter>>,
                /// No row passes.
                pub none: Option<Box<$filter>>,
                /// Every row passes; also, if there is none.
                pub every: Option<Box<$filter>>,
            }

            impl $edge {
                /// The filters in it.
                pub fn each(&self) -> impl Iterator<Item = &$filter> {
                    [&self.some, &self.none, &self.every].into_iter().filter_map(|inner| inner.as_deref())
                }

                /// The filter over an edge.
                pub fn filter(
                    &self,
                    known: &$crate::graphql::filter::FilterContext<'_>,
                    edge: &'static ::store::Edge,
                ) -> ::error::Result<::store::Filter> {
                    let inner = [self.some.as_deref(), self.none.as_deref(), self.every.as_deref()];
                    $crate::graphql::filter::many(known, edge, inner)
                }
            }
        )?

        impl $crate::graphql::filter::FilterInput for $filter {
            fn uses_custom_fields(&self) -> bool {
                let nested = self.and.iter().flatten().chain(self.or.iter().flatten()).chain(self.not.as_deref());
                self.custom_fields.is_some()
                    || nested.into_iter().any(Self::uses_custom_fields)
                    $(|| self.$many.iter().flat_map($many_filter::each).any(|inner| inner.uses_custom_fields()))*
                    $(|| self.$one.as_ref().is_some_and(|one| one.uses_custom_fields()))*
            }

            fn filter(&self, known: &$crate::graphql::filter::FilterContext<'_>) -> ::error::Result<::store::Filter> {
                use $crate::graphql::filter::Operators;
                use ::store::Filter;
                let mut all: Vec<Filter> = Vec::new();
                let mut column = |name, operators: Option<&dyn Operators>| {
                    all.extend(operators.into_iter().flat_map(Operators::predicates).map(|test| Filter::Column(name, test)));
                };
                column("id", self.id.as_ref().map(|operators| operators as &dyn Operators));
                column("external_reference", self.external_reference.as_ref().map(|operators| operators as &dyn Operators));
                column("created_at", self.created_at.as_ref().map(|operators| operators as &dyn Operators));
                column("updated_at", self.updated_at.as_ref().map(|operators| operators as &dyn Operators));
                $(column($name, self.$column.as_ref().map(|operators| operators as &dyn Operators));)*
                let each = |filters: &Vec<Self>| filters.iter().map(|filter| filter.filter(known)).collect::<::error::Result<Vec<_>>>();
                if let Some(filters) = &self.and {
                    all.push(Filter::All(each(filters)?));
                }
                if let Some(filters) = &self.or {
                    all.push(Filter::Any(each(filters)?));
                }
                if let Some(filter) = &self.not {
                    all.push(Filter::Not(Box::new(filter.filter(known)?)));
                }
                $(if let Some(personal) = &self.$personal {
                    all.push(personal.filter(known, $field, ::store::table::Normalization::$normalization)?);
                })*
                $(if let Some(many) = &self.$many {
                    all.push(many.filter(known, &::store::edge::$many_edge)?);
                })*
                $(if let Some(one) = &self.$one {
                    all.push(Filter::Exists(&::store::edge::$one_edge, Box::new(one.filter(known)?)));
                })*
                for custom in self.custom_fields.iter().flatten() {
                    all.push(custom.filter(known, $owner, $entity)?);
                }
                Ok(Filter::All(all))
            }
        }
    };
}
pub(super) use filter;
