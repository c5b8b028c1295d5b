//! The counts behind the charts of a report.

use serde::{Deserialize, Serialize};

pub use crate::measurement::score_bins::ScoreScale;

/// The counts behind the charts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlotsResult {
    /// The confidence of the charts' intervals.
    pub confidence: f64,
    /// The rows of each model by score, with an entry for each class or label.
    pub scores: Vec<ScoresResult>,
    /// The rows of both sides in the bins of columns that a gate compares.
    pub columns: Vec<ColumnBinsResult>,
}

/// The rows of a model by the score of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoresResult {
    /// The model.
    pub model: String,
    /// The class or label; absent for a binary task, and for predicted numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The kind of scores.
    pub scale: ScoreScale,
    /// True: counts of rows have binomial intervals, because rows have no weights and belong to no clusters.
    pub independent: bool,
    /// The candidate's rows.
    pub candidate: Vec<ScoreBinResult>,
    /// The baseline's rows; `null` if its scores are not known.
    pub baseline: Option<Vec<ScoreBinResult>>,
    /// The labels, if they are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<ScoreBinResult>>,
    /// The reason there are no counts, or not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// The rows in a bin of scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreBinResult {
    /// The lower end.
    pub from: f64,
    /// The upper end.
    pub to: f64,
    /// The number of rows.
    pub rows: u64,
    /// The number of rows of the class; absent for numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positives: Option<u64>,
    /// The mean score.
    pub mean: f64,
    /// The weights of all rows and of those of the class; absent if every row counts once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<[f64; 2]>,
}

/// The rows of both sides in the bins of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnBinsResult {
    /// The dataset.
    pub dataset: String,
    /// The column.
    pub column: String,
    /// True: bins are intervals of numbers, in ascending order; false: they are values.
    pub ordered: bool,
    /// The bins.
    pub bins: Vec<ColumnBinResult>,
}

impl ColumnBinsResult {
    /// Returns the rows of the baseline and of the candidate in all bins.
    pub fn totals(&self) -> [u64; 2] {
        let add = |all: u64, rows: u64| all.saturating_add(rows);
        self.bins.iter().fold([0, 0], |all, bin| [add(all[0], bin.baseline), add(all[1], bin.candidate)])
    }
}

/// The rows of both sides in a bin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnBinResult {
    /// The interval or the value.
    pub name: String,
    /// The baseline's rows.
    pub baseline: u64,
    /// The candidate's rows.
    pub candidate: u64,
}
