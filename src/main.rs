//! The `fieldgate` program.

use clap::Parser;
use fieldgate::cli::{self, Cli};

/// A response is a tree of small values: this allocator saves a third of the time to build one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    match cli::run(Cli::parse()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fieldgate: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
