//! `cargo xtask test`: every test of the workspace, with what the tests need running beside them.

use std::process::ExitCode;

use crate::node;
use crate::postgres::Postgres;
use crate::process::{self, Result};

/// Folders whose programs are run by tests.
const PACKAGES: [&str; 2] = ["playground", "tests/clients"];

pub fn run(args: &[String]) -> Result<ExitCode> {
    let (node, chromium) = (node::find_or_install()?, node::chromium()?);
    for folder in PACKAGES {
        node::packages(&crate::root().join(folder))?;
    }
    let postgres = Postgres::start()?;
    eprintln!("PostgreSQL is at {}", postgres.url());
    let status = process::show(
        process::cargo()
            // One failing binary must not hide what the next ones would have said.
            .args(["test", "--workspace", "--no-fail-fast"])
            .args(args)
            .current_dir(crate::root())
            .env("FG_TEST_POSTGRES", postgres.url())
            .env("FG_TEST_NODE", node)
            .env("FG_TEST_CHROMIUM", chromium)
            .env("FG_TEST_PG_DUMP", postgres.program("pg_dump")),
    )?;
    Ok(process::exit_code(status))
}
