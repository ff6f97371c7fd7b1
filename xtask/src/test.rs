//! `cargo xtask test`: every test of the workspace, with what the tests need running beside them.

use std::process::{Command, ExitCode};

use crate::postgres::Postgres;
use crate::process::{self, Result};

pub fn run(args: &[String]) -> Result<ExitCode> {
    let postgres = Postgres::start()?;
    eprintln!("PostgreSQL is at {}", postgres.url());
    let status = process::show(
        Command::new("cargo")
            // One failing binary must not hide what the next ones would have said.
            .args(["test", "--workspace", "--no-fail-fast"])
            .args(args)
            .current_dir(crate::root())
            .env("FG_TEST_POSTGRES", postgres.url())
            .env("FG_TEST_PG_DUMP", postgres.program("pg_dump")),
    )?;
    Ok(process::exit_code(status))
}
