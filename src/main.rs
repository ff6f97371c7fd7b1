//! The `fieldgate` program.

use clap::Parser;
use fieldgate::cli::{self, Cli};

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
