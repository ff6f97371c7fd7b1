//! The tests: through HTTP as a client does, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod address;
mod asset;
mod change;
mod concurrency;
mod conformance;
mod contact;
mod contract;
mod cursor;
mod custom_field;
mod customer;
mod customer_asset;
mod demo;
mod docs;
mod error;
mod explorer;
mod field;
mod filter;
mod hostile;
mod http;
mod idempotency;
mod introspection;
mod kill;
mod load;
mod many;
mod migration;
mod policy;
mod rate_limit;
mod service_record;
mod tenancy;
mod tenant;
mod tidy;
mod token;
mod trusted;
mod vault;
mod viewer;
mod world;
