//! Running other programs, and saying which one failed and with what words.

use std::error::Error;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Cargo, as somebody would run it who is not run by cargo: build scripts that look at what cargo told us of ourselves would
/// run again, and everything above them be built anew.
pub fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.env_remove("CARGO_MANIFEST_DIR");
    cargo
}

/// Runs it silently and returns what it printed; its own words become the error when it fails.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| format!("{} cannot be run: {error}", name(command)))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed ({}):\n{}{}", name(command), output.status, stdout, stderr).trim_end().into())
}

/// Runs it with everything it prints shown.
pub fn show(command: &mut Command) -> Result<ExitStatus> {
    command.status().map_err(|error| format!("{} cannot be run: {error}", name(command)).into())
}

/// Whether it runs and succeeds; what it prints is nobody's business.
pub fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Where a program is, by PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "PATH is no setting of the server, so config.rs does not read it")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|program| program.is_file())
}

/// The exit code to end with when another program decides it.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    // No code, or one outside a byte: a signal ended it, which is a failure.
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn name(command: &Command) -> String {
    let words: Vec<_> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_repeats_its_words() {
        let error = output(Command::new("sh").args(["-c", "echo said; echo complained >&2; exit 3"])).unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("`sh -c "), "{error}");
        assert!(error.ends_with("(exit status: 3):\nsaid\ncomplained"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = output(&mut Command::new("no-such-program")).unwrap_err().to_string();
        assert!(error.starts_with("`no-such-program` cannot be run: "), "{error}");
        assert_eq!(find("no-such-program"), None);
        assert!(find("sh").is_some());
    }
}
