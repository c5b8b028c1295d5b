//! The arguments of a run that other commands start: the verdict, and what blocks.

use std::ffi::OsString;
use std::path::Path;

use clap::Parser;

use super::arguments::{Arguments, Command, RunArguments};
use crate::pipeline::failure::Failure;

/// Returns the arguments of `mlgate run --quiet --config CONFIG`.
///
/// # Errors
///
/// A variable of the environment that `mlgate run` reads has a wrong value.
pub(super) fn arguments(config: &Path) -> Result<RunArguments, Failure> {
    let words = ["mlgate", "run", "--quiet"].map(OsString::from);
    let mut named = OsString::from("--config=");
    named.push(config);
    match Arguments::try_parse_from(words.into_iter().chain([named])).map(|parsed| parsed.command) {
        Ok(Some(Command::Run(arguments))) => Ok(arguments),
        Ok(_) => Err(Failure::Environment("internal error: `run` is another command".to_owned())),
        Err(problem) => Err(Failure::Usage(problem.to_string().trim_start_matches("error: ").trim_end().to_owned())),
    }
}
