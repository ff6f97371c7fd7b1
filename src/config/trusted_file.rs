//! Files that say whom and what the server trusts: they may be read by anybody, and are used only if nobody else can write
//! them.

use std::{fs::Metadata, os::unix::fs::MetadataExt, path::Path};

use super::{
    checked_file::{read_checked, shell_word},
    error::InvalidSetting,
};

/// What lets the group of a file and everybody write it.
const OTHERS_WRITE: u32 = 0o022;

/// The text of a file that a setting names.
pub(super) fn read_file(setting: &str, path: &Path) -> Result<String, InvalidSetting> {
    read_checked(setting, path, check)
}

/// Refuses a file that others can write, with the command that mends it. The folder is not looked at: Kubernetes mounts
/// what it has for a container in folders of mode 0777, which are read-only.
pub(super) fn check(path: &Path, metadata: &Metadata) -> Result<(), String> {
    let mode = metadata.mode() & 0o7777;
    if mode & OTHERS_WRITE == 0 {
        return Ok(());
    }
    let path = shell_word(path);
    Err(format!("others can write {path} (its mode is {mode:04o}). This mends it: chmod go-w {path}"))
}
