//! Orders: a list of terms, each a field of the type or a custom field.

use async_graphql::{Enum, InputType};
use domain::custom_field::owner_column;
use entity::{
    custom_field_definition::{FieldType, Owner},
    custom_field_value::{Column, Model},
};
use error::{Error, Result};
use sea_orm::{EntityTrait, IdenStatic, ModelTrait};
use store::{SortBy, SortTerm, TenantTable, page::MAX_SORT_TERMS};

use super::filter::{FilterContext, value_column};

/// A sort direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Direction {
    /// Ascending; null last.
    #[default]
    Asc,
    /// Descending; null first.
    Desc,
}

/// The fields that a type can be ordered by.
pub trait OrderField: InputType + Copy {
    /// The type's table.
    type Entity: TenantTable;
    /// The owner of the type's custom fields. None if it has no custom fields.
    const OWNER: Option<Owner>;

    /// The terms of a list without `orderBy`, before the id.
    fn default_terms() -> Vec<SortTerm> {
        Vec::new()
    }

    /// The column of the field.
    fn column(self) -> <Self::Entity as EntityTrait>::Column;
}

/// One term of an order, as the client gave it.
pub struct OrderTerm<F> {
    /// A field of the type.
    pub field: Option<F>,
    /// The key of a custom field.
    pub custom_field: Option<String>,
    /// The direction.
    pub direction: Direction,
}

/// The `orderBy` input of a type.
pub trait OrderInput: InputType {
    /// The fields of the type.
    type Field: OrderField;

    /// The term that the input describes.
    fn into_term(self) -> OrderTerm<Self::Field>;
}

/// The sort terms of an order. The id is the last, so that no two rows are equal.
pub fn sort_terms<F: OrderField>(context: &FilterContext<'_>, order: Vec<OrderTerm<F>>) -> Result<Vec<SortTerm>> {
    if order.len() >= MAX_SORT_TERMS {
        let message = format!("orderBy has at most {} terms; {} were given.", MAX_SORT_TERMS - 1, order.len());
        return Err(Error::BadInput(message));
    }
    // The id has the direction of the first term, so that one index serves a list in one direction.
    let descending = order.first().is_some_and(|term| term.direction == Direction::Desc);
    let mut terms = if order.is_empty() { F::default_terms() } else { Vec::with_capacity(order.len() + 1) };
    for term in order {
        let descending = term.direction == Direction::Desc;
        terms.push(match (term.field, term.custom_field) {
            (Some(field), None) => SortTerm::column::<F::Entity>(field.column(), descending),
            (None, Some(key)) => SortTerm { by: custom_field::<F>(context, &key)?, descending },
            _ => {
                return Err(Error::BadInput(
                    "A term of orderBy names a field or a customField, one of them.".to_owned(),
                ));
            }
        });
    }
    terms.push(SortTerm::id(descending));
    Ok(terms)
}

fn custom_field<F: OrderField>(context: &FilterContext<'_>, key: &str) -> Result<SortBy> {
    let Some(entity) = F::OWNER else {
        return Err(Error::BadInput("This type has no custom fields.".to_owned()));
    };
    let definition = context.definition(entity, key)?;
    let column = value_column(definition);
    let without_order = match column {
        Column::Sealed => Some("is sensitive: its values have no order"),
        Column::Json if definition.field_type == FieldType::Json => Some("is JSON: its values have no order"),
        Column::Json => Some("holds several options: they have no order"),
        _ => None,
    };
    if let Some(reason) = without_order {
        return Err(Error::BadInput(format!("The custom field {key} {reason}.")));
    }
    Ok(SortBy::Custom {
        definition: definition.id,
        owner: owner_column(entity),
        column: column.as_str(),
        value_type: Model::get_value_type(column),
    })
}

/// Defines the `orderBy` input of a type and the enum of its fields.
///
/// ```ignore
/// order! {
///     /// Fields that contacts can be sorted by.
///     ContactOrderField, ContactOrder of contact with custom_fields of Contact;
///     /// Role of the contact at the customer.
///     Role => RoleKey,
/// }
/// ```
///
/// expands to
///
/// ```ignore
/// /// Fields that contacts can be sorted by.
/// #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
/// pub enum ContactOrderField {
///     CreatedAt,
///     UpdatedAt,
///     /// Role of the contact at the customer.
///     Role,
/// }
///
/// impl OrderField for ContactOrderField {
///     type Entity = contact::Entity;
///     const OWNER: Option<Owner> = Some(Owner::Contact);
///
///     fn column(self) -> contact::Column {
///         match self {
///             Self::CreatedAt => contact::Column::CreatedAt,
///             Self::UpdatedAt => contact::Column::UpdatedAt,
///             Self::Role => contact::Column::RoleKey,
///         }
///     }
/// }
///
/// #[derive(Clone, Debug, InputObject)]
/// pub struct ContactOrder {
///     pub field: Option<ContactOrderField>,
///     pub custom_field: Option<String>,
///     #[graphql(default)]
///     pub direction: Direction,
/// }
///
/// impl OrderInput for ContactOrder { /* into_term */ }
/// ```
macro_rules! order {
    (@owner) => { None };
    (@owner $owner:ident) => { Some(entity::custom_field_definition::Owner::$owner) };
    ($(#[$doc:meta])* $field_enum:ident, $order:ident of $table:ident $(with custom_fields of $owner:ident)?;
     $($(#[$field_doc:meta])* $field:ident => $column:ident),* $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum $field_enum {
            /// When the record was created.
            CreatedAt,
            /// When the record, or data that belongs to it, was last written.
            UpdatedAt,
            $($(#[$field_doc])* $field,)*
        }

        impl $crate::graphql::order::OrderField for $field_enum {
            type Entity = entity::$table::Entity;
            const OWNER: Option<entity::custom_field_definition::Owner> =
                $crate::graphql::order::order!(@owner $($owner)?);

            fn column(self) -> entity::$table::Column {
                match self {
                    Self::CreatedAt => entity::$table::Column::CreatedAt,
                    Self::UpdatedAt => entity::$table::Column::UpdatedAt,
                    $(Self::$field => entity::$table::Column::$column,)*
                }
            }
        }

        /// A sort key. Exactly one of `field` and `customField` is required.
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $order {
            /// The field to sort by.
            pub field: Option<$field_enum>,
            /// The key of the custom field to sort by. A record without a value sorts as null.
            pub custom_field: Option<String>,
            /// The direction; ascending by default.
            #[graphql(default)]
            pub direction: $crate::graphql::order::Direction,
        }

        impl $crate::graphql::order::OrderInput for $order {
            type Field = $field_enum;

            fn into_term(self) -> $crate::graphql::order::OrderTerm<$field_enum> {
                let Self { field, custom_field, direction } = self;
                $crate::graphql::order::OrderTerm { field, custom_field, direction }
            }
        }
    };
}
pub(super) use order;
