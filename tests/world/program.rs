//! The program as a process on a world's database: a command, and a server that is killed at its end.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
};

use super::{SECRET, database::MASTER_KEY};

/// A command of the program on a database, with the master key and the secret of the tests.
pub fn command(url: &str, args: &[&str]) -> Command {
    command_of(env!("CARGO_BIN_EXE_fieldgate").as_ref(), url, args)
}

/// A command of the optimised build of the program, whose path `cargo xtask` passes; of the tests' own build without one.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
pub fn optimised_command(url: &str, args: &[&str]) -> Command {
    let program = std::env::var_os("FG_TEST_SERVER").unwrap_or_else(|| env!("CARGO_BIN_EXE_fieldgate").into());
    command_of(&program, url, args)
}

fn command_of(program: &OsStr, url: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(args)
        .args(["--database-url", url])
        .env("FIELDGATE_MASTER_KEY", MASTER_KEY)
        .env("FIELDGATE_TOKEN_SECRET", SECRET)
        .env("FIELDGATE_LOG", "info")
        .stdin(Stdio::null());
    command
}

/// Runs a command that has to succeed. Gives its standard output.
pub fn run(url: &str, args: &[&str]) -> String {
    let output = command(url, args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", error_of(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What a command wrote to standard error.
pub fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server process on the world's database.
pub struct Server {
    process: Child,
    /// The base URL.
    pub base: String,
    /// The log up to the address.
    pub log: Vec<String>,
}

impl Server {
    /// Starts a server on loopback with the tests' keys.
    pub fn start(url: &str) -> Self {
        Self::spawn(&mut command(url, &["serve", "--port", "0"]))
    }

    /// Starts a server by a command.
    pub fn spawn(command: &mut Command) -> Self {
        Self::spawn_with_log(command, drop)
    }

    /// Starts a server by a command. Each line that it logs after its address goes to a function.
    pub fn spawn_with_log(command: &mut Command, read: impl FnMut(String) + Send + 'static) -> Self {
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut log = Vec::new();
        let base = lines.find_map(|line| {
            let line = line.unwrap();
            let address = line.split_once("listening on ").and_then(|(_, rest)| rest.split('"').next());
            let address = address.map(str::to_owned);
            log.push(line);
            address
        });
        // A full pipe would block the server, so all of its output is read.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(read));
        let base = base.unwrap_or_else(|| panic!("the server did not print its address: {log:?}"));
        Self { process, base, log }
    }

    /// Whether the process runs.
    pub fn is_alive(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// Its resident memory in bytes (`VmRSS`), or the peak of it since the last call of `reset_peak` (`VmHWM`).
    pub fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    }

    /// Forgets the peak of the resident memory.
    pub fn reset_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5").unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL: no handler runs, nothing is flushed.
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
