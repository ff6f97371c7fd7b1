//! Writes the missing rows of one company of the demo, in transactions of a bounded size.

use std::{
    collections::HashSet,
    io::{IsTerminal, Write},
    sync::Arc,
};

use access::{Caller, Role};
use error::Result;
use sea_orm::prelude::Uuid;
use store::{Database, Deleted, Filter, Predicate, Store, Tenant, TenantTable, Tx, budget::Budget};

use super::{calendar::Calendar, company::Company, pick::Pick, scope::Scope};

/// The most rows of one transaction.
const MAX_TRANSACTION_ROWS: usize = 20;

/// Writes the data of one company.
pub struct Seed {
    /// What the rows depend on.
    pub scope: Scope,
    /// The rows of the company.
    pub store: Store,
}

impl Seed {
    /// For a company whose tenant exists.
    pub fn new(db: &Arc<Database>, company: &'static Company, tenant: &Arc<Tenant>, scale: u32) -> Self {
        let caller = Caller {
            tenant: tenant.row.id,
            subject: "demo".to_owned(),
            roles: vec![Role::Admin],
            scopes: None,
            technician: "demo".to_owned(),
            token: None,
            read_only: false,
            request_id: Uuid::now_v7().simple().to_string(),
            has_client_request_id: false,
        };
        // The first day of the demo is that of its tenant: a later start writes what is missing of the same rows.
        let calendar = Calendar { now: tenant.row.created_at, zone: company.time_zone };
        let store = Store::new(db.clone(), caller, tenant.clone(), Arc::new(Budget::unlimited()));
        Self { scope: Scope { company, calendar, scale }, store }
    }

    /// The external references of a table's existing rows.
    pub async fn existing_references<E: TenantTable>(&self) -> Result<HashSet<String>> {
        let is_demo_row = Filter::Column("external_reference", Predicate::StartsWith("demo-".to_owned()));
        let find = self.store.find::<E>()?.deleted(Deleted::Include).filter(is_demo_row);
        let rows = self.store.all(&find).await?;
        let references = rows.iter().filter_map(|row| domain::lookup::external_reference::<E>(row));
        Ok(references.collect())
    }

    /// Writes the missing rows of one table.
    pub async fn write_missing<E: TenantTable>(
        &self,
        table: &str,
        count: u32,
        reference: impl Fn(u32) -> String,
        mut write: impl AsyncFnMut(&Tx, &mut Pick, u32) -> Result<()>,
    ) -> Result<()> {
        let existing = self.existing_references::<E>().await?;
        let missing: Vec<_> = (0..count).filter(|index| !existing.contains(&reference(*index))).collect();
        let progress = Progress::new(self.scope.company.name, table, missing.len());
        let mut written = 0;
        for chunk in missing.chunks(MAX_TRANSACTION_ROWS) {
            let write = async |tx: &Tx| {
                for index in chunk {
                    // A row depends on its index only, so that a continued demo writes the same rows.
                    write(tx, &mut Pick::for_row(table, *index), *index).await?;
                }
                Ok(())
            };
            self.store.write(E::TABLE.write, write).await?;
            written += chunk.len();
            progress.show(written);
        }
        progress.clear();
        Ok(())
    }
}

/// A progress line, on a terminal only.
struct Progress {
    label: String,
    total: usize,
    is_terminal: bool,
}

impl Progress {
    fn new(company: &str, table: &str, total: usize) -> Self {
        Self { label: format!("{company}: {table}"), total, is_terminal: std::io::stderr().is_terminal() }
    }

    fn show(&self, written: usize) {
        if self.is_terminal {
            eprint!("\r{} {written}/{}\x1b[K", self.label, self.total);
            // An error here must not stop the demo.
            let _ = std::io::stderr().flush();
        }
    }

    fn clear(self) {
        if self.is_terminal && self.total > 0 {
            eprint!("\r\x1b[K");
        }
    }
}
