//! Measures of a table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Gap, Literal, OrderedF64, TableId};
use crate::stats::Side;

/// The contents of a column's bins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellsOf {
    /// The column's values.
    Values,
    /// Two bins: rows with a value, and rows without.
    Nulls,
    /// The column's values as categories, even if they are numbers.
    Categories,
    /// The column's numbers between these edges, which increase; the first and the last bin are open.
    Between(Vec<OrderedF64>),
}

impl CellsOf {
    /// Returns true if a stored baseline has these counts with every column.
    pub fn is_of_columns(&self) -> bool {
        matches!(self, Self::Values | Self::Nulls)
    }
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
    /// The rows that a condition of the config selects, those for which it is null, and all rows.
    Selected(String),
    /// A measure of the rows that a condition of the config selects, and of no other row.
    Filtered {
        /// The condition on a row, in SQL.
        rows: String,
        /// The measure.
        of: Box<Self>,
    },
    /// Count, sum, variance, minimum and maximum of a numeric column.
    Moments(String),
    /// A quantile of a numeric column, by the proportion of values below it.
    Quantile(String, OrderedF64),
    /// The number of rows of each value of a column.
    Frequencies(String),
    /// A column's counts over bins of its own: the baseline's half of [`Measurement::Cells`](super::Measurement::Cells).
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
            | Self::Selected(_)
            | Self::Moments(_)
            | Self::Quantile(..)
            | Self::Frequencies(_) => true,
            Self::Filtered { of, .. } => of.is_scanned(),
            Self::Columns
            | Self::Distribution(..)
            | Self::Newest(_)
            | Self::Partners { .. }
            | Self::NotAfter { .. }
            | Self::Conflicts { .. }
            | Self::Explained { .. } => false,
        }
    }

    /// Returns the other table that the measure reads, if there is one.
    pub fn other(&self) -> Option<&TableId> {
        match self {
            Self::Partners { of, .. } | Self::NotAfter { of, .. } => Some(of),
            Self::Filtered { of, .. } => of.other(),
            _ => None,
        }
    }

    /// Returns true if a stored baseline may keep the state: it describes the table alone, in a number of a few bytes.
    pub fn is_storable(&self) -> bool {
        match self {
            Self::Filtered { of, .. } => of.is_storable(),
            _ => !matches!(self, Self::Partners { .. } | Self::NotAfter { .. } | Self::Explained { .. }),
        }
    }

    /// Returns the measure of the rows that a condition selects; of all rows if there is none.
    pub fn of_rows(self, rows: Option<&str>) -> Self {
        match rows {
            Some(rows) => Self::Filtered { rows: rows.to_owned(), of: Box::new(self) },
            None => self,
        }
    }

    /// Returns the condition of the rows that are measured, if there is one, and the measure.
    pub fn parts(&self) -> (Option<&str>, &Self) {
        match self {
            Self::Filtered { rows, of } => (Some(rows), of),
            _ => (None, self),
        }
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
