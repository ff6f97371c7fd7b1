//! A database cluster in a temporary directory: made, started, stopped and deleted.

use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::account::Account;
use crate::process::{self, Result};

const USER: &str = "fieldgate";
/// A free port may be taken by somebody else before the server binds it.
const ATTEMPTS: usize = 5;
const PORT_TAKEN: &str = "Address already in use";
const TIME_TO_START: Duration = Duration::from_mins(1);
const TIME_TO_STOP: Duration = Duration::from_secs(20);

pub struct Cluster {
    account: Account,
    bin: PathBuf,
    directory: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Cluster {
    pub fn start(bin: PathBuf) -> Result<Self> {
        let account = Account::choose()?;
        let directory = new_directory()?;
        // From here on dropping it deletes the directory, whatever fails.
        let mut cluster = Self { account, bin, directory, port: 0, server: None };
        account.own(&cluster.directory)?;
        let mut initdb = cluster.command("initdb");
        initdb.args(["-A", "trust", "-U", USER, "--no-locale", "-E", "UTF8", "--no-sync", "--pgdata"]);
        process::output(initdb.arg(cluster.data()))?;
        for attempt in 1.. {
            match cluster.launch() {
                Err(error) if attempt < ATTEMPTS && error.to_string().contains(PORT_TAKEN) => {}
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        Ok(cluster)
    }

    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Returns when the server answers.
    fn launch(&mut self) -> Result<()> {
        self.port = free_port()?;
        let path = self.directory.join("log");
        let log = File::create(&path)?;
        let mut postgres = self.command("postgres");
        postgres.arg("-D").arg(self.data());
        for setting in settings(self.port, &self.directory) {
            postgres.args(["-c", &setting]);
        }
        let mut server = postgres.stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut select = self.command("psql");
        select.args(["--no-psqlrc", "--command", "SELECT 1", &self.url()]);
        let ended = || server.try_wait().is_ok_and(|status| status.is_some());
        let answered = poll(TIME_TO_START, ended, || process::succeeds(&mut select));
        self.server = Some(server);
        if answered {
            return Ok(());
        }
        Err(format!("PostgreSQL does not answer. Its log:\n{}", fs::read_to_string(path)?).trim_end().into())
    }

    fn stop(&self, server: &mut Child) -> Result<()> {
        if server.try_wait()?.is_some() {
            return Ok(());
        }
        // QUIT is the immediate shutdown: nothing of the data is kept, so nothing has to reach the disk first.
        let asked = process::output(self.command("pg_ctl").args(["kill", "QUIT", &server.id().to_string()]));
        if asked.is_err() || !poll(TIME_TO_STOP, || false, || server.try_wait().is_ok_and(|status| status.is_some())) {
            server.kill()?;
            server.wait()?;
        }
        asked.map(drop)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.account.command(&self.bin.join(program));
        // The account may not enter the directory we were called in; and our standard input is the keeper's.
        command.current_dir(&self.directory).stdin(Stdio::null());
        command
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let server = self.server.take();
        let stopped = server.map_or(Ok(()), |mut server| self.stop(&mut server));
        let deleted = fs::remove_dir_all(&self.directory)
            .map_err(|error| format!("{} cannot be deleted: {error}", self.directory.display()).into());
        for error in [stopped, deleted].into_iter().filter_map(Result::err) {
            // The terminal may be gone already, so this is written, if it can be, and not printed.
            let _ = writeln!(std::io::stderr(), "xtask: {error}");
        }
    }
}

/// Whether it came true in time, before the other thing did.
fn poll(time: Duration, mut in_vain: impl FnMut() -> bool, mut is_true: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < time && !in_vain() {
        if is_true() {
            return true;
        }
        sleep(Duration::from_millis(20));
    }
    false
}

/// A directory nobody else can have made or can look into.
fn new_directory() -> Result<PathBuf> {
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    // Short, because a socket's path may have about a hundred characters.
    let directory = std::env::temp_dir().join(format!("fieldgate-{}-{nanoseconds}", std::process::id()));
    DirBuilder::new()
        .mode(0o700)
        .create(&directory)
        .map_err(|error| format!("{} cannot be made: {error}", directory.display()))?;
    Ok(directory)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Safety against a crash is switched off: the data does not outlive the tests.
fn settings(port: u16, sockets: &Path) -> [String; 7] {
    [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        format!("unix_socket_directories={}", sockets.display()),
        "max_connections=300".to_owned(),
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_keep_the_server_on_this_machine() {
        let settings = settings(5433, Path::new("/tmp/it"));
        assert_eq!(settings[..3], ["listen_addresses=127.0.0.1", "port=5433", "unix_socket_directories=/tmp/it"]);
    }

    #[test]
    fn every_directory_is_a_new_one() {
        let (one, other) = (new_directory().unwrap(), new_directory().unwrap());
        assert_ne!(one, other);
        fs::remove_dir(one).unwrap();
        fs::remove_dir(other).unwrap();
    }

    #[test]
    fn polling_ends_at_the_first_of_truth_vanity_and_time() {
        let long = Duration::from_mins(1);
        assert!(poll(long, || false, || true));
        assert!(!poll(long, || true, || true));
        assert!(!poll(Duration::from_millis(1), || false, || false));
    }
}
