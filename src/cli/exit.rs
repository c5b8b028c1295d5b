//! Exit codes, which are a contract, and the failures that end a command.

use crate::config::{render, visible};
use crate::pipeline::failure::Failure;

/// Every gate passed.
pub(super) const PASSED: u8 = 0;
/// A gate failed.
pub(super) const FAILED: u8 = 1;
/// The command line or a config is wrong.
pub(super) const USAGE: u8 = 2;
/// No gate blocks, a gate warns, and the caller requested this code.
pub(super) const WARNED: u8 = 3;
/// A gate could not be evaluated.
pub(super) const NOT_EVALUATED: u8 = 4;
/// The report could not be posted, and the caller requested this code.
pub(super) const NOT_POSTED: u8 = 5;

/// The contract, as printed in the help.
pub(super) const CODES: &str = "\
Exit codes:
  0  passed
  1  a gate failed
  2  the command line or the config is wrong
  3  warnings, only with --warn-exit-code
  4  something could not be evaluated, such as a metric or a missing file
  5  nothing blocks, but something could not be posted, only with --require-post";

/// Returns the exit code of a failure.
pub(super) fn code(failure: &Failure) -> u8 {
    match failure {
        Failure::Text { .. } | Failure::Usage(_) => USAGE,
        Failure::Environment(_) => NOT_EVALUATED,
        Failure::Refused(_) => FAILED,
    }
}

/// Renders a failure for the user, with the lines of the text that has problems.
pub(super) fn rendered(failure: &Failure, color: bool) -> String {
    match failure {
        Failure::Text { name, text, problems } => render(name, text, problems, color),
        Failure::Usage(message) | Failure::Environment(message) => said(&[message.as_str()], color),
        Failure::Refused(lines) => said(lines, color),
    }
}

fn said(lines: &[impl AsRef<str>], color: bool) -> String {
    let (bold, reset) = if color { ("\x1b[1m\x1b[31m", "\x1b[0m") } else { ("", "") };
    let lines: Vec<String> = lines.iter().map(|line| visible(line.as_ref())).collect();
    format!("{bold}error{reset}: {}\n", lines.join("\n"))
}
