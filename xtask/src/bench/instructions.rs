//! `cargo xtask bench instructions`: counts the instructions of requests, which depend little on how busy the machine is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use super::{QUERIES, any_customer_id, environment, server::Server};
use crate::process::{self, Result};
use crate::{apt, program, workspace_root};

pub const HELP: &str = "\
Count the instructions of requests in the server on SQLite, with Valgrind's callgrind.

Usage: cargo xtask bench instructions [--check]

  --check    Compare with bench/instructions.md instead of writing it; fails where a request takes 5 % more. Compares nothing
             where the compiler, the C library, Valgrind or the processor is another one than that of the table, or where
             Valgrind cannot be installed

Takes about 3 minutes after the build. Installs Valgrind with apt-get where it is missing and this account may do so.
";

/// The table, as a path in the workspace.
const TABLE: &str = "bench/instructions.md";
const PACKAGES: [&str; 1] = ["valgrind"];
/// How many requests are counted at once, at least and at most.
const REQUESTS: std::ops::RangeInclusive<u64> = 10..=200;
/// How many instructions are counted at once, about: what the server does besides requests, such as linking changes, differs
/// less from one count to the next the longer a count takes.
const INSTRUCTIONS: u64 = 300_000_000;
/// How often they are counted, at least and at most. The least counts: what the server does besides requests is in the others,
/// such as numbering the changes of a new demo.
const ROUNDS: std::ops::RangeInclusive<usize> = 3..=12;
/// How close the two least counts are, in thousandths, when no more are needed.
const AGREEMENT: u64 = 10;
/// How much more than the table has is too much, in thousandths.
const TOLERANCE: u64 = 50;

const HEADER: &str = "\
# Instructions of requests

Written by `cargo xtask bench instructions`, compared by `cargo xtask bench instructions --check`: the instructions that the
release build takes for a request, with SQLite's own, as counted by Valgrind's callgrind. Another compiler, C library, Valgrind or
processor changes them: nothing is compared then, and the table is to be written anew.

";
const COLUMNS: &str = "
| request | instructions |
|---|---|
";

/// Between parsing, checking and pricing a document, and running it: the document of which nothing runs.
const OVERVIEW: &str = include_str!("../../../bench/overview.graphql");
/// A level of 50 rows, without and with values that are sealed at rest.
const LEVEL: &str = "{ contacts(first: 50) { nodes { id role primary type } } }";
const OPENED: &str = "{ contacts(first: 50) { nodes { id name email phone } } }";

/// A request, and the instructions that it takes.
struct Count {
    name: String,
    instructions: u64,
}

/// Counts all requests, and writes or checks the table.
pub fn run(check: bool) -> Result<ExitCode> {
    let path = workspace_root().join(TABLE);
    let installed = find_or_install();
    if let (true, Err(reason)) = (check, &installed) {
        println!("Nothing is compared. {reason}");
        return Ok(ExitCode::SUCCESS);
    }
    installed?;
    let environment = environment::describe()?;
    if check {
        let table = fs::read_to_string(path)?;
        if !table.lines().any(|line| line == environment) {
            println!("{TABLE} was counted elsewhere, so nothing is compared. Here it is {environment}");
            return Ok(ExitCode::SUCCESS);
        }
        return compare(&count(&program::build("release")?)?, &table);
    }
    let counts = count(&program::build("release")?)?;
    let rows = counts.iter().map(|count| format!("| {} | {} |\n", count.name, grouped(count.instructions)));
    fs::write(path, format!("{HEADER}{environment}\n{COLUMNS}") + &rows.collect::<String>())?;
    println!("Wrote {TABLE}.");
    Ok(ExitCode::SUCCESS)
}

fn find_or_install() -> Result<()> {
    if process::find_in_path("valgrind").is_some() {
        return Ok(());
    }
    apt::install("Valgrind", &PACKAGES).map_err(|reason| {
        format!("Valgrind is missing: {reason}. Install it with\n  {}", apt::manual_command(&PACKAGES)).into()
    })
}

fn count(program: &Path) -> Result<Vec<Count>> {
    let folder = std::env::temp_dir().join(format!("fieldgate-instructions-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let counted = count_in(program, &folder);
    // An error leaves files in the temporary directory, which is harmless.
    let _ = fs::remove_dir_all(&folder);
    counted
}

fn count_in(program: &Path, folder: &Path) -> Result<Vec<Count>> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind", "--instr-atstart=no"]);
    let mut out_file = std::ffi::OsString::from("--callgrind-out-file=");
    out_file.push(folder.join("count"));
    // One worker, so that the order of what runs is the same.
    valgrind.arg(out_file).arg(program).env("TOKIO_WORKER_THREADS", "1");
    eprintln!("Starting the demo in Valgrind.");
    let mut server = Server::launch(valgrind, "instructions", &[])?;
    let id = any_customer_id(&mut server)?;
    let mut counts = Vec::new();
    let mut count = |name: &str, variables: &str, query: &dyn Fn(u64) -> String| -> Result<()> {
        let instructions = count_requests(&mut server, folder, query, variables)?;
        counts.push(Count { name: name.to_owned(), instructions });
        Ok(())
    };
    let skipped = OVERVIEW.replacen("]) {", "]) @skip(if: true) {", 1);
    count("a document of which nothing runs", "{\"first\":20}", &|_| skipped.clone())?;
    // Each is parsed, validated and priced.
    count("a new document of which nothing runs", "{\"first\":20}", &|number| format!("# {number}\n{skipped}"))?;
    count("50 contacts", "{}", &|_| LEVEL.to_owned())?;
    count("50 contacts, opened", "{}", &|_| OPENED.to_owned())?;
    for (name, query, variables) in QUERIES {
        count(name, &variables.replace("ID", &id), &|_| query.to_owned())?;
    }
    Ok(counts)
}

/// The instructions of a request.
fn count_requests(server: &mut Server, folder: &Path, query: &dyn Fn(u64) -> String, variables: &str) -> Result<u64> {
    let process = server.id().to_string();
    let control = |options: &[&str]| process::output(Command::new("callgrind_control").args(options).arg(&process));
    let mut number = 0;
    let mut send = |times: u64| -> Result<()> {
        for _ in 0..times {
            number += 1;
            let response = server.query(&query(number), variables)?;
            if !response.starts_with("{\"data\":{") {
                return Err(response.into());
            }
        }
        Ok(())
    };
    send(*REQUESTS.start())?;
    control(&["-i", "on"])?;
    // Callgrind translates the code once more when it begins to count.
    send(1)?;
    control(&["-d"])?;
    take_dumps(folder)?;
    send(1)?;
    control(&["-d"])?;
    let requests = (INSTRUCTIONS / take_dumps(folder)?.max(1)).clamp(*REQUESTS.start(), *REQUESTS.end());
    let mut counts = Vec::new();
    while counts.len() < *ROUNDS.start() || (counts.len() < *ROUNDS.end() && !agree(&counts)) {
        send(requests)?;
        control(&["-d"])?;
        counts.push(take_dumps(folder)? / requests);
        counts.sort_unstable();
    }
    control(&["-i", "off"])?;
    Ok(counts.first().copied().unwrap_or_default())
}

/// Whether the two least of some sorted counts are about the same.
fn agree(counts: &[u64]) -> bool {
    matches!(counts, [least, next, ..] if next * 1_000 <= least * (1_000 + AGREEMENT))
}

/// The sum of what was counted until now. Removes the files.
fn take_dumps(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let path: PathBuf = entry?.path();
        let text = fs::read_to_string(&path)?;
        let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap_or("0");
        sum += total.trim().parse::<u64>()?;
        fs::remove_file(path)?;
    }
    Ok(sum)
}

/// Prints the counts beside those of the table. Fails if one is too high.
fn compare(counts: &[Count], table: &str) -> Result<ExitCode> {
    let mut failed = false;
    for Count { name, instructions } in counts {
        let before = before(table, name)
            .ok_or_else(|| format!("{TABLE} has no {name}: run `cargo xtask bench instructions`."))?;
        let is_too_high = instructions * 1_000 > before * (1_000 + TOLERANCE);
        failed |= is_too_high;
        let verdict = if is_too_high { "TOO HIGH" } else { "ok" };
        println!("{name}: {} instructions, {} before: {verdict}", grouped(*instructions), grouped(before));
    }
    if !failed {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!(
        "A request takes over 5 % more instructions than {TABLE} has. If that is meant, run `cargo xtask bench instructions`, \
         commit the table, and say why in the message."
    );
    Ok(ExitCode::FAILURE)
}

/// The instructions of a request in the table.
fn before(table: &str, name: &str) -> Option<u64> {
    let row = table.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")))?;
    row.trim_end_matches(" |").replace(',', "").parse().ok()
}

/// A number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_may_take_a_twentieth_more_than_the_table_has() {
        let table = format!("{HEADER}{COLUMNS}| one customer | 1,000,000 |\n");
        let compared = |instructions| {
            let counts = [Count { name: "one customer".to_owned(), instructions }];
            compare(&counts, &table).unwrap() == ExitCode::SUCCESS
        };
        assert!(compared(1_050_000) && !compared(1_050_001));
        assert!(compare(&[Count { name: "another".to_owned(), instructions: 1 }], &table).is_err());
    }

    #[test]
    fn two_counts_agree_within_a_hundredth() {
        assert!(agree(&[1_000, 1_010, 9_000]) && !agree(&[1_000, 1_011]) && !agree(&[1_000]));
    }

    #[test]
    fn numbers_are_written_in_thousands() {
        assert_eq!([0, 999, 1_000, 26_775_609].map(grouped), ["0", "999", "1,000", "26,775,609"]);
    }
}
