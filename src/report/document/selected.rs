//! The rows that a check looks at, where its line names a condition.

use serde::{Deserialize, Serialize};

/// The rows that a check looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectedRowsResult {
    /// The condition on a row, in SQL.
    pub condition: String,
    /// The number of rows that it selects.
    pub rows: u64,
    /// The number of rows for which it is null: it does not select them.
    pub null: u64,
    /// The number of all rows.
    pub of: u64,
}
