//! A server in a process of its own, on the database of a world.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use super::database::MASTER_KEY;

/// A server process. Dropped, it is killed: no handler runs, nothing is flushed.
pub struct ServerProcess {
    process: Child,
    /// Its address: `http://127.0.0.1:4000`.
    pub base: String,
}

impl ServerProcess {
    /// Starts a server, with more settings in the environment. `ADVERSARY_SERVER` names another build of it.
    pub fn start(url: &str, settings: &[(&str, &str)]) -> Self {
        let program =
            std::env::var_os("ADVERSARY_SERVER").unwrap_or_else(|| OsString::from(env!("CARGO_BIN_EXE_fieldgate")));
        let mut process = Command::new(program)
            .args(["serve", "--port", "0", "--database-url", url])
            .env("FIELDGATE_MASTER_KEY", MASTER_KEY)
            .env("FIELDGATE_TOKEN_SECRET", "a secret of at least thirty-two characters")
            .env("FIELDGATE_LOG", "info")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let base = log.find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("listening on ")?;
            Some(address.split('"').next()?.to_owned())
        });
        // A full pipe would block the server, so its further output is read and dropped.
        std::thread::spawn(move || log.for_each(drop));
        Self { process, base: base.expect("the server prints its address") }
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

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
