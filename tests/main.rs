//! The tests: through HTTP as a client does, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod address;
mod change;
mod contact;
mod contract;
mod custom_field;
mod customer;
mod load;
mod migration;
mod policy;
mod tenant;
mod tidy;
mod token;
mod viewer;
mod world;
