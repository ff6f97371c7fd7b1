//! The `fieldgate` program.

use clap::Parser;
use fieldgate::cli::{self, Cli};

/// A response is a tree of small values: this allocator saves a third of the time to build one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The stack of a worker thread: nested resolvers recurse, and the deepest document must not overflow it.
const STACK_BYTES: usize = 8 << 20;

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(cli::run(cli)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fieldgate: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
