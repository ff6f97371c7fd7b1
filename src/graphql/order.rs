//! Orders: a list of terms, each a field of the type or a custom field.

use async_graphql::{Enum, InputType};
use entity::custom_field_definition::FieldType;
use error::{Error, Result};
use sea_orm::{EntityTrait, sea_query::ArrayType};
use store::{SortBy, SortTerm, TenantTable, page::MAX_SORT_TERMS};

use super::filter::FilterContext;

/// A direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Direction {
    /// The least first; null last.
    #[default]
    Asc,
    /// The greatest first; null first.
    Desc,
}

/// The fields a type can be ordered by.
pub trait OrderField: InputType + Copy {
    /// The type's table.
    type Entity: TenantTable;
    /// The column of a custom field value that names a row of it; nothing, where there are no custom fields.
    const OWNER: Option<(&'static str, entity::custom_field_definition::Owner)>;

    /// The order of a list that names none, before the id.
    fn default_terms() -> Vec<SortTerm> {
        Vec::new()
    }

    /// The column that is compared.
    fn column(self) -> <Self::Entity as EntityTrait>::Column;
}

/// One term of an order, as it was given.
pub struct OrderTerm<F> {
    /// By a field.
    pub field: Option<F>,
    /// By a custom field.
    pub custom_field: Option<String>,
    /// The direction.
    pub direction: Direction,
}

/// The `orderBy` of a type.
pub trait OrderInput: InputType {
    /// The fields of the type.
    type Field: OrderField;

    /// What was given.
    fn into_term(self) -> OrderTerm<Self::Field>;
}

/// The terms of an order, with the id at its end.
pub fn terms<F: OrderField>(known: &FilterContext<'_>, order: Vec<OrderTerm<F>>) -> Result<Vec<SortTerm>> {
    if order.len() >= MAX_SORT_TERMS {
        let message = format!("orderBy has at most {} terms; {} were given.", MAX_SORT_TERMS - 1, order.len());
        return Err(Error::BadInput(message));
    }
    // The id goes the way of the first term, so that a list in one direction is answered from one index.
    let descending = order.first().is_some_and(|term| term.direction == Direction::Desc);
    let mut terms = if order.is_empty() { F::default_terms() } else { Vec::with_capacity(order.len() + 1) };
    for term in order {
        let descending = term.direction == Direction::Desc;
        terms.push(match (term.field, term.custom_field) {
            (Some(field), None) => SortTerm::column::<F::Entity>(field.column(), descending),
            (None, Some(key)) => SortTerm { by: custom::<F>(known, &key)?, descending },
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

fn custom<F: OrderField>(known: &FilterContext<'_>, key: &str) -> Result<SortBy> {
    let Some((owner, entity)) = F::OWNER else {
        return Err(Error::BadInput("This type has no custom fields.".to_owned()));
    };
    let definition = known.definition(entity, key)?;
    let (column, value_type) = match definition.field_type {
        FieldType::Boolean => ("boolean", ArrayType::Bool),
        FieldType::Date => ("date", ArrayType::ChronoDate),
        FieldType::Number => ("number", ArrayType::BigInt),
        FieldType::Monetary => ("amount", ArrayType::BigInt),
        _ if definition.sensitive => {
            return Err(Error::BadInput(format!("The custom field {key} is sensitive: its values have no order.")));
        }
        FieldType::Json => {
            return Err(Error::BadInput(format!("The custom field {key} is JSON: its values have no order.")));
        }
        FieldType::Dropdown if definition.multi_select => {
            return Err(Error::BadInput(format!("The custom field {key} holds several options: they have no order.")));
        }
        FieldType::Dropdown | FieldType::Email | FieldType::PhoneNumber | FieldType::String | FieldType::WebAddress => {
            ("text_key", ArrayType::String)
        }
    };
    if definition.sensitive {
        return Err(Error::BadInput(format!("The custom field {key} is sensitive: its values have no order.")));
    }
    Ok(SortBy::Custom { definition: definition.id, owner, column, value_type })
}

/// Makes the enum of fields a type can be ordered by.
macro_rules! order {
    ($(#[$doc:meta])* $field_enum:ident, $order:ident of $table:ident, $owner:expr; $($(#[$field_doc:meta])* $field:ident => $column:ident),* $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum $field_enum {
            /// When the row was made.
            CreatedAt,
            /// When the row, or something that belongs to it, was last written.
            UpdatedAt,
            $($(#[$field_doc])* $field,)*
        }

        impl $crate::graphql::order::OrderField for $field_enum {
            type Entity = entity::$table::Entity;
            const OWNER: Option<(&'static str, entity::custom_field_definition::Owner)> = $owner;

            fn column(self) -> entity::$table::Column {
                match self {
                    Self::CreatedAt => entity::$table::Column::CreatedAt,
                    Self::UpdatedAt => entity::$table::Column::UpdatedAt,
                    $(Self::$field => entity::$table::Column::$column,)*
                }
            }
        }

        /// One term of an order: exactly one of `field` and `customField`.
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $order {
            /// By a field.
            pub field: Option<$field_enum>,
            /// By the value of the custom field of this key; rows without a value count as null.
            pub custom_field: Option<String>,
            /// The direction; ascending if absent.
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
