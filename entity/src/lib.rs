//! Fieldgate's tables: one file for each, a row as the database stores it, without rules or permissions.
//!
//! The conventions of every file:
//! - the primary key is `(tenant_id, id)`, and every reference is composite with `tenant_id`;
//! - `x_key` is the folded form of the text `x`, by which it is compared and ordered (`store::fold`);
//! - money is integer minor units beside its currency; numbers, weights and distances are integer millionths;
//! - [`Sealed`] columns contain ciphertext that only the vault opens;
//! - lists without rows of their own (tags, service windows, options) are JSON text.

#![expect(clippy::disallowed_methods, reason = "SeaORM's derives call what the other layers may not")]
#![expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]

pub mod address;
pub mod asset;
pub mod change;
pub mod contact;
pub mod counter;
pub mod custom_field_definition;
pub mod custom_field_value;
pub mod customer;
pub mod customer_asset;
pub mod data_key;
pub mod document;
pub mod equipment_schedule;
pub mod load;
pub mod load_charge;
pub mod load_reference;
pub mod load_status;
pub mod load_stop;
pub mod meter_reading;
pub mod rate;
pub mod rate_accessorial;
pub mod rate_fuel_band;
pub mod recurring_service;
pub mod recurring_service_exception;
pub mod recurring_service_pause;
pub mod recurring_service_technician;
mod sealed;
pub mod search_token;
pub mod service_equipment;
pub mod service_part;
pub mod service_record;
pub mod service_schedule;
pub mod service_technician;
pub mod tenant;

pub use sealed::Sealed;
