//! Installs Debian packages that the tests need, where this account may do so.

use std::process::Command;

use crate::{postgres::account, process};

/// Installs packages. The error is the reason why it cannot.
pub fn install(what: &str, packages: &[&str]) -> Result<(), String> {
    if !process::succeeds(Command::new("apt-get").arg("--version")) {
        return Err("there is no apt-get to install them with".to_owned());
    }
    let is_root = account::is_root().map_err(|error| error.to_string())?;
    if !is_root && !process::succeeds(Command::new("sudo").args(["-n", "true"])) {
        return Err("this account may not install them (it is not root, and sudo asks for a password)".to_owned());
    }
    let prefix: &[&str] = if is_root { &[] } else { &["sudo", "-n"] };
    eprintln!("{what} is not on this machine; installing it with apt-get.");
    for words in commands(packages) {
        // Through `env`, because sudo does not pass on environment variables.
        let words: Vec<&str> = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive"], &words].concat();
        let status = process::run(Command::new(words[0]).args(&words[1..])).map_err(|error| error.to_string())?;
        if !status.success() {
            return Err(format!("`{}` failed ({status})", words.join(" ")));
        }
    }
    Ok(())
}

/// The command for a person who may install packages.
pub fn manual_command(packages: &[&str]) -> String {
    commands(packages).map(|words| format!("sudo {}", words.join(" "))).join(" && ")
}

fn commands<'a>(packages: &[&'a str]) -> [Vec<&'a str>; 2] {
    let install = ["apt-get", "install", "-y", "--no-install-recommends"];
    [vec!["apt-get", "update"], [&install[..], packages].concat()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_command_runs_the_same_commands() {
        assert_eq!(
            manual_command(&["nodejs", "npm"]),
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends nodejs npm"
        );
    }
}
