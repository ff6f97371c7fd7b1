//! Builds the program for a command that runs it as a process.

use std::path::PathBuf;
use std::process::Stdio;

use crate::process::{self, Result};

/// Builds the program with a profile of cargo. Gives its path.
pub fn build(profile: &str) -> Result<PathBuf> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--profile", profile, "--package", "fieldgate", "--bin", "fieldgate"]);
    cargo.args(["--message-format", "json-render-diagnostics"]).current_dir(crate::workspace_root());
    let output = cargo.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("the build failed; its output is above.".into());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    executable(&messages).ok_or_else(|| "cargo did not say where the program is.".into())
}

/// The path of the last executable in the messages of cargo.
fn executable(messages: &str) -> Option<PathBuf> {
    let (_, path) = messages.rsplit_once("\"executable\":\"")?;
    let (path, _) = path.split_once('"')?;
    Some(PathBuf::from(path.replace("\\\\", "\\")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_the_last_one() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n\
                        {\"reason\":\"compiler-artifact\",\"executable\":\"/target/release/fieldgate\",\"fresh\":true}\n";
        assert_eq!(executable(messages), Some(PathBuf::from("/target/release/fieldgate")));
        assert_eq!(executable("{\"executable\":null}"), None);
    }
}
