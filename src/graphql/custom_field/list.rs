//! Lists of custom field definitions: filter and order.

use async_graphql::InputObject;
use error::Result;
use store::Filter;

use super::{CustomFieldEntityFilter, CustomFieldTypeFilter};
use crate::graphql::{
    filter::{
        BooleanFilter, DateTimeFilter, ExactFilter, FilterContext, FilterInput, IdFilter, Operators, TextFilter,
        logical_filters,
    },
    order::order,
};

/// Which custom fields. All tests given must pass.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CustomFieldDefinitionFilter {
    /// All of these.
    pub and: Option<Vec<CustomFieldDefinitionFilter>>,
    /// One of these.
    pub or: Option<Vec<CustomFieldDefinitionFilter>>,
    /// Not this: exactly the rows this leaves out, those with nulls included.
    pub not: Option<Box<CustomFieldDefinitionFilter>>,
    /// The id.
    pub id: Option<IdFilter>,
    /// The id in the caller's system.
    pub external_reference: Option<ExactFilter>,
    /// When the row was made.
    pub created_at: Option<DateTimeFilter>,
    /// When the row, or something that belongs to it, was last written.
    pub updated_at: Option<DateTimeFilter>,
    /// The type of row that has the field.
    pub entity: Option<CustomFieldEntityFilter>,
    /// Its name.
    pub key: Option<ExactFilter>,
    /// What its values are.
    pub r#type: Option<CustomFieldTypeFilter>,
    /// What people call it.
    pub title: Option<TextFilter>,
    /// Whether a new row must have a value.
    pub required: Option<BooleanFilter>,
    /// Whether values are personal.
    pub sensitive: Option<BooleanFilter>,
}

impl FilterInput for CustomFieldDefinitionFilter {
    fn uses_custom_fields(&self) -> bool {
        false
    }

    fn filter(&self, known: &FilterContext<'_>) -> Result<Filter> {
        let columns: [(_, Option<&dyn Operators>); 10] = [
            ("id", self.id.as_ref().map(|operators| operators as _)),
            ("external_reference", self.external_reference.as_ref().map(|operators| operators as _)),
            ("created_at", self.created_at.as_ref().map(|operators| operators as _)),
            ("updated_at", self.updated_at.as_ref().map(|operators| operators as _)),
            ("entity", self.entity.as_ref().map(|operators| operators as _)),
            ("key", self.key.as_ref().map(|operators| operators as _)),
            ("field_type", self.r#type.as_ref().map(|operators| operators as _)),
            ("title_key", self.title.as_ref().map(|operators| operators as _)),
            ("required", self.required.as_ref().map(|operators| operators as _)),
            ("sensitive", self.sensitive.as_ref().map(|operators| operators as _)),
        ];
        let mut all = Vec::new();
        for (name, operators) in columns {
            let predicates = operators.into_iter().flat_map(Operators::predicates);
            all.extend(predicates.map(|predicate| Filter::Column(name, predicate)));
        }
        all.extend(logical_filters(known, self.and.as_deref(), self.or.as_deref(), self.not.as_deref())?);
        Ok(Filter::All(all))
    }
}

order! {
    /// What custom fields can be ordered by.
    CustomFieldDefinitionOrderField, CustomFieldDefinitionOrder of custom_field_definition, None;
    /// The type of row, in alphabetical order of the values.
    Entity => Entity,
    /// Its name.
    Key => Key,
    /// What people call it.
    Title => TitleKey,
}
