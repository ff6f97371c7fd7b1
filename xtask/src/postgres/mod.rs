//! A PostgreSQL server for the tests: found or installed, run in a temporary directory, and deleted afterwards.
//!
//! Invariant: the server never outlives the command that started it, however that command ends. The server is the child of
//! a second process of this program, the supervisor, which stops the server when its own standard input closes. The other
//! end of that pipe is closed by `Drop`, or by the kernel when a signal ends this process before `Drop` runs. The supervisor
//! has its own process group, so that Ctrl-C in the terminal does not reach it.

pub mod account;
mod cluster;
mod program;

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};

use crate::process::{self, Result};
use cluster::Cluster;
pub use cluster::OWNER;

pub const HELP: &str = "\
Start a PostgreSQL like the tests', print its address, and stop it and delete its data on Ctrl-C.

Usage: cargo xtask postgres

With it running in a second terminal, plain cargo runs a test:
  FG_TEST_POSTGRES=<address> cargo test --test fieldgate customer::
";

/// The hidden command that runs this program as the supervisor.
pub const SUPERVISE: &str = "supervise-postgres";

pub struct Postgres {
    supervisor: Child,
    bin: PathBuf,
    url: String,
}

impl Postgres {
    pub fn start() -> Result<Self> {
        Self::start_with(&[])
    }

    /// Starts it with settings beside those of the tests, such as `fsync=on`; the last setting of a name counts.
    pub fn start_with(settings: &[&str]) -> Result<Self> {
        let bin = program::find_or_install()?;
        let mut supervisor = Command::new(std::env::current_exe()?)
            .arg(SUPERVISE)
            .arg(&bin)
            .args(settings)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        if let Some(stdout) = supervisor.stdout.take() {
            BufReader::new(stdout).read_line(&mut url)?;
        }
        let started = Self { supervisor, bin, url: url.trim_end().to_owned() };
        if started.url.is_empty() {
            return Err("PostgreSQL could not be started; the reason is above.".into());
        }
        Ok(started)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of another database of the server, for another account.
    pub fn url_of(&self, user: &str, database: &str) -> String {
        let host = self.url.rsplit_once('@').map_or("", |(_, host)| host);
        let host = host.rsplit_once('/').map_or(host, |(host, _)| host);
        format!("postgres://{user}@{host}/{database}")
    }

    /// Runs psql on a database of the server until the first error, and returns what it prints: values only.
    pub fn psql(&self, database: &str, arguments: &[&str]) -> Result<String> {
        let mut psql = Command::new(self.program("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]);
        let printed = process::output(psql.args(arguments).arg(self.url_of(OWNER, database)))?;
        Ok(printed.trim().to_owned())
    }

    /// The id of the process that is the parent of all server processes.
    pub fn supervisor_id(&self) -> u32 {
        self.supervisor.id()
    }

    /// The path of a PostgreSQL program of the server's version.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // `wait` closes the pipe first, on which the supervisor stops the server.
        let _ = self.supervisor.wait();
    }
}

/// `cargo xtask postgres`: runs the server until Ctrl-C.
pub fn serve() -> Result<ExitCode> {
    let mut postgres = Postgres::start()?;
    println!("{}", postgres.url());
    eprintln!("Connect with: {} {}", postgres.program("psql").display(), postgres.url());
    eprintln!("Ctrl-C stops it and deletes its data.");
    // Taken out of the child: `wait` would close it, and the supervisor would stop the server.
    let _pipe = postgres.supervisor.stdin.take();
    postgres.supervisor.wait()?;
    Err("PostgreSQL stopped without Ctrl-C.".into())
}

/// Runs as the supervisor: starts the server, waits until standard input closes, stops the server.
pub fn supervise(bin: PathBuf, settings: &[String]) -> Result<ExitCode> {
    let cluster = Cluster::start(bin, settings)?;
    // The write fails when the command was interrupted meanwhile; then the read below ends at once.
    let _ = writeln!(io::stdout(), "{}", cluster.url());
    let _ = io::copy(&mut io::stdin(), &mut io::sink());
    drop(cluster);
    Ok(ExitCode::SUCCESS)
}
