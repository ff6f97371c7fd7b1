//! Node.js, the packages of a folder, and a browser: found, or installed where this account may do so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::apt;
use crate::process::{self, Result};

/// The oldest Node.js that Vite runs on.
const OLDEST: [u32; 2] = [20, 19];
const PACKAGES: [&str; 2] = ["nodejs", "npm"];
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Node.js, new enough.
pub fn find_or_install() -> Result<PathBuf> {
    let found = || process::find("node").filter(|_| process::find("npm").is_some());
    let node = match found() {
        Some(node) => node,
        None => {
            apt::install("Node.js", &PACKAGES).map_err(|reason| missing("Node.js and npm", &reason, &PACKAGES))?;
            found().ok_or("apt-get installed Node.js, but PATH does not lead to node and npm.")?
        }
    };
    let told = process::output(Command::new(&node).arg("--version"))?;
    if version(&told) < OLDEST.to_vec() {
        let [major, minor] = OLDEST;
        let at = node.display();
        return Err(
            format!("{at} is {}; {major}.{minor} or newer is needed, as nodejs.org has it.", told.trim()).into()
        );
    }
    Ok(node)
}

/// A Chromium.
pub fn chromium() -> Result<PathBuf> {
    let found = || BROWSERS.into_iter().find_map(process::find);
    if let Some(browser) = found() {
        return Ok(browser);
    }
    let package = [BROWSERS[0]];
    apt::install("Chromium", &package).map_err(|reason| missing("Chromium", &reason, &package))?;
    found().ok_or_else(|| "apt-get installed Chromium, but PATH does not lead to it.".into())
}

/// Installs what a folder's package-lock.json says, exactly, unless it has been since that was written.
pub fn packages(folder: &Path) -> Result<()> {
    if is_installed(folder) {
        return Ok(());
    }
    eprintln!("Installing the packages of {}.", folder.display());
    let status = process::show(Command::new("npm").args(["ci", "--loglevel=error"]).current_dir(folder))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`npm ci` failed in {} ({status}).", folder.display()).into())
}

fn is_installed(folder: &Path) -> bool {
    // npm writes the second when it has installed all that the first names.
    let [wanted, had] = ["package-lock.json", "node_modules/.package-lock.json"].map(|file| time(&folder.join(file)));
    matches!((wanted, had), (Some(wanted), Some(had)) if had >= wanted)
}

fn time(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

fn missing(what: &str, reason: &str, packages: &[&str]) -> String {
    format!("the tests need {what}, which PATH does not lead to, and {reason}. Run:\n  {}", apt::by_hand(packages))
}

/// `v20.9.0` is older than `v20.19.0`: numbers are compared, not letters.
fn version(told: &str) -> Vec<u32> {
    told.trim().trim_start_matches('v').split('.').map(|number| number.parse().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(version("v20.9.0\n") < OLDEST.to_vec());
        assert!(version("v20.19.0\n") >= OLDEST.to_vec());
        assert!(version("v24.1.0\n") >= OLDEST.to_vec());
    }

    #[test]
    fn packages_are_installed_anew_when_the_lock_is_newer() {
        let folder = std::env::temp_dir().join(format!("fieldgate-xtask-node-{}", std::process::id()));
        let [wanted, had] = ["package-lock.json", "node_modules/.package-lock.json"].map(|file| folder.join(file));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(&wanted, "").unwrap();
        assert!(!is_installed(&folder), "nothing was ever installed");
        fs::write(&had, "").unwrap();
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let set = |file: &Path, time| fs::File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
        set(&wanted, at(10));
        set(&had, at(20));
        assert!(is_installed(&folder));
        set(&wanted, at(30));
        assert!(!is_installed(&folder), "the lock is newer");
        fs::remove_dir_all(&folder).unwrap();
    }
}
