//! Rows that were not scored: null or NaN in place of a prediction or a grade.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Float64Type};

use super::row_table::RowTable;
use super::tally::ScoreTally;
use super::values::value_type;
use crate::measurement::MeasureError;
use crate::measurement::grading::Unscored;
use crate::measurement::prediction_spec::PredictionSpec;

/// Removes the rows without a score on any side from all tables, which have the same rows; returns their number.
///
/// # Errors
///
/// One side has more of them than the config allows.
pub(crate) fn drop_rows(
    spec: &PredictionSpec,
    tables: Vec<(&mut RowTable, Vec<&String>)>,
    tallies: [&mut ScoreTally; 2],
) -> Result<usize, MeasureError> {
    if !matches!(spec.unscored, Unscored::DropPairs { .. }) {
        return Ok(0);
    }
    let mut is_kept: Vec<bool> = Vec::new();
    let mut tallies = tallies.into_iter();
    for (table, names) in &tables {
        let tally = tallies.next();
        let mut is_scored: Option<Vec<bool>> = None;
        for name in names {
            let column = scored(table.column(name)?);
            is_scored = Some(match is_scored {
                None => column,
                Some(before) => before.iter().zip(&column).map(|(left, right)| *left && *right).collect(),
            });
        }
        let Some(is_scored) = is_scored else { continue };
        if let Some(tally) = tally {
            // Grades were counted before they were grouped by question.
            if spec.grading.is_none() {
                tally.add(is_scored.iter().filter(|scored| !**scored).count(), is_scored.len());
            }
            tally.check(&table.path, spec.unscored)?;
        }
        if is_kept.is_empty() {
            is_kept = is_scored;
        } else {
            is_kept.iter_mut().zip(is_scored).for_each(|(kept, scored)| *kept &= scored);
        }
    }
    let dropped = is_kept.iter().filter(|kept| !**kept).count();
    if dropped == 0 {
        return Ok(0);
    }
    let rows: Vec<u64> = (0..).zip(&is_kept).filter(|(_, kept)| **kept).map(|(row, _)| row).collect();
    if rows.is_empty() {
        return Err(MeasureError("no row was scored on both sides".to_owned()));
    }
    for (table, _) in tables {
        select(table, &rows)?;
    }
    Ok(dropped)
}

/// Keeps these rows of a table.
pub(crate) fn select(table: &mut RowTable, rows: &[u64]) -> Result<(), MeasureError> {
    let order = rows.iter().map(|row| table.place(usize::try_from(*row).unwrap_or(usize::MAX)) - 1).collect();
    let rows = UInt64Array::from(rows.to_vec());
    for column in table.columns.values_mut() {
        *column = take(column, &rows, None).map_err(|error| MeasureError(error.to_string()))?;
    }
    table.order = Some(order);
    Ok(())
}

/// Returns true for each row with a value: neither null nor NaN.
fn scored(column: &ArrayRef) -> Vec<bool> {
    let nulls = column.logical_nulls();
    let is_there = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    let numbers =
        if value_type(column.data_type()).is_floating() { cast(column, &DataType::Float64).ok() } else { None };
    let numbers = numbers.as_ref().map(|numbers| numbers.as_primitive::<Float64Type>());
    let is_number = |row: usize| numbers.is_none_or(|numbers| !numbers.value(row).is_nan());
    (0..column.len()).map(|row| is_there(row) && is_number(row)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::Arc;

    use datafusion::arrow::array::{Float64Array, StringArray};

    use super::*;

    #[test]
    fn a_row_is_scored_if_it_is_neither_null_nor_nan() {
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::NAN)]));
        assert_eq!(scored(&numbers), [true, false, false]);
        let words: ArrayRef = Arc::new(StringArray::from(vec![Some("NaN"), None]));
        assert_eq!(scored(&words), [true, false]);
    }

    #[test]
    fn the_rows_that_are_left_keep_their_places_in_the_file() {
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]));
        let mut table = RowTable { columns: [("n".to_owned(), numbers)].into(), ..RowTable::default() };
        select(&mut table, &[0, 2]).unwrap();
        assert_eq!((table.place(0), table.place(1)), (1, 3));
        select(&mut table, &[1]).unwrap();
        assert_eq!(table.place(0), 3);
    }
}
