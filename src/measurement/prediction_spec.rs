//! The columns of a model's predictions.

use std::collections::BTreeMap;

use super::behaviour::Behaviour;
use super::grading::{Grading, Unscored};
use crate::measurement::{Literal, RowsDigest, SliceBy};
use crate::stats::Task;

/// The columns of a model's predictions, and the interpretation of their values.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionSpec {
    /// The task.
    pub task: Task,
    /// The columns that identify a row; required to pair two files.
    pub key: Vec<String>,
    /// The column of labels; for a multilabel task, one column for each label.
    pub label: Vec<String>,
    /// The value of the positive class in labels and predictions; without it they must be 0/1 or true/false.
    pub positive: Option<Literal>,
    /// The classes in the order of their scores; if empty, the classes that occur.
    pub classes: Vec<String>,
    /// The candidate's columns.
    pub candidate: OutputColumns,
    /// The baseline's columns and their source.
    pub baseline: Option<BaselinePredictions>,
    /// True: the labels are in a file of their own.
    pub has_labels: bool,
    /// True: the scores are logits.
    pub logits: bool,
    /// The score from which a row is predicted positive, if there is no column of predictions.
    pub threshold: f64,
    /// The column of weights.
    pub weight: Option<String>,
    /// The column that identifies clusters of dependent rows.
    pub cluster: Option<String>,
    /// The column of queries.
    pub query: Option<String>,
    /// The columns of series and time.
    pub series: Option<[String; 2]>,
    /// The column of naive errors.
    pub naive_error: Option<String>,
    /// The interpretation of grades, for a task of graded rows.
    pub grading: Option<Grading>,
    /// The handling of rows that were not scored.
    pub unscored: Unscored,
    /// True: the candidate may have keys that the baseline lacks; their rows are not compared.
    pub allows_new_keys: bool,
    /// Bin edges; missing ones are the quantiles of the baseline's file, or else of the candidate's.
    pub edges: BTreeMap<SliceBy, Vec<f64>>,
}

/// The source of the baseline's predictions.
#[derive(Debug, Clone, PartialEq)]
pub enum BaselinePredictions {
    /// These columns of another file.
    File(OutputColumns),
    /// These columns of another file with other rows: the sides are not paired.
    Apart(OutputColumns),
    /// These columns of the candidate's file.
    Columns(OutputColumns),
    /// Stored states only; the predictions themselves are not available.
    Stored,
    /// Stored predictions under hashed keys; if the candidate's rows are others, only the states are used, as in
    /// [`Self::Stored`].
    Hashed(HashedRows),
}

/// The identity of stored rows, for the comparison with the candidate's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedRows {
    /// The salt of the hashes.
    pub salt: String,
    /// The digests of the rows' keys and labels.
    pub measured_on: RowsDigest,
}

/// The columns of one side's predictions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputColumns {
    /// Scores, or predicted numbers: one column, or one column for each class or label.
    pub score: Vec<String>,
    /// Predicted classes, or numbers: one column, or one column for each label.
    pub prediction: Vec<String>,
    /// The lower and the upper end of a forecast.
    pub interval: Option<[String; 2]>,
}

impl OutputColumns {
    /// Returns the names of all columns.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.score.iter().chain(&self.prediction).chain(self.interval.iter().flatten())
    }
}

impl PredictionSpec {
    /// Returns true if the other side is a stored baseline, with or without rows.
    pub fn is_stored(&self) -> bool {
        matches!(self.baseline, Some(BaselinePredictions::Stored | BaselinePredictions::Hashed(_)))
    }

    /// Returns true if rows of two files are paired by key.
    pub fn is_joined(&self) -> bool {
        self.has_labels || matches!(self.baseline, Some(BaselinePredictions::File(_) | BaselinePredictions::Hashed(_)))
    }

    /// Returns the columns that identify a sample of a question.
    pub fn sample_key(&self) -> impl Iterator<Item = &String> {
        self.grading.iter().flat_map(|grading| &grading.sample_key)
    }

    /// Returns the expected behaviour on variants of rows, if grades are made of answers.
    pub fn behaviour(&self) -> Option<&Behaviour> {
        self.grading.as_ref()?.behaviour.as_ref()
    }

    /// Returns the columns that pair variants with their originals, and say what is expected of them.
    pub fn of_variants(&self) -> impl Iterator<Item = &String> {
        self.behaviour().into_iter().flat_map(Behaviour::columns)
    }

    /// Returns true if rows are grouped into questions.
    pub fn is_of_questions(&self) -> bool {
        self.grading.is_some() && self.query.is_some()
    }

    /// Returns the columns of a row besides its predictions and labels.
    pub fn of_rows(&self) -> impl Iterator<Item = &String> {
        [&self.weight, &self.cluster, &self.query, &self.naive_error]
            .into_iter()
            .flatten()
            .chain(self.series.iter().flatten())
    }
}
