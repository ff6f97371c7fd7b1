//! Owners: the types of the rows that have custom fields, derived from the store's list.

use entity::{custom_field_definition::OwnerType, custom_field_value::Model as Row};
use sea_orm::prelude::Uuid;
use store::{Table, TenantTable};

/// Declares the functions of the owners in the store's list: type, table, and the column of `custom_field_value` that
/// names the owner's row. The first argument is a `$`, which the macro needs to define [`with_owner`].
///
/// ```ignore
/// owners! { $ Customer: customer.customer_id, CUSTOMER_VALUES, VALUE_CUSTOMER; }
/// // expands to
/// pub fn owner_column(owner: OwnerType) -> &'static str {
///     match owner {
///         OwnerType::Customer => "customer_id",
///     }
/// }
/// // and to one arm, of the same shape, in owner_type_of, table_of, owner_id, set_owner_id and with_owner!.
/// ```
macro_rules! owners {
    ($dollar:tt $($owner:ident: $table:ident.$column:ident, $values:ident, $value_owner:ident;)*) => {
        /// The column of a value that names the row of a type.
        pub fn owner_column(owner: OwnerType) -> &'static str {
            match owner {
                $(OwnerType::$owner => stringify!($column),)*
            }
        }

        /// The type of the rows that a table stores; nothing, where its rows have no custom fields.
        fn owner_type_of(table: &Table) -> Option<OwnerType> {
            $(
                if table.name == entity::$table::Entity::TABLE.name {
                    return Some(OwnerType::$owner);
                }
            )*
            None
        }

        /// The table that stores the rows of a type.
        pub fn table_of(owner: OwnerType) -> &'static Table {
            match owner {
                $(OwnerType::$owner => entity::$table::Entity::TABLE,)*
            }
        }

        /// The row of a type to which a value belongs; nothing, where it belongs to a row of another type.
        pub fn owner_id(owner: OwnerType, value: &Row) -> Option<Uuid> {
            match owner {
                $(OwnerType::$owner => value.$column,)*
            }
        }

        /// Makes a value belong to a row of a type.
        pub fn set_owner_id(owner: OwnerType, value: &mut Row, id: Uuid) {
            match owner {
                $(OwnerType::$owner => value.$column = Some(id),)*
            }
        }

        /// Evaluates an expression with the entity type of an owner in scope, under the name the caller chooses.
        macro_rules! with_owner {
            ($dollar owner:expr, $dollar entity:ident => $dollar then:expr) => {
                match $dollar owner {
                    $(entity::custom_field_definition::OwnerType::$owner => {
                        type $dollar entity = entity::$table::Entity;
                        $dollar then
                    })*
                }
            };
        }
    };
}

store::custom_field_owners! { owners! [$] }
pub(super) use with_owner;

/// The type of the rows that have ids like this one; nothing, where the text is no id, or of a row without custom fields.
pub fn owner_type_of_id(id: &str) -> Option<OwnerType> {
    Table::for_id(id).filter(|table| table.decode_id(id).is_some()).and_then(owner_type_of)
}
