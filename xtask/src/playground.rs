//! `cargo xtask playground`: the explorer page, built from its source, written or compared.

use std::fs;
use std::process::{Command, ExitCode};

use crate::node;
use crate::process::{self, Result};

const FILE: &str = "playground.html";
const SOURCE: &str = "playground";
/// Where `vite.config.js` has it put.
const BUILT: &str = "target/playground/index.html";

pub fn run(check: bool) -> Result<ExitCode> {
    let path = crate::root().join(FILE);
    let (kept, built) = (fs::read_to_string(&path).unwrap_or_default(), build()?);
    let kilobytes = built.len() / 1000;
    if kept == built {
        println!("{FILE} ({kilobytes} kB) is what {SOURCE}/ builds.");
        return Ok(ExitCode::SUCCESS);
    }
    if check {
        let what = format!(
            "{FILE} is not what {SOURCE}/ builds.\nRun `cargo xtask playground` and commit the page with its source."
        );
        return Err(what.into());
    }
    fs::write(&path, built).map_err(|error| format!("{FILE} cannot be written: {error}"))?;
    println!("{FILE} ({kilobytes} kB) is written.");
    Ok(ExitCode::SUCCESS)
}

fn build() -> Result<String> {
    let source = crate::root().join(SOURCE);
    let node = node::find_or_install()?;
    node::packages(&source)?;
    process::output(Command::new(node).args(["node_modules/vite/bin/vite.js", "build"]).current_dir(&source))?;
    Ok(fs::read_to_string(crate::root().join(BUILT))?)
}
