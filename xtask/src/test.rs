//! `cargo xtask test`: runs the tests with the services and programs that they need.

use std::process::{Command, ExitCode};

use crate::node::{self, Node};
use crate::postgres::Postgres;
use crate::process::{self, Result};
use crate::program;

pub const HELP: &str = "\
Run the tests of the workspace on SQLite and PostgreSQL, and the explorer's in Chromium.

Usage: cargo xtask test [-- <args>]

<args> go to `cargo test --workspace --no-fail-fast`. The tests of the server are one binary, `--test fieldgate`, whose
modules are the files of tests/; a word after it runs the tests whose path contains it.

Examples:
  cargo xtask test                                             every test
  cargo xtask test -- --test fieldgate customer::              one domain
  cargo xtask test -- --test fieldgate -- load:: asset::       two domains
  cargo xtask test -- --test fieldgate -- --skip explorer      all but the browser's
  cargo xtask test -- --package xtask                          another package
  cargo xtask test -- -- --nocapture                           show what the tests print

Without <args>, the release profile is built, too, and the adversary attacks that server; with <args> it attacks the debug build,
which is slower.

PostgreSQL is taken from PATH, else from /usr/lib/postgresql, else installed with apt-get where this account may do so.
It listens on 127.0.0.1 at a free port, and its data is deleted afterwards. Node.js and Chromium are taken from PATH,
else installed in the same way. A Node.js that is too old is not replaced: a newer one is installed into target/.
";

/// Folders with npm packages that tests run.
const NPM_FOLDERS: [&str; 2] = ["playground", "tests/clients"];

pub fn run(args: &[String]) -> Result<ExitCode> {
    let (node, chromium) = (Node::find_or_install()?, node::find_or_install_chromium()?);
    for folder in NPM_FOLDERS {
        node.install_packages(&crate::workspace_root().join(folder))?;
    }
    let postgres = Postgres::start()?;
    eprintln!("PostgreSQL is at {}", postgres.url());
    // Arguments are for a person who waits, and the build takes minutes.
    let optimised = if args.is_empty() { Some(program::build("release")?) } else { None };
    // A failure in one test binary must not keep the others from running.
    let mut tests = cargo_test(&postgres);
    tests.args(["--workspace", "--no-fail-fast"]).args(args);
    tests.env("FG_TEST_NODE", node.program).env("FG_TEST_CHROMIUM", chromium);
    tests.envs(optimised.map(|server| ("FG_TEST_SERVER", server)));
    Ok(process::exit_code(process::run(&mut tests)?))
}

/// `cargo test` with the tests' databases.
pub fn cargo_test(postgres: &Postgres) -> Command {
    let mut cargo = process::cargo();
    cargo.arg("test").current_dir(crate::workspace_root());
    cargo.env("FG_TEST_POSTGRES", postgres.url()).env("FG_TEST_PG_DUMP", postgres.program("pg_dump"));
    cargo
}
