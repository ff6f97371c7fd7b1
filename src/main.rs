//! The `fieldgate` program.

use clap::Parser;
use fieldgate::cli::{self, Cli};

/// An answer is a tree of small values: this allocator takes a third off the time to build one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match cli::run(Cli::parse()).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fieldgate: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
