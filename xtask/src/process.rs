//! Runs other programs; an error names the command that failed and repeats its output.

use std::error::Error;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Cargo, without the variables that cargo set for this program: build scripts that read them would run again, and everything
/// that depends on them would be built again.
pub fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs a command silently and returns its standard output; on failure, the error holds all of its output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| format!("{} cannot be run: {error}", command_line(command)))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed ({}):\n{}{}", command_line(command), output.status, stdout, stderr).trim_end().into())
}

/// Runs a command and shows its output.
pub fn run(command: &mut Command) -> Result<ExitStatus> {
    command.status().map_err(|error| format!("{} cannot be run: {error}", command_line(command)).into())
}

/// Runs a command, discards its output, and returns whether it succeeded.
pub fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// The path of a program in PATH.
pub fn find_in_path(program: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "PATH is no setting of the server, so config.rs does not read it")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|program| program.is_file())
}

/// The exit code of another program, as this program's own.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    // A process that a signal ended has no exit code: that is a failure.
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// A command as a person types it, in backticks.
pub fn command_line(command: &Command) -> String {
    let words: Vec<_> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_command_and_repeats_its_output() {
        let error = output(Command::new("sh").args(["-c", "echo said; echo complained >&2; exit 3"])).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("`sh -c "), "{error}");
        assert!(error.ends_with("(exit status: 3):\nsaid\ncomplained"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = output(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert!(error.starts_with("`no-such-program` cannot be run: "), "{error}");
        assert_eq!(find_in_path("no-such-program"), None);
        assert!(find_in_path("sh").is_some());
    }
}
