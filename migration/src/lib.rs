//! The migrations of Fieldgate's tables, one file for each area, the same on SQLite and on PostgreSQL.
//!
//! A migration never names an entity: an entity describes the current table, a migration the table of its time.

use sea_orm_migration::prelude::*;

mod m01_tenancy;
mod m02_customer;
mod m03_asset;
mod m04_rate;
mod m05_load;
mod m06_recurring_service;
mod m07_service;
mod m08_schedule;
mod m09_document;
mod m10_custom_field;
mod m11_idempotency;
mod m12_backfill;
mod m13_token_revocation;
mod table;

pub use sea_orm_migration::MigratorTrait;

/// Every migration, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m01_tenancy::Migration),
            Box::new(m02_customer::Migration),
            Box::new(m03_asset::Migration),
            Box::new(m04_rate::Migration),
            Box::new(m05_load::Migration),
            Box::new(m06_recurring_service::Migration),
            Box::new(m07_service::Migration),
            Box::new(m08_schedule::Migration),
            Box::new(m09_document::Migration),
            Box::new(m10_custom_field::Migration),
            Box::new(m11_idempotency::Migration),
            Box::new(m12_backfill::Migration),
            Box::new(m13_token_revocation::Migration),
        ]
    }
}
