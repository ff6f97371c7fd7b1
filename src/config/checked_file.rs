//! Files that settings name: they are read after a check of who else can read or write them.

use std::{
    fs::{File, Metadata},
    io::Read,
    path::Path,
};

use super::error::InvalidSetting;

/// The text of a file that a setting names, if it passes a check, whose error is the reason.
pub(super) fn read_checked(
    setting: &str,
    path: &Path,
    check: fn(&Path, &Metadata) -> Result<(), String>,
) -> Result<String, InvalidSetting> {
    let invalid = |reason: String| InvalidSetting::new(setting, reason);
    let unreadable = |error: std::io::Error| invalid(format!("{} cannot be read: {error}.", path.display()));
    // The file that is checked is the one that is read, whatever the path leads to a moment later.
    let mut file = File::open(path).map_err(unreadable)?;
    check(path, &file.metadata().map_err(unreadable)?).map_err(invalid)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

/// A path as a word of a shell's command.
pub(super) fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+,:@%".contains(letter);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
