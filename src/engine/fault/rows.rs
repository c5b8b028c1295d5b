//! Faults of whole rows: repeated, lost, multiplied, cut off.

use datafusion::arrow::array::{Array, AsArray, BooleanArray, RecordBatch, UInt64Array};
use datafusion::arrow::compute::{cast, filter_record_batch, take, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Int64Type};

use super::texts::DistinctValues;
use super::{MarkedRows, odd};

/// The number of times that a join repeats a row.
const TIMES: usize = 3;

/// Repeats rows at the end.
pub(super) fn repeated(rows: &MarkedRows<'_>, dose: f64) -> Result<RecordBatch, String> {
    let chosen = rows.chosen(|_| true, dose)?;
    let all = 0..rows.batch.num_rows();
    taken(rows.batch, all.clone().chain(all.filter(|row| chosen[*row])))
}

/// Removes rows.
pub(super) fn lost(rows: &MarkedRows<'_>, dose: f64) -> Result<RecordBatch, String> {
    without(rows, &rows.chosen(|_| true, dose)?)
}

/// Removes rows of the rarest value that has at least 1 % of the rows.
pub(super) fn without_value(rows: &MarkedRows<'_>, name: &str, dose: f64) -> Result<RecordBatch, String> {
    let classes = DistinctValues::of(rows.column(name)?)?;
    if classes.examples.len() < 2 {
        return Err("it has one value only".to_owned());
    }
    let code = classes.rarest(rows.batch.num_rows().div_ceil(100));
    without(rows, &rows.chosen(|row| classes.codes[row].is_some() && classes.codes[row] == code, dose)?)
}

/// Repeats rows as a join with several matches does: one column has the values of the other matches.
pub(super) fn multiplied(rows: &MarkedRows<'_>, joined: Option<&str>, dose: f64) -> Result<RecordBatch, String> {
    let chosen = rows.chosen(|_| true, dose)?;
    let all = rows.batch.num_rows();
    let copies = (0..all).filter(|row| chosen[*row]).flat_map(|row| std::iter::repeat_n(row, TIMES - 1));
    let batch = taken(rows.batch, (0..all).chain(copies.clone()))?;
    let Some(name) = joined else { return Ok(batch) };
    // The value of the next row by its mark, so that the copies differ from the row that they repeat.
    let order = rows.marks.order();
    let mut places = vec![0; all];
    order.iter().enumerate().for_each(|(place, row)| places[*row] = place);
    let other = copies.enumerate().map(|(copy, row)| order[(places[row] + 1 + copy % (TIMES - 1)) % all] as u64);
    let from = UInt64Array::from_iter_values((0..all as u64).chain(other));
    let values = take(rows.column(name)?, &from, None).map_err(odd)?;
    MarkedRows { batch: &batch, marks: rows.marks }.with(vec![(name, values)])
}

/// Removes the latest rows, or any where there is no time.
pub(super) fn truncated(rows: &MarkedRows<'_>, time: Option<&str>, dose: f64) -> Result<RecordBatch, String> {
    let Some(time) = time else { return lost(rows, dose) };
    let times = cast(rows.column(time)?, &DataType::Int64).map_err(odd)?;
    let times = times.as_primitive::<Int64Type>();
    let mut latest = rows.marks.order().to_vec();
    latest.sort_by_key(|row| std::cmp::Reverse(times.is_valid(*row).then(|| times.value(*row))));
    without(rows, &rows.first(latest, dose)?)
}

fn without(rows: &MarkedRows<'_>, chosen: &[bool]) -> Result<RecordBatch, String> {
    let kept: BooleanArray = chosen.iter().map(|is_lost| Some(!is_lost)).collect();
    let batch = filter_record_batch(rows.batch, &kept).map_err(odd)?;
    if batch.num_rows() == 0 { Err("no row would be left".to_owned()) } else { Ok(batch) }
}

fn taken(batch: &RecordBatch, rows: impl Iterator<Item = usize>) -> Result<RecordBatch, String> {
    take_record_batch(batch, &UInt64Array::from_iter_values(rows.map(|row| row as u64))).map_err(odd)
}
