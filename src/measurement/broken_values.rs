//! The values that fail a check of single values.

/// The values of a column that fail a check, as far as enough rows have them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokenValues {
    /// Values with their rows: of numbers and times the smallest and the largest first, then those of most rows.
    pub values: Vec<(String, u64)>,
    /// The number of all other values that fail the check.
    pub others: u64,
}
