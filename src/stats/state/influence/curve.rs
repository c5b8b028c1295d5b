//! Metrics of the curve over all thresholds.

use super::super::joint::Influence;
use super::area::{by_score, ties};
use super::objective::total;
use crate::stats::Undefined;

/// Computes average precision: the precision at each score, weighted by the recall that it adds.
///
/// With P(s) and R(s) the weight of positives and of all rows that score at least s, the value is Σ w·P/R over the
/// positive rows, divided by their weight. A row's influence is the sum of three: as a positive of its own (P/R at its
/// score), through the precision at all lower scores (1/R for a positive, −P/R² for any row), and through the weight of
/// the positives.
pub(super) fn average_precision(weights: &[f64], labels: &[bool], scores: &[f64]) -> Result<Influence, Undefined> {
    let positives = total(weights, |row| f64::from(u8::from(labels[row])));
    if total(weights, |_| 1.0) <= 0.0 {
        return Err(Undefined::NoRows);
    }
    if positives <= 0.0 {
        return Err(Undefined::NoPositives);
    }
    let order = by_score(weights, labels, scores);
    let runs: Vec<(&[u32], f64, f64)> = ties(&order, (weights, labels, scores)).collect();
    let mut above = Vec::with_capacity(runs.len());
    let (mut hits, mut all, mut sum) = (0.0, 0.0, 0.0);
    for (_, positive, negative) in &runs {
        hits += positive;
        all += positive + negative;
        above.push((hits, all));
        if *positive > 0.0 {
            sum += positive * hits / all;
        }
    }
    let value = sum / positives;
    let mut slopes = vec![0.0; labels.len()];
    // From the lowest score up: the influence of one more row at this score or above on the precision there and below.
    let (mut one_hit_more, mut one_row_more) = (0.0, 0.0);
    for ((tied, positive, _), (hits, all)) in runs.iter().zip(&above).rev() {
        if *all > 0.0 {
            one_hit_more += positive / all;
            one_row_more += positive * hits / (all * all);
        }
        for row in tied.iter().map(|row| *row as usize).filter(|row| weights[*row] > 0.0) {
            let as_positive = if labels[row] { hits / all + one_hit_more - value } else { 0.0 };
            slopes[row] = (as_positive - one_row_more) / positives;
        }
    }
    Ok(Influence { value, slopes })
}
