//! How rows are parted into groups and slices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::measurement::{MeasureError, Number};
use crate::stats;

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

/// A slice, and what its metrics are computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// For example `sex=Female,race=Black`, `age=[17, 28)`, `under_25`.
    pub name: String,
    /// The values of a group, column by column; empty of all other slices.
    pub key: Vec<String>,
    /// Its rows.
    pub rows: u64,
    /// The state, or why there is none.
    pub state: Result<stats::State, MeasureError>,
    /// Where the other side's rows are.
    pub other: OtherSide,
}

/// The other side's rows of a slice.
#[derive(Debug, Clone, PartialEq)]
pub enum OtherSide {
    /// In the state, where there are any.
    Within,
    /// Rows of its own, and how many.
    Apart(Result<Box<stats::State>, MeasureError>, u64),
    /// Unknown: there is no baseline of any slice, for this reason.
    Missing(MeasureError),
    /// It has other rows, and none of them is in the slice.
    Empty,
}

/// The slices of both sides by their names; those of the other side alone have no rows.
pub fn side_by_side(mut ours: Vec<Slice>, theirs: Vec<Slice>) -> Vec<Slice> {
    let mut theirs: BTreeMap<String, Slice> = theirs.into_iter().map(|slice| (slice.name.clone(), slice)).collect();
    // A condition makes a slice on both sides, whether rows keep it or not.
    theirs.retain(|_, slice| slice.rows > 0);
    for slice in &mut ours {
        slice.other = match theirs.remove(&slice.name) {
            Some(other) => OtherSide::Apart(other.state.map(Box::new), other.rows),
            None => OtherSide::Empty,
        };
    }
    let gone = theirs.into_values().map(|slice| Slice {
        rows: 0,
        state: Err(MeasureError("there are no rows".to_owned())),
        other: OtherSide::Apart(slice.state.map(Box::new), slice.rows),
        ..slice
    });
    ours.extend(gone);
    // Groups have an order of their own, such as that of the bands of a number.
    if ours.iter().all(|slice| slice.key.is_empty()) {
        ours.sort_by(|left, right| left.name.cmp(&right.name));
    }
    ours
}
