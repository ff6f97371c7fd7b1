//! `cargo xtask schema`: the published schema as a file, written or compared.

use std::fs;
use std::process::{Command, ExitCode, Stdio};

use crate::process::{self, Result};

const FILE: &str = "schema/schema.graphql";

pub fn run(check: bool) -> Result<ExitCode> {
    let path = crate::root().join(FILE);
    let published = fs::read_to_string(&path).unwrap_or_default();
    let printed = print()?;
    let Some(line) = first_difference(&published, &printed) else {
        println!("{FILE} is up to date.");
        return Ok(ExitCode::SUCCESS);
    };
    if check {
        let line_of = |text: &str| text.lines().nth(line - 1).unwrap_or("(the end)").to_owned();
        return Err(format!(
            "{FILE} is not what `fieldgate schema` prints. The first difference is in line {line}:\n  \
             file:    {}\n  printed: {}\nRun `cargo xtask schema` and commit the file with the change that caused it.",
            line_of(&published),
            line_of(&printed),
        )
        .into());
    }
    fs::write(&path, printed).map_err(|error| format!("{FILE} cannot be written: {error}"))?;
    println!("{FILE} is written; the first change is in line {line}.");
    Ok(ExitCode::SUCCESS)
}

fn print() -> Result<String> {
    let mut server = Command::new("cargo");
    server.args(["run", "--quiet", "--", "schema"]).current_dir(crate::root()).stderr(Stdio::inherit());
    let printed = process::output(&mut server)?;
    if printed.trim().is_empty() {
        return Err("`fieldgate schema` printed nothing; the file is left as it was.".into());
    }
    Ok(printed)
}

/// The first line that differs, counted from one.
fn first_difference(published: &str, printed: &str) -> Option<usize> {
    let equal = published.split('\n').zip(printed.split('\n')).take_while(|(left, right)| left == right).count();
    (published != printed).then_some(equal + 1)
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
        assert_eq!(first_difference("a", "a\n"), Some(2), "a missing last line end is a difference");
    }
}
