//! The `fieldgate` program.

use clap::Parser;
use fieldgate::cli::{self, Cli};

/// An answer is a tree of small values: this allocator takes a third off the time to build one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bytes of stack of a worker: nested resolvers stand on each other, and a deep document must not fall off.
const STACK: usize = 8 << 20;

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(cli::run(cli)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fieldgate: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
