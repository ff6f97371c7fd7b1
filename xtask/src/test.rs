//! `cargo xtask test`: runs the tests with the services and programs that they need.

use std::process::ExitCode;

use crate::node::{self, Node};
use crate::postgres::Postgres;
use crate::process::{self, Result};

/// Folders with npm packages that tests run.
const NPM_FOLDERS: [&str; 2] = ["playground", "tests/clients"];

pub fn run(args: &[String]) -> Result<ExitCode> {
    let (node, chromium) = (Node::find_or_install()?, node::find_or_install_chromium()?);
    for folder in NPM_FOLDERS {
        node.install_packages(&crate::workspace_root().join(folder))?;
    }
    let postgres = Postgres::start()?;
    eprintln!("PostgreSQL is at {}", postgres.url());
    let status = process::run(
        process::cargo()
            // A failure in one test binary must not keep the others from running.
            .args(["test", "--workspace", "--no-fail-fast"])
            .args(args)
            .current_dir(crate::workspace_root())
            .env("FG_TEST_POSTGRES", postgres.url())
            .env("FG_TEST_NODE", node.program)
            .env("FG_TEST_CHROMIUM", chromium)
            .env("FG_TEST_PG_DUMP", postgres.program("pg_dump")),
    )?;
    Ok(process::exit_code(status))
}
