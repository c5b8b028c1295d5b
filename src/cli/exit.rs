//! Exit codes, which are a contract, and the failures that end a command.

use crate::config::{Diagnostic, render, visible};

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
  4  something could not be evaluated: a missing file, a lost column, an undefined metric
  5  nothing blocks, but something could not be posted, only with --require-post";

/// The reason a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A text of the user's has problems.
    #[error("{name} has problems")]
    Text {
        /// The text's name.
        name: String,
        /// The text.
        text: String,
        /// All problems of the text.
        problems: Vec<Diagnostic>,
    },
    /// The command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// A file could not be read or written, or the engine could not be started.
    #[error("{0}")]
    Environment(String),
    /// Gates fail, so the command is refused; one line for each.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
}

impl Failure {
    /// Returns the exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Text { .. } | Self::Usage(_) => USAGE,
            Self::Environment(_) => NOT_EVALUATED,
            Self::Refused(_) => FAILED,
        }
    }

    /// Returns the message for the user.
    pub fn render(&self, color: bool) -> String {
        match self {
            Self::Text { name, text, problems } => render(name, text, problems, color),
            Self::Usage(message) | Self::Environment(message) => said(&[message.as_str()], color),
            Self::Refused(lines) => said(lines, color),
        }
    }
}

fn said(lines: &[impl AsRef<str>], color: bool) -> String {
    let (bold, reset) = if color { ("\x1b[1m\x1b[31m", "\x1b[0m") } else { ("", "") };
    let lines: Vec<String> = lines.iter().map(|line| visible(line.as_ref())).collect();
    format!("{bold}error{reset}: {}\n", lines.join("\n"))
}
