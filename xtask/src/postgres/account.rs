//! Who runs the server: PostgreSQL refuses to run as root, so root lends it another account.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::process::{self, Result};

/// The first comes with Debian's package, the second is on every machine.
const LENT: [&str; 2] = ["postgres", "nobody"];

#[derive(Clone, Copy)]
pub enum Account {
    Own,
    Other { uid: u32, gid: u32 },
}

impl Account {
    pub fn choose() -> Result<Self> {
        if !is_root()? {
            return Ok(Self::Own);
        }
        let lent = LENT.into_iter().find_map(|name| Some((number("-u", &[name]).ok()?, number("-g", &[name]).ok()?)));
        let (uid, gid) = lent.ok_or_else(|| {
            format!("PostgreSQL does not run as root, and there is no account named {}.", LENT.join(" or "))
        })?;
        Ok(Self::Other { uid, gid })
    }

    /// A command that runs as this account, with none of root's groups.
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    pub fn own(self, directory: &Path) -> Result<()> {
        if let Self::Other { uid, gid } = self {
            std::os::unix::fs::chown(directory, Some(uid), Some(gid))?;
        }
        Ok(())
    }
}

pub fn is_root() -> Result<bool> {
    Ok(number("-u", &[])? == 0)
}

fn number(option: &str, account: &[&str]) -> Result<u32> {
    Ok(process::output(Command::new("id").arg(option).args(account))?.trim().parse()?)
}
