//! The severity of a gate.

use serde::{Deserialize, Serialize};

/// How much a broken gate matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Blocks the merge.
    Error,
    /// Is shown, does not block.
    Warning,
    /// Is listed only.
    Note,
}
