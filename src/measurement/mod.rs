//! Measurements: the keys under which the engine stores its results.
//!
//! Gates that need the same number hold equal keys, so each number is measured once.

pub mod attribution;
pub mod behaviour;
mod broken_rows;
mod broken_values;
mod column;
pub(crate) mod error;
pub mod flips;
pub(crate) mod gap;
pub mod grading;
pub mod grouping;
pub mod plan;
pub mod prediction_spec;
pub mod protocol;
pub mod queries;
mod rows_digest;
pub mod score_bins;
mod selected_rows;
pub mod slice_search;
mod state;
pub mod summary;
mod table;
mod unit;
mod value;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stats::{QueryValue, Side, StateKind};
pub use broken_rows::BrokenRows;
pub use broken_values::BrokenValues;
pub use column::{Column, ColumnType, TypeFamily, is_pandas_index};
pub use error::MeasureError;
use flips::Flips;
pub use gap::Gap;
pub use grouping::{Counted, GroupColumn, Grouping, OtherSide, Slice, SliceBy, grown, side_by_side};
use protocol::EvaluationProtocol;
use queries::RankedQueries;
pub use rows_digest::{OtherSample, RowsDigest, Unpaired};
pub use selected_rows::SelectedRows;
use slice_search::FindSlices;
pub use state::Measured;
pub use table::{CellsOf, Partners, Predicate, Query, TableMeasure};
pub use unit::Unit;
pub use value::{Literal, OrderedF64};

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
        /// The condition of the rows that are counted on both sides; all rows if there is none.
        rows: Option<String>,
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
    /// The rows that a condition selects and that are wrong, with the keys of up to this many.
    WrongRows {
        /// The condition on a row, in SQL.
        rows: String,
        /// The most keys.
        listed: usize,
    },
    /// Order-independent digests of the rows' keys and labels.
    Rows,
    /// The slices in which the model got worse, found by a search.
    FoundSlices(FindSlices),
    /// The slices that lost more than a margin most clearly, as each half of the rows proposes them, on the other half.
    WorstSlices(FindSlices, OrderedF64),
    /// The rows by score, in bins of at least this many rows.
    ScoreBins(u64),
    /// The bin edges of a column, for this number of bins.
    Edges(String, u64),
    /// The queries of a ranking, for the comparison of both sides.
    Queries,
    /// The names of the classes or labels, in the order of their codes.
    Classes,
    /// Sentences on rows that were not scored, and on the samples of questions.
    Remarks,
}

/// All results of the engine.
pub type Measurements = BTreeMap<Measurement, Result<Measured, MeasureError>>;

/// A table's path and schema, known before its rows are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// The path, as the config gives it.
    pub path: String,
    /// The columns in the order of the file.
    pub columns: Vec<Column>,
    /// The protocol of an evaluation log, or the reason it cannot be read.
    pub protocol: Result<EvaluationProtocol, MeasureError>,
}

impl TableInfo {
    /// Makes the schema of a table that is not an evaluation log.
    pub fn new(path: String, columns: Vec<Column>) -> Self {
        Self { path, columns, protocol: Ok(EvaluationProtocol::default()) }
    }
}

/// All opened tables that a config names; for a table that could not be opened, the reason.
pub type Tables = BTreeMap<TableId, Result<TableInfo, MeasureError>>;
