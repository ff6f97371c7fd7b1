//! Custom fields: the fields a tenant adds to the rows of a table, and their values.
//!
//! The module of a table prepares the values of an input with [`prepare`], writes the row, and then writes the [`ValueWrites`]. It
//! deletes and restores the values with the row by [`soft_delete_values`] and [`restore_values`].

mod assignment;
mod constraint;
mod definition;
mod narrowing;
mod options;
mod owner;
mod settings;
mod soft_delete;
mod value;

pub use self::{
    assignment::{LoadedFields, ValueInput, ValueWrites, current_values, prepare, set_values},
    definition::{create, delete, restore, update, upsert},
    options::{DropdownOption, Translations, options},
    owner::{owner_column, owner_type_of_id, table_of},
    settings::{Draft, NewField},
    soft_delete::{restore_values, soft_delete_values},
    value::{Value, index, index_normalization, index_query},
};
