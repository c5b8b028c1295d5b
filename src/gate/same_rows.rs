//! Whether the two sides of a model are of the same rows.

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

impl RowsDigest {
    /// What is different about the rows that were measured later.
    pub fn difference(&self, later: &Self) -> Option<String> {
        match (&self.keys, &later.keys) {
            _ if self == later => None,
            (Some(before), Some(after)) if before == after => {
                Some(format!("the baseline was measured on the same {} rows with other labels", self.rows))
            }
            _ if self.rows != later.rows => {
                Some(format!("the baseline was measured on {} rows, and these are {} others", self.rows, later.rows))
            }
            _ => Some(format!("the baseline was measured on {} other rows", self.rows)),
        }
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
