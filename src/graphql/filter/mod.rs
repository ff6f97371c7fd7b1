//! Filters: the `where` argument of every list, compiled to the store's filter tree.

mod custom;
mod input;
mod money;
mod operators;
mod personal;

use std::sync::Arc;

use async_graphql::InputType;
use entity::custom_field_definition::{Model as Definition, OwnerType};
use error::{
    Error, Result,
    excerpt::{MAX_CLIENT_CHARS, excerpt, list_names},
};
use store::{Filter, Store};

pub use self::{
    custom::{CustomFieldFilter, value_column},
    input::{column_filters, logical_filters, quantified_filter},
    money::MoneyFilter,
    operators::{
        BooleanFilter, ColumnKind, DateFilter, DateTimeFilter, DecimalFilter, ExactFilter, IdFilter, IntFilter,
        Operators, TextFilter, WordsFilter, has_element,
    },
    personal::{PersonalFilter, indexed_field},
};
pub(super) use self::{
    input::{edge_filter, filter, filter_input},
    operators::{enum_filter, operators},
};

/// What the compilation of a filter or an order reads besides its input.
pub struct FilterContext<'a> {
    /// The request's store.
    pub store: &'a Store,
    /// The tenant's custom field definitions; empty if neither filter nor order names a custom field.
    pub definitions: &'a [Arc<Definition>],
}

impl FilterContext<'_> {
    /// The custom field definition of a key.
    pub fn definition(&self, owner_type: OwnerType, key: &str) -> Result<&Definition> {
        let all = || self.definitions.iter().map(|field| &**field);
        let live = || all().filter(|field| field.owner_type == owner_type && field.deleted_at.is_none());
        live().find(|definition| definition.key == key).ok_or_else(|| {
            let mut keys: Vec<_> = live().map(|definition| definition.key.as_str()).collect();
            keys.sort_unstable();
            let keys = if keys.is_empty() { "it has none".to_owned() } else { list_names(&keys) };
            let key = excerpt(key, MAX_CLIENT_CHARS);
            Error::BadInput(format!("There is no custom field \"{key}\" here; the fields are: {keys}."))
        })
    }
}

/// The `where` input of a type.
pub trait FilterInput: InputType {
    /// Whether it names a custom field at any depth.
    fn uses_custom_fields(&self) -> bool;

    /// The filter that the input describes.
    fn filter(&self, context: &FilterContext<'_>) -> Result<Filter>;
}
