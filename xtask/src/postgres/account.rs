//! The account that runs PostgreSQL: it refuses to run as root, so root runs it as another account.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::process::{self, Result};

/// The first comes with Debian's package, the second exists on every machine.
const UNPRIVILEGED_ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

#[derive(Clone, Copy)]
pub enum Account {
    Current,
    Other { uid: u32, gid: u32 },
}

impl Account {
    pub fn for_postgres() -> Result<Self> {
        if !is_root()? {
            return Ok(Self::Current);
        }
        let account = UNPRIVILEGED_ACCOUNTS
            .into_iter()
            .find_map(|name| Some((id_number("-u", &[name]).ok()?, id_number("-g", &[name]).ok()?)));
        let (uid, gid) = account.ok_or_else(|| {
            format!(
                "PostgreSQL does not run as root, and there is no account named {}.",
                UNPRIVILEGED_ACCOUNTS.join(" or ")
            )
        })?;
        Ok(Self::Other { uid, gid })
    }

    /// A command that runs as this account, without root's groups.
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    pub fn give_ownership(self, directory: &Path) -> Result<()> {
        if let Self::Other { uid, gid } = self {
            std::os::unix::fs::chown(directory, Some(uid), Some(gid))?;
        }
        Ok(())
    }
}

pub fn is_root() -> Result<bool> {
    Ok(id_number("-u", &[])? == 0)
}

fn id_number(option: &str, account: &[&str]) -> Result<u32> {
    Ok(process::output(Command::new("id").arg(option).args(account))?.trim().parse()?)
}
