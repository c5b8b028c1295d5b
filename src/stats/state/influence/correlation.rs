//! Correlations of predictions and labels, of their values and of their ranks.

use super::super::joint::Influence;
use super::objective::total;
use crate::stats::{Measure, Undefined};

/// Returns a correlation with the influence of each row.
pub(super) fn correlation(
    measure: Measure,
    weights: &[f64],
    labels: &[f64],
    predicted: &[f64],
) -> Result<Influence, Undefined> {
    if labels.len() < 2 {
        return Err(if labels.is_empty() { Undefined::NoRows } else { Undefined::OneRow });
    }
    let is_constant = |numbers: &[f64]| numbers.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 0.0);
    if is_constant(labels) {
        return Err(Undefined::ConstantLabels);
    }
    if is_constant(predicted) {
        return Err(Undefined::ConstantPredictions);
    }
    match measure {
        Measure::Spearman => of_ranks(weights, labels, predicted),
        Measure::Kendall => of_pairs(weights, labels, predicted),
        _ => of_values(weights, labels, predicted),
    }
}

/// Returns Pearson's correlation r; a row with the standardised values u and v has the influence u·v − r·(u² + v²) / 2.
fn of_values(weights: &[f64], labels: &[f64], predicted: &[f64]) -> Result<Influence, Undefined> {
    let all = total(weights, |_| 1.0);
    let centred = |numbers: &[f64]| -> Result<(Vec<f64>, f64), Undefined> {
        // Numbers far from 0 lose their last digits in a product of sums, so they are centred twice.
        let first = total(weights, |row| numbers[row]) / all;
        let moved: Vec<f64> = numbers.iter().map(|number| number - first).collect();
        let rest = total(weights, |row| moved[row]) / all;
        let moved: Vec<f64> = moved.iter().map(|number| number - rest).collect();
        let variance = total(weights, |row| moved[row] * moved[row]) / all;
        if variance > 0.0 { Ok((moved, variance.sqrt())) } else { Err(Undefined::ConstantLabels) }
    };
    let (labels, of_labels) = centred(labels)?;
    let (predicted, of_predicted) = centred(predicted)?;
    let product = |row: usize| labels[row] / of_labels * (predicted[row] / of_predicted);
    let value = (total(weights, product) / all).clamp(-1.0, 1.0);
    let slope = |row: usize| {
        let (label, ours) = (labels[row] / of_labels, predicted[row] / of_predicted);
        (label * ours - value * f64::midpoint(label * label, ours * ours)) / all
    };
    Ok(Influence { value, slopes: (0..weights.len()).map(slope).collect() })
}

/// Returns the rows in the order of one column, then of the other, then of their weights, so that equal rows alone can
/// change places.
fn sorted(weights: &[f64], first: &[f64], second: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_unstable_by(|left, right| {
        let compare = |column: &[f64]| (column[*left] + 0.0).total_cmp(&(column[*right] + 0.0));
        compare(first).then_with(|| compare(second)).then_with(|| weights[*left].total_cmp(&weights[*right]))
    });
    order
}

/// Returns runs of rows that are equal in the column by which they are sorted.
fn runs<'a>(order: &'a [usize], column: &'a [f64]) -> impl DoubleEndedIterator<Item = &'a [usize]> {
    #[expect(clippy::float_cmp, reason = "a tie is the very same number")]
    let is_tied = |left: &usize, right: &usize| column[*left] == column[*right];
    order.chunk_by(is_tied)
}

/// Returns each row's place: the proportion of the weight below it and of half of what is tied with it, less ½.
fn places(weights: &[f64], order: &[usize], column: &[f64], all: f64) -> Vec<f64> {
    let mut places = vec![0.0; weights.len()];
    let mut below = 0.0;
    for run in runs(order, column) {
        let weight: f64 = run.iter().map(|row| weights[*row]).sum();
        run.iter().for_each(|row| places[*row] = (below + weight / 2.0) / all - 0.5);
        below += weight;
    }
    places
}

/// Returns for each row the mean, over all rows, of what belongs to rows above it and half of what belongs to rows tied
/// with it: how far those are moved by one more row here.
fn moved(weights: &[f64], order: &[usize], column: &[f64], amount: &[f64], all: f64) -> Vec<f64> {
    let mut moved = vec![0.0; weights.len()];
    let mut above = 0.0;
    for run in runs(order, column).rev() {
        let of_run: f64 = run.iter().map(|row| weights[*row] * amount[*row]).sum();
        run.iter().for_each(|row| moved[*row] = (above + of_run / 2.0) / all);
        above += of_run;
    }
    moved
}

/// Returns Spearman's correlation. One more row moves the places of all others, which is a part of its influence.
fn of_ranks(weights: &[f64], labels: &[f64], predicted: &[f64]) -> Result<Influence, Undefined> {
    let all = total(weights, |_| 1.0);
    let (by_label, by_predicted) = (sorted(weights, labels, predicted), sorted(weights, predicted, labels));
    let f = places(weights, &by_label, labels, all);
    let g = places(weights, &by_predicted, predicted, all);
    let mean = |left: &[f64], right: &[f64]| total(weights, |row| left[row] * right[row]) / all;
    let (covariance, of_labels, of_predicted) = (mean(&f, &g), mean(&f, &f), mean(&g, &g));
    if of_labels <= 0.0 || of_predicted <= 0.0 {
        return Err(Undefined::ConstantLabels);
    }
    let root = of_labels.sqrt() * of_predicted.sqrt();
    let value = (covariance / root).clamp(-1.0, 1.0);
    let moved_label = |amount: &[f64]| moved(weights, &by_label, labels, amount, all);
    let moved_predicted = |amount: &[f64]| moved(weights, &by_predicted, predicted, amount, all);
    let (ours, theirs) = (moved_label(&g), moved_predicted(&f));
    let (own_label, own_predicted) = (moved_label(&f), moved_predicted(&g));
    let slope = |row: usize| {
        let of_covariance = f[row] * g[row] + ours[row] + theirs[row] - 3.0 * covariance;
        let along = |place: f64, moved: f64, variance: f64| (place * place + 2.0 * moved - 3.0 * variance) / variance;
        let spread = along(f[row], own_label[row], of_labels) + along(g[row], own_predicted[row], of_predicted);
        (of_covariance / root - value / 2.0 * spread) / all
    };
    Ok(Influence { value, slopes: (0..weights.len()).map(slope).collect() })
}

/// Sums of weights by rank, of which any first part is added up in logarithmic time (Fenwick 1994).
struct PartialSums(Vec<f64>);

impl PartialSums {
    fn add(&mut self, rank: usize, weight: f64) {
        let mut at = rank + 1;
        while at < self.0.len() {
            self.0[at] += weight;
            at += at & at.wrapping_neg();
        }
    }

    /// Returns the sum below a rank.
    fn below(&self, rank: usize) -> f64 {
        let (mut at, mut sum) = (rank, 0.0);
        while at > 0 {
            sum += self.0[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }
}

/// Returns Kendall's tau-b: P / √(X·Y), with P the weight of the pairs that both columns order alike less that of those
/// that they order differently, and X and Y the weights of the pairs that each orders. In time n·log n (Knight 1966).
fn of_pairs(weights: &[f64], labels: &[f64], predicted: &[f64]) -> Result<Influence, Undefined> {
    let all = total(weights, |_| 1.0);
    let (by_label, by_predicted) = (sorted(weights, labels, predicted), sorted(weights, predicted, labels));
    let mut rank = vec![0; weights.len()];
    let mut ranks = 0;
    for run in runs(&by_predicted, predicted) {
        run.iter().for_each(|row| rank[*row] = ranks);
        ranks += 1;
    }
    // Each row's weight of rows with another number in a column.
    let others = |order: &[usize], column: &[f64]| {
        let mut others = vec![0.0; weights.len()];
        for run in runs(order, column) {
            let tied: f64 = run.iter().map(|row| weights[*row]).sum();
            run.iter().for_each(|row| others[*row] = all - tied);
        }
        others
    };
    let (of_labels, of_predicted) = (others(&by_label, labels), others(&by_predicted, predicted));
    // Each row's weight of rows that are ordered alike, less those that are ordered differently.
    let mut agreed = vec![0.0; weights.len()];
    let mut pass = |order: &mut dyn Iterator<Item = &[usize]>, sign: f64| {
        let mut sums = PartialSums(vec![0.0; ranks + 1]);
        let mut seen = 0.0;
        for run in order {
            for row in run {
                let below = sums.below(rank[*row]);
                let above = seen - sums.below(rank[*row] + 1);
                agreed[*row] += sign * (below - above);
            }
            for row in run {
                sums.add(rank[*row], weights[*row]);
                seen += weights[*row];
            }
        }
    };
    pass(&mut runs(&by_label, labels), 1.0);
    pass(&mut runs(&by_label, labels).rev(), -1.0);
    let sum = |of: &[f64]| total(weights, |row| of[row]);
    let (pairs, x, y) = (sum(&agreed), sum(&of_labels), sum(&of_predicted));
    if x <= 0.0 || y <= 0.0 {
        return Err(Undefined::ConstantLabels);
    }
    let root = x.sqrt() * y.sqrt();
    let value = (pairs / root).clamp(-1.0, 1.0);
    let slope = |row: usize| 2.0 * agreed[row] / root - value * (of_labels[row] / x + of_predicted[row] / y);
    Ok(Influence { value, slopes: (0..weights.len()).map(slope).collect() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// The influence of a row is the derivative of the value by the row's weight.
    #[test]
    fn influences_are_derivatives_by_the_weights() {
        let labels = [1.0, 2.0, 2.0, 3.0, 5.0, 4.0, 0.5, 2.5];
        let predicted = [1.1, 1.9, 2.4, 2.4, 4.0, 4.5, 1.0, 1.9];
        let weights = [1.0, 2.0, 1.0, 0.5, 1.0, 3.0, 1.0, 1.5];
        for measure in [Measure::Pearson, Measure::Spearman, Measure::Kendall] {
            let found = correlation(measure, &weights, &labels, &predicted).unwrap();
            for row in 0..weights.len() {
                let moved = |by: f64| {
                    let mut weights = weights;
                    weights[row] += by;
                    correlation(measure, &weights, &labels, &predicted).unwrap().value
                };
                let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                assert!((slope - found.slopes[row]).abs() < 1e-7, "{measure:?}, {row}: {slope} {}", found.slopes[row]);
            }
        }
    }

    #[test]
    fn columns_that_never_vary_have_no_correlation() {
        let of = |labels: &[f64], predicted: &[f64]| {
            correlation(Measure::Kendall, &[1.0; 3], labels, predicted).map(|found| found.value)
        };
        assert_eq!(of(&[1.0; 3], &[1.0, 2.0, 3.0]), Err(Undefined::ConstantLabels));
        assert_eq!(of(&[1.0, 2.0, 3.0], &[7.0; 3]), Err(Undefined::ConstantPredictions));
        assert_eq!(of(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), Ok(1.0));
        assert_eq!(of(&[1.0, 2.0, 3.0], &[6.0, 5.0, 4.0]), Ok(-1.0));
    }
}
