//! Installing what the tests need with Debian's package manager, where this account may do so.

use std::process::Command;

use crate::{postgres::account, process};

/// Installs packages; says why it cannot.
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
        // Through `env`, because sudo does not pass variables on.
        let words: Vec<&str> = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive"], &words].concat();
        let status = process::show(Command::new(words[0]).args(&words[1..])).map_err(|error| error.to_string())?;
        if !status.success() {
            return Err(format!("`{}` failed ({status})", words.join(" ")));
        }
    }
    Ok(())
}

/// What somebody who may do so types instead.
pub fn by_hand(packages: &[&str]) -> String {
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
    fn what_to_type_is_what_would_be_run() {
        assert_eq!(
            by_hand(&["nodejs", "npm"]),
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends nodejs npm"
        );
    }
}
