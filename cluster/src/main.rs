//! The `mlgate-cluster` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// As in `mlgate`: batches are allocated and freed by the million.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    mlgate_cluster::main()
}
