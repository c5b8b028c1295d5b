//! Measurements: the keys under which the engine stores its results.
//!
//! Gates that need the same number hold equal keys, so each number is measured once.

mod column;
pub mod flips;
pub(crate) mod gap;
pub mod grouping;
pub mod plan;
pub mod prediction_spec;
pub mod queries;
mod rows_digest;
pub mod summary;
mod unit;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stats::{self, QueryValue, Side, StateKind};
pub use column::{Column, ColumnType, TypeFamily};
use flips::Flips;
pub use gap::Gap;
pub use grouping::{Counted, GroupColumn, Grouping, OtherSide, Slice, SliceBy, side_by_side};
use queries::RankedQueries;
pub use rows_digest::{OtherSample, RowsDigest, Unpaired};
pub use unit::Unit;

/// A side of a table of the config.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableId {
    /// The kind of table.
    pub kind: TableKind,
    /// The table's name in the config.
    pub name: String,
    /// The candidate or the baseline.
    pub side: Side,
}

/// The kinds of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// A table of features, under `data`.
    Dataset,
    /// A table of predictions, under `models`.
    Predictions,
    /// A table of labels, under `models`.
    Labels,
    /// A file of metrics that another program computed, under `models`.
    Metrics,
}

/// A number, or a small state, that is computed from the input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measurement {
    /// A measure of one table.
    Table(TableId, TableMeasure),
    /// A measure of a model's predictions, paired with the baseline's if there are any.
    Predictions(String, PredictionMeasure),
    /// A number that another program computed, by its name in a file of metrics.
    Reported(TableId, String),
    /// A query over all tables of a side.
    Query(Query),
    /// Counts of one column on both sides of a dataset, over bins that the baseline fixes.
    Cells {
        /// The dataset.
        dataset: String,
        /// The column.
        column: String,
        /// The counted contents.
        of: CellsOf,
    },
}

impl Measurement {
    /// Returns the value of each query that is averaged, if the measurement is of a ranking.
    pub fn of_queries(&self) -> Option<QueryValue> {
        match self {
            Self::Predictions(_, PredictionMeasure::State(kind) | PredictionMeasure::Sliced(kind, _)) => match kind {
                StateKind::Queries(of) => Some(*of),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns true if the measurement may be undefined for one of several classes.
    pub fn is_of_classes(&self) -> bool {
        match self {
            Self::Predictions(_, PredictionMeasure::State(kind) | PredictionMeasure::Sliced(kind, _)) => {
                matches!(kind, StateKind::Counts | StateKind::Own(_))
            }
            _ => false,
        }
    }

    /// Returns the grouping of the rows, if there is one.
    pub fn grouping(&self) -> Option<Grouping> {
        match self {
            Self::Predictions(rows, PredictionMeasure::Contingency(by, _))
            | Self::Predictions(rows, PredictionMeasure::Sliced(_, SliceBy::Groups(by))) => {
                Some(Grouping { rows: rows.clone(), by: by.clone() })
            }
            _ => None,
        }
    }
}

/// The contents of a column's bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellsOf {
    /// The column's values.
    Values,
    /// Two bins: rows with a value, and rows without.
    Nulls,
}

/// A measure of one table, computed in one scan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableMeasure {
    /// The number of rows.
    Rows,
    /// Names and types of all columns.
    Columns,
    /// Rows, and distinct rows among them, over these columns; over a single column, nulls are not counted.
    Distinct(Vec<String>),
    /// Rows, and distinct rows among them, over one column in which null is a value.
    DistinctOrNull(String),
    /// The number of rows that a predicate selects.
    Where(Predicate),
    /// Count, sum, variance, minimum and maximum of a numeric column.
    Moments(String),
    /// A quantile of a numeric column, by the proportion of values below it.
    Quantile(String, Number),
    /// The number of rows of each value of a column.
    Frequencies(String),
    /// A column's counts over bins of its own: the baseline's half of [`Measurement::Cells`].
    Distribution(String, CellsOf),
    /// The latest time of a column.
    Newest(String),
    /// The number of rows that have a matching row in another table, or that have none.
    Partners {
        /// The columns of this table.
        columns: Vec<String>,
        /// The other table.
        of: TableId,
        /// The columns of the other table, in the same order.
        their: Vec<String>,
        /// The rows that are counted.
        which: Partners,
    },
    /// The number of rows that are not later than the latest row of another table.
    NotAfter {
        /// The time column.
        column: String,
        /// The other table, which has a column of the same name.
        of: TableId,
        /// The distance by which rows have to be later, if one is required.
        gap: Option<Gap>,
    },
    /// The number of rows that equal a row with another label in these columns.
    Conflicts {
        /// The column of labels.
        label: String,
        /// The columns in which rows agree.
        features: Vec<String>,
    },
    /// The association of each single column with the label.
    Explained {
        /// The column of labels.
        label: String,
        /// The columns whose association is measured, one by one.
        features: Vec<String>,
    },
}

impl TableMeasure {
    /// Returns true if one aggregate over the table computes the measure, so that one scan computes all of its kind.
    pub fn is_scanned(&self) -> bool {
        match self {
            Self::Rows
            | Self::Distinct(_)
            | Self::DistinctOrNull(_)
            | Self::Where(_)
            | Self::Moments(_)
            | Self::Quantile(..)
            | Self::Frequencies(_) => true,
            Self::Columns
            | Self::Distribution(..)
            | Self::Newest(_)
            | Self::Partners { .. }
            | Self::NotAfter { .. }
            | Self::Conflicts { .. }
            | Self::Explained { .. } => false,
        }
    }

    /// Returns true if a stored baseline may keep the state: it describes the table alone, in a number of a few bytes.
    pub fn is_storable(&self) -> bool {
        !matches!(self, Self::Partners { .. } | Self::NotAfter { .. } | Self::Explained { .. })
    }
}

/// Rows of a table, by their matching rows in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Partners {
    /// Rows whose key is missing in the other table; a key with a null is not looked up.
    MissingKey,
    /// Rows whose key the other table contains.
    SharedKey,
    /// Rows that the other table contains; nulls are equal.
    SharedRow,
}

/// A read-only query over all tables of one side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// The side whose tables the query reads.
    pub side: Side,
    /// A single `SELECT` statement.
    pub sql: String,
    /// True: the query returns one number; false: the rows of its result are counted.
    pub is_number: bool,
}

/// A measure of a model's predictions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionMeasure {
    /// The state from which metrics of this kind are computed.
    State(StateKind),
    /// The state in each slice.
    Sliced(StateKind, SliceBy),
    /// Counts over group × label × prediction (× the baseline's prediction).
    Contingency(Vec<GroupColumn>, Counted),
    /// The keys of up to this many rows on which the sides predict different classes.
    Flips(usize),
    /// Order-independent digests of the rows' keys and labels.
    Rows,
    /// The bin edges of a column, for this number of bins.
    Edges(String, u64),
    /// The queries of a ranking, for the comparison of both sides.
    Queries,
    /// The names of the classes or labels, in the order of their codes.
    Classes,
}

/// A condition on a row, in SQL with named placeholders; values are bound as typed literals, never spliced as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// The condition of the counted rows; `value` is the column under test.
    pub matches: String,
    /// The condition of the rows that are taken into account; all rows if there is none.
    pub among: Option<String>,
    /// The column that `value` stands for.
    pub column: Option<String>,
    /// The value of each `$name`.
    pub values: BTreeMap<String, Literal>,
}

/// A value of the config that enters a predicate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// Null: a comparison with it is unknown, which is the meaning of an open end.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Any other number.
    Float(Number),
    /// A number whose digits neither an integer nor a float holds.
    Exact(String),
    /// Text, and dates and times as text.
    Text(String),
    /// A list of values.
    List(Vec<Self>),
    /// A condition on a row, written by the config's author.
    Expression(String),
    /// Another column of the row.
    Column(String),
    /// A time, in microseconds since 1970 in UTC.
    Time(i64),
}

/// A float with a total order, so that it can be part of a key.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Number(pub f64);

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The result of a measurement.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// A number of rows.
    Rows(u64),
    /// The columns of a table, in order.
    Columns(Vec<Column>),
    /// Rows and distinct rows.
    Distinct {
        /// All counted rows.
        rows: u64,
        /// The distinct rows among them.
        distinct: u64,
    },
    /// A proportion of rows.
    Share {
        /// The rows that the predicate selects.
        hits: u64,
        /// The rows that are taken into account.
        n: u64,
    },
    /// The rows that do not follow another table, or not by the required distance.
    After {
        /// The number of such rows.
        hits: u64,
        /// The number of rows with a time.
        n: u64,
        /// The distance from the last row of the other table to the first row of this one, if a distance is required.
        gap: Option<Gap>,
    },
    /// Count, sum, variance, minimum and maximum of a numeric column.
    Moments(stats::Moments),
    /// A quantile of a numeric column.
    Quantile {
        /// The quantile; `None` without values.
        value: Option<f64>,
        /// The quantile with all its digits, for integers and decimals.
        exact: Option<stats::Digits>,
        /// The number of values.
        n: u64,
    },
    /// The number of rows of each value of a column.
    Frequencies(stats::Frequencies),
    /// The latest time of a column, in microseconds since 1970 in UTC.
    Newest {
        /// The time; `None` without times.
        micros: Option<i64>,
        /// The number of times.
        n: u64,
    },
    /// A side's counts over bins of its own.
    Distribution(stats::drift::Distribution),
    /// Both sides' counts over the same bins.
    Cells(stats::drift::Cells),
    /// The association of each single column with the label.
    Explained {
        /// Each column with its association, or the reason there is none.
        columns: Vec<(String, Result<f64, stats::Undefined>)>,
        /// The number of rows with a label.
        n: u64,
    },
    /// Rows on which both sides predict different classes.
    Flips(Flips),
    /// The result of a query, or a number of a file of metrics.
    Number(Option<f64>),
    /// Statistics of a model's predictions.
    Model(stats::State),
    /// Statistics of two sides with unrelated rows, one state for each side.
    Apart {
        /// The candidate's state.
        candidate: Box<stats::State>,
        /// The baseline's state, or the reason there is none.
        baseline: Result<Box<stats::State>, MeasureError>,
        /// The reason the sides are not paired.
        because: Unpaired,
    },
    /// The identity of the rows on which a model was measured.
    RowsDigest(RowsDigest),
    /// The bin edges of a column.
    Edges(Vec<f64>),
    /// The queries of a ranking.
    Queries(RankedQueries),
    /// The names of the classes or labels, in the order of their codes.
    Classes(Vec<String>),
    /// The states of the slices, sorted by name.
    Slices(Vec<Slice>),
}

impl State {
    /// Returns true if the state contains both sides of a model's rows.
    pub fn is_paired(&self) -> bool {
        match self {
            Self::Model(state) => state.is_paired(),
            Self::Slices(slices) => slices.iter().any(|slice| slice.state.as_ref().is_ok_and(stats::State::is_paired)),
            _ => false,
        }
    }
}

/// The reason something could not be measured: a message that names the file, column or row, and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MeasureError(pub String);

/// All results of the engine.
pub type Measurements = BTreeMap<Measurement, Result<State, MeasureError>>;

/// A table's path and schema, known before its rows are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// The path, as the config gives it.
    pub path: String,
    /// The columns in the order of the file.
    pub columns: Vec<Column>,
}

/// All opened tables that a config names; for a table that could not be opened, the reason.
pub type Tables = BTreeMap<TableId, Result<TableInfo, MeasureError>>;
