//! Which of several slices that overlap explains the damage.

use super::confirm::mean;
use super::{Candidate, FeatureValue, SearchRows};
use crate::stats::ExactSum;
use crate::stats::numeric::quantile::float;

/// The score that rows outside of the slices before must have by themselves, of a slice that adds something.
const LEAST_SCORE: f64 = 2.0;

/// A slice whose rows have at most this share of others beside those of a shorter slice is that slice.
const SAME_ROWS: f64 = 0.05;

/// Returns the rows of a slice, in their order.
pub(super) fn rows_of(rows: &SearchRows<'_>, values: &[FeatureValue], among: &[u32]) -> Vec<u32> {
    among.iter().copied().filter(|row| rows.is_in(values, *row as usize)).collect()
}

/// Returns Σx / √Σx² of some rows whose amounts are `above` a reference, their sum in their own standard errors; 0 without rows.
fn own_score(rows: &SearchRows<'_>, of: &[u32], above: f64) -> f64 {
    let (mut sum, mut squares) = (ExactSum::new(), ExactSum::new());
    for row in of {
        let row = *row as usize;
        let amount = rows.weight(row) * (rows.amounts[row] - above);
        sum.add(amount);
        squares.add(amount * amount);
    }
    let squares = squares.value();
    if squares > 0.0 { sum.value() / squares.sqrt() } else { 0.0 }
}

/// Returns the mean of the squares of some rows whose amounts are `above` a reference.
pub(super) fn mean_square(rows: &SearchRows<'_>, of: &[u32], above: f64) -> f64 {
    let mut squares = ExactSum::new();
    for row in of {
        let row = *row as usize;
        squares.add((rows.weight(row) * (rows.amounts[row] - above)).powi(2));
    }
    squares.value() / float(of.len().max(1) as u64)
}

/// Returns Σx / (σ·√n) of some rows whose amounts are `above` a reference, as [`SliceScore::Damage`](super::SliceScore) has it.
pub(super) fn damage(rows: &SearchRows<'_>, of: &[u32], above: f64, mean_square: f64) -> f64 {
    let mut sum = ExactSum::new();
    for row in of {
        let row = *row as usize;
        sum.add(rows.weight(row) * (rows.amounts[row] - above));
    }
    let error = (mean_square * float(of.len() as u64)).sqrt();
    if error > 0.0 { sum.value() / error } else { 0.0 }
}

/// Leaves out the values that do not matter: those without which the additional rows are damaged at least half as much as
/// the slice itself, above the reference. A slice whose damage comes from fewer values is found with any other value added, and
/// one half is as far from no damage as from the same.
pub(super) fn shorten(
    rows: &SearchRows<'_>,
    values: &[FeatureValue],
    among: &[u32],
    above: f64,
    min_n: u64,
) -> Vec<FeatureValue> {
    let mut values = values.to_vec();
    while values.len() > 1 {
        let inside = rows_of(rows, &values, among);
        let Some(ours) = mean(rows, inside.iter().copied()) else { break };
        let shorter = (0..values.len()).filter_map(|without| {
            let mut shorter = values.clone();
            let (feature, value) = shorter.remove(without);
            let code = &rows.features[feature].codes;
            let added: Vec<u32> = rows_of(rows, &shorter, among);
            let added: Vec<u32> = added.into_iter().filter(|row| code[*row as usize] != value).collect();
            let damaged = mean(rows, added.iter().copied())?;
            let share = (damaged - above) / (ours - above);
            let (added, own) = (added.len(), inside.len());
            #[expect(clippy::cast_precision_loss, reason = "a share of rows")]
            let is_same = added as f64 <= SAME_ROWS * own as f64;
            (is_same || (share >= 0.5 && added as u64 >= min_n / 4)).then_some((share, shorter))
        });
        let Some((_, best)) = shorter.max_by(|ours, theirs| ours.0.total_cmp(&theirs.0)) else { break };
        values = best;
    }
    values
}

/// Keeps the slices that add something to those before: enough rows of their own, which are damaged by themselves.
pub(super) fn distinct(
    rows: &SearchRows<'_>,
    found: &[Candidate],
    among: &[u32],
    (above, min_n, most): (f64, u64, usize),
) -> Vec<Vec<FeatureValue>> {
    let mut left = among.to_vec();
    let mut kept: Vec<Vec<FeatureValue>> = Vec::new();
    for candidate in found {
        if kept.len() == most {
            break;
        }
        let own = rows_of(rows, &candidate.values, &left);
        if (own.len() as u64) < min_n || own_score(rows, &own, above) < LEAST_SCORE {
            continue;
        }
        let values = shorten(rows, &candidate.values, &left, above, min_n);
        left.retain(|row| !rows.is_in(&values, *row as usize));
        kept.push(values);
    }
    kept
}
