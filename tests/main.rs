//! The tests: through HTTP as a client does, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod address;
mod asset;
mod change;
mod contact;
mod contract;
mod customer;
mod customer_asset;
mod load;
mod migration;
mod policy;
mod service_record;
mod tenant;
mod tidy;
mod token;
mod viewer;
mod world;
