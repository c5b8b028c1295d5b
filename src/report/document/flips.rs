//! The rows on which the sides of a model predict different classes.

use serde::{Deserialize, Serialize};

/// The flipped rows of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlipsResult {
    /// The model.
    pub model: String,
    /// The names of the key's columns.
    pub key: Vec<String>,
    /// Negative flips: correct in the baseline, wrong in the candidate.
    pub broken: FlippedRows,
    /// Positive flips: wrong in the baseline, correct in the candidate.
    pub fixed: FlippedRows,
    /// Rows that are wrong on both sides, with different classes.
    pub changed: FlippedRows,
    /// The reason there are no flips to list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// Flipped rows of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlippedRows {
    /// The number of rows; `null` if it is unknown.
    pub rows: Option<u64>,
    /// The first keys, each with its parts in the order of the key's columns.
    pub keys: Vec<Vec<String>>,
}
