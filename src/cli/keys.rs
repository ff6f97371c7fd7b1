//! `fieldgate keys`: makes master keys, shows which are in use, and moves the tenants' keys from one to another.

use std::io::Write;

use clap::Subcommand;
use store::{
    Database,
    vault::{MasterKeyId, Vault},
};

use super::{CommandResult, connect};
use crate::config::{self, InvalidSetting, Settings};

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum KeysAction {
    /// Print a new master key to standard output; a file that it is redirected to becomes yours alone.
    Generate,
    /// List the master keys of the configuration and of the database, with the number of tenants of each.
    Status,
    /// Wrap every tenant's key by the current master key, so that older master keys can be removed.
    ///
    /// To replace a master key while servers run:
    ///
    /// 1. Put a new one (`fieldgate keys generate`) first in master_key_file or master_key, the old one after it, and restart
    ///    every server: each must know both.
    ///
    /// 2. Run `fieldgate keys rewrap` with the same configuration. It changes no other data, takes short transactions, and may be
    ///    killed at any time: run it again, and it goes on with what is left.
    ///
    /// 3. Remove the old key from the configuration and restart the servers. Keep a copy of it for as long as you keep backups of
    ///    the database from before.
    #[command(verbatim_doc_comment)]
    Rewrap,
}

/// Runs a command on keys.
pub(super) async fn run(settings: Settings, action: KeysAction) -> CommandResult {
    match action {
        KeysAction::Generate => {
            config::protect_redirected_output()?;
            println!("{}", Vault::generate());
            Ok(())
        }
        KeysAction::Status => {
            let db = connect(&settings.with_stored_keys()).await?;
            print_status(&db).await
        }
        KeysAction::Rewrap => {
            let db = connect(&settings.with_stored_keys()).await?;
            rewrap(&db).await
        }
    }
}

/// Fails if a tenant's key is wrapped by a master key that the configuration does not have.
pub(super) async fn ensure_present(db: &Database) -> CommandResult {
    let known: Vec<_> = db.vault.master_keys().collect();
    let used = db.master_keys_in_use().await;
    let used =
        used.map_err(|error| format!("the tenants' keys cannot be read (are the tables migrated?): {error:?}"))?;
    let missing: Vec<_> = used
        .iter()
        .filter(|used| !known.contains(&used.id))
        .map(|used| format!("{} ({} tenants)", used.id, used.tenants))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "keys of tenants in the database are wrapped by master keys that are not configured: {}. Add them after the current \
         one, {}; then `fieldgate keys rewrap` makes them unnecessary, and `fieldgate keys rewrap --help` says how.",
        missing.join(", "),
        db.vault.current_master_key(),
    );
    Err(InvalidSetting::new("master_key_file", reason).into())
}

async fn print_status(db: &Database) -> CommandResult {
    let (known, used) = (db.vault.master_keys().collect::<Vec<_>>(), db.master_keys_in_use().await?);
    let tenants_of = |id: MasterKeyId| used.iter().find(|used| used.id == id).map_or(0, |used| used.tenants);
    for (index, id) in known.iter().enumerate() {
        let role = if index == 0 { "current" } else { "configured" };
        println!("{id}  {role}  {} tenants", tenants_of(*id));
    }
    for missing in used.iter().filter(|used| !known.contains(&used.id)) {
        println!("{}  missing  {} tenants", missing.id, missing.tenants);
    }
    Ok(())
}

/// Wraps the keys of all tenants by the current master key, and prints how far it is.
async fn rewrap(db: &Database) -> CommandResult {
    ensure_present(db).await?;
    let current = db.vault.current_master_key();
    let total: u64 = db.master_keys_in_use().await?.iter().map(|used| used.tenants).sum();
    let (mut last, mut failed) = (None, Vec::new());
    loop {
        let batch = db.rewrap_tenant_keys(last).await?;
        failed.extend(batch.failed);
        let Some(id) = batch.last else { break };
        last = Some(id);
        let uses = db.master_keys_in_use().await?;
        let done = uses.iter().find(|used| used.id == current).map_or(0, |used| used.tenants);
        println!("{done} of {total} tenants' keys are wrapped by the master key {current}");
        std::io::stdout().flush()?;
    }
    if let [first, ..] = failed[..] {
        let count = failed.len();
        return Err(format!(
            "the keys of {count} tenants do not open with any master key, although one has their id: the first is tenant \
             {first}. They are as they were; restore them from a backup, and run this command again"
        )
        .into());
    }
    println!("every tenant's key is wrapped by the master key {current}");
    let others: Vec<_> = db.vault.master_keys().filter(|id| *id != current).map(|id| id.to_string()).collect();
    if others.is_empty() {
        println!("there is no other master key in the configuration: nothing is left to do");
    } else {
        let others = others.join(", ");
        println!(
            "next: remove the master key {others} from the configuration and restart the servers; keep a copy for backups"
        );
    }
    Ok(())
}
