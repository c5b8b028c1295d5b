//! Columns of labels and of predictions, and their validation.

/// Labels, in the form of their task; each metric is defined for some of the forms.
#[derive(Debug, Clone, PartialEq)]
pub enum Truth {
    /// True for a row of the positive class.
    Binary(Vec<bool>),
    /// The class of each row, as a number below `count`.
    Classes {
        /// The class of each row.
        codes: Vec<u32>,
        /// The number of classes.
        count: u32,
    },
    /// One column for each label: true for a row that has it.
    Labels(Vec<Vec<bool>>),
    /// A number for each row.
    Numbers(Vec<f64>),
    /// None: each row has a grade in place of a label and a prediction.
    Grades {
        /// The number of rows.
        rows: usize,
    },
    /// Relevance of each row to its query.
    Relevance {
        /// The gain of each row, at least 0; a row with 0 is irrelevant.
        gains: Vec<f64>,
        /// The query of each row, as a code.
        queries: Vec<u32>,
    },
}

/// The kind of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Task {
    Binary,
    Multiclass,
    Multilabel,
    Regression,
    Ranking,
    Score,
}

impl Task {
    /// All kinds of tasks, the usual one first.
    pub const ALL: [Self; 6] =
        [Self::Binary, Self::Multiclass, Self::Multilabel, Self::Regression, Self::Ranking, Self::Score];

    /// Returns the name that messages use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Multiclass => "multiclass",
            Self::Multilabel => "multilabel",
            Self::Regression => "regression",
            Self::Ranking => "ranking",
            Self::Score => "score",
        }
    }
}

/// Predicted classes, in the form of the labels.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicted {
    /// True for a row that is predicted positive.
    Binary(Vec<bool>),
    /// The predicted class of each row, as a code.
    Classes(Vec<u32>),
    /// One column for each label: true for a row that is predicted to have it.
    Labels(Vec<Vec<bool>>),
}

/// Predictions of one side. Some columns may be absent; a metric that needs one of these returns
/// [`Lacking`](super::Lacking).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Predictions {
    /// The predicted classes.
    pub predicted: Option<Predicted>,
    /// Binary, regression and ranking: one column, the score or the predicted number. Multiclass and multilabel: one column
    /// for each class. Graded rows: one column, the grade, or the mean grade of the row's samples.
    pub scores: Vec<Vec<f64>>,
    /// True if the scores were stored as 32-bit floats: the log loss then clips them to that type's epsilon.
    pub is_single: bool,
    /// The lower and the upper end of an interval forecast.
    pub interval: Option<[Vec<f64>; 2]>,
    /// The grades of each row's samples in ascending order, if a row is a question that was answered several times.
    pub samples: Option<Vec<Vec<f64>>>,
}

/// Position of forecast rows in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The series of each row, as a code.
    pub codes: Vec<u32>,
    /// Time of each row, as a whole number of steps of the series; a season is a number of such steps.
    pub times: Vec<f64>,
}

/// Columns of a set of rows. [`Rows::new`](crate::stats::Rows::new) validates them.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// The labels.
    pub truth: Truth,
    /// The candidate's predictions.
    pub candidate: Predictions,
    /// The baseline's predictions of the same rows.
    pub baseline: Option<Predictions>,
    /// The weight of each row, at least 0.
    pub weights: Option<Vec<f64>>,
    /// The cluster of each row, such as a user or a day, as a code.
    pub clusters: Option<Vec<u32>>,
    /// The position of the rows in time.
    pub series: Option<Series>,
    /// The mean absolute error of the naive forecast over each row's own training series, for `mean_absolute_scaled_error`.
    pub naive_errors: Option<Vec<f64>>,
}

impl Columns {
    /// Creates columns of labels and one side's predictions, without anything optional.
    pub fn new(truth: Truth, candidate: Predictions) -> Self {
        Self { truth, candidate, baseline: None, weights: None, clusters: None, series: None, naive_errors: None }
    }
}

/// Reason why columns are rejected. Messages count rows from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum BadRows {
    #[error("{what} has {found} rows, and there are {wanted} labels")]
    Length { what: &'static str, found: usize, wanted: usize },
    #[error("{what} is not a finite number in row {}", row + 1)]
    NotFinite { what: &'static str, row: usize },
    #[error("the weight of row {} is negative", row + 1)]
    NegativeWeight { row: usize },
    #[error("the relevance of row {} is negative", row + 1)]
    NegativeGain { row: usize },
    #[error("class {code} in row {} is not one of {count}", row + 1)]
    UnknownClass { row: usize, code: u32, count: u32 },
    #[error("there are {found} columns of {what}, and {wanted} are needed")]
    Width { what: &'static str, found: usize, wanted: usize },
    #[error("the predictions are of another kind than the labels")]
    OtherKind,
    #[error("the lower end of row {}'s interval lies above its upper end", row + 1)]
    EndsCrossed { row: usize },
}

impl Truth {
    /// Returns the kind of the task.
    pub fn task(&self) -> Task {
        match self {
            Self::Binary(_) => Task::Binary,
            Self::Classes { .. } => Task::Multiclass,
            Self::Labels(_) => Task::Multilabel,
            Self::Numbers(_) => Task::Regression,
            Self::Relevance { .. } => Task::Ranking,
            Self::Grades { .. } => Task::Score,
        }
    }

    /// Returns the number of rows.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        match self {
            Self::Binary(labels) => labels.len(),
            Self::Classes { codes, .. } => codes.len(),
            Self::Labels(columns) => columns.first().map_or(0, Vec::len),
            Self::Numbers(numbers) => numbers.len(),
            Self::Relevance { gains, .. } => gains.len(),
            Self::Grades { rows } => *rows,
        }
    }

    pub(crate) fn check(&self) -> Result<(), BadRows> {
        match self {
            Self::Binary(_) | Self::Grades { .. } => Ok(()),
            Self::Classes { codes, count } => known(codes, *count),
            Self::Labels(columns) => same_lengths("the labels", columns, self.len()),
            Self::Numbers(numbers) => finite("a label", numbers, numbers.len()),
            Self::Relevance { gains, queries } => {
                finite("a relevance", gains, gains.len())?;
                length("the queries", queries.len(), gains.len())?;
                match gains.iter().position(|gain| *gain < 0.0) {
                    Some(row) => Err(BadRows::NegativeGain { row }),
                    None => Ok(()),
                }
            }
        }
    }

    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        match self {
            Self::Binary(labels) => Self::Binary(pick(labels, rows)),
            Self::Classes { codes, count } => Self::Classes { codes: pick(codes, rows), count: *count },
            Self::Labels(columns) => Self::Labels(columns.iter().map(|column| pick(column, rows)).collect()),
            Self::Numbers(numbers) => Self::Numbers(pick(numbers, rows)),
            Self::Relevance { gains, queries } => {
                Self::Relevance { gains: pick(gains, rows), queries: pick(queries, rows) }
            }
            Self::Grades { .. } => Self::Grades { rows: rows.len() },
        }
    }
}

impl Predictions {
    pub(crate) fn check(&self, truth: &Truth, len: usize) -> Result<(), BadRows> {
        match (&self.predicted, truth) {
            (None, _) => {}
            (Some(Predicted::Binary(rows)), Truth::Binary(_)) => length("the predictions", rows.len(), len)?,
            (Some(Predicted::Classes(codes)), Truth::Classes { count, .. }) => {
                length("the predictions", codes.len(), len)?;
                known(codes, *count)?;
            }
            (Some(Predicted::Labels(columns)), Truth::Labels(labels)) => {
                width("predicted labels", columns.len(), labels.len())?;
                same_lengths("the predictions", columns, len)?;
            }
            _ => return Err(BadRows::OtherKind),
        }
        if !self.scores.is_empty() {
            let wanted = match truth {
                Truth::Classes { count, .. } => *count as usize,
                Truth::Labels(labels) => labels.len(),
                _ => 1,
            };
            width("scores", self.scores.len(), wanted)?;
            for column in &self.scores {
                finite("a score", column, len)?;
            }
        }
        if let Some([low, high]) = &self.interval {
            finite("the lower end of an interval", low, len)?;
            finite("the upper end of an interval", high, len)?;
            if let Some(row) = low.iter().zip(high).position(|(low, high)| low > high) {
                return Err(BadRows::EndsCrossed { row });
            }
        }
        if let Some(samples) = &self.samples {
            length("the samples", samples.len(), len)?;
            if let Some(row) =
                samples.iter().position(|row| row.is_empty() || !row.iter().all(|grade| grade.is_finite()))
            {
                return Err(BadRows::NotFinite { what: "a sample", row });
            }
        }
        Ok(())
    }

    pub(crate) fn select(&self, rows: &[u32]) -> Self {
        let predicted = self.predicted.as_ref().map(|predicted| match predicted {
            Predicted::Binary(column) => Predicted::Binary(pick(column, rows)),
            Predicted::Classes(column) => Predicted::Classes(pick(column, rows)),
            Predicted::Labels(columns) => Predicted::Labels(columns.iter().map(|column| pick(column, rows)).collect()),
        });
        Self {
            predicted,
            scores: self.scores.iter().map(|column| pick(column, rows)).collect(),
            is_single: self.is_single,
            interval: self.interval.as_ref().map(|[low, high]| [pick(low, rows), pick(high, rows)]),
            samples: self.samples.as_ref().map(|all| rows.iter().map(|row| all[*row as usize].clone()).collect()),
        }
    }
}

pub(crate) fn pick<T: Copy>(column: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|row| column[*row as usize]).collect()
}

pub(crate) fn length(what: &'static str, found: usize, wanted: usize) -> Result<(), BadRows> {
    if found == wanted { Ok(()) } else { Err(BadRows::Length { what, found, wanted }) }
}

fn width(what: &'static str, found: usize, wanted: usize) -> Result<(), BadRows> {
    if found == wanted { Ok(()) } else { Err(BadRows::Width { what, found, wanted }) }
}

fn same_lengths<T>(what: &'static str, columns: &[Vec<T>], wanted: usize) -> Result<(), BadRows> {
    columns.iter().try_for_each(|column| length(what, column.len(), wanted))
}

pub(crate) fn finite(what: &'static str, column: &[f64], wanted: usize) -> Result<(), BadRows> {
    length(what, column.len(), wanted)?;
    match column.iter().position(|number| !number.is_finite()) {
        Some(row) => Err(BadRows::NotFinite { what, row }),
        None => Ok(()),
    }
}

fn known(codes: &[u32], count: u32) -> Result<(), BadRows> {
    match codes.iter().position(|code| *code >= count) {
        Some(row) => Err(BadRows::UnknownClass { row, code: codes[row], count }),
        None => Ok(()),
    }
}
