//! Files that say whom and what the server trusts: they may be read by anybody, and are used only if nobody else can write
//! them.

use std::{
    fs::{File, Metadata},
    io::Read,
    os::unix::fs::MetadataExt,
    path::Path,
};

use super::{error::InvalidSetting, secret_file::shell_word};

/// What lets the group of a file and everybody write it.
const OTHERS_WRITE: u32 = 0o022;

/// The text of a file that a setting names.
pub(super) fn read_file(setting: &str, path: &Path) -> Result<String, InvalidSetting> {
    let invalid = |reason: String| InvalidSetting::new(setting, reason);
    let unreadable = |error: std::io::Error| invalid(format!("{} cannot be read: {error}.", path.display()));
    let mut file = File::open(path).map_err(unreadable)?;
    check(path, &file.metadata().map_err(unreadable)?).map_err(invalid)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
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
