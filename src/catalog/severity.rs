//! The verdict of a gate, and its effect on the merge.

use serde::{Deserialize, Serialize};

/// The severity of a failing gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A failure blocks the merge.
    Error,
    /// A failure is shown and does not block.
    Warning,
    /// A failure is only listed.
    Note,
}
