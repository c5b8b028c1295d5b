//! Rows of a model that must be right.

use super::SelectedRows;
use super::flips::Flipped;

/// The rows of a model that a condition selects, and those of them that are wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenRows {
    /// The rows that the condition selects.
    pub selected: SelectedRows,
    /// The selected rows that are wrong, with the first keys if they were requested.
    pub broken: Flipped,
    /// The numbers of the first wrong rows, starting from 1 in the order of the file; none for rows that stand for
    /// several rows of the file.
    pub places: Vec<u64>,
}
