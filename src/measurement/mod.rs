//! What is measured: the keys under which the engine answers.
//!
//! Two gates that need the same number hold equal keys, so it is measured once.

mod column;
pub mod flips;
pub(crate) mod gap;
pub mod grouping;
pub mod plan;
pub mod prediction_spec;
pub mod queries;
mod rows_digest;
pub mod summary;

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

/// One side of one table of the config.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableId {
    /// Which list of the config names it.
    pub kind: TableKind,
    /// Its name there.
    pub name: String,
    /// Whether it is the change, or what the change is compared with.
    pub side: Side,
}

/// The two kinds of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// A table of features, under `data`.
    Dataset,
    /// A table of predictions, under `models`.
    Predictions,
    /// A table of labels, under `models`.
    Labels,
    /// A file of metrics that another program has computed, under `models`.
    Metrics,
}

/// A number, or a small state, that is computed from the inputs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measurement {
    /// Of one table.
    Table(TableId, TableMeasure),
    /// Of a model's predictions, paired with the baseline's where there are any.
    Predictions(String, PredictionMeasure),
    /// A number that another program has computed, by its name in a file of metrics.
    Reported(TableId, String),
    /// Of all tables of a side.
    Query(Query),
    /// Of one column of both sides of a dataset: counts over the cells that the baseline fixes.
    Cells {
        /// The dataset.
        dataset: String,
        /// The column.
        column: String,
        /// What is counted.
        of: CellsOf,
    },
}

impl Measurement {
    /// The value of each query that it is made of, if it is of a ranking.
    pub fn of_queries(&self) -> Option<QueryValue> {
        match self {
            Self::Predictions(_, PredictionMeasure::State(kind) | PredictionMeasure::Sliced(kind, _)) => match kind {
                StateKind::Queries(of) => Some(*of),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether it may be undefined because of one class of several.
    pub fn is_of_classes(&self) -> bool {
        match self {
            Self::Predictions(_, PredictionMeasure::State(kind) | PredictionMeasure::Sliced(kind, _)) => {
                matches!(kind, StateKind::Counts | StateKind::Own(_))
            }
            _ => false,
        }
    }

    /// How it groups the rows, if it does.
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

/// What the cells of a column hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellsOf {
    /// Its values.
    Values,
    /// Two cells: rows with a value, and rows without.
    Nulls,
}

/// What can be measured of one table in one scan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableMeasure {
    /// The number of rows.
    Rows,
    /// Names and types of all columns.
    Columns,
    /// Rows, and distinct rows among them, over these columns; of a single one, rows without a value do not count.
    Distinct(Vec<String>),
    /// Rows, and distinct rows among them, over one column, in which null is a value.
    DistinctOrNull(String),
    /// How many rows a predicate selects.
    Where(Predicate),
    /// Count, sum, spread and ends of a column of numbers.
    Moments(String),
    /// The value below which this share of a column's numbers lies.
    Quantile(String, Number),
    /// How often each value of a column occurs.
    Frequencies(String),
    /// A column over cells of its own: the baseline's half of [`Measurement::Cells`].
    Distribution(String, CellsOf),
    /// The latest time in a column.
    Newest(String),
    /// How many rows have a partner in another table, or have none.
    Partners {
        /// The columns of this table.
        columns: Vec<String>,
        /// The other table.
        of: TableId,
        /// Its columns, in the same order.
        their: Vec<String>,
        /// Which rows count.
        which: Partners,
    },
    /// How many rows are not later than the latest of another table.
    NotAfter {
        /// The column of times.
        column: String,
        /// The other table, which has a column of the same name.
        of: TableId,
        /// How much later they have to be, where that matters.
        gap: Option<Gap>,
    },
    /// How many rows agree in these columns with a row of another label.
    Conflicts {
        /// The column of labels.
        label: String,
        /// The columns in which rows agree.
        features: Vec<String>,
    },
    /// How much of the label each column tells by itself.
    Explained {
        /// The column of labels.
        label: String,
        /// The columns that are looked at, one by one.
        features: Vec<String>,
    },
}

/// Rows of a table, seen from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Partners {
    /// Rows whose key the other table does not have; a key with a null looks for nothing.
    MissingKey,
    /// Rows whose key the other table has, too.
    SharedKey,
    /// Rows that the other table has, too; nulls are equal.
    SharedRow,
}

/// A read-only query over all tables of one side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// The side whose tables it sees.
    pub side: Side,
    /// One `SELECT`.
    pub sql: String,
    /// Whether it answers with one number; otherwise its rows are counted.
    pub is_number: bool,
}

/// What can be measured of a model's predictions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionMeasure {
    /// What metrics of this kind are computed from.
    State(StateKind),
    /// The same for each slice of a kind.
    Sliced(StateKind, SliceBy),
    /// Counts over group × label × prediction (× the baseline's prediction).
    Contingency(Vec<GroupColumn>, Counted),
    /// The keys of so many rows on which the sides predict different classes.
    Flips(usize),
    /// Which rows these are: digests of keys and labels that do not depend on the order of the rows.
    Rows,
    /// Where the bins of a column part.
    Edges(String, u64),
    /// The queries of a ranking.
    Queries,
    /// The names of the classes or labels, in the order of their codes.
    Classes,
}

/// A condition on a row, in SQL with named placeholders; values are bound as typed literals, never spliced as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// The rows that count; `value` is the column under test.
    pub matches: String,
    /// The rows among which they count; all when there is none.
    pub among: Option<String>,
    /// The column that `value` stands for.
    pub column: Option<String>,
    /// What `$name` stands for.
    pub values: BTreeMap<String, Literal>,
}

/// A value of the config that enters a predicate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// No value: a comparison with it is unknown, which is what an open end means.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(Number),
    /// A number with digits that neither of these holds.
    Exact(String),
    /// Text, and dates and times as text.
    Text(String),
    /// Several values.
    List(Vec<Self>),
    /// A condition on a row that the config's author wrote.
    Expression(String),
    /// Another column of the row.
    Column(String),
    /// A moment, in microseconds since 1970 in UTC.
    Time(i64),
}

/// A float with the total order, so that it can be part of a key.
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

/// What the engine found.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// A number of rows.
    Rows(u64),
    /// The columns of a table, in order.
    Columns(Vec<Column>),
    /// Rows and distinct rows.
    Distinct {
        /// All rows that count.
        rows: u64,
        /// The distinct ones among them.
        distinct: u64,
    },
    /// Rows that a predicate selects.
    Share {
        /// The rows that it selects.
        hits: u64,
        /// The rows among which it was asked.
        n: u64,
    },
    /// Rows that do not lie behind another table, or not far enough.
    After {
        /// The rows that do not.
        hits: u64,
        /// The rows that have a time.
        n: u64,
        /// How far the first of them lies behind the last of the other table, where that was asked.
        gap: Option<Gap>,
    },
    /// Count, sum, spread and ends of a column of numbers.
    Moments(stats::Moments),
    /// A quantile of a column of numbers.
    Quantile {
        /// The quantile; none when there are no numbers.
        value: Option<f64>,
        /// The quantile with all its digits, of whole numbers and decimals.
        exact: Option<stats::Digits>,
        /// How many numbers there are.
        n: u64,
    },
    /// How often each value of a column occurs.
    Frequencies(stats::Frequencies),
    /// The latest time of a column, in microseconds since 1970 in UTC.
    Newest {
        /// The time; none when there is none.
        micros: Option<i64>,
        /// How many times there are.
        n: u64,
    },
    /// One side's counts over cells of its own.
    Distribution(stats::drift::Distribution),
    /// Both sides' counts over the same cells.
    Cells(stats::drift::Cells),
    /// How much of a label each column tells by itself.
    Explained {
        /// Each column with the share, or why there is none.
        columns: Vec<(String, Result<f64, stats::Undefined>)>,
        /// The rows that have a label.
        n: u64,
    },
    /// Rows on which both sides predict different classes.
    Flips(Flips),
    /// What a query answered, or a file of metrics says.
    Number(Option<f64>),
    /// Statistics of a model's predictions.
    Model(stats::State),
    /// The same of two sides whose rows have nothing to do with each other, each by itself.
    Apart {
        /// The candidate's.
        candidate: Box<stats::State>,
        /// The baseline's, or why there is none.
        baseline: Result<Box<stats::State>, MeasureError>,
        /// Why they are not paired.
        because: Unpaired,
    },
    /// Which rows a model was measured on.
    RowsDigest(RowsDigest),
    /// Where the bins of a column part.
    Edges(Vec<f64>),
    /// The queries of a ranking.
    Queries(RankedQueries),
    /// The names of the classes or labels, in the order of their codes.
    Classes(Vec<String>),
    /// The same for each slice, in the order of their names.
    Slices(Vec<Slice>),
}

impl State {
    /// Whether both sides of a model's rows are in it.
    pub fn is_paired(&self) -> bool {
        match self {
            Self::Model(state) => state.is_paired(),
            Self::Slices(slices) => slices.iter().any(|slice| slice.state.as_ref().is_ok_and(stats::State::is_paired)),
            _ => false,
        }
    }
}

/// Why something could not be measured: a sentence that names the file, column or row, and says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MeasureError(pub String);

/// All answers of the engine.
pub type Measurements = BTreeMap<Measurement, Result<State, MeasureError>>;

/// What is known of a table before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// The path, as the config gives it.
    pub path: String,
    /// The columns in the order of the file.
    pub columns: Vec<Column>,
}

/// All tables that a config names, opened; a table that could not be opened says why.
pub type Tables = BTreeMap<TableId, Result<TableInfo, MeasureError>>;
