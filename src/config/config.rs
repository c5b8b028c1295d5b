//! The contents of a validated config.

use super::baseline::BaselineConfig;
use super::baseline_source::BaselineSource;
use super::guard::GuardConfig;
use super::read_as::ReadAs;
use super::waiver::WaivedGates;
use super::yaml::Node;
use crate::config::span::{Span, Spanned};

/// A whole config.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The seed of all resampling.
    pub seed: u64,
    /// The confidence of all intervals that set none of their own, between 0 and 1.
    pub confidence: Option<f64>,
    /// The smallest number of rows of a group that is shown.
    pub min_cell: u64,
    /// The place of the value of `min_cell`; the start of the config if it is not set.
    pub min_cell_at: Span,
    /// Maximum bytes of memory for the engine's queries.
    pub memory_limit: Option<u64>,
    /// Maximum bytes of temporary files that the engine holds at a time.
    pub disk_limit: Option<u64>,
    /// Maximum seconds of one query.
    pub time_limit: Option<u64>,
    /// The stored baseline.
    pub baseline: Option<BaselineConfig>,
    /// The limits against a frozen baseline, as a config of its own whose `baseline` is the frozen one.
    pub reference: Option<Box<Self>>,
    /// The user's own folder of checks.
    pub checks: Option<Spanned<String>>,
    /// The comment on the pull request.
    pub comment: CommentConfig,
    /// The comparison with the other side's demands.
    pub guard: Option<GuardConfig>,
    /// The policies that the config is held to: paths and pinned addresses.
    pub policy: Vec<Spanned<BaselineSource>>,
    /// The failing gates that are accepted until a day.
    pub waivers: Vec<WaivedGates>,
    /// The tables of features.
    pub data: Vec<Dataset>,
    /// The tables of predictions.
    pub models: Vec<Model>,
    /// The files of metrics that other programs have computed.
    pub reported: Vec<ReportedModel>,
}

impl Config {
    /// The paths of all tables and files of metrics, on both sides.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let of_data = self.data.iter().flat_map(|dataset| std::iter::once(&dataset.path).chain(&dataset.baseline_path));
        let of_models = self.models.iter().flat_map(|model| {
            std::iter::once(&model.predictions).chain(&model.baseline_predictions).chain(&model.labels)
        });
        let of_files = self
            .reported
            .iter()
            .flat_map(|model| std::iter::once(&model.metrics_file).chain(&model.baseline_metrics_file));
        of_data.chain(of_models).chain(of_files).map(|path| path.value.as_str())
    }
}

/// Settings of the comment on a pull request; unset ones are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommentConfig {
    /// The mode: one of [`super::COMMENT_MODES`].
    pub mode: Option<Spanned<String>>,
    /// The key that identifies the comment, so that a later run can update it.
    pub key: Option<Spanned<String>>,
    /// The path of the template, inside the config's folder.
    pub template: Option<Spanned<String>>,
}

/// A table of features.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The dataset's name.
    pub name: Spanned<String>,
    /// The candidate's file, folder or glob.
    pub path: Spanned<String>,
    /// The baseline's file, folder or glob.
    pub baseline_path: Option<Spanned<String>>,
    /// Declared types and words for null, for both sides in text formats.
    pub read_as: ReadAs,
    /// Checks of the whole table.
    pub lines: Vec<Line>,
    /// Checks of columns.
    pub columns: Vec<PatternLines>,
    /// Rates of the label between groups.
    pub fairness: Option<LabelFairness>,
}

impl Dataset {
    /// Returns the scan name of this dataset's rows for the rates of its label.
    pub fn rows_of_labels(&self) -> String {
        rows_of_labels(&self.name.value)
    }
}

/// Returns the scan name of a dataset's rows for the rates of its label, distinct from the names of models.
pub fn rows_of_labels(dataset: &str) -> String {
    format!("data.{dataset}")
}

/// Rates of a dataset's label between groups: bias in the data, before any model.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFairness {
    /// The column of labels.
    pub label: Spanned<String>,
    /// The value of the positive class.
    pub positive: Option<Node>,
    /// The groups, the rates and their checks.
    pub fairness: Fairness,
}

/// A check and its value, not yet typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The id of a check; under `rules`, the rule's name.
    pub key: Spanned<String>,
    /// The value, in the short or the long form.
    pub value: Node,
}

/// The checks of the columns that a pattern matches.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternLines {
    /// A name or a glob.
    pub pattern: Spanned<String>,
    /// The checks.
    pub lines: Vec<Line>,
}

/// The checks of a metric or a rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// The metric or rate.
    pub name: Spanned<String>,
    /// The checks; with none, the metric or rate is measured and reported.
    pub lines: Vec<Line>,
    /// Checks of slices, by a pattern of their names.
    pub slices: Vec<PatternLines>,
}

/// A way to divide rows into slices.
#[derive(Debug, Clone, PartialEq)]
pub enum SliceDefinition {
    /// A slice for each value of a column, or for each crossing of several columns.
    Columns(Spanned<Vec<String>>),
    /// A slice for each bin of a numeric column; the bins hold about equally many rows.
    Bins {
        /// The column.
        column: Spanned<String>,
        /// The number of bins.
        count: u64,
    },
    /// The rows for which an SQL condition is true.
    Where {
        /// The slice's name.
        name: Spanned<String>,
        /// The condition.
        condition: Spanned<String>,
    },
}

/// A search for the slices in which a model got worse.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceSearchConfig {
    /// The place in the config.
    pub span: Span,
    /// The metric whose loss is compared row by row.
    pub metric: Option<Spanned<String>>,
    /// The columns whose values describe slices; `None` for all.
    pub columns: Option<Spanned<Vec<Spanned<String>>>>,
    /// The dataset that has the columns.
    pub data: Option<Spanned<String>>,
    /// The most values that describe a slice.
    pub depth: Option<u64>,
    /// The fewest rows of a slice.
    pub min_n: Option<u64>,
    /// The most slices to name.
    pub most: Option<u64>,
}

/// A table of predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The model's name.
    pub name: Spanned<String>,
    /// The task; binary classification by default.
    pub task: Option<Spanned<String>>,
    /// The candidate's predictions.
    pub predictions: Spanned<String>,
    /// The baseline's predictions.
    pub baseline_predictions: Option<Spanned<String>>,
    /// The pairing of the two sides' rows; by key by default.
    pub pairing: Option<Spanned<String>>,
    /// The handling of keys that only one side has.
    pub keys: Option<Node>,
    /// Globs of the parts of the evaluations' protocols that may differ between the sides.
    pub may_differ: Vec<Spanned<String>>,
    /// The file of the labels, if they are not in the file of the predictions.
    pub labels: Option<Spanned<String>>,
    /// Declared types and words for null of all these files, for text formats.
    pub read_as: ReadAs,
    /// The columns that identify a row.
    pub key: Vec<Spanned<String>>,
    /// The column of labels; for a multilabel task, one column for each label.
    pub label: Vec<Spanned<String>>,
    /// The value of the positive class.
    pub positive: Option<Node>,
    /// The classes, in the order of the columns or lists of their scores.
    pub classes: Vec<Node>,
    /// The columns of the candidate's predictions, and of the baseline's unless `baseline` names others.
    pub answers: PredictionColumns,
    /// The columns of the baseline's predictions, if they differ from the candidate's.
    pub baseline: Option<Spanned<PredictionColumns>>,
    /// True: the scores are logits.
    pub logits: bool,
    /// The score from which a row is predicted positive.
    pub threshold: Option<f64>,
    /// The column of weights.
    pub weight: Option<Spanned<String>>,
    /// The column that identifies clusters of dependent rows.
    pub cluster: Option<Spanned<String>>,
    /// The column of queries.
    pub query: Option<Spanned<String>>,
    /// The column of time series.
    pub series: Option<Spanned<String>>,
    /// The column of times.
    pub time: Option<Spanned<String>>,
    /// The column of each row's naive error, by which a forecast's error is scaled.
    pub naive_error: Option<Spanned<String>>,
    /// The better direction of grades, their words, and what rows without one count as.
    pub grades: GradesConfig,
    /// The slices in which metrics are measured.
    pub slices: Vec<SliceDefinition>,
    /// The search for further slices.
    pub find: Option<SliceSearchConfig>,
    /// The rows that must be right.
    pub must_pass: Option<Line>,
    /// The metrics.
    pub metrics: Vec<Lines>,
    /// The bias checks.
    pub fairness: Option<Fairness>,
}

/// The interpretation of grades, not yet typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GradesConfig {
    /// The better direction.
    pub better: Option<Spanned<String>>,
    /// The grade of each word.
    pub words: Option<Node>,
    /// The handling of rows that were not scored, of any task.
    pub unscored: Option<Node>,
    /// The numbers of samples of the questions: `even` or `uneven`.
    pub samples: Option<Spanned<String>>,
    /// The column that pairs variants of rows with their originals, and what is expected of them.
    pub pair: Option<Node>,
}

/// A file of metrics, in place of predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedModel {
    /// The model's name.
    pub name: Spanned<String>,
    /// The candidate's file.
    pub metrics_file: Spanned<String>,
    /// The baseline's file.
    pub baseline_metrics_file: Option<Spanned<String>>,
    /// Globs of the parts of the evaluations' protocols that may differ between the sides.
    pub may_differ: Vec<Spanned<String>>,
    /// The metrics and their checks, by their names in the files.
    pub metrics: Vec<ReportedLines>,
}

/// The checks of a metric that is read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedLines {
    /// The metric's name in the files.
    pub name: Spanned<String>,
    /// The better direction, if the metric's name does not imply it.
    pub direction: Option<Spanned<String>>,
    /// The checks; with none, the metric is only reported.
    pub lines: Vec<Line>,
}

/// The columns of one side's predictions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PredictionColumns {
    /// Scores, or predicted numbers: one column, or one column for each class or label.
    pub score: Vec<Spanned<String>>,
    /// The class of each column of `score`, where the config names columns by class.
    pub score_of: Vec<Spanned<String>>,
    /// Predicted classes, or numbers: one column, or one column for each label.
    pub prediction: Vec<Spanned<String>>,
    /// The lower and the upper end of a forecast.
    pub interval: Vec<Spanned<String>>,
}

/// Rates compared between groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Fairness {
    /// The groupings, each of one or several columns.
    pub by: Vec<Spanned<Vec<GroupBy>>>,
    /// The rates.
    pub rates: Vec<Lines>,
}

/// A column that divides rows into groups.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy {
    /// The column.
    pub column: Spanned<String>,
    /// The inner edges of a numeric column's bins; without edges, each value is a group.
    pub edges: Vec<f64>,
}
