//! `cargo xtask`: the project's own commands.

mod apt;
mod bench;
mod deep;
mod fuzz;
mod node;
mod playground;
mod postgres;
mod process;
mod program;
mod schema;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
The project's own commands.

Usage: cargo xtask <command>

  test         Run the tests of the workspace on SQLite and PostgreSQL, and the explorer's in Chromium
  schema       Write or check the files that are generated from code: the schema and the error codes
  playground   Write or check playground.html, which is built from playground/
  fuzz         Search for a document that breaks the checks before execution
  deep         Attack the optimised server with generated requests and connections for an hour
  bench        Measure the CPU time of requests; see also `bench peers --help` and `bench instructions --help`
  postgres     Start a PostgreSQL like the tests' until Ctrl-C
  help         Print this, or with a command what `cargo xtask <command> --help` prints

Start with:
  cargo xtask test                                    every test
  cargo xtask test -- --test fieldgate customer::     the tests of one domain

What a command needs (Node.js, Chromium, PostgreSQL) is taken from PATH, else installed with apt-get where this account
may do so. CONTRIBUTING.md says how the commands fit together.
";

#[derive(Debug, PartialEq)]
enum Command {
    Help(&'static str),
    Test {
        args: Vec<String>,
    },
    Schema {
        check: bool,
    },
    Playground {
        check: bool,
    },
    Fuzz {
        seconds: u32,
    },
    Deep(deep::Options),
    Bench {
        profile: String,
    },
    BenchPeers(bench::peers::Options),
    BenchInstructions {
        check: bool,
    },
    Postgres,
    /// Not in the help: the process that `postgres::Postgres` starts for itself.
    SupervisePostgres {
        bin: PathBuf,
        settings: Vec<String>,
    },
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some(command) = parse(&args) else {
        let help = match args.first().and_then(|command| help_of(command)) {
            Some(bench::HELP) if args.get(1).is_some_and(|word| word == "peers") => bench::peers::HELP,
            Some(bench::HELP) if args.get(1).is_some_and(|word| word == "instructions") => bench::instructions::HELP,
            help => help.unwrap_or(HELP),
        };
        eprint!("xtask: `cargo xtask {}` is not a command of this project.\n\n{help}", args.join(" "));
        return ExitCode::from(2);
    };
    let outcome = match command {
        Command::Help(text) => {
            print!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Test { args } => test::run(&args),
        Command::Schema { check } => schema::run(check),
        Command::Playground { check } => playground::run(check),
        Command::Fuzz { seconds } => fuzz::run(seconds),
        Command::Deep(options) => deep::run(&options),
        Command::Bench { profile } => bench::run(&profile),
        Command::BenchPeers(options) => bench::peers::run(&options),
        Command::BenchInstructions { check } => bench::instructions::run(check),
        Command::Postgres => postgres::serve(),
        Command::SupervisePostgres { bin, settings } => postgres::supervise(bin, &settings),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}

fn parse(args: &[String]) -> Option<Command> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["help" | "--help" | "-h"] => Some(Command::Help(HELP)),
        ["help", "bench", "peers"] | ["bench", "peers", "--help" | "-h"] => Some(Command::Help(bench::peers::HELP)),
        ["help", "bench", "instructions"] | ["bench", "instructions", "--help" | "-h"] => {
            Some(Command::Help(bench::instructions::HELP))
        }
        ["help", command] | [command, "--help" | "-h"] => help_of(command).map(Command::Help),
        ["test"] => Some(Command::Test { args: Vec::new() }),
        ["test", "--", ..] => Some(Command::Test { args: args[2..].to_vec() }),
        ["schema"] => Some(Command::Schema { check: false }),
        ["schema", "--check"] => Some(Command::Schema { check: true }),
        ["playground"] => Some(Command::Playground { check: false }),
        ["playground", "--check"] => Some(Command::Playground { check: true }),
        ["fuzz"] => Some(Command::Fuzz { seconds: fuzz::DEFAULT_SECONDS }),
        ["fuzz", "--seconds", seconds] => Some(Command::Fuzz { seconds: seconds.parse().ok()? }),
        ["deep", options @ ..] => deep::Options::parse(options).map(Command::Deep),
        ["bench"] => Some(Command::Bench { profile: "release".to_owned() }),
        ["bench", "--profile", profile] => Some(Command::Bench { profile: (*profile).to_owned() }),
        ["bench", "peers", ..] => bench::peers::Options::parse(&args[2..]).map(Command::BenchPeers),
        ["bench", "instructions"] => Some(Command::BenchInstructions { check: false }),
        ["bench", "instructions", "--check"] => Some(Command::BenchInstructions { check: true }),
        ["postgres"] => Some(Command::Postgres),
        [postgres::SUPERVISE, bin, ..] => {
            Some(Command::SupervisePostgres { bin: PathBuf::from(bin), settings: args[2..].to_vec() })
        }
        _ => None,
    }
}

/// What `cargo xtask <command> --help` prints.
fn help_of(command: &str) -> Option<&'static str> {
    match command {
        "test" => Some(test::HELP),
        "schema" => Some(schema::HELP),
        "playground" => Some(playground::HELP),
        "fuzz" => Some(fuzz::HELP),
        "deep" => Some(deep::HELP),
        "bench" => Some(bench::HELP),
        "postgres" => Some(postgres::HELP),
        _ => None,
    }
}

/// The root of the workspace: cargo runs there and files are written there, whatever the current directory.
fn workspace_root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Command> {
        parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_after_the_dashes_go_to_cargo_test() {
        let expected = ["--test", "fieldgate", "--", "--nocapture"].map(String::from).to_vec();
        assert_eq!(parsed("test -- --test fieldgate -- --nocapture"), Some(Command::Test { args: expected }));
        assert_eq!(parsed("test"), Some(Command::Test { args: Vec::new() }));
        assert_eq!(parsed("test -- --help"), Some(Command::Test { args: vec!["--help".to_owned()] }));
    }

    #[test]
    fn the_schema_is_written_or_checked() {
        assert_eq!(parsed("schema"), Some(Command::Schema { check: false }));
        assert_eq!(parsed("schema --check"), Some(Command::Schema { check: true }));
    }

    #[test]
    fn the_explorer_is_built_or_checked() {
        assert_eq!(parsed("playground"), Some(Command::Playground { check: false }));
        assert_eq!(parsed("playground --check"), Some(Command::Playground { check: true }));
    }

    #[test]
    fn the_fuzzer_runs_for_a_minute_or_for_a_given_time() {
        assert_eq!(parsed("fuzz"), Some(Command::Fuzz { seconds: 60 }));
        assert_eq!(parsed("fuzz --seconds 5"), Some(Command::Fuzz { seconds: 5 }));
    }

    #[test]
    fn the_adversary_runs_for_an_hour_or_repeats_a_seed() {
        let options = |minutes, seed, cases| Some(Command::Deep(deep::Options { minutes, seed, cases }));
        assert_eq!(parsed("deep"), options(Some(60), None, None));
        assert_eq!(parsed("deep --minutes 5"), options(Some(5), None, None));
        assert_eq!(parsed("deep --seed 7"), options(None, Some(7), Some(1)));
        assert_eq!(parsed("deep --seed 7 --cases 250"), options(None, Some(7), Some(250)));
    }

    #[test]
    fn instructions_are_counted_or_checked() {
        assert_eq!(parsed("bench instructions"), Some(Command::BenchInstructions { check: false }));
        assert_eq!(parsed("bench instructions --check"), Some(Command::BenchInstructions { check: true }));
        for line in ["bench instructions --help", "help bench instructions"] {
            assert_eq!(parsed(line), Some(Command::Help(bench::instructions::HELP)), "{line}");
        }
    }

    #[test]
    fn the_comparison_with_other_servers_has_options() {
        let options = bench::peers::Options { tenants: 2, ..Default::default() };
        assert_eq!(parsed("bench peers --tenants 2"), Some(Command::BenchPeers(options)));
        for line in ["bench peers --help", "help bench peers"] {
            assert_eq!(parsed(line), Some(Command::Help(bench::peers::HELP)), "{line}");
        }
        assert_eq!(parsed("bench peers --tenant 2"), None);
    }

    #[test]
    fn help_is_printed_for_all_commands_and_for_each() {
        for line in ["", "help", "--help", "-h"] {
            assert_eq!(parsed(line), Some(Command::Help(HELP)), "{line}");
        }
        let listed = HELP.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
        for command in listed.take_while(|word| *word != "help") {
            let help = help_of(command).unwrap_or_else(|| panic!("{command} has no help"));
            assert!(help.contains(&format!("\nUsage: cargo xtask {command}")), "{help}");
            for line in [format!("help {command}"), format!("{command} --help"), format!("{command} -h")] {
                assert_eq!(parsed(&line), Some(Command::Help(help)), "{line}");
            }
        }
    }

    #[test]
    fn an_unknown_command_or_option_is_refused() {
        for line in [
            "tests",
            "tests --help",
            "test customer",
            "schema --chek",
            "fuzz --seconds long",
            "deep --minutes",
            "postgres now",
        ] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }
}
