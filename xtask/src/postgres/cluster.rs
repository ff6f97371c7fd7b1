//! A database cluster in a temporary directory: created, started, stopped and deleted.

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

/// The owner of the databases.
pub const OWNER: &str = "fieldgate";
/// Another process may take the free port before the server binds it.
const MAX_ATTEMPTS: usize = 5;
const PORT_IN_USE: &str = "Address already in use";
const START_TIMEOUT: Duration = Duration::from_mins(1);
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

pub struct Cluster {
    account: Account,
    bin: PathBuf,
    directory: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Cluster {
    /// Starts a server with `more` settings, which override those of the tests.
    pub fn start(bin: PathBuf, more: &[String]) -> Result<Self> {
        let account = Account::for_postgres()?;
        let directory = new_directory()?;
        // From here on, dropping the cluster deletes the directory, whatever fails.
        let mut cluster = Self { account, bin, directory, port: 0, server: None };
        account.give_ownership(&cluster.directory)?;
        let mut initdb = cluster.command("initdb");
        initdb.args(["-A", "trust", "-U", OWNER, "--no-locale", "-E", "UTF8", "--no-sync", "--pgdata"]);
        process::output(initdb.arg(cluster.data()))?;
        for attempt in 1.. {
            match cluster.launch(more) {
                Err(error) if attempt < MAX_ATTEMPTS && error.to_string().contains(PORT_IN_USE) => {}
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        Ok(cluster)
    }

    pub fn url(&self) -> String {
        format!("postgres://{OWNER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts the server and waits until it answers.
    fn launch(&mut self, more: &[String]) -> Result<()> {
        self.port = free_port()?;
        let path = self.directory.join("log");
        let log = File::create(&path)?;
        let mut postgres = self.command("postgres");
        postgres.arg("-D").arg(self.data());
        for setting in settings(self.port, &self.directory).iter().chain(more) {
            postgres.args(["-c", setting]);
        }
        let mut server = postgres.stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut select = self.command("psql");
        select.args(["--no-psqlrc", "--command", "SELECT 1", &self.url()]);
        let has_ended = || server.try_wait().is_ok_and(|status| status.is_some());
        let answered = poll(START_TIMEOUT, has_ended, || process::succeeds(&mut select));
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
        // QUIT is the immediate shutdown: the data is deleted, so it need not be flushed to disk.
        let signalled = process::output(self.command("pg_ctl").args(["kill", "QUIT", &server.id().to_string()]));
        if signalled.is_err()
            || !poll(STOP_TIMEOUT, || false, || server.try_wait().is_ok_and(|status| status.is_some()))
        {
            server.kill()?;
            server.wait()?;
        }
        signalled.map(drop)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.account.command(&self.bin.join(program));
        // The account may have no access to the current directory, and standard input belongs to the supervisor.
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
            // The terminal may be gone: `eprintln!` would panic, `writeln!` returns the error.
            let _ = writeln!(std::io::stderr(), "xtask: {error}");
        }
    }
}

/// Polls `is_true` until it returns true, `has_failed` returns true, or the time is over; returns whether it was true.
fn poll(time: Duration, mut has_failed: impl FnMut() -> bool, mut is_true: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < time && !has_failed() {
        if is_true() {
            return true;
        }
        sleep(Duration::from_millis(20));
    }
    false
}

/// Creates a directory that is new and that only this account can read.
fn new_directory() -> Result<PathBuf> {
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    // Short: the path of a socket has at most about 100 characters.
    let directory = std::env::temp_dir().join(format!("fieldgate-{}-{nanoseconds}", std::process::id()));
    DirBuilder::new()
        .mode(0o700)
        .create(&directory)
        .map_err(|error| format!("{} cannot be created: {error}", directory.display()))?;
    Ok(directory)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Crash safety is switched off: the data is deleted after the tests.
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
    fn the_server_listens_on_the_loopback_interface_only() {
        let settings = settings(5433, Path::new("/tmp/it"));
        assert_eq!(settings[..3], ["listen_addresses=127.0.0.1", "port=5433", "unix_socket_directories=/tmp/it"]);
    }

    #[test]
    fn directories_are_unique() {
        let (one, other) = (new_directory().unwrap(), new_directory().unwrap());
        assert_ne!(one, other);
        fs::remove_dir(one).unwrap();
        fs::remove_dir(other).unwrap();
    }

    #[test]
    fn polling_ends_on_success_failure_or_timeout() {
        let long = Duration::from_mins(1);
        assert!(poll(long, || false, || true));
        assert!(!poll(long, || true, || true));
        assert!(!poll(Duration::from_millis(1), || false, || false));
    }
}
