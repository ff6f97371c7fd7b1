//! An invalid setting, as the operator reads it.

use std::fmt;

use super::settings::list;

/// An invalid setting: its name, its sources, the reason and an example.
#[derive(Debug)]
pub struct InvalidSetting(String);

impl InvalidSetting {
    /// An invalid setting and the reason.
    pub fn new(name: &str, reason: impl fmt::Display) -> Self {
        let variable = name.to_ascii_uppercase();
        let setting = list().into_iter().find(|setting| setting.name == name);
        let example = setting.map(|setting| setting.example).unwrap_or_default();
        Self(format!("{name} (in fieldgate.toml, or FIELDGATE_{variable}): {reason}\n  example: {name} = {example}"))
    }

    /// A name that is no setting.
    pub(super) fn unknown(name: &str, origin: &str) -> Self {
        Self(format!(
            "{name} (from {origin}) is not a setting.\n  `fieldgate --help` lists the settings with examples."
        ))
    }

    /// A source that cannot be read.
    pub(super) fn unreadable(reason: impl fmt::Display) -> Self {
        // A parser quotes the line, which may be that of a secret.
        let reason = reason.to_string();
        let is_quote = |line: &str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
        let lines = reason.lines().map(str::trim).filter(|line| !line.is_empty() && !is_quote(line));
        let reason = lines.collect::<Vec<_>>().join(": ");
        Self(format!(
            "The configuration cannot be read: {reason}\n  `fieldgate --help` lists the settings with examples."
        ))
    }
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidSetting {}
