//! How a model's predictions are to be read.

use std::collections::BTreeMap;

use crate::measurement::{Literal, RowsDigest, SliceBy};
use crate::stats::Task;

/// The columns of a model's predictions, and what they hold.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionSpec {
    /// What is predicted.
    pub task: Task,
    /// The columns that name a row; needed to pair two files.
    pub key: Vec<String>,
    /// The column of labels; of a multilabel task, one for each label.
    pub label: Vec<String>,
    /// The value of labels and predictions that is the positive class; without it they must be 0/1 or true/false.
    pub positive: Option<Literal>,
    /// The classes in the order of their scores; without any, those that occur.
    pub classes: Vec<String>,
    /// The candidate's columns.
    pub candidate: AnswerColumns,
    /// The baseline's.
    pub baseline: Option<BaselineAnswers>,
    /// Whether the labels are in a file of their own, and not beside the predictions.
    pub has_labels: bool,
    /// Whether scores are logits.
    pub logits: bool,
    /// The score from which a row is predicted positive, where there is no column of predictions.
    pub threshold: f64,
    /// The column of weights.
    pub weight: Option<String>,
    /// The column of rows that belong together.
    pub cluster: Option<String>,
    /// The column of queries.
    pub query: Option<String>,
    /// The columns of series and time.
    pub series: Option<[String; 2]>,
    /// The column of naive errors.
    pub naive_error: Option<String>,
    /// Where bins part; those that are not here are cut by the quantiles of the baseline's file, or else of the candidate's.
    pub edges: BTreeMap<SliceBy, Vec<f64>>,
}

/// Where the baseline's answers stand.
#[derive(Debug, Clone, PartialEq)]
pub enum BaselineAnswers {
    /// In another file, under these columns.
    File(AnswerColumns),
    /// In another file of other rows: the sides are not paired.
    Apart(AnswerColumns),
    /// In these columns of the candidate's file.
    Columns(AnswerColumns),
    /// There are none; the states that were made of them are stored.
    Stored,
    /// Stored under hashed keys; where the candidate's rows are others, as [`Self::Stored`].
    Hashed(HashedRows),
}

/// What tells whether stored rows are those of the candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedRows {
    /// The salt of the hashes.
    pub salt: String,
    /// Keys and labels of the rows.
    pub measured_on: RowsDigest,
}

/// The columns of one side's answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerColumns {
    /// Scores, or predicted numbers: one column, or one for each class or label.
    pub score: Vec<String>,
    /// Predicted classes, or numbers: one column, or one for each label.
    pub prediction: Vec<String>,
    /// The ends of a forecast.
    pub interval: Option<[String; 2]>,
}

impl AnswerColumns {
    /// All columns.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.score.iter().chain(&self.prediction).chain(self.interval.iter().flatten())
    }
}

impl PredictionSpec {
    /// Whether the other side is a stored baseline, with rows or without.
    pub fn is_stored(&self) -> bool {
        matches!(self.baseline, Some(BaselineAnswers::Stored | BaselineAnswers::Hashed(_)))
    }

    /// Whether rows of two files are paired by the key.
    pub fn is_joined(&self) -> bool {
        self.has_labels || matches!(self.baseline, Some(BaselineAnswers::File(_) | BaselineAnswers::Hashed(_)))
    }

    /// The columns of a row besides its answers and labels.
    pub fn of_rows(&self) -> impl Iterator<Item = &String> {
        [&self.weight, &self.cluster, &self.query, &self.naive_error]
            .into_iter()
            .flatten()
            .chain(self.series.iter().flatten())
    }
}
