//! One side of a table, as stored in a baseline.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ClassTable, TableContent};
use crate::stats::ExactSum;

/// Counts of labels and one side's predictions, in rows. Classes are numbered in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredTable {
    /// The number of classes.
    pub classes: u32,
    /// True if rows have weights.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weighted: bool,
    /// The cells with rows.
    pub cells: Vec<StoredCell>,
}

/// Rows of one label and one predicted class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCell {
    /// The class of the label.
    pub label: u32,
    /// The predicted class.
    pub predicted: u32,
    /// The number of rows.
    pub rows: u64,
    /// The sum of the rows' weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<ExactSum>,
    /// The sum of the squares of the rows' weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub squares: Option<ExactSum>,
}

impl ClassTable {
    /// Returns the candidate's side, without clusters.
    pub fn to_stored(&self) -> StoredTable {
        let mut cells: BTreeMap<(u32, u32), TableContent> = BTreeMap::new();
        for (cell, content) in &self.cells {
            let into = cells.entry((cell[0], cell[1])).or_default();
            into.rows += content.rows;
            into.weights.merge(&content.weights);
            into.squares.merge(&content.squares);
        }
        let stored = cells.into_iter().map(|((label, predicted), content)| StoredCell {
            label,
            predicted,
            rows: content.rows,
            weights: self.weighted.then_some(content.weights),
            squares: self.weighted.then_some(content.squares),
        });
        StoredTable { classes: self.classes, weighted: self.weighted, cells: stored.collect() }
    }

    /// Creates a table of one side; `None` if no rows could have these cells.
    pub fn from_stored(stored: &StoredTable) -> Option<Self> {
        let mut table = Self::new(stored.classes, false, stored.weighted, false);
        let mut all = 0_u64;
        for cell in &stored.cells {
            let is_known = cell.label < stored.classes && cell.predicted < stored.classes;
            let is_weighed = cell.weights.is_some() == stored.weighted && cell.squares.is_some() == stored.weighted;
            let weights = cell.weights.clone().unwrap_or_default();
            let squares = cell.squares.clone().unwrap_or_default();
            all = all.checked_add(cell.rows)?;
            if !is_known || !is_weighed || cell.rows == 0 || weights.value() < 0.0 || squares.value() < 0.0 {
                return None;
            }
            let content = TableContent { rows: cell.rows, weights, squares };
            if table.cells.insert([cell.label, cell.predicted, 0], content).is_some() {
                return None;
            }
        }
        Some(table)
    }
}
