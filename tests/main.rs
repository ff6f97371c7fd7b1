//! The tests: through HTTP as a client does, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod address;
mod asset;
mod asset_status;
mod batch_mutation;
mod change;
mod concurrency_model;
mod conformance;
mod contact;
mod crash_recovery;
mod cursor_model;
mod custom_field;
mod customer;
mod customer_asset;
mod demo;
mod docs;
mod encryption;
mod error_catalogue;
mod event_time;
mod explorer;
mod field_selection;
mod filter_model;
mod hostile;
mod http;
mod idempotency;
mod input_text;
mod introspection;
mod load;
mod migration;
mod operation;
mod policy;
mod published_schema;
mod rate_limit;
mod relationships;
mod search;
mod service_record;
mod tenancy;
mod tenant;
mod tidy;
mod token;
mod trusted_document;
mod upsert;
mod version;
mod viewer;
mod world;
