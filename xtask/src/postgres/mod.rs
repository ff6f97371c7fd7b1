//! A PostgreSQL of our own: found or installed, started in a temporary directory, gone when we are.
//!
//! Invariant: the server never outlives the command that started it, however that command ends. The server belongs to a
//! second process of this program, the keeper, which stops it when its standard input closes; the other end of that pipe
//! is closed by `Drop`, and by the kernel when a signal ends us before `Drop` can run. The keeper is in a process group
//! of its own, so that Ctrl-C in the terminal does not reach it.

pub mod account;
mod cluster;
mod program;

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};

use crate::process::Result;
use cluster::Cluster;

/// The word that makes this program the keeper.
pub const KEEP: &str = "keep-postgres";

pub struct Postgres {
    keeper: Child,
    bin: PathBuf,
    url: String,
}

impl Postgres {
    pub fn start() -> Result<Self> {
        let bin = program::find_or_install()?;
        let mut keeper = Command::new(std::env::current_exe()?)
            .arg(KEEP)
            .arg(&bin)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            BufReader::new(stdout).read_line(&mut url)?;
        }
        let started = Self { keeper, bin, url: url.trim_end().to_owned() };
        if started.url.is_empty() {
            return Err("PostgreSQL could not be started; the reason is above.".into());
        }
        Ok(started)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The process above all of the server's.
    pub fn keeper(&self) -> u32 {
        self.keeper.id()
    }

    /// One of PostgreSQL's programs, of the same version as the server.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Waiting closes the pipe first.
        let _ = self.keeper.wait();
    }
}

/// `cargo xtask postgres`: the server, until Ctrl-C.
pub fn serve() -> Result<ExitCode> {
    let mut postgres = Postgres::start()?;
    println!("{}", postgres.url());
    eprintln!("Look into it with: {} {}", postgres.program("psql").display(), postgres.url());
    eprintln!("Ctrl-C stops it and deletes its data.");
    // Held here, because waiting would close it, which is the keeper's sign to stop.
    let _pipe = postgres.keeper.stdin.take();
    postgres.keeper.wait()?;
    Err("PostgreSQL was stopped by something else than Ctrl-C.".into())
}

/// The keeper's whole life.
pub fn keep(bin: PathBuf) -> Result<ExitCode> {
    let cluster = Cluster::start(bin)?;
    // Nobody reads this when the command was interrupted meanwhile; then the read below ends at once.
    let _ = writeln!(io::stdout(), "{}", cluster.url());
    let _ = io::copy(&mut io::stdin(), &mut io::sink());
    drop(cluster);
    Ok(ExitCode::SUCCESS)
}
