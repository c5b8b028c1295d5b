//! The slices in which a model got worse, in a report.

use serde::{Deserialize, Serialize};

use super::estimate::{ChangeResult, EstimateResult};

/// The result of a search for slices in one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SliceSearchResult {
    /// The model.
    pub model: String,
    /// The metric whose loss was compared row by row; `null` if the search could not start.
    pub metric: Option<String>,
    /// True if both sides were compared; false if the slices have a higher loss than the rest.
    pub compares: bool,
    /// The slices, the most certain first.
    pub slices: Vec<FoundSliceResult>,
    /// The rows in none of the slices.
    pub rest: Option<RestResult>,
    /// The number of all rows.
    pub rows: u64,
    /// The number of slices that were looked at, on both halves of the rows.
    pub searched: u64,
    /// The change of the metric by what it comes from; absent if it is not a mean over rows that both sides have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<AttributionResult>,
    /// The columns that took no part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutColumn>,
    /// The reason there was no search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// A slice in which a model got worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundSliceResult {
    /// The slice's name: `education=Bachelors, hours=45 to 60`.
    pub slice: String,
    /// The values that describe it.
    #[serde(rename = "where")]
    pub values: Vec<SliceValue>,
    /// The number of rows.
    pub rows: u64,
    /// The candidate's number.
    pub candidate: EstimateResult,
    /// The baseline's number.
    pub baseline: Option<EstimateResult>,
    /// Candidate − baseline.
    pub change: Option<ChangeResult>,
    /// The p-value, adjusted for the search.
    pub p_adjusted: f64,
    /// The score among all rows.
    pub score: f64,
    /// A line of config that watches the slice from now on.
    pub watch: String,
}

/// A column and its value or bin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceValue {
    /// The column.
    pub column: String,
    /// The category, or `low to high` of a bin.
    pub value: String,
}

/// The rows in none of the slices that were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestResult {
    /// The number of rows.
    pub rows: u64,
    /// The candidate's number.
    pub candidate: EstimateResult,
    /// Candidate − baseline.
    pub change: Option<ChangeResult>,
}

/// A change of a metric, divided between other rows and the other model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributionResult {
    /// The baseline's metric.
    pub before: f64,
    /// The candidate's metric.
    pub after: f64,
    /// The rows that only the candidate has.
    pub new_rows: u64,
    /// The candidate's metric on all of its rows, less that on the rows of both sides.
    pub of_rows: f64,
    /// The candidate's metric less the baseline's, on the rows of both sides.
    pub of_model: f64,
    /// The contribution of each slice to `of_model`, and that of the rest.
    pub slices: Vec<AttributedPartResult>,
    /// The contribution of each value of the columns that `mlgate slices --by` named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<AttributedColumn>,
}

/// Rows with their contribution to a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributedPartResult {
    /// The slice, or the value of the column.
    pub part: String,
    /// The number of rows.
    pub rows: u64,
    /// The contribution.
    pub contribution: f64,
}

/// The contributions of the values of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributedColumn {
    /// The column.
    pub column: String,
    /// The values.
    pub values: Vec<AttributedPartResult>,
}

/// A column that took no part in a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutColumn {
    /// The column.
    pub column: String,
    /// The reason.
    pub why: String,
}
