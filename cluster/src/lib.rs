//! `mlgate-cluster`: `mlgate run` with several machines reading the data.
//!
//! A scan of a large table is a job of one stage in a Ballista cluster: each task computes the states of some rows, and the
//! run merges them. Everything else happens in the run, as in `mlgate`.

pub mod arguments;
pub mod client;
mod codec;
mod engine;
mod executor;
mod http;
mod logger;
mod parts;
mod scheduler;
mod surplus;
pub mod version;

pub use codec::Codec;
pub use parts::PartsExec;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use arguments::{Command, Parsed};

/// The exit code of wrong arguments.
const USAGE: u8 = 2;
/// The exit code of a process that could not do its work.
const NOT_EVALUATED: u8 = 4;

/// The stack of each thread, in bytes: as Ballista's own programs have it.
const STACK: usize = 32 << 20;

/// Runs the command of the process.
pub fn main() -> ExitCode {
    mlgate::cluster::withhold(surplus::surplus());
    let given: Vec<OsString> = std::env::args_os().collect();
    match arguments::parse(&given) {
        Parsed::Said(text, code) => {
            let mut to: Box<dyn Write> = if code == 0 { Box::new(io::stdout()) } else { Box::new(io::stderr()) };
            let _ = write!(to, "{text}");
            ExitCode::from(code)
        }
        Parsed::Run { cluster, arguments } => {
            mlgate::cluster::join(Arc::new(client::Client::new(cluster)));
            mlgate::main(arguments)
        }
        Parsed::Serve(command) => {
            let served = match command {
                Command::Scheduler(arguments) => scheduler::serve(&arguments),
                Command::Executor(arguments) => executor::serve(arguments),
            };
            match served {
                Ok(()) => ExitCode::SUCCESS,
                Err(why) => {
                    say(&format!("error: {why}"));
                    ExitCode::from(NOT_EVALUATED)
                }
            }
        }
    }
}

/// Runs a process that serves to its end.
fn block_on(serving: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.thread_stack_size(STACK).enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(serving)
}

/// Writes a line to standard error, without characters that steer a terminal or a runner.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", mlgate::cluster::terminal(text));
}
