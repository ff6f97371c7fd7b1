//! The rules: one module per domain, with what makes a row valid and the operations that change it.
//!
//! An operation takes the `Tx` it writes in and never begins or ends a transaction, so that operations compose. It reads
//! an input into a row, collects every violation in a [`validator::Validator`], finds all references at once, and only
//! then writes.

pub mod address;
pub mod aggregate;
pub mod analytics;
pub mod asset;
pub mod child_rows;
pub mod contact;
pub mod custom_field;
pub mod customer;
pub mod customer_asset;
pub mod document;
mod equipment;
pub mod equipment_schedule;
mod lifecycle;
pub mod load;
pub mod local_time;
pub mod lookup;
pub mod meter;
pub mod meter_reading;
pub mod rate;
pub mod recurring_service;
pub mod reference;
pub mod service_record;
pub mod tenant;
pub mod validator;
pub mod value;
mod web_address;
pub mod weekday;
