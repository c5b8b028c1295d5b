//! Slices that a search found, instead of slices that the config names.

use serde::{Deserialize, Serialize};

use super::MeasureError;
use crate::stats::{Metric, State};

/// A search for the slices in which a model got worse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindSlices {
    /// The metric whose loss is compared row by row; without it the first one that the rows have.
    pub metric: Option<Metric>,
    /// The columns by which rows are told apart; without them all that have no role of their own.
    pub columns: Option<Vec<String>>,
    /// The dataset that has the columns, joined by the model's key; without it the file of predictions.
    pub data: Option<String>,
    /// The most values that describe a slice.
    pub depth: u64,
    /// The fewest rows of a slice.
    pub min_n: u64,
    /// The most slices to name.
    pub most: u64,
    /// The seed by which the rows are divided into halves.
    pub seed: u64,
}

impl FindSlices {
    /// The greatest depth; the number of slices grows with its power.
    pub const DEEPEST: u64 = 4;
    /// The depth, the fewest rows and the most slices where the config has none.
    pub const DEFAULTS: [u64; 3] = [3, 100, 5];
}

/// The slices that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceFindings {
    /// The metric whose loss was compared.
    pub metric: Metric,
    /// True if the losses of both sides were compared; false if the slices have a higher loss than the rest.
    pub is_change: bool,
    /// The slices, the most certain first.
    pub slices: Vec<FoundSliceState>,
    /// The rows in none of the slices: their number and state.
    pub rest: (u64, Result<State, MeasureError>),
    /// The number of all rows.
    pub rows: u64,
    /// The number of slices that were looked at, on both halves.
    pub searched: u64,
    /// The columns that took no part, with the reason.
    pub left_out: Vec<(String, String)>,
}

/// A slice that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSliceState {
    /// Columns and their values or bins.
    pub values: Vec<(String, String)>,
    /// The SQL condition that selects its rows.
    pub condition: String,
    /// The number of rows.
    pub rows: u64,
    /// The state of its rows.
    pub state: Result<State, MeasureError>,
    /// The p-value, adjusted for the search.
    pub p_adjusted: f64,
    /// The score.
    pub score: f64,
}
