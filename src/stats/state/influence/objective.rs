//! The objective of a metric: its sums and its slopes.

use super::super::joint::Influence;
use crate::stats::state::lacking::Lacking;
use crate::stats::{ExactSum, Rows, Undefined};

/// A value with its influences, or the reason why it is undefined; the outer error tells what the rows lack.
pub(super) type Objective = Result<Result<Influence, Undefined>, Lacking>;

/// Returns the weighted mean of a number per row.
pub(crate) fn mean(rows: &Rows, numbers: &[f64]) -> Result<Influence, Undefined> {
    ratio(rows, numbers, &vec![1.0; numbers.len()], Undefined::NoRows)
}

/// Returns Σ weight · above / Σ weight · below; an error if the denominator is 0.
pub(super) fn ratio(rows: &Rows, above: &[f64], below: &[f64], empty: Undefined) -> Result<Influence, Undefined> {
    let all = weighted_sum(rows, |row| below[row]);
    if all <= 0.0 {
        return Err(if rows.is_empty() { Undefined::NoRows } else { empty });
    }
    let value = weighted_sum(rows, |row| above[row]) / all;
    let slopes = above.iter().zip(below).map(|(above, below)| (above - value * below) / all).collect();
    Ok(Influence { value, slopes })
}

/// Returns Σ weight · number, rounded once.
pub(super) fn weighted_sum(rows: &Rows, number: impl Fn(usize) -> f64) -> f64 {
    let mut sum = ExactSum::new();
    (0..rows.len()).for_each(|row| sum.add(rows.weight(row) * number(row)));
    sum.value()
}

/// Returns the weights of all rows.
pub(crate) fn weights(rows: &Rows) -> Vec<f64> {
    (0..rows.len()).map(|row| rows.weight(row)).collect()
}

/// Returns Σ weight · number for a slice of weights, rounded once.
pub(super) fn total(weights: &[f64], number: impl Fn(usize) -> f64) -> f64 {
    let mut sum = ExactSum::new();
    (0..weights.len()).for_each(|row| sum.add(weights[row] * number(row)));
    sum.value()
}
