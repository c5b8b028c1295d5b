//! Groups and slices: the ways to divide rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::measurement::{MeasureError, OrderedF64};
use crate::stats;

/// A column whose values divide the rows into groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupColumn {
    /// The column.
    pub name: String,
    /// The bin edges of a numeric column, each bin from one edge to below the next; without edges, each value is a
    /// group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<OrderedF64>,
}

/// A grouping of the rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grouping {
    /// The scan name of the rows.
    pub rows: String,
    /// The columns whose values are crossed.
    pub by: Vec<GroupColumn>,
}

impl GroupColumn {
    /// Returns a column of which each value is a group.
    pub fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), edges: Vec::new() }
    }
}

/// The meaning of positive in a table of counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The positive class of a binary task.
    Positive,
    /// The given class, against all others.
    Class(String),
    /// A score above the median of all rows' scores, instead of a predicted class.
    AboveMedian,
}

/// A way to divide rows into slices.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SliceBy {
    /// A slice for each combination of these columns' values.
    Columns(Vec<String>),
    /// A slice for each bin of a numeric column; the bins hold about equally many rows.
    Bins(String, u64),
    /// A slice of the rows for which a condition is true: name and condition.
    Where(String, String),
    /// A slice for each group of these columns.
    Groups(Vec<GroupColumn>),
    /// For each group of these columns, the rows outside the group.
    Others(Vec<GroupColumn>),
}

impl SliceBy {
    /// Returns the part before the `=` in the names of the slices, or the name of the only slice.
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

/// A slice, with the state from which its metrics are computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The name, for example `sex=Female,race=Black`, `age=[17, 28)`, `under_25`.
    pub name: String,
    /// The values of a group, column by column; empty for all other slices.
    pub key: Vec<String>,
    /// The number of rows.
    pub rows: u64,
    /// The state, or the reason there is none.
    pub state: Result<stats::State, MeasureError>,
    /// The place of the other side's rows.
    pub other: OtherSide,
}

/// The other side's rows of a slice.
#[derive(Debug, Clone, PartialEq)]
pub enum OtherSide {
    /// The other side is part of the slice's state, if there is another side.
    Within,
    /// The other side has rows of its own: their state and number.
    Apart(Result<Box<stats::State>, MeasureError>, u64),
    /// The other side has some of the slice's rows: the state of both sides of these, and their number.
    Grown(Result<Box<stats::State>, MeasureError>, u64),
    /// The other side's slices are unknown, for this reason.
    Missing(MeasureError),
    /// The other side has rows of its own, none of them in the slice.
    Empty,
}

/// Joins the slices of all rows and those of the rows that both sides have, by name.
pub fn grown(mut all: Vec<Slice>, compared: Vec<Slice>) -> Vec<Slice> {
    let mut compared: BTreeMap<(String, Vec<String>), Slice> =
        compared.into_iter().map(|slice| ((slice.name.clone(), slice.key.clone()), slice)).collect();
    for slice in &mut all {
        slice.other = match compared.remove(&(slice.name.clone(), slice.key.clone())) {
            Some(both) if both.rows > 0 => OtherSide::Grown(both.state.map(Box::new), both.rows),
            _ => OtherSide::Empty,
        };
    }
    all
}

/// Joins the slices of both sides by name; slices of the other side alone have no rows.
pub fn side_by_side(mut ours: Vec<Slice>, theirs: Vec<Slice>) -> Vec<Slice> {
    let mut theirs: BTreeMap<String, Slice> = theirs.into_iter().map(|slice| (slice.name.clone(), slice)).collect();
    // A condition defines a slice on both sides, even if no row satisfies it.
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
    // Groups have an order of their own, such as that of a number's bins.
    if ours.iter().all(|slice| slice.key.is_empty()) {
        ours.sort_by(|left, right| left.name.cmp(&right.name));
    }
    ours
}
