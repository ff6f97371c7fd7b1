//! Files with secrets: they are used only if nobody else can read them.

use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{
    checked_file::{read_checked, shell_word},
    error::InvalidSetting,
};
use crate::setting::Secret;

/// The id of root.
const ROOT: u32 = 0;

/// A secret that is the value of one setting, or in the file that another one names; with the name of its setting.
pub(super) fn read_secret(
    (name, value): (&'static str, &Option<Secret>),
    (file_name, file): (&'static str, &Option<PathBuf>),
) -> Result<Option<(&'static str, String)>, InvalidSetting> {
    match (value, file) {
        (Some(_), Some(_)) => {
            let reason = format!("{name} is set, too, and may say something else; keep one of them.");
            Err(InvalidSetting::new(file_name, reason))
        }
        (Some(secret), None) => Ok(Some((name, secret.expose().to_owned()))),
        (None, Some(path)) => Ok(Some((file_name, read_file(file_name, path)?))),
        (None, None) => Ok(None),
    }
}

/// The text of a file with a secret, without white space around it.
fn read_file(setting: &str, path: &Path) -> Result<String, InvalidSetting> {
    Ok(read_checked(setting, path, check)?.trim().to_owned())
}

/// Refuses a file with secrets that others can read, with the command that mends it.
pub(super) fn check(path: &Path, metadata: &Metadata) -> Result<(), String> {
    let user = rustix::process::geteuid().as_raw();
    let Some(fault) = find_fault(metadata.mode(), metadata.uid(), user) else { return Ok(()) };
    let path = shell_word(path);
    let mode = metadata.mode() & 0o7777;
    Err(match fault {
        Fault::OtherOwner => {
            format!(
                "{path} belongs to the user {}. This mends it: chown {user} {path} && chmod 600 {path}",
                metadata.uid()
            )
        }
        Fault::Mode => {
            format!("others can read or write {path} (its mode is {mode:04o}). This mends it: chmod 600 {path}")
        }
        Fault::ModeOfRoot => {
            format!("others can read or write {path} (its mode is {mode:04o}). This mends it: chmod 640 {path}")
        }
    })
}

/// Why a file is not fit for secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It belongs neither to the user of this process nor to root.
    OtherOwner,
    /// It is not for its owner alone.
    Mode,
    /// It is root's, and not for root and a group that reads it alone.
    ModeOfRoot,
}

/// The rule of PostgreSQL for its private key: 0600 or less of the process's user, 0640 or less of root. Secrets that a
/// container's platform mounts are root's and readable by a group.
fn find_fault(mode: u32, owner: u32, user: u32) -> Option<Fault> {
    match owner {
        ROOT if mode & 0o037 != 0 => Some(if user == ROOT { Fault::Mode } else { Fault::ModeOfRoot }),
        ROOT => None,
        _ if owner != user => Some(Fault::OtherOwner),
        _ if mode & 0o077 != 0 => Some(Fault::Mode),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_its_users_alone_or_roots_and_a_groups() {
        let (user, other) = (1_000, 1_001);
        for mode in [0o600, 0o400] {
            assert_eq!(find_fault(0o10_0000 | mode, user, user), None, "{mode:o}");
        }
        for mode in [0o640, 0o604, 0o644, 0o660, 0o666, 0o620, 0o610, 0o601, 0o440] {
            assert_eq!(find_fault(0o10_0000 | mode, user, user), Some(Fault::Mode), "{mode:o}");
        }
        for mode in [0o600, 0o400, 0o640, 0o440] {
            assert_eq!(find_fault(0o10_0000 | mode, ROOT, user), None, "{mode:o}");
            assert_eq!(find_fault(0o10_0000 | mode, ROOT, ROOT), None, "{mode:o}");
        }
        for mode in [0o644, 0o444, 0o660, 0o650] {
            assert_eq!(find_fault(0o10_0000 | mode, ROOT, user), Some(Fault::ModeOfRoot), "{mode:o}");
            assert_eq!(find_fault(0o10_0000 | mode, ROOT, ROOT), Some(Fault::Mode), "{mode:o}");
        }
        for mode in [0o600, 0o644] {
            assert_eq!(find_fault(0o10_0000 | mode, other, user), Some(Fault::OtherOwner), "{mode:o}");
        }
    }

    #[test]
    fn a_path_is_one_word_of_a_command() {
        assert_eq!(shell_word(Path::new("/etc/fieldgate/master.key")), "/etc/fieldgate/master.key");
        assert_eq!(shell_word(Path::new("my keys/it's; rm")), r"'my keys/it'\''s; rm'");
    }
}
