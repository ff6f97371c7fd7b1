//! Finds or installs PostgreSQL's programs.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{apt, process::Result};

const PROGRAMS: [&str; 5] = ["initdb", "postgres", "pg_ctl", "pg_dump", "psql"];
/// Debian installs the programs of each version here, and only the client programs in PATH.
const DEBIAN_DIRECTORY: &str = "/usr/lib/postgresql";
const PACKAGES: [&str; 1] = ["postgresql"];

/// The directory with all of `PROGRAMS`.
pub fn find_or_install() -> Result<PathBuf> {
    if let Some(bin) = find() {
        return Ok(bin);
    }
    apt::install("PostgreSQL", &PACKAGES).map_err(|reason| {
        let command = apt::manual_command(&PACKAGES);
        format!(
            "the tests need PostgreSQL's programs ({}), which are neither in PATH nor in {DEBIAN_DIRECTORY}, and {reason}. \
             Run:\n  {command}\nor install PostgreSQL's server in another way and put its programs into PATH.",
            PROGRAMS.join(", ")
        )
    })?;
    find().ok_or_else(|| {
        format!("apt-get installed PostgreSQL, but {DEBIAN_DIRECTORY} does not hold its programs.").into()
    })
}

fn find() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "PATH is no setting of the server, so config.rs does not read it")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    find_in(&path).or_else(|| find_newest(Path::new(DEBIAN_DIRECTORY)))
}

/// A program in PATH may be a link into the directory that holds the others.
fn find_in(path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .filter_map(|directory| Some(directory.join(PROGRAMS[0]).canonicalize().ok()?.parent()?.to_owned()))
        .find(|bin| is_complete(bin))
}

fn find_newest(parent: &Path) -> Option<PathBuf> {
    let directories = fs::read_dir(parent).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let complete = directories.filter(|directory| is_complete(&directory.join("bin")));
    complete.max_by_key(|directory| version(directory)).map(|directory| directory.join("bin"))
}

fn is_complete(bin: &Path) -> bool {
    PROGRAMS.iter().all(|program| bin.join(program).is_file())
}

/// `9.6` is older than `15`: parts are compared as numbers.
fn version(directory: &Path) -> Vec<u32> {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').map(|number| number.parse().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A temporary directory with complete and incomplete installations.
    struct Installed(PathBuf);

    impl Installed {
        fn new(name: &str, bins: &[(&str, &[&str])]) -> Self {
            let parent = std::env::temp_dir().join(format!("fieldgate-xtask-{name}-{}", std::process::id()));
            for (bin, programs) in bins {
                fs::create_dir_all(parent.join(bin)).unwrap();
                for program in *programs {
                    fs::write(parent.join(bin).join(program), "").unwrap();
                }
            }
            Self(parent.canonicalize().unwrap())
        }
    }

    impl Drop for Installed {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_newest_complete_version_is_chosen() {
        let installed =
            Installed::new("newest", &[("9.6/bin", &PROGRAMS), ("15/bin", &PROGRAMS), ("17/bin", &["psql"])]);
        assert_eq!(find_newest(&installed.0), Some(installed.0.join("15/bin")));
        assert_eq!(find_newest(&installed.0.join("absent")), None);
    }

    #[test]
    fn a_link_in_path_leads_to_the_programs_beside_its_target() {
        let installed = Installed::new("path", &[("clients", &["psql"]), ("links", &[]), ("15/bin", &PROGRAMS)]);
        let link = installed.0.join("links/initdb");
        std::os::unix::fs::symlink(installed.0.join("15/bin/initdb"), link).unwrap();
        let path = std::env::join_paths([installed.0.join("clients"), installed.0.join("links")]).unwrap();
        assert_eq!(find_in(&path), Some(installed.0.join("15/bin")));
        assert_eq!(find_in(OsStr::new("")), None);
    }
}
