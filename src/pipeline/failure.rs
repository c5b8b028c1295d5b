//! Failures that end a command before it has a verdict.

use crate::config::Diagnostic;

/// Why a command ended before it could answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
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
