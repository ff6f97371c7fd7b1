//! Finds or installs Node.js, npm packages and Chromium.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::apt;
use crate::process::{self, Result};

/// The oldest Node.js that Vite runs on.
const MIN_VERSION: [u32; 2] = [20, 19];
const DEBIAN_PACKAGES: [&str; 2] = ["nodejs", "npm"];
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Node.js, new enough.
pub fn find_or_install() -> Result<PathBuf> {
    let found = || process::find_in_path("node").filter(|_| process::find_in_path("npm").is_some());
    let node = match found() {
        Some(node) => node,
        None => {
            apt::install("Node.js", &DEBIAN_PACKAGES)
                .map_err(|reason| missing("Node.js and npm", &reason, &DEBIAN_PACKAGES))?;
            found().ok_or("apt-get installed Node.js, but PATH does not lead to node and npm.")?
        }
    };
    let told = process::output(Command::new(&node).arg("--version"))?;
    if version(&told) < MIN_VERSION.to_vec() {
        let [major, minor] = MIN_VERSION;
        let at = node.display();
        return Err(
            format!("{at} is {}; {major}.{minor} or newer is needed, as nodejs.org has it.", told.trim()).into()
        );
    }
    Ok(node)
}

/// Chromium, from PATH or from the package manager.
pub fn find_or_install_chromium() -> Result<PathBuf> {
    let found = || BROWSERS.into_iter().find_map(process::find_in_path);
    if let Some(browser) = found() {
        return Ok(browser);
    }
    let package = [BROWSERS[0]];
    apt::install("Chromium", &package).map_err(|reason| missing("Chromium", &reason, &package))?;
    found().ok_or_else(|| "apt-get installed Chromium, but PATH does not lead to it.".into())
}

/// Installs the packages of a folder's package-lock.json, unless they are installed and no older than that file.
pub fn install_packages(folder: &Path) -> Result<()> {
    if is_installed(folder) {
        return Ok(());
    }
    eprintln!("Installing the packages of {}.", folder.display());
    let status = process::run(Command::new("npm").args(["ci", "--loglevel=error"]).current_dir(folder))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`npm ci` failed in {} ({status}).", folder.display()).into())
}

fn is_installed(folder: &Path) -> bool {
    // npm writes the second file after it has installed all packages of the first.
    let [lock, installed] =
        ["package-lock.json", "node_modules/.package-lock.json"].map(|file| modified(&folder.join(file)));
    matches!((lock, installed), (Some(lock), Some(installed)) if installed >= lock)
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

fn missing(what: &str, reason: &str, packages: &[&str]) -> String {
    format!(
        "the tests need {what}, which PATH does not lead to, and {reason}. Run:\n  {}",
        apt::manual_command(packages)
    )
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
        assert!(version("v20.9.0\n") < MIN_VERSION.to_vec());
        assert!(version("v20.19.0\n") >= MIN_VERSION.to_vec());
        assert!(version("v24.1.0\n") >= MIN_VERSION.to_vec());
    }

    #[test]
    fn packages_are_installed_again_when_the_lock_file_is_newer() {
        let folder = std::env::temp_dir().join(format!("fieldgate-xtask-node-{}", std::process::id()));
        let [lock, installed] = ["package-lock.json", "node_modules/.package-lock.json"].map(|file| folder.join(file));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(&lock, "").unwrap();
        assert!(!is_installed(&folder), "no packages are installed");
        fs::write(&installed, "").unwrap();
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let set = |file: &Path, time| fs::File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
        set(&lock, at(10));
        set(&installed, at(20));
        assert!(is_installed(&folder));
        set(&lock, at(30));
        assert!(!is_installed(&folder), "the lock file is newer");
        fs::remove_dir_all(&folder).unwrap();
    }
}
