//! How the rows of one company of the demo are written: those that are missing, some at a time.

use std::{
    collections::HashSet,
    io::{IsTerminal, Write},
    sync::Arc,
};

use access::{Caller, Role};
use error::Result;
use sea_orm::prelude::Uuid;
use store::{Database, Deleted, Filter, Predicate, Store, Tenant, TenantTable, Tx};

use super::{Company, Pick};

/// The customers of a company at scale 1: one more page than the largest page of a list.
const CUSTOMERS: u32 = 120;
/// How many rows are written in one transaction.
const TOGETHER: usize = 20;

/// What is written for one company.
pub struct Seed {
    /// Whose data it is.
    pub company: &'static Company,
    store: Store,
    scale: u32,
}

impl Seed {
    /// What is written for a company that is a tenant by now.
    pub fn of(db: &Arc<Database>, company: &'static Company, tenant: &Arc<Tenant>, scale: u32) -> Self {
        let caller = Caller {
            tenant: tenant.row.id,
            subject: "demo".to_owned(),
            roles: vec![Role::Admin],
            scopes: None,
            technician: "demo".to_owned(),
            read_only: false,
            request_id: Uuid::now_v7().simple().to_string(),
        };
        Self { company, store: Store::new(db.clone(), caller, tenant.clone()), scale }
    }

    /// How many customers there are.
    pub const fn customers(&self) -> u32 {
        CUSTOMERS * self.scale
    }

    /// How many pieces of equipment there are.
    pub const fn assets(&self) -> u32 {
        self.customers() * 2
    }

    /// How many loads there are.
    pub const fn loads(&self) -> u32 {
        self.customers() * self.company.shares.0 / 10
    }

    /// How many service records there are.
    pub const fn service_records(&self) -> u32 {
        self.customers() * self.company.shares.1 / 10
    }

    /// The external references of a table's rows that are there already.
    async fn known<E: TenantTable>(&self) -> Result<HashSet<String>> {
        let ours = Filter::Column("external_reference", Predicate::StartsWith("demo-".to_owned()));
        let find = self.store.find::<E>()?.deleted(Deleted::Include).filter(ours);
        let rows = self.store.all(&find).await?;
        let references = rows.iter().filter_map(|row| domain::reference::external_reference::<E>(row));
        Ok(references.collect())
    }

    /// Writes the rows of one table that are not there yet, some of them in each transaction.
    pub async fn each<E: TenantTable>(
        &self,
        what: &str,
        count: u32,
        reference: impl Fn(u32) -> String,
        mut write: impl AsyncFnMut(&Tx, &mut Pick, u32) -> Result<()>,
    ) -> Result<()> {
        let known = self.known::<E>().await?;
        let missing: Vec<_> = (0..count).filter(|index| !known.contains(&reference(*index))).collect();
        let progress = Progress::new(self.company.name, what, missing.len());
        let mut done = 0;
        for some in missing.chunks(TOGETHER) {
            let write = async |tx: &Tx| {
                for index in some {
                    // What a row says depends on its number alone, so that a demo that goes on makes the same rows.
                    write(tx, &mut Pick::of(what, *index), *index).await?;
                }
                Ok(())
            };
            self.store.write(E::TABLE.write, write).await?;
            done += some.len();
            progress.show(done);
        }
        progress.end();
        Ok(())
    }
}

/// How far the writing is, on a terminal only.
struct Progress {
    label: String,
    total: usize,
    terminal: bool,
}

impl Progress {
    fn new(company: &str, what: &str, total: usize) -> Self {
        Self { label: format!("{company}: {what}"), total, terminal: std::io::stderr().is_terminal() }
    }

    fn show(&self, done: usize) {
        if self.terminal {
            eprint!("\r{} {done}/{}\x1b[K", self.label, self.total);
            // A progress line that cannot be written is no reason to stop.
            let _ = std::io::stderr().flush();
        }
    }

    fn end(self) {
        if self.terminal && self.total > 0 {
            eprint!("\r\x1b[K");
        }
    }
}
