//! Lists of custom field definitions: filter and order.

use super::{CustomFieldEntityFilter, CustomFieldTypeFilter};
use crate::graphql::{
    filter::{BooleanFilter, ExactFilter, TextFilter, filter},
    order::order,
};

filter! {
    /// Which custom fields. All tests given must pass.
    CustomFieldDefinitionFilter of custom_field_definition;
    columns {
        /// The type of row that has the field.
        entity: CustomFieldEntityFilter => Entity,
        /// Its name.
        key: ExactFilter => Key,
        /// What its values are.
        r#type: CustomFieldTypeFilter => FieldType,
        /// What people call it.
        title: TextFilter => TitleKey,
        /// Whether a new row must have a value.
        required: BooleanFilter => Required,
        /// Whether values are personal.
        sensitive: BooleanFilter => Sensitive,
    }
    personal {}
    many {}
    one {}
}

order! {
    /// What custom fields can be ordered by.
    CustomFieldDefinitionOrderField, CustomFieldDefinitionOrder of custom_field_definition;
    /// The type of row, in alphabetical order of the values.
    Entity => Entity,
    /// Its name.
    Key => Key,
    /// What people call it.
    Title => TitleKey,
}
