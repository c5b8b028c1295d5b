//! The kind of a file that a survey finds.

/// The contents of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundKind {
    /// Labels with scores or predicted classes.
    Predictions,
    /// A table.
    Data,
    /// Named numbers.
    Metrics,
}
