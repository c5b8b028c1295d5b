//! The rows of a model by score, for curves.

use serde::{Deserialize, Serialize};

use crate::stats::ScoreBin;

/// The kinds of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreScale {
    /// Probabilities of a class.
    Probability,
    /// Scores of a class that are not probabilities.
    Score,
    /// Predicted numbers.
    Number,
}

/// A model's rows by score.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelScores {
    /// The kind of scores.
    pub scale: ScoreScale,
    /// The scores of each class or label; one entry for a binary task, and for predicted numbers.
    pub classes: Vec<ClassScores>,
    /// The number of classes or labels that were left out, because others have more rows.
    pub left_out: u64,
    /// True: rows have weights or belong to clusters, so counts of rows have no binomial intervals.
    pub has_structure: bool,
}

/// The rows of a model by the score of one class. Bins are empty where the rows are too few to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassScores {
    /// The class or label; `None` for a binary task, and for predicted numbers.
    pub class: Option<String>,
    /// The candidate's rows.
    pub candidate: Vec<ScoreBin>,
    /// The baseline's rows, if its scores are known.
    pub baseline: Option<Vec<ScoreBin>>,
    /// The labels, if they are numbers.
    pub labels: Option<Vec<ScoreBin>>,
}
