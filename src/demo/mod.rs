//! The demo: two companies with realistic data of the day on which it begins, written through the domain layer.
//!
//! Nothing but that day differs between two demos. Every row has an external reference with the prefix `demo-`. A start
//! writes only the rows that are missing: an interrupted demo continues where it stopped, and a start on a later day changes
//! nothing.

mod asset;
mod assignment_plan;
mod calendar;
mod cascade;
mod company;
mod custom_field;
mod customer;
mod customer_asset;
mod document;
mod equipment_schedule;
mod load;
mod load_plan;
mod lonestar;
mod meter_reading;
mod pick;
mod rate;
mod recurring_service;
mod scope;
mod seed;
mod service_plan;
mod service_record;

use std::{io::Write, sync::Arc, time::Duration};

use access::Role;
use error::{Error, Result};
use file_storage::FileStorage;
use store::{Database, Tenant};

use self::{company::Company, seed::Seed};
use crate::http::{
    auth::{Authenticator, Grant},
    demo_token::{DemoCompany, DemoToken},
};

/// The companies.
const COMPANIES: [&Company; 2] = [&lonestar::COMPANY, &cascade::COMPANY];

/// Creates the companies and their data as far as they are missing. `scale` multiplies the data.
pub async fn seed(db: &Arc<Database>, files: &FileStorage, scale: u32) -> Result<Vec<Arc<Tenant>>> {
    let mut tenants = Vec::new();
    for company in COMPANIES {
        let tenant = match db.tenant(company.slug).await? {
            Some(tenant) => tenant,
            None => create_tenant(db, company).await?,
        };
        let seed = Seed::new(db, company, &tenant, scale);
        custom_field::write(&seed).await?;
        customer::write(&seed).await?;
        rate::write(&seed).await?;
        asset::write(&seed).await?;
        customer_asset::write(&seed).await?;
        meter_reading::write(&seed).await?;
        equipment_schedule::write(&seed).await?;
        service_record::write(&seed).await?;
        recurring_service::write(&seed).await?;
        load::write(&seed).await?;
        document::write(&seed, files).await?;
        tenants.push(tenant);
    }
    Ok(tenants)
}

/// Refuses a database with tenants that are not the demo's.
pub async fn ensure_own_database(db: &Database) -> Result<(), String> {
    let slugs = db.tenant_slugs().await.map_err(|error| format!("the tenants cannot be read: {error:?}"))?;
    match slugs.iter().find(|slug| COMPANIES.iter().all(|company| company.slug != **slug)) {
        None => Ok(()),
        Some(slug) => Err(format!(
            "this database has the tenant {slug}, and the demo writes only into a database of its own; name another \
             folder with --data-dir"
        )),
    }
}
/// How long the demo's tokens live.
pub const TOKEN_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Signs a token for each role of each company, valid for 30 days.
pub fn sign_tokens(tenants: &[Arc<Tenant>], authenticator: &Authenticator) -> Result<Vec<DemoCompany>, String> {
    let company = |tenant: &Arc<Tenant>| {
        let (slug, name) = (tenant.row.slug.clone(), tenant.row.name.clone());
        let sign = |role: &Role| Ok(DemoToken { role: role.name(), token: sign_token(authenticator, tenant, *role)? });
        let tokens = Role::ALL.iter().map(sign).collect::<Result<_, String>>()?;
        Ok(DemoCompany { slug, name, tokens })
    };
    tenants.iter().map(company).collect()
}

/// Prints the demo's address, its tokens and a first query.
pub fn print_welcome(base: &str, companies: &[DemoCompany]) -> Result<(), String> {
    let mut lines = vec![
        String::new(),
        format!("Fieldgate is at {base}"),
        format!("  explorer  {base}/playground"),
        format!("  schema    {base}/schema.graphql, with a token"),
    ];
    for DemoCompany { slug, name, tokens } in companies {
        lines.extend([String::new(), format!("Tokens for {slug} ({name}), valid for 30 days:")]);
        lines.extend(tokens.iter().map(|DemoToken { role, token }| format!("  {role:<11}{token}")));
    }
    lines.extend([
        String::new(),
        "A first query, for the explorer:".to_owned(),
        format!("  {FIRST_QUERY}"),
        String::new(),
        "or for the shell:".to_owned(),
    ]);
    let manager = companies.first().and_then(|first| first.tokens.iter().find(|token| token.role == "MANAGER"));
    if let Some(DemoToken { token, .. }) = manager {
        lines.push(format!("  curl -s {base}/graphql -H 'Content-Type: application/json' \\"));
        lines.push(format!("    -H 'Authorization: Bearer {token}' \\"));
        lines.push(format!("    -d '{{\"query\": \"{FIRST_QUERY}\"}}'"));
    }
    lines.extend([String::new(), "Ctrl-C stops it; the next start continues with the same data.".to_owned()]);
    println!("{}", lines.join("\n"));
    std::io::stdout().flush().map_err(|error| error.to_string())
}

/// The query that the welcome suggests.
const FIRST_QUERY: &str = "{ customers(first: 3, orderBy: [{ name: ASC }]) { totalCount nodes { displayName type \
                     contacts(first: 2) { nodes { name role } } } } }";

fn sign_token(authenticator: &Authenticator, tenant: &Tenant, role: Role) -> Result<String, String> {
    let subject = format!("demo-{}", role.name().to_lowercase());
    let signed = authenticator.sign(&Grant {
        tenant: tenant.row.id,
        subject: &subject,
        roles: &[role],
        scopes: None,
        technician: (role == Role::Technician).then_some("tech-1"),
        read_only: false,
        seconds: TOKEN_LIFETIME.as_secs(),
    });
    signed.map(|token| token.text)
}

async fn create_tenant(db: &Database, company: &Company) -> Result<Arc<Tenant>> {
    let tenant = db.create_tenant(company.tenant_draft()).await?;
    tenant.ok_or_else(|| Error::internal("another process created the demo's tenant"))
}
