//! Files of data: they are created for this user alone, and those that others can read are reported.

use std::{
    fs::{File, Permissions},
    io,
    os::{
        fd::AsFd,
        unix::fs::{MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use rustix::{fs::Mode, process::umask};

use super::{checked_file::shell_word, settings::Settings};

/// What nobody but the owner of a file may do.
const OTHERS: u32 = 0o077;

/// Lets every file and folder that this process creates be for its user alone: the database and its log, and the keys.
pub fn create_files_privately() {
    let private = Mode::from_raw_mode(OTHERS);
    let usual = umask(private);
    umask(usual | private);
}

/// Makes the file that standard output is redirected to readable by its owner alone: a shell creates it for everybody.
pub fn protect_redirected_output() -> io::Result<()> {
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    if output.metadata()?.is_file() {
        output.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(())
}

impl Settings {
    /// The files of the embedded database that others can read, each with the command that mends it.
    pub fn exposed_files(&self) -> Vec<String> {
        let database = self.database_settings().ok().and_then(|settings| settings.sqlite_file());
        let Some(database) = database else { return Vec::new() };
        let with_suffix = |suffix: &str| {
            let mut name = database.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        };
        let folder = database.parent().filter(|folder| *folder == self.data_dir).map(|folder| (folder.to_owned(), 700));
        let files = ["", "-wal", "-shm"].map(|suffix| (with_suffix(suffix), 600));
        folder.into_iter().chain(files).filter_map(|(path, mode)| report_exposed(&path, mode)).collect()
    }
}

fn report_exposed(path: &Path, private_mode: u32) -> Option<String> {
    let mode = path.metadata().ok()?.mode() & 0o7777;
    let path = shell_word(path);
    (mode & OTHERS != 0).then(|| {
        format!("other users can reach {path} (its mode is {mode:04o}). This mends it: chmod {private_mode} {path}")
    })
}
