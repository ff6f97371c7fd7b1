//! `fieldgate token`: signs tokens, and revokes them.

use std::{error::Error, sync::Arc};

use access::{Action, Role};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use store::{
    Database, Tenant, clock,
    revocation::{self, CACHE_TTL, Revocation},
};

use super::{CommandResult, connect};
use crate::{
    config::Settings,
    http::auth::{Grant, SignedToken},
};

/// `fieldgate token`, with arguments or with a command of its own.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct TokenCommand {
    #[command(subcommand)]
    action: Option<TokenAction>,
    #[command(flatten)]
    args: Option<TokenArgs>,
}

#[derive(Debug, Subcommand)]
enum TokenAction {
    /// Revoke tokens of a tenant: one by its id, or those of a subject. Servers refuse them within 5 seconds.
    ///
    /// The revocation is kept in the database for as long as such a token could be valid, which the setting token_max_ttl says.
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
struct RevokeArgs {
    /// The tenant's slug.
    #[arg(long)]
    tenant: String,
    /// The id of the token: its claim jti.
    #[arg(long, required_unless_present = "subject", conflicts_with = "subject")]
    jti: Option<String>,
    /// The subject whose tokens are revoked.
    #[arg(long)]
    subject: Option<String>,
    /// Revoke the tokens of the subject that were issued before this time, such as 2026-01-31T12:00:00Z [default: now].
    ///
    #[arg(long, requires = "subject", value_name = "TIME")]
    issued_before: Option<DateTime<Utc>>,
}

#[derive(Debug, Args)]
struct TokenArgs {
    /// The tenant's slug.
    #[arg(long)]
    tenant: String,
    /// ADMIN, MANAGER, DISPATCHER, TECHNICIAN, AGENT or VIEWER; the permissions of several roles add up.
    #[arg(long, required = true, value_delimiter = ',', value_parser = parse_role)]
    role: Vec<Role>,
    /// Restrict the token to these scopes of its roles, such as customer:read.
    #[arg(long, value_delimiter = ',')]
    scope: Option<Vec<String>>,
    /// The subject of the token.
    #[arg(long, default_value = "operator")]
    subject: String,
    /// The technician's id [default: the subject].
    #[arg(long)]
    technician: Option<String>,
    /// Restrict the token to reading.
    #[arg(long)]
    read_only: bool,
    /// The lifetime of the token: 90s, 30m or 12h; at most the setting token_max_ttl.
    #[arg(long, default_value = "12h", value_parser = parse_seconds)]
    ttl: u64,
}

/// Signs a token, or revokes tokens.
pub(super) async fn run(settings: &Settings, command: TokenCommand) -> CommandResult {
    match command {
        TokenCommand { action: Some(TokenAction::Revoke(args)), .. } => revoke(settings, args).await,
        TokenCommand { args: Some(args), .. } => print_token(settings, &args).await,
        TokenCommand { args: None, .. } => Err("a token needs its --tenant and a --role".into()),
    }
}

async fn print_token(settings: &Settings, args: &TokenArgs) -> CommandResult {
    let authenticator = settings.build_authenticator()?;
    let (_, tenant) = find_tenant(settings, &args.tenant).await?;
    let is_known = |scope: &String| Action::ALL.iter().any(|action| action.scope() == scope);
    if let Some(unknown) = args.scope.iter().flatten().find(|scope| !is_known(scope)) {
        let all: Vec<_> = Action::ALL.iter().map(|action| action.scope()).collect();
        return Err(format!("there is no scope {unknown}; the scopes are {}", all.join(", ")).into());
    }
    let grant = Grant {
        tenant: tenant.row.id,
        subject: &args.subject,
        roles: &args.role,
        scopes: args.scope.as_deref(),
        technician: args.technician.as_deref(),
        read_only: args.read_only,
        seconds: args.ttl,
    };
    let SignedToken { text, id } = authenticator.sign(&grant)?;
    println!("{text}");
    let slug = &tenant.row.slug;
    eprintln!("note: to revoke it before it expires: fieldgate token revoke --tenant {slug} --jti {id}");
    if args.technician.is_none() && args.role.contains(&Role::Technician) {
        eprintln!(
            "note: as a technician, the caller sees the work of \"{}\"; --technician names another one",
            args.subject
        );
    }
    Ok(())
}

async fn revoke(settings: &Settings, args: RevokeArgs) -> CommandResult {
    let lifetime = settings.longest_token_life()?;
    let (db, tenant) = find_tenant(settings, &args.tenant).await?;
    let slug = &tenant.row.slug;
    let (what, revocation) = match (args.jti, args.subject) {
        (Some(id), _) => (format!("the token {id} of {slug} is"), Revocation::Token(id)),
        (None, Some(subject)) => {
            let before = args.issued_before.unwrap_or_else(clock::now);
            let what = format!("the tokens of {subject} of {slug} that were issued before {} are", before.to_rfc3339());
            (what, Revocation::Subject(subject, before))
        }
        (None, None) => return Err("name what to revoke: --jti or --subject".into()),
    };
    revocation::revoke(&db, tenant.row.id, revocation, lifetime).await?;
    println!("{what} revoked; every server refuses them within {} s", CACHE_TTL.as_secs());
    Ok(())
}

async fn find_tenant(settings: &Settings, slug: &str) -> Result<(Arc<Database>, Arc<Tenant>), Box<dyn Error>> {
    let db = connect(settings).await?;
    let tenant = db.tenant(slug).await?;
    let tenant =
        tenant.ok_or_else(|| format!("there is no tenant {slug}; create it with `fieldgate tenant create`"))?;
    Ok((db, tenant))
}

fn parse_role(name: &str) -> Result<Role, String> {
    Role::named(name).ok_or_else(|| {
        let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("the roles are {}", names.join(", "))
    })
}

fn parse_seconds(text: &str) -> Result<u64, String> {
    let invalid = || "a time is a number and s, m, h or d, such as 12h".to_owned();
    let unit = text.chars().last().ok_or_else(invalid)?;
    let scale = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(invalid()),
    };
    let number: u64 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| invalid())?;
    number.checked_mul(scale).filter(|seconds| (1..=3_650 * 86_400).contains(seconds)).ok_or_else(invalid)
}
