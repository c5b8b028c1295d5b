//! The `mlgate` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mlgate::cli::main()
}
