//! How rows are parted into groups and slices.

use serde::{Deserialize, Serialize};

use super::measurement::Number;

/// A column whose values part the rows into groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupColumn {
    /// The column.
    pub name: String,
    /// Where its numbers are cut into bands, each from one edge to below the next; with none, each value is a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Number>,
}

/// How the rows of one table are grouped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grouping {
    /// The name under which the rows are read.
    pub rows: String,
    /// The columns that are crossed.
    pub by: Vec<GroupColumn>,
}

impl GroupColumn {
    /// A column each of whose values is a group.
    pub fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), edges: Vec::new() }
    }
}

/// What counts as positive in a table of counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The positive class of two.
    Positive,
    /// This class, against all others.
    Class(String),
    /// A score above the median of all rows' scores, in place of a prediction.
    AboveMedian,
}

/// How rows are parted into slices.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SliceBy {
    /// By the values of these columns together.
    Columns(Vec<String>),
    /// By the size of a number, into parts of about as many rows.
    Bins(String, u64),
    /// The rows of which a condition is true.
    Where(String, String),
    /// The groups of these columns together.
    Groups(Vec<GroupColumn>),
    /// For each of those groups, all rows that are not in it.
    Others(Vec<GroupColumn>),
}

impl SliceBy {
    /// What comes before the `=` in the names of its slices, or the name of the only one.
    pub fn name(&self) -> String {
        match self {
            Self::Columns(columns) => columns.join(","),
            Self::Bins(column, _) => column.clone(),
            Self::Where(name, _) => name.clone(),
            Self::Groups(columns) | Self::Others(columns) => {
                columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(",")
            }
        }
    }
}
