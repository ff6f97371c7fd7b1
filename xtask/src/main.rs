//! `cargo xtask`: the project's own commands.

mod apt;
mod bench;
mod fuzz;
mod node;
mod playground;
mod postgres;
mod process;
mod schema;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
The project's own commands.

Usage: cargo xtask <command>

  test [-- <args>]   Run every test of the workspace, with what the tests need running beside them;
                     <args> go to `cargo test --workspace --no-fail-fast` as they are
  schema             Write schema/schema.graphql anew, as `fieldgate schema` prints it
  schema --check     Fail when schema/schema.graphql differs from what `fieldgate schema` prints
  playground         Build playground.html anew from playground/
  playground --check Fail when playground.html differs from what playground/ builds
  fuzz [--seconds N] Look for a text that breaks the checks before a document runs; a minute, if N is absent
  bench              Measure the CPU time of hostile documents and of the demo's queries; with --profile P, of
                     another build than release
  postgres           Start a PostgreSQL of the kind the tests use, print its address, stop on Ctrl-C
  help, --help       Print this

Examples:
  cargo xtask test
  cargo xtask test -- --test fieldgate customer
  cargo xtask test -- -- --nocapture

PostgreSQL is taken from PATH, else from /usr/lib/postgresql, else installed with apt-get where this account may do so.
It listens on 127.0.0.1 at a free port, and nothing of it remains afterwards. Node.js and Chromium, for what is tested in
a browser, are taken from PATH, else installed in the same way.
";

#[derive(Debug, PartialEq)]
enum Command {
    Help,
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
    Bench {
        profile: String,
    },
    Postgres,
    /// Not in the help: the process that `postgres::Postgres` starts for itself.
    SupervisePostgres {
        bin: PathBuf,
    },
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some(command) = parse(&args) else {
        eprint!("xtask: `{}` is not a command of this project.\n\n{HELP}", args.join(" "));
        return ExitCode::from(2);
    };
    let outcome = match command {
        Command::Help => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        Command::Test { args } => test::run(&args),
        Command::Schema { check } => schema::run(check),
        Command::Playground { check } => playground::run(check),
        Command::Fuzz { seconds } => fuzz::run(seconds),
        Command::Bench { profile } => bench::run(&profile),
        Command::Postgres => postgres::serve(),
        Command::SupervisePostgres { bin } => postgres::supervise(bin),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error}");
        ExitCode::FAILURE
    })
}

fn parse(args: &[String]) -> Option<Command> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["help" | "--help" | "-h"] | [_, "--help" | "-h"] => Some(Command::Help),
        ["test"] => Some(Command::Test { args: Vec::new() }),
        ["test", "--", ..] => Some(Command::Test { args: args[2..].to_vec() }),
        ["schema"] => Some(Command::Schema { check: false }),
        ["schema", "--check"] => Some(Command::Schema { check: true }),
        ["playground"] => Some(Command::Playground { check: false }),
        ["playground", "--check"] => Some(Command::Playground { check: true }),
        ["fuzz"] => Some(Command::Fuzz { seconds: fuzz::DEFAULT_SECONDS }),
        ["fuzz", "--seconds", seconds] => Some(Command::Fuzz { seconds: seconds.parse().ok()? }),
        ["bench"] => Some(Command::Bench { profile: "release".to_owned() }),
        ["bench", "--profile", profile] => Some(Command::Bench { profile: (*profile).to_owned() }),
        ["postgres"] => Some(Command::Postgres),
        [postgres::SUPERVISE, bin] => Some(Command::SupervisePostgres { bin: PathBuf::from(bin) }),
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
    fn everything_behind_the_dashes_goes_to_cargo_test() {
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
    fn the_fuzzer_runs_for_a_minute_or_as_long_as_it_is_told() {
        assert_eq!(parsed("fuzz"), Some(Command::Fuzz { seconds: 60 }));
        assert_eq!(parsed("fuzz --seconds 5"), Some(Command::Fuzz { seconds: 5 }));
    }

    #[test]
    fn help_is_given_when_asked_for_and_when_nothing_is() {
        for line in ["", "help", "--help", "-h", "test --help", "schema -h"] {
            assert_eq!(parsed(line), Some(Command::Help), "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        for line in ["tests", "test customer", "schema --chek", "fuzz --seconds long", "postgres now"] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }
}
