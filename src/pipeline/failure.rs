//! Exit codes, which are a contract, and the failures that end a command.

use crate::config::Diagnostic;

/// The reason a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
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
