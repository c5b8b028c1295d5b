//! What a config says, once it is known to be well formed.

use super::baseline::BaselineConfig;
use super::read_as::ReadAs;
use super::waiver::WaivedGates;
use super::yaml::{Node, Spanned};

/// A whole config.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The seed of all resampling.
    pub seed: u64,
    /// The confidence of all intervals that say nothing else.
    pub confidence: Option<f64>,
    /// Groups of fewer rows are not shown.
    pub min_cell: u64,
    /// The most bytes of memory that the engine's queries may hold.
    pub memory_limit: Option<u64>,
    /// The most bytes of temporary files that the engine may write at a time.
    pub disk_limit: Option<u64>,
    /// The most seconds that a query may take.
    pub time_limit: Option<u64>,
    /// The stored baseline.
    pub baseline: Option<BaselineConfig>,
    /// What is demanded beside the frozen baseline, which is its `baseline`.
    pub reference: Option<Box<Self>>,
    /// The user's own folder of checks.
    pub checks: Option<Spanned<String>>,
    /// The comment on the pull request.
    pub comment: Comment,
    /// The broken demands that somebody accepts for a while.
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

/// How the report is posted on a pull request, as far as the config says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comment {
    /// When it is written: one of [`super::COMMENT_MODES`].
    pub mode: Option<Spanned<String>>,
    /// The key by which it is found again.
    pub key: Option<Spanned<String>>,
    /// The template, below the config's folder.
    pub template: Option<Spanned<String>>,
}

/// A table of features.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Its name.
    pub name: Spanned<String>,
    /// The change's file, folder or glob.
    pub path: Spanned<String>,
    /// The other side's.
    pub baseline_path: Option<Spanned<String>>,
    /// Declared types and words for null, for both sides in text formats.
    pub read_as: ReadAs,
    /// Checks of the whole table.
    pub lines: Vec<Line>,
    /// Checks of columns.
    pub columns: Vec<PatternLines>,
    /// The label's rates between groups.
    pub fairness: Option<LabelFairness>,
}

impl Dataset {
    /// The name under which its rows are read for the rates of its label, beside those of the models.
    pub fn rows_of_labels(&self) -> String {
        rows_of_labels(&self.name.value)
    }
}

/// The name under which the rows of this dataset are read for the rates of its label.
pub fn rows_of_labels(dataset: &str) -> String {
    format!("data.{dataset}")
}

/// Rates of a dataset's label between groups: bias that is there before any model.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFairness {
    /// The column of labels.
    pub label: Spanned<String>,
    /// The value of the positive class.
    pub positive: Option<Node>,
    /// The groups, and what is demanded of their rates.
    pub fairness: Fairness,
}

/// A check and its value, not yet typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The id of a check; under `rules`, the rule's name.
    pub key: Spanned<String>,
    /// Its value, in the short or the long form.
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
    /// The checks; with none, it is measured and reported.
    pub lines: Vec<Line>,
    /// Checks of slices, by a pattern of their names.
    pub slices: Vec<PatternLines>,
}

/// How rows are parted into slices.
#[derive(Debug, Clone, PartialEq)]
pub enum SliceDefinition {
    /// One for each value of a column, or of several that are crossed.
    Columns(Spanned<Vec<String>>),
    /// One for each part of a column of numbers; the parts hold about as many rows each.
    Bins {
        /// The column.
        column: Spanned<String>,
        /// How many.
        count: u64,
    },
    /// The rows of which an SQL condition is true.
    Where {
        /// Its name.
        name: Spanned<String>,
        /// The condition.
        condition: Spanned<String>,
    },
}

/// A table of predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: Spanned<String>,
    /// What is predicted; two classes unless it is said.
    pub task: Option<Spanned<String>>,
    /// The change's predictions.
    pub predictions: Spanned<String>,
    /// The other side's.
    pub baseline_predictions: Option<Spanned<String>>,
    /// How the rows of the two sides are put together; by their keys unless it is said.
    pub pairing: Option<Spanned<String>>,
    /// The file of the labels, where they are not beside the predictions.
    pub labels: Option<Spanned<String>>,
    /// How all of these are read where they are text.
    pub read_as: ReadAs,
    /// The columns that name a row.
    pub key: Vec<Spanned<String>>,
    /// The column of labels; of a multilabel task, one for each label.
    pub label: Vec<Spanned<String>>,
    /// The value of the positive class.
    pub positive: Option<Node>,
    /// The classes, in the order of the columns or lists of their scores.
    pub classes: Vec<Node>,
    /// Where the change's answers stand; and the other side's, where they stand elsewhere.
    pub answers: Answers,
    /// The other side's columns in the same file.
    pub baseline: Option<Spanned<Answers>>,
    /// Whether scores are logits.
    pub logits: bool,
    /// From which score on a row is predicted positive.
    pub threshold: Option<f64>,
    /// The column of weights.
    pub weight: Option<Spanned<String>>,
    /// The column of rows that belong together.
    pub cluster: Option<Spanned<String>>,
    /// The column of queries.
    pub query: Option<Spanned<String>>,
    /// The column of series.
    pub series: Option<Spanned<String>>,
    /// The column of times.
    pub time: Option<Spanned<String>>,
    /// The column of each row's naive error, by which a forecast's own is scaled.
    pub naive_error: Option<Spanned<String>>,
    /// Parts of the rows that are looked at by themselves.
    pub slices: Vec<SliceDefinition>,
    /// The metrics.
    pub metrics: Vec<Lines>,
    /// The bias checks.
    pub fairness: Option<Fairness>,
}

/// A file of metrics, in place of predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedModel {
    /// Its name.
    pub name: Spanned<String>,
    /// The change's file.
    pub metrics_file: Spanned<String>,
    /// The other side's.
    pub baseline_metrics_file: Option<Spanned<String>>,
    /// The metrics, by their names in the files.
    pub metrics: Vec<ReportedLines>,
}

/// The checks of a metric of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedLines {
    /// Its name in the files.
    pub name: Spanned<String>,
    /// Which way is better, where the name does not tell.
    pub direction: Option<Spanned<String>>,
    /// The checks; with none, it is reported.
    pub lines: Vec<Line>,
}

/// The columns of one side's answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// Scores, or predicted numbers: one column, or one for each class or label.
    pub score: Vec<Spanned<String>>,
    /// The class of each column of `score`, where the config names columns by class.
    pub score_of: Vec<Spanned<String>>,
    /// Predicted classes, or numbers: one column, or one for each label.
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

/// A column that parts rows into groups.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy {
    /// The column.
    pub column: Spanned<String>,
    /// Where its numbers are cut into bands; with none, each value is a group.
    pub edges: Vec<f64>,
}
