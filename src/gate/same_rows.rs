//! Whether the two sides of a model are of the same rows.

use crate::plural::{counted, grouped};
use serde::{Deserialize, Serialize};

/// Which rows a model was measured on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsDigest {
    /// How many there are.
    pub rows: u64,
    /// The digest of all keys, where the model has a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// The digest of all labels, each with its key where there is one.
    pub labels: String,
}

/// A difference between the rows that two sides were measured on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSample {
    /// The difference in words.
    pub message: String,
    /// Whether it is a way to make a worse model look better: labels that were changed, or rows that were left out.
    pub is_suspicious: bool,
}

impl RowsDigest {
    /// Returns what is different about the rows that were measured later.
    pub fn difference(&self, later: &Self) -> Option<OtherSample> {
        let (message, is_suspicious) = match (&self.keys, &later.keys) {
            _ if self == later => return None,
            (Some(before), Some(after)) if before == after => {
                (format!("the baseline was measured on the same {} with other labels", counted(self.rows, "row")), true)
            }
            _ if self.rows != later.rows => (
                format!(
                    "the baseline was measured on {}, and these are {} others",
                    counted(self.rows, "row"),
                    grouped(&later.rows.to_string())
                ),
                later.rows < self.rows,
            ),
            _ => (format!("the baseline was measured on {}", counted(self.rows, "other row")), false),
        };
        Some(OtherSample { message, is_suspicious })
    }
}

/// Why the rows of two sides are not paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpaired {
    /// The config says that they have nothing to do with each other.
    OtherRows,
    /// The baseline's rows are not stored.
    Stored,
}
