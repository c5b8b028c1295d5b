//! The identity of the rows on which the two sides of a model were measured.

use crate::plural::{counted, grouped, noun};
use serde::{Deserialize, Serialize};

/// The rows on which a model was measured, as digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsDigest {
    /// The number of rows.
    pub rows: u64,
    /// The digest of all keys, if the model has a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// The digest of all labels, each with its key if there is one.
    pub labels: String,
}

/// A difference between the rows of two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherSample {
    /// The difference as a message.
    pub message: String,
    /// True: the difference can make a worse model look better, such as changed labels or omitted rows.
    pub is_suspicious: bool,
    /// True: more rows were measured later, which hides nothing.
    pub grows: bool,
}

impl RowsDigest {
    /// Returns the difference from the rows that were measured later, if there is one.
    pub fn difference(&self, later: &Self) -> Option<OtherSample> {
        let (message, is_suspicious) = match (&self.keys, &later.keys) {
            _ if self == later => return None,
            (Some(before), Some(after)) if before == after => {
                (format!("the baseline was measured on the same {} with other labels", counted(self.rows, "row")), true)
            }
            _ if self.rows != later.rows => (
                format!(
                    "the baseline was measured on {} other {} (the candidate has {})",
                    grouped(&self.rows.to_string()),
                    noun(self.rows, "row"),
                    grouped(&later.rows.to_string())
                ),
                later.rows < self.rows,
            ),
            _ => (format!("the baseline was measured on {}", counted(self.rows, "other row")), false),
        };
        Some(OtherSample { message, is_suspicious, grows: later.rows > self.rows })
    }
}

/// The reason the rows of two sides are not paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpaired {
    /// The config says that the rows are unrelated.
    OtherRows,
    /// The baseline's rows are not stored.
    Stored,
}
