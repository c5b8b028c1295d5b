//! Exit codes, which are a contract, and the failures that end a command early.

use crate::config::{Diagnostic, render, visible};

/// Every gate passed.
pub(super) const PASSED: u8 = 0;
/// A gate failed.
pub(super) const FAILED: u8 = 1;
/// The command line or a config is wrong.
pub(super) const USAGE: u8 = 2;
/// Nothing blocks, something warns, and the caller asked to be told.
pub(super) const WARNED: u8 = 3;
/// Something could not be evaluated.
pub(super) const NOT_EVALUATED: u8 = 4;
/// Something could not be posted, and the caller asked for that to count.
pub(super) const NOT_POSTED: u8 = 5;

/// The contract, for the help.
pub(super) const CODES: &str = "\
Exit codes:
  0  passed
  1  a gate failed
  2  the command line or the config is wrong
  3  warnings, only with --warn-exit-code
  4  something could not be evaluated: a missing file or column, an undefined metric
  5  nothing blocks, but something could not be posted, only with --require-post";

/// Why a command ended before it could answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A text of the user's has problems.
    #[error("{name} has problems")]
    Text {
        /// Its name.
        name: String,
        /// The text.
        text: String,
        /// All its problems.
        problems: Vec<Diagnostic>,
    },
    /// The command line asks for something that is not there.
    #[error("{0}")]
    Usage(String),
    /// A report or config could not be written, or the engine not started.
    #[error("{0}")]
    Environment(String),
    /// Gates fail, so what was asked for is not done; line by line.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Text { .. } | Self::Usage(_) => USAGE,
            Self::Environment(_) => NOT_EVALUATED,
            Self::Refused(_) => FAILED,
        }
    }

    /// What the user reads.
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
