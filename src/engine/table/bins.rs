//! The states of a column that is counted: values from which bins are made, and counts in bins that exist.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::HashMap;

use super::categories::{MOST_VALUES, merge_values, size_of_values, take_values};
use super::cells::{ReadKind, not_counted};
use super::rounding::{Narrow, Rounding};
use super::tallies::Tally;
use crate::measurement::{CellsOf, MeasureError, OrderedF64};
use crate::stats::Frequencies;
use crate::stats::drift::{BinnedNumbers, Cells, Distribution, Grid, NumericCells, Sorted, Values};

/// Returns the bins that a config gives; `None` if their edges do not increase.
pub(super) fn grid_of(edges: &[OrderedF64]) -> Option<Grid> {
    Grid::from_edges(edges.iter().map(|edge| edge.0).collect())
}

/// A column while its distribution is gathered: its numbers, from which bins are made, or counts.
#[derive(Debug, Clone)]
pub(super) enum Gathered {
    Numbers(Vec<f64>),
    Counts(BinCounts),
}

impl Gathered {
    /// Returns the empty state of a column of a side that has its own bins; `given` are those that the config gives.
    pub(super) fn new(read: ReadKind, given: Option<Arc<Rounding>>) -> Self {
        match (read, given) {
            (ReadKind::Numbers, None) => Self::Numbers(Vec::new()),
            (ReadKind::Numbers, Some(given)) => Self::Counts(BinCounts::between(given)),
            (ReadKind::Values | ReadKind::Spelled, _) => Self::Counts(BinCounts::Values(Some(HashMap::new()))),
            (ReadKind::Nulls, _) => Self::Counts(BinCounts::Nulls(0, 0)),
        }
    }

    /// Returns the rows between these edges.
    pub(super) fn between(self, edges: &[OrderedF64]) -> Result<Distribution, MeasureError> {
        match (self, grid_of(edges)) {
            (Self::Counts(BinCounts::Numbers(_, cells)), Some(grid)) => {
                Ok(Distribution::Numbers(BinnedNumbers::new(grid, &cells, 0.0)))
            }
            _ => not_counted(),
        }
    }

    pub(super) fn settle(self, column: &str, path: &str, whole: bool) -> Result<Distribution, MeasureError> {
        match self {
            Self::Numbers(numbers) => {
                let sorted = Sorted::new(numbers.into_iter());
                if whole && sorted.collapses() {
                    return Err(MeasureError(format!(
                        "`{column}` of `{path}` holds whole numbers beyond 2^53 that are too close together to differ as floats; leave the column out, with `false` as the value of the check or with `ignore`"
                    )));
                }
                Ok(Distribution::Numbers(sorted.distribution()))
            }
            Self::Counts(BinCounts::Nulls(nulls, values)) => Ok(Distribution::Nulls(nulls, values)),
            Self::Counts(BinCounts::Values(Some(counts))) => {
                let counts = counts.into_iter().collect();
                Ok(Distribution::Values(Values::new(&Frequencies { counts })))
            }
            Self::Counts(BinCounts::Values(None)) => Err(too_many(column, path)),
            Self::Counts(BinCounts::Numbers(..)) => not_counted(),
        }
    }
}

fn too_many(column: &str, path: &str) -> MeasureError {
    MeasureError(format!(
        "`{column}` of `{path}` has too many distinct values for a list of categories; limit: {MOST_VALUES}; leave the column out, with `false` as the value of the check or with `ignore`"
    ))
}

fn finite(column: &ArrayRef) -> impl Iterator<Item = f64> {
    column.as_primitive::<Float64Type>().iter().flatten().filter(|number| number.is_finite())
}

/// Returns the number of rows without a value, and with one.
fn nulls(column: &ArrayRef) -> [u64; 2] {
    let nulls = column.logical_null_count();
    [nulls as u64, (column.len() - nulls) as u64]
}

impl Tally for Gathered {
    fn take(&mut self, column: &ArrayRef) {
        match self {
            Self::Numbers(numbers) => numbers.extend(finite(column)),
            Self::Counts(counts) => counts.take(column),
        }
    }

    fn merge(&mut self, other: Self) {
        match (self, other) {
            (Self::Numbers(ours), Self::Numbers(theirs)) => ours.extend(theirs),
            (Self::Counts(ours), Self::Counts(theirs)) => ours.merge(theirs),
            // Workers start with copies of one state, so both are of one kind.
            _ => {}
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.capacity() * size_of::<f64>(),
            Self::Counts(counts) => counts.size(),
        }
    }
}

/// Counts of a column in existing bins.
#[derive(Debug, Clone)]
pub(super) enum BinCounts {
    Numbers(Arc<Rounding>, NumericCells),
    /// The rows of each value; `None` if there are too many.
    Values(Option<HashMap<String, u64>>),
    Nulls(u64, u64),
}

impl BinCounts {
    fn between(over: Arc<Rounding>) -> Self {
        let cells = NumericCells::new(over.grid());
        Self::Numbers(over, cells)
    }

    pub(super) fn new(over: &Distribution, narrow: Option<Narrow>) -> Self {
        match over {
            Distribution::Numbers(numbers) => Self::between(Arc::new(Rounding::new(numbers.grid(), narrow))),
            Distribution::Values(_) => Self::Values(Some(HashMap::new())),
            Distribution::Nulls(..) => Self::Nulls(0, 0),
        }
    }

    pub(super) fn against(
        self,
        baseline: &Distribution,
        (column, of): (&str, &CellsOf),
        path: &str,
    ) -> Result<Cells, MeasureError> {
        match (self, baseline) {
            (Self::Numbers(_, cells), Distribution::Numbers(numbers)) if matches!(of, CellsOf::Between(_)) => {
                Ok(numbers.against_as_given(&cells))
            }
            (Self::Numbers(_, cells), Distribution::Numbers(numbers)) => Ok(numbers.against(&cells)),
            (Self::Values(Some(counts)), Distribution::Values(values)) => Ok(values.against(counts)),
            (Self::Values(None), Distribution::Values(_)) => Err(too_many(column, path)),
            (Self::Nulls(nulls, present), Distribution::Nulls(before, values)) => Ok(Cells {
                names: vec!["(null)".to_owned(), "(a value)".to_owned()],
                baseline: vec![*before, *values],
                candidate: vec![nulls, present],
                scale: None,
                parts: Vec::new(),
            }),
            _ => not_counted(),
        }
    }
}

impl Tally for BinCounts {
    fn take(&mut self, column: &ArrayRef) {
        match self {
            Self::Numbers(over, cells) => {
                finite(column).for_each(|number| over.add(cells, number));
            }
            Self::Values(values) => take_values(values, column),
            Self::Nulls(missing, present) => {
                let [nulls, values] = nulls(column);
                *missing += nulls;
                *present += values;
            }
        }
    }

    fn merge(&mut self, other: Self) {
        match (self, other) {
            (Self::Numbers(_, ours), Self::Numbers(_, theirs)) => ours.merge(&theirs),
            (Self::Values(ours), Self::Values(theirs)) => merge_values(ours, theirs),
            (Self::Nulls(ours, present), Self::Nulls(theirs, values)) => {
                *ours += theirs;
                *present += values;
            }
            // Workers start with copies of one state, so both are of one kind.
            _ => {}
        }
    }

    /// Returns the approximate memory of values, in bytes; bins of numbers are too few to count.
    fn size(&self) -> usize {
        if let Self::Values(values) = self { size_of_values(values.as_ref()) } else { 0 }
    }
}
