//! The `mlgate` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Batches come and go by the million: the system's allocator gives most of them back to the kernel, which clears each page anew.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    mlgate::cli::main()
}
