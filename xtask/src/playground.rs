//! `cargo xtask playground`: builds the explorer page from its source and writes or compares it.

use std::fs;
use std::process::{Command, ExitCode};

use crate::node::Node;
use crate::process::{self, Result};

pub const HELP: &str = "\
Write playground.html, the explorer's page, which is built from playground/.

Usage: cargo xtask playground [--check]

  --check    Change nothing; fail when the page differs from its source

Commit the page with its source. Node.js and the packages of playground/ are installed where they are missing.
";

const PAGE: &str = "playground.html";
const SOURCE: &str = "playground";
/// The output path in `vite.config.js`.
const BUILT: &str = "target/playground/index.html";

pub fn run(check: bool) -> Result<ExitCode> {
    let path = crate::workspace_root().join(PAGE);
    let (committed, built) = (fs::read_to_string(&path).unwrap_or_default(), build()?);
    let kilobytes = built.len() / 1000;
    if committed == built {
        println!("{PAGE} ({kilobytes} kB) is up to date with {SOURCE}/.");
        return Ok(ExitCode::SUCCESS);
    }
    if check {
        let difference = format!("{PAGE} differs from what {SOURCE}/ builds.");
        return Err(format!("{difference}\nRun `cargo xtask playground` and commit the page with its source.").into());
    }
    fs::write(&path, built).map_err(|error| format!("{PAGE} cannot be written: {error}"))?;
    println!("{PAGE} ({kilobytes} kB) is written.");
    Ok(ExitCode::SUCCESS)
}

fn build() -> Result<String> {
    let source = crate::workspace_root().join(SOURCE);
    let node = Node::find_or_install()?;
    node.install_packages(&source)?;
    eprintln!("Building {PAGE} from {SOURCE}/.");
    process::output(Command::new(node.program).args(["node_modules/vite/bin/vite.js", "build"]).current_dir(&source))?;
    Ok(fs::read_to_string(crate::workspace_root().join(BUILT))?)
}
