//! `cargo xtask fuzz`: runs the fuzz target for a given time, starting from the committed corpus.

use std::fs;
use std::process::ExitCode;

use crate::process::{self, Result};

pub const HELP: &str = "\
Search for a document that breaks the checks before execution.

Usage: cargo xtask fuzz [--seconds N]

  --seconds N    Stop after N seconds (default: 60)

The fuzzer starts from fuzz/corpus and keeps new inputs in fuzz/target/corpus. It writes an input that fails to
fuzz/artifacts/document, and prints how to run it again. Needs cargo-fuzz and a C++ compiler.
";

/// How long the fuzzer runs without `--seconds`.
pub const DEFAULT_SECONDS: u32 = 60;

/// One input may take this long; the checks need about a millisecond.
const INPUT_TIMEOUT_SECONDS: u32 = 5;

pub fn run(seconds: u32) -> Result<ExitCode> {
    if !process::succeeds(process::cargo().args(["fuzz", "--version"])) {
        return Err("cargo-fuzz is missing: `cargo install --locked cargo-fuzz`. It needs a C++ compiler.".into());
    }
    // The fuzzer writes new inputs to the first folder that it is given.
    let new_inputs = crate::workspace_root().join("fuzz/target/corpus");
    fs::create_dir_all(&new_inputs).map_err(|error| format!("{} cannot be created: {error}", new_inputs.display()))?;
    let mut fuzz = process::cargo();
    fuzz.args(["fuzz", "run", "--sanitizer", "none", "document"]).arg(&new_inputs).arg("fuzz/corpus/document");
    fuzz.args(["--", "-max_len=8192"])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={INPUT_TIMEOUT_SECONDS}"));
    // The fuzzer needs coverage instrumentation, an unstable flag: this allows it on the stable compiler.
    let status = process::run(fuzz.current_dir(crate::workspace_root()).env("RUSTC_BOOTSTRAP", "1"))?;
    Ok(process::exit_code(status))
}
