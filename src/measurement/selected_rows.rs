//! The rows of a table that a condition selects.

use crate::plural::counted;

/// The number of rows that a condition selects, with the rows that it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SelectedRows {
    /// The rows for which the condition is true.
    pub rows: u64,
    /// The rows for which the condition is null, so that it does not select them.
    pub unknown: u64,
    /// All rows.
    pub of: u64,
}

impl SelectedRows {
    /// Returns the reason there is nothing to check: the condition selects no row.
    pub fn nothing(&self, condition: &str) -> String {
        let null = match self.unknown {
            0 => String::new(),
            unknown => format!("; the condition is null for {}", counted(unknown, "row")),
        };
        format!("none of {} satisfies `{condition}`, so nothing is checked{null}", counted(self.of, "row"))
    }
}
