//! The demo: two companies with believable data, the same at every start, written by the same verbs as everything else.
//!
//! Every row has an external reference that begins with `demo-`. A start that finds some of them writes only the others:
//! a demo that was interrupted goes on where it stopped.

mod asset;
mod cascade;
mod company;
mod custom_field;
mod customer;
mod load;
mod lonestar;
mod pick;
mod seed;
mod service_record;

use std::{io::Write, sync::Arc};

use access::Role;
use error::{Error, Result};
use store::{Database, Tenant};

use self::{company::Company, pick::Pick, seed::Seed};
use crate::http::{
    auth::{Grant, Tokens},
    playground::{Company as Told, Trial},
};

/// Makes the companies and their data, as far as they are not there. `scale` multiplies the data.
pub async fn fill(db: &Arc<Database>, scale: u32) -> Result<Vec<Arc<Tenant>>> {
    let mut tenants = Vec::new();
    for company in [&lonestar::COMPANY, &cascade::COMPANY] {
        let tenant = match db.tenant(company.slug).await? {
            Some(tenant) => tenant,
            None => made(db, company).await?,
        };
        let seed = Seed::of(db, company, &tenant, scale);
        custom_field::fill(&seed).await?;
        customer::fill(&seed).await?;
        asset::fill(&seed).await?;
        service_record::fill(&seed).await?;
        load::fill(&seed).await?;
        tenants.push(tenant);
    }
    Ok(tenants)
}

/// The companies with a token for each role, good for 30 days.
pub fn companies(tenants: &[Arc<Tenant>], tokens: &Tokens) -> Result<Vec<Told>, String> {
    let company = |tenant: &Arc<Tenant>| {
        let (slug, name) = (tenant.row.slug.clone(), tenant.row.name.clone());
        let trial = |role: &Role| Ok(Trial { role: role.name(), token: token(tokens, tenant, *role)? });
        let tokens = Role::ALL.iter().map(trial).collect::<Result<_, String>>()?;
        Ok(Told { slug, name, tokens })
    };
    tenants.iter().map(company).collect()
}

/// Prints where the demo is, a token for each role, and what to try first.
pub fn welcome(base: &str, companies: &[Told]) -> Result<(), String> {
    let mut lines = vec![
        String::new(),
        format!("Fieldgate is at {base}"),
        format!("  explorer  {base}/playground"),
        format!("  schema    {base}/schema.graphql, with a token"),
    ];
    for Told { slug, name, tokens } in companies {
        lines.extend([String::new(), format!("Tokens for {slug} ({name}), good for 30 days:")]);
        lines.extend(tokens.iter().map(|Trial { role, token }| format!("  {role:<11}{token}")));
    }
    lines.extend([
        String::new(),
        "A first query, for the explorer:".to_owned(),
        format!("  {QUERY}"),
        String::new(),
        "or for the shell:".to_owned(),
    ]);
    let manager = companies.first().and_then(|first| first.tokens.iter().find(|trial| trial.role == "MANAGER"));
    if let Some(Trial { token, .. }) = manager {
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

async fn made(db: &Database, company: &Company) -> Result<Arc<Tenant>> {
    let tenant = db.create_tenant(company.tenant()).await?;
    tenant.ok_or_else(|| Error::internal("the demo's tenant was made by somebody else"))
}
