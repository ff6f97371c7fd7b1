//! The tests: through HTTP as a client does, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod change;
mod contract;
mod custom_field;
mod customer;
mod policy;
mod viewer;
mod world;
