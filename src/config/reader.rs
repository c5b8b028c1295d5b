//! The reader of a config, which collects every problem.

use super::diagnostic::Diagnostic;
use super::span::Span;

/// A reader; its methods stand beside the parts of a config that they read.
#[derive(Default)]
pub(super) struct ConfigReader {
    pub(super) problems: Vec<Diagnostic>,
}

impl ConfigReader {
    /// Adds a problem.
    pub(super) fn problem(&mut self, message: impl Into<String>, span: Span) {
        self.problems.push(Diagnostic::new(message, span));
    }

    /// Adds a problem with help.
    pub(super) fn helped(&mut self, message: impl Into<String>, span: Span, help: impl Into<String>) {
        self.problems.push(Diagnostic::new(message, span).with_help(help));
    }
}
