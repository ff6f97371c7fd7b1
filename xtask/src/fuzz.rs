//! `cargo xtask fuzz`: the fuzz target for a while, from the corpus that is checked in.

use std::fs;
use std::process::ExitCode;

use crate::process::{self, Result};

/// Seconds, where nobody says how many.
pub const SECONDS: u32 = 60;

/// Seconds after which a text has stalled the checks; they take a thousandth of one.
const STALLED: u32 = 5;

pub fn run(seconds: u32) -> Result<ExitCode> {
    if !process::succeeds(process::cargo().args(["fuzz", "--version"])) {
        return Err("cargo-fuzz is missing: `cargo install --locked cargo-fuzz`. It needs a C++ compiler.".into());
    }
    // What the fuzzer finds new goes to the first folder.
    let found = crate::root().join("fuzz/target/corpus");
    fs::create_dir_all(&found).map_err(|error| format!("{} cannot be made: {error}", found.display()))?;
    let mut fuzz = process::cargo();
    fuzz.args(["fuzz", "run", "--sanitizer", "none", "document"]).arg(&found).arg("fuzz/corpus/document");
    fuzz.args(["--", "-max_len=8192"]).arg(format!("-max_total_time={seconds}")).arg(format!("-timeout={STALLED}"));
    // The coverage that steers a fuzzer is an unstable flag; this allows it to the stable compiler.
    let status = process::show(fuzz.current_dir(crate::root()).env("RUSTC_BOOTSTRAP", "1"))?;
    Ok(process::exit_code(status))
}
