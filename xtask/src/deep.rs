//! `cargo xtask deep`: the adversary of the tests against the optimised server, for long and with fresh seeds.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::postgres::Postgres;
use crate::process::{self, Result};
use crate::{program, test};

pub const HELP: &str = "\
Attack the optimised server with generated requests and connections, on SQLite and on PostgreSQL at the same time.

Usage: cargo xtask deep [--minutes N]
       cargo xtask deep --seed S [--cases N]

  --minutes N    Attack with fresh seeds for N minutes (default: 60)
  --seed S       Repeat the case of a seed
  --cases N      Repeat so many cases from this seed on, as a round of 250 that begins with it (default: 1)

Prints the figures after each round of cases and at the end. A seed that is successful is printed with the command that
repeats it, and the attacks go on; it belongs into KEPT in tests/adversary/mod.rs. Results are in bench/README.md.
";

/// How long the adversary runs without `--minutes`.
const DEFAULT_MINUTES: u32 = 60;

/// How long, or with which seeds.
#[derive(Debug, PartialEq)]
pub struct Options {
    pub minutes: Option<u32>,
    pub seed: Option<u64>,
    pub cases: Option<u32>,
}

impl Options {
    pub fn parse(words: &[&str]) -> Option<Self> {
        match words {
            [] => Some(Self { minutes: Some(DEFAULT_MINUTES), seed: None, cases: None }),
            ["--minutes", minutes] => Some(Self { minutes: Some(minutes.parse().ok()?), seed: None, cases: None }),
            ["--seed", seed] => Some(Self { minutes: None, seed: Some(seed.parse().ok()?), cases: Some(1) }),
            ["--seed", seed, "--cases", cases] => {
                Some(Self { minutes: None, seed: Some(seed.parse().ok()?), cases: Some(cases.parse().ok()?) })
            }
            _ => None,
        }
    }
}

pub fn run(options: &Options) -> Result<ExitCode> {
    let server = program::build("release")?;
    let postgres = Postgres::start()?;
    // Seconds since 1970: no two runs have the same seeds, and a person can type them.
    let fresh = || SystemTime::now().duration_since(UNIX_EPOCH).map(|time| time.as_secs() * 1_000);
    let seed = options.seed.map_or_else(fresh, Ok)?;
    eprintln!("The seeds begin with {seed}.");
    let mut tests = test::cargo_test(&postgres);
    tests.args(["--test", "fieldgate", "--", "adversary::", "--nocapture", "--test-threads=2"]);
    tests.env("FG_TEST_SERVER", server).env("ADVERSARY_SEED", seed.to_string());
    for (name, value) in [("ADVERSARY_MINUTES", options.minutes), ("ADVERSARY_CASES", options.cases)] {
        tests.envs(value.map(|value| (name, value.to_string())));
    }
    Ok(process::exit_code(process::run(&mut tests)?))
}
