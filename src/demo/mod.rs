//! The demo: two companies with believable data, the same at every start, written by the same verbs as everything else.
//!
//! Every row has an external reference that begins with `demo-`. A start that finds some of them writes only the others:
//! a demo that was interrupted goes on where it stopped.

mod cascade;
mod lonestar;
mod pick;

use std::{
    collections::HashSet,
    io::{IsTerminal, Write},
    sync::Arc,
};

use sea_orm::prelude::Uuid;

use self::pick::Pick;
use crate::{
    access::{Action, Caller, Role},
    error::{Error, Result},
    http::auth::{Grant, Tokens},
    store::{Database, Deleted, Filter, Owned, Store, Tenant, Test, Tx, tenant::Draft},
};

/// Makes the companies and their data, as far as they are not there. `scale` multiplies the data.
pub async fn fill(db: &Arc<Database>, scale: u32) -> Result<Vec<Arc<Tenant>>> {
    let mut tenants = Vec::new();
    for draft in [lonestar::tenant(), cascade::tenant()] {
        let slug = draft.slug.clone();
        let tenant = match db.tenant(&slug).await? {
            Some(tenant) => tenant,
            None => made(db, draft).await?,
        };
        let mut seed = Seed::of(db, &tenant, scale);
        match slug.as_str() {
            "lonestar" => lonestar::fill(&mut seed).await?,
            _ => cascade::fill(&mut seed).await?,
        }
        tenants.push(tenant);
    }
    Ok(tenants)
}

/// Prints where the demo is, a token for each role, and what to try first.
pub fn welcome(base: &str, tenants: &[Arc<Tenant>], tokens: &Tokens) -> Result<(), String> {
    let mut lines = vec![
        String::new(),
        format!("Fieldgate is at {base}"),
        format!("  explorer  {base}/playground"),
        format!("  schema    {base}/schema.graphql"),
    ];
    for tenant in tenants {
        let (slug, name) = (&tenant.row.slug, &tenant.row.name);
        lines.extend([String::new(), format!("Tokens for {slug} ({name}), good for 30 days:")]);
        for role in Role::ALL {
            lines.push(format!("  {:<11}{}", role.name(), token(tokens, tenant, *role)?));
        }
    }
    lines.extend([
        String::new(),
        "A first query, for the explorer:".to_owned(),
        format!("  {QUERY}"),
        String::new(),
        "or for the shell:".to_owned(),
    ]);
    if let Some(first) = tenants.first() {
        let token = token(tokens, first, Role::Manager)?;
        lines.push(format!("  curl -s {base}/graphql -H 'Content-Type: application/json' \\"));
        lines.push(format!("    -H 'Authorization: Bearer {token}' \\"));
        lines.push(format!("    -d '{{\"query\": \"{QUERY}\"}}'"));
    }
    lines.extend([String::new(), "Ctrl-C stops it; started again, it goes on with the same data.".to_owned()]);
    println!("{}", lines.join("\n"));
    std::io::stdout().flush().map_err(|error| error.to_string())
}

/// What to try first.
const QUERY: &str = "{ customers(first: 3, orderBy: [{ field: NAME }]) { totalCount nodes { displayName type \
                     contacts(first: 2) { nodes { name role } } } } }";

fn token(tokens: &Tokens, tenant: &Tenant, role: Role) -> Result<String, String> {
    let subject = format!("demo-{}", role.name().to_lowercase());
    tokens.sign(&Grant {
        tenant: tenant.row.id,
        subject: &subject,
        roles: &[role],
        scopes: None,
        technician: (role == Role::Technician).then_some("tech-1"),
        read_only: false,
        seconds: 30 * 24 * 3600,
    })
}

async fn made(db: &Database, draft: Draft) -> Result<Arc<Tenant>> {
    db.create_tenant(draft).await?.ok_or_else(|| Error::internal("the demo's tenant was made by somebody else"))
}

/// How one company's data is written.
struct Seed {
    store: Store,
    scale: u32,
    name: String,
}

impl Seed {
    fn of(db: &Arc<Database>, tenant: &Arc<Tenant>, scale: u32) -> Self {
        let caller = Caller {
            tenant: tenant.row.id,
            subject: "demo".to_owned(),
            roles: vec![Role::Admin],
            scopes: None,
            technician: "demo".to_owned(),
            read_only: false,
            request_id: Uuid::now_v7().simple().to_string(),
        };
        let store = Store::new(db.clone(), caller, tenant.clone());
        Self { store, scale, name: tenant.row.name.clone() }
    }

    /// The external references of a table's rows that are there already.
    async fn known<E: Owned>(&self) -> Result<HashSet<String>> {
        let ours = Filter::Column("external_reference", Test::StartsWith("demo-".to_owned()));
        let find = self.store.find::<E>()?.deleted(Deleted::Include).filter(ours);
        let rows = self.store.all(&find).await?;
        let references = rows.iter().filter_map(|row| crate::domain::reference::external::<E>(row));
        Ok(references.collect())
    }

    /// Writes the rows of one table that are not there yet, each in a transaction of its own.
    async fn each<E: Owned>(
        &mut self,
        what: &str,
        count: u32,
        reference: impl Fn(u32) -> String,
        mut write: impl AsyncFnMut(&Tx, &mut Pick, u32, String) -> Result<()>,
    ) -> Result<()> {
        let known = self.known::<E>().await?;
        let missing: Vec<_> = (0..count).filter(|index| !known.contains(&reference(*index))).collect();
        let progress = Progress::new(&self.name, what, missing.len());
        for (done, index) in missing.into_iter().enumerate() {
            // What a row says depends on its number alone, so that a demo that goes on makes the same rows.
            let mut pick = Pick::of(what, index);
            let write = async |tx: &Tx| write(tx, &mut pick, index, reference(index)).await;
            self.store.write(Action::CustomerWrite, write).await?;
            progress.show(done + 1);
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
        if self.terminal && (done.is_multiple_of(10) || done == self.total) {
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
