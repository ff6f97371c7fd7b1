//! Orders: a list of terms, each one field of the type or one custom field, with a direction.

use async_graphql::{Enum, InputObject, InputType};
use domain::custom_field::owner_column;
use entity::{
    custom_field_definition::{FieldType, OwnerType},
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

/// A custom field to sort by.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldOrder {
    /// The key of the custom field. A sensitive field, JSON and a list of options have no order.
    pub key: String,
    /// The direction; ascending by default.
    #[graphql(default)]
    pub direction: Direction,
}

/// One term of an order, as the client gave it.
pub enum OrderTerm<C> {
    /// A field of the type, by its column.
    Column(C, Direction),
    /// A custom field.
    CustomField(CustomFieldOrder),
}

/// The `orderBy` input of a type.
pub trait OrderInput: InputType {
    /// The type's table.
    type Entity: TenantTable;
    /// The owner of the type's custom fields. None if it has no custom fields.
    const OWNER: Option<OwnerType>;

    /// The terms of a list without `orderBy`, before the id.
    fn default_terms() -> Vec<SortTerm> {
        Vec::new()
    }

    /// The term that the input describes.
    fn into_term(self) -> OrderTerm<<Self::Entity as EntityTrait>::Column>;
}

/// The sort terms of an order. The id is the last, so that no two rows are equal.
pub fn sort_terms<O: OrderInput>(
    context: &FilterContext<'_>,
    order: Vec<OrderTerm<<O::Entity as EntityTrait>::Column>>,
) -> Result<Vec<SortTerm>> {
    if order.len() >= MAX_SORT_TERMS {
        let message = format!("orderBy has at most {} terms; {} were given.", MAX_SORT_TERMS - 1, order.len());
        return Err(Error::BadInput(message));
    }
    let mut terms = if order.is_empty() { O::default_terms() } else { Vec::with_capacity(order.len() + 1) };
    // The id has the direction of the first term, so that one index serves a list in one direction.
    let mut id_descending = None;
    for term in order {
        let term = match term {
            OrderTerm::Column(column, direction) => SortTerm::column::<O::Entity>(column, direction == Direction::Desc),
            OrderTerm::CustomField(CustomFieldOrder { key, direction }) => {
                SortTerm { by: custom_field(context, O::OWNER, &key)?, descending: direction == Direction::Desc }
            }
        };
        id_descending.get_or_insert(term.descending);
        terms.push(term);
    }
    terms.push(SortTerm::id(id_descending.unwrap_or_default()));
    Ok(terms)
}

fn custom_field(context: &FilterContext<'_>, owner: Option<OwnerType>, key: &str) -> Result<SortBy> {
    let Some(owner_type) = owner else {
        return Err(Error::BadInput("This type has no custom fields.".to_owned()));
    };
    let definition = context.definition(owner_type, key)?;
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
        owner: owner_column(owner_type),
        column: column.as_str(),
        value_type: Model::get_value_type(column),
    })
}

/// Defines the `orderBy` input of a type.
///
/// ```ignore
/// order! {
///     /// A field of contacts to sort by.
///     ContactOrder of contact with custom_fields of Contact;
///     /// Role of the contact at the customer.
///     Role => RoleKey,
/// }
/// ```
///
/// expands to
///
/// ```ignore
/// /// A field of contacts to sort by.
/// #[derive(Clone, Debug, OneofObject)]
/// pub enum ContactOrder {
///     CreatedAt(Direction),
///     UpdatedAt(Direction),
///     /// Role of the contact at the customer.
///     Role(Direction),
///     CustomField(CustomFieldOrder),
/// }
///
/// impl OrderInput for ContactOrder {
///     type Entity = contact::Entity;
///     const OWNER: Option<OwnerType> = Some(OwnerType::Contact);
///
///     fn into_term(self) -> OrderTerm<contact::Column> {
///         match self {
///             Self::CreatedAt(direction) => OrderTerm::Column(contact::Column::CreatedAt, direction),
///             Self::UpdatedAt(direction) => OrderTerm::Column(contact::Column::UpdatedAt, direction),
///             Self::Role(direction) => OrderTerm::Column(contact::Column::RoleKey, direction),
///             Self::CustomField(order) => OrderTerm::CustomField(order),
///         }
///     }
/// }
/// ```
macro_rules! order {
    ($(#[$doc:meta])* $order:ident of $table:ident with custom_fields of $owner:ident; $($fields:tt)*) => {
        $crate::graphql::order::order! {
            @define {
                $(#[$doc])* $order of $table, Some(entity::custom_field_definition::OwnerType::$owner);
                /// A custom field. A record without a value sorts as null.
                CustomField,
            } $($fields)*
        }
    };
    ($(#[$doc:meta])* $order:ident of $table:ident; $($fields:tt)*) => {
        $crate::graphql::order::order! { @define { $(#[$doc])* $order of $table, None; } $($fields)* }
    };
    (@define {
        $(#[$doc:meta])* $order:ident of $table:ident, $owner:expr;
        $($(#[$custom_doc:meta])* $custom:ident,)?
     } $($(#[$field_doc:meta])* $field:ident => $column:ident),* $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, async_graphql::OneofObject)]
        pub enum $order {
            /// When the record was created.
            CreatedAt($crate::graphql::order::Direction),
            /// When the record, or data that belongs to it, was last written.
            UpdatedAt($crate::graphql::order::Direction),
            $($(#[$field_doc])* $field($crate::graphql::order::Direction),)*
            $($(#[$custom_doc])* $custom($crate::graphql::order::CustomFieldOrder),)?
        }

        impl $crate::graphql::order::OrderInput for $order {
            type Entity = entity::$table::Entity;
            const OWNER: Option<entity::custom_field_definition::OwnerType> = $owner;

            fn into_term(self) -> $crate::graphql::order::OrderTerm<entity::$table::Column> {
                use entity::$table::Column;
                use $crate::graphql::order::OrderTerm;
                match self {
                    Self::CreatedAt(direction) => OrderTerm::Column(Column::CreatedAt, direction),
                    Self::UpdatedAt(direction) => OrderTerm::Column(Column::UpdatedAt, direction),
                    $(Self::$field(direction) => OrderTerm::Column(Column::$column, direction),)*
                    $(Self::$custom(order) => OrderTerm::CustomField(order),)?
                }
            }
        }
    };
}
pub(super) use order;
