//! Slices that a search found, instead of slices that the config names.

use serde::{Deserialize, Serialize};

use super::attribution::ChangeAttribution;
use crate::stats::Metric;

/// A search for the slices in which a model got worse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindSlices {
    /// The metric whose loss is compared row by row; without it the first one that the rows have.
    pub metric: Option<Metric>,
    /// The columns whose values describe slices; without them all that have no role of their own.
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

/// The slices that a search found; `S` is known of the rows of each.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceFindings<S> {
    /// The metric whose loss was compared.
    pub metric: Metric,
    /// True if the losses of both sides were compared; false if the slices have a higher loss than the rest.
    pub is_change: bool,
    /// The slices, the most certain first.
    pub slices: Vec<NamedSlice<S>>,
    /// The rows in none of the slices.
    pub rest: RestOfRows<S>,
    /// The number of all rows.
    pub rows: u64,
    /// The number of slices that were looked at, on both halves.
    pub searched: u64,
    /// The columns that took no part, with the reason.
    pub left_out: Vec<(String, String)>,
    /// The change of the metric by what it comes from, if both sides were compared.
    pub attribution: Option<ChangeAttribution>,
}

/// A slice that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedSlice<S> {
    /// Columns and their values or bins.
    pub values: Vec<(String, String)>,
    /// The SQL condition that selects its rows.
    pub condition: String,
    /// The number of rows.
    pub rows: u64,
    /// The metric of its rows.
    pub of: S,
    /// The p-value, adjusted for the search.
    pub p_adjusted: f64,
    /// The score among all rows.
    pub score: f64,
}

/// The rows in none of the slices that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct RestOfRows<S> {
    /// The number of rows.
    pub rows: u64,
    /// The metric of the rows.
    pub of: S,
}

impl<S> SliceFindings<S> {
    /// Replaces what is known of the rows of each slice and of the rest.
    pub fn map<T>(&self, of: impl Fn(&S) -> T) -> SliceFindings<T> {
        let slice = |slice: &NamedSlice<S>| NamedSlice {
            values: slice.values.clone(),
            condition: slice.condition.clone(),
            rows: slice.rows,
            of: of(&slice.of),
            p_adjusted: slice.p_adjusted,
            score: slice.score,
        };
        SliceFindings {
            metric: self.metric,
            is_change: self.is_change,
            slices: self.slices.iter().map(slice).collect(),
            rest: RestOfRows { rows: self.rest.rows, of: of(&self.rest.of) },
            rows: self.rows,
            searched: self.searched,
            left_out: self.left_out.clone(),
            attribution: self.attribution.clone(),
        }
    }
}
