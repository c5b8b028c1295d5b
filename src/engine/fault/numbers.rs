//! Faults of numbers: another unit, a move, a leak of the label.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch, UInt64Array};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options, take};
use datafusion::arrow::datatypes::{DataType, Float64Type};

use super::texts::DistinctValues;
use super::{MarkedRows, float, odd};

/// The factor of a wrong unit.
const UNIT: f64 = 1_000.0;
/// The most classes of a label that is not an amount.
const MOST_CLASSES: usize = 20;
/// The noise of a leaked label, in ranges of the column.
const BLUR: f64 = 0.05;
/// Salts the noise of a leaked label.
const LEAK: u64 = 11;

/// Multiplies numbers by a thousand.
pub(super) fn scaled(rows: &MarkedRows<'_>, name: &str, dose: f64) -> Result<RecordBatch, String> {
    let numbers = numbers(rows.column(name)?)?;
    let is_changed = |row: usize| numbers[row].is_some_and(|number| number.is_finite() && number != 0.0);
    let chosen = rows.chosen(is_changed, dose)?;
    let column = with_numbers(rows.column(name)?, &chosen, |row| numbers[row].unwrap_or_default() * UNIT)?;
    rows.with(vec![(name, column)])
}

/// Adds this many standard deviations to all numbers.
pub(super) fn moved(rows: &MarkedRows<'_>, name: &str, dose: f64) -> Result<RecordBatch, String> {
    let numbers = numbers(rows.column(name)?)?;
    let spread = deviation(&numbers)?;
    let chosen: Vec<bool> = numbers.iter().map(|number| number.is_some_and(f64::is_finite)).collect();
    let column = with_numbers(rows.column(name)?, &chosen, |row| numbers[row].unwrap_or_default() + dose * spread)?;
    rows.with(vec![(name, column)])
}

/// Makes a column follow the label.
pub(super) fn leaked(rows: &MarkedRows<'_>, name: &str, label: &str, dose: f64) -> Result<RecordBatch, String> {
    let column = rows.column(name)?;
    let label = rows.column(label)?;
    let classes = DistinctValues::of(label)?;
    let positions: Vec<Option<f64>> = if classes.examples.len() <= MOST_CLASSES {
        let last = float(classes.examples.len().saturating_sub(1)).max(1.0);
        classes.codes.iter().map(|code| code.map(|code| float(code) / last)).collect()
    } else {
        let numbers = numbers(label)?;
        let (low, high) = ends(&numbers)?;
        numbers.iter().map(|number| number.map(|number| (number - low) / (high - low))).collect()
    };
    let chosen = rows.chosen(|row| positions[row].is_some() && column.is_valid(row), dose)?;
    let at = |row: usize| positions[row].unwrap_or_default();
    if let Ok(values) = numbers(column) {
        let (low, high) = ends(&values)?;
        let blurred = |row: usize| low + (high - low) * (at(row) + BLUR * rows.marks.normal(row, LEAK)).clamp(0.0, 1.0);
        return rows.with(vec![(name, with_numbers(column, &chosen, blurred)?)]);
    }
    let values = DistinctValues::of(column)?;
    let last = values.examples.len().saturating_sub(1);
    if last == 0 {
        return Err("it has one value only".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among few values")]
    let of = |row: usize| values.examples[((at(row) * float(last)).round() as usize).min(last)];
    let from = (0..column.len()).map(|row| if chosen[row] { of(row) } else { row } as u64);
    let taken = take(column, &UInt64Array::from_iter_values(from), None).map_err(odd)?;
    rows.with(vec![(name, taken)])
}

/// Returns the numbers of a column.
///
/// # Errors
///
/// It holds no numbers.
pub(super) fn numbers(column: &ArrayRef) -> Result<Vec<Option<f64>>, String> {
    let values = match column.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    if !values.is_numeric() {
        return Err("it holds no numbers".to_owned());
    }
    let floats = cast(column, &DataType::Float64).map_err(odd)?;
    Ok(floats.as_primitive::<Float64Type>().iter().collect())
}

/// Returns a column with other numbers in the chosen rows; whole numbers that their type cannot hold make it wider.
pub(super) fn with_numbers(
    column: &ArrayRef,
    chosen: &[bool],
    number: impl Fn(usize) -> f64,
) -> Result<ArrayRef, String> {
    let data_type = column.data_type().clone();
    let is_whole = data_type.is_integer();
    let numbers = (0..column.len()).map(|row| {
        chosen[row]
            .then(|| if is_whole { number(row).round() } else { number(row) })
            .filter(|number| number.is_finite())
    });
    let numbers: ArrayRef = Arc::new(numbers.collect::<Float64Array>());
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let fitting = cast_with_options(&numbers, &data_type, &strict);
    let (numbers, others) = match fitting {
        Ok(numbers) => (numbers, column.clone()),
        Err(_) => {
            let wide = if is_whole { DataType::Int64 } else { DataType::Float64 };
            (cast(&numbers, &wide).map_err(odd)?, cast(column, &wide).map_err(odd)?)
        }
    };
    zip(&BooleanArray::from(chosen.to_vec()), &numbers, &others).map_err(odd)
}

/// Returns the standard deviation of the finite numbers.
///
/// # Errors
///
/// They do not differ.
pub(super) fn deviation(numbers: &[Option<f64>]) -> Result<f64, String> {
    let mut finite: Vec<f64> = numbers.iter().flatten().copied().filter(|number| number.is_finite()).collect();
    // A sum in the order of the rows would depend on it.
    finite.sort_by(f64::total_cmp);
    let mean = finite.iter().sum::<f64>() / float(finite.len().max(1));
    let variance = finite.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / float(finite.len().max(1));
    if variance > 0.0 && variance.is_finite() {
        Ok(variance.sqrt())
    } else {
        Err("its numbers do not differ".to_owned())
    }
}

/// Returns the smallest and the largest finite number.
fn ends(numbers: &[Option<f64>]) -> Result<(f64, f64), String> {
    let finite = numbers.iter().flatten().copied().filter(|number| number.is_finite());
    let (low, high) = finite.fold((f64::MAX, f64::MIN), |(low, high), number| (low.min(number), high.max(number)));
    if low < high { Ok((low, high)) } else { Err("its numbers do not differ".to_owned()) }
}
