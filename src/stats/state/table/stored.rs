//! One side of a table, to be kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Content, Table};
use crate::stats::ExactSum;

/// What is true and what one side predicts, in rows. Classes are numbered in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredTable {
    /// How many classes there are.
    pub classes: u32,
    /// Whether rows weigh differently.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weighted: bool,
    /// The cells with rows.
    pub cells: Vec<StoredCell>,
}

/// The rows of one class that are predicted to be of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredCell {
    /// The class that is true.
    pub label: u32,
    /// The class that is predicted.
    pub predicted: u32,
    /// The rows.
    pub rows: u64,
    /// The sum of their weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<ExactSum>,
    /// The sum of the squares of their weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub squares: Option<ExactSum>,
}

impl Table {
    /// The candidate's side; clusters are not kept.
    pub fn to_stored(&self) -> StoredTable {
        let mut cells: BTreeMap<(u32, u32), Content> = BTreeMap::new();
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

    /// One side alone; none where the cells are not those of any rows.
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
            let content = Content { rows: cell.rows, weights, squares };
            if table.cells.insert([cell.label, cell.predicted, 0], content).is_some() {
                return None;
            }
        }
        Some(table)
    }
}
