//! The `mlgate` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

// Batches are allocated and freed by the million: the system's allocator returns most of them to the kernel, which
// clears each page again.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    mlgate::main(std::env::args_os().collect())
}
