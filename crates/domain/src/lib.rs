//! The rules: one room per domain, with what makes a row right and the verbs that change it.
//!
//! A verb takes the `Tx` it writes in and never begins or ends one, so that verbs compose. It reads an input into a row,
//! gathers all that is wrong in a [`validator::Validator`], finds all references at once, and only then writes.

pub mod address;
pub mod asset;
pub mod child_rows;
pub mod contact;
pub mod custom_field;
pub mod customer;
pub mod customer_asset;
mod lifecycle;
pub mod load;
pub mod reference;
pub mod service_record;
pub mod validator;
pub mod value;
