//! `cargo xtask schema`: prints the schema and the catalogue of errors from the code and writes or compares their files.

use std::fs;
use std::process::{ExitCode, Stdio};

use crate::process::{self, Result};

pub const HELP: &str = "\
Write the files that are generated from code: schema/schema.graphql and docs/errors.md.

Usage: cargo xtask schema [--check]

  --check    Change nothing; fail when a file differs, and print the first line that does

Commit the files with the change that caused them.
";

/// Each generated file, and the subcommand of `fieldgate` that prints it.
const FILES: [(&str, &str); 2] = [("schema/schema.graphql", "schema"), ("docs/errors.md", "errors")];

pub fn run(check: bool) -> Result<ExitCode> {
    // A build takes minutes, so its progress is shown; then `cargo run` finds it done.
    let status =
        process::run(process::cargo().args(["build", "--bin", "fieldgate"]).current_dir(crate::workspace_root()))?;
    if !status.success() {
        return Err("the build failed; its output is above.".into());
    }
    for (file, command) in FILES {
        write_or_check(file, command, check)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn write_or_check(file: &str, command: &str, check: bool) -> Result<()> {
    let path = crate::workspace_root().join(file);
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let printed = print(command)?;
    let Some(line) = first_difference(&committed, &printed) else {
        println!("{file} is up to date.");
        return Ok(());
    };
    if check {
        let line_of = |text: &str| text.lines().nth(line - 1).unwrap_or("(the end)").to_owned();
        return Err(format!(
            "{file} differs from the output of `fieldgate {command}`. The first difference is on line {line}:\n  \
             file:   {}\n  output: {}\nRun `cargo xtask schema` and commit the file with the change that caused it.",
            line_of(&committed),
            line_of(&printed),
        )
        .into());
    }
    fs::write(&path, printed).map_err(|error| format!("{file} cannot be written: {error}"))?;
    println!("{file} is written; the first change is on line {line}.");
    Ok(())
}

fn print(command: &str) -> Result<String> {
    let mut server = process::cargo();
    server.args(["run", "--quiet", "--", command]).current_dir(crate::workspace_root()).stderr(Stdio::inherit());
    let printed = process::output(&mut server)?;
    if printed.trim().is_empty() {
        return Err(format!("`fieldgate {command}` printed nothing; the file is unchanged.").into());
    }
    Ok(printed)
}

/// The number of the first line that differs, counted from one.
fn first_difference(committed: &str, printed: &str) -> Option<usize> {
    let equal = committed.split('\n').zip(printed.split('\n')).take_while(|(left, right)| left == right).count();
    (committed != printed).then_some(equal + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
        assert_eq!(first_difference("a\nb\n", "a\n"), Some(2));
        assert_eq!(first_difference("a", "a\n"), Some(2), "a missing line end at the end of the file is a difference");
    }
}
