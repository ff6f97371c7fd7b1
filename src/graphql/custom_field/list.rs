//! Lists of custom field definitions: filter and order.

use super::{CustomFieldOwnerTypeFilter, CustomFieldTypeFilter};
use crate::graphql::{
    filter::{BooleanFilter, ExactFilter, TextFilter, filter},
    order::order,
};

filter! {
    /// Conditions on custom field definitions. A record must meet all of them.
    CustomFieldDefinitionFilter of custom_field_definition;
    columns {
        /// Type of record that has the field.
        owner_type: CustomFieldOwnerTypeFilter => OwnerType,
        /// Key of the field.
        key: ExactFilter => Key,
        /// Type of the field's values.
        r#type: CustomFieldTypeFilter => FieldType,
        /// Title of the field.
        title: TextFilter => TitleKey,
        /// Whether a new record requires a value.
        required: BooleanFilter => Required,
        /// Whether the values are sensitive.
        sensitive: BooleanFilter => Sensitive,
    }
    personal {}
    many {}
    one {}
}

order! {
    /// A field of custom field definitions to sort by.
    CustomFieldDefinitionOrder of custom_field_definition;
    /// Type of record that has the field, alphabetically.
    OwnerType => OwnerType,
    /// Key of the field.
    Key => Key,
    /// Title of the field.
    Title => TitleKey,
}
