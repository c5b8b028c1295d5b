//! Tests of one slice that was chosen on other rows.

use std::collections::BTreeMap;

use super::SearchRows;
use crate::stats::interval::mean::{around, leaning};
use crate::stats::numeric::quantile::{float, t};
use crate::stats::state::moves::Dispersion;
use crate::stats::{Estimate, ExactSum, Inference, Null};

/// The fewest rows or clusters of a slice that a test decides on.
const LEAST_UNITS: u64 = 20;

/// A sum of weighted amounts, for a mean.
#[derive(Debug, Clone, Default)]
struct Weighed {
    sum: ExactSum,
    weight: ExactSum,
}

impl Weighed {
    fn add(&mut self, rows: &SearchRows<'_>, row: usize) {
        let weight = rows.weight(row);
        self.sum.add(weight * rows.amounts[row]);
        self.weight.add(weight);
    }

    fn mean(&self) -> Option<f64> {
        let weight = self.weight.value();
        (weight > 0.0).then(|| self.sum.value() / weight)
    }
}

/// Returns the weighted mean amount of some rows, independent of their order; `None` if there are none.
pub(super) fn mean(rows: &SearchRows<'_>, of: impl IntoIterator<Item = u32>) -> Option<f64> {
    let mut found = Weighed::default();
    of.into_iter().for_each(|row| found.add(rows, row as usize));
    found.mean()
}

/// Returns the one-sided p-value of the slice `inside` among the rows of both lists.
///
/// The null hypothesis is that its mean amount is at most that of the rows outside, and, of changes, at most 0: the larger
/// p-value of the two counts (an intersection-union test). With too few rows it is 1.
pub(super) fn p_value(rows: &SearchRows<'_>, inside: &[u32], outside: &[u32], is_change: bool) -> f64 {
    let (Some(ours), Some(others)) = (weighed(rows, inside), weighed(rows, outside)) else { return 1.0 };
    let alone = if is_change { tail(&influences(rows, &[(inside, &ours, 1.0)]), ours.0, inside, rows) } else { 0.0 };
    let sides = [(inside, &ours, 1.0), (outside, &others, -1.0)];
    tail(&influences(rows, &sides), ours.0 - others.0, inside, rows).max(alone)
}

/// Returns the mean of some rows and their weight.
fn weighed(rows: &SearchRows<'_>, of: &[u32]) -> Option<(f64, f64)> {
    let mut found = Weighed::default();
    of.iter().for_each(|row| found.add(rows, *row as usize));
    Some((found.mean()?, found.weight.value()))
}

/// Returns the influence of each unit, a cluster or a row, on a sum of signed means.
fn influences(rows: &SearchRows<'_>, sides: &[(&[u32], &(f64, f64), f64)]) -> Vec<f64> {
    let of_rows = sides.iter().flat_map(|(of, (mean, weight), sign)| {
        of.iter().map(move |row| {
            let row = *row as usize;
            (row, sign * rows.weight(row) * (rows.amounts[row] - mean) / weight)
        })
    });
    let Some(clusters) = rows.clusters else { return of_rows.map(|(_, influence)| influence).collect() };
    let mut units = BTreeMap::<u32, ExactSum>::new();
    of_rows.for_each(|(row, influence)| units.entry(clusters[row]).or_default().add(influence));
    units.values().map(ExactSum::value).collect()
}

/// Returns the p-value of an estimate whose units have these influences, by the t distribution with the degrees of freedom of
/// the slice. The end on the side of a longer tail moves outwards, as that of any other mean.
fn tail(influences: &[f64], value: f64, inside: &[u32], rows: &SearchRows<'_>) -> f64 {
    let units = units(inside, rows);
    if units < LEAST_UNITS || value <= 0.0 {
        return 1.0;
    }
    let number = float(influences.len() as u64);
    let power = |exponent: i32| {
        let mut sum = ExactSum::new();
        influences.iter().for_each(|influence| sum.add(influence.powi(exponent)));
        sum.value()
    };
    let squares = power(2);
    if squares <= 0.0 {
        // All rows of the slice changed alike, and none of the others did.
        return 0.5_f64.powf(float(units));
    }
    let variance = squares * number / (number - 1.0);
    let skewness = power(3) / number / (squares / number).powf(1.5);
    let dispersion = Dispersion::of_mean(variance, influences.len() as u64, skewness, f64::INFINITY);
    let standard_error = variance.sqrt();
    let inference = Inference::new(move |level| {
        let interval = around(value, t(float(units - 1), level) * standard_error);
        leaning(Estimate { value, interval, standard_error, n: units, method: "t of the mean" }, &dispersion, level)
    });
    inference.p_value(Null::AtMost(0.0))
}

fn units(inside: &[u32], rows: &SearchRows<'_>) -> u64 {
    let Some(clusters) = rows.clusters else { return inside.len() as u64 };
    let mut units: Vec<u32> = inside.iter().map(|row| clusters[*row as usize]).collect();
    units.sort_unstable();
    units.dedup();
    units.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(amounts: &[f64]) -> SearchRows<'_> {
        SearchRows { features: &[], amounts, weights: None, clusters: None }
    }

    #[test]
    fn a_symmetric_sample_has_the_p_value_of_t() {
        // scipy 1.17.1: ttest_1samp([...], 0, alternative="greater") of 20 values around 0.5
        let amounts: Vec<f64> = (0..20).map(|row| if row % 2 == 0 { 1.5 } else { -0.5 }).chain([0.0; 40]).collect();
        let (inside, outside): (Vec<u32>, Vec<u32>) = (0..60).partition(|row| *row < 20);
        let found = tail(&influences(&rows(&amounts), &[(&inside, &(0.5, 20.0), 1.0)]), 0.5, &inside, &rows(&amounts));
        assert!((found - 0.021_043_1).abs() < 1e-6, "{found}");
        assert!(p_value(&rows(&amounts), &inside, &outside, true) >= found);
    }

    #[test]
    fn few_rows_decide_nothing() {
        let amounts = [1.0; 30];
        let (inside, outside): (Vec<u32>, Vec<u32>) = (0..30).partition(|row| *row < 19);
        assert_eq!(p_value(&rows(&amounts), &inside, &outside, true), 1.0);
    }

    #[test]
    fn rows_of_a_cluster_are_one_observation() {
        let amounts: Vec<f64> = (0..400).map(|row| f64::from(row / 10 % 3) - 0.8).chain(vec![0.0; 400]).collect();
        let clusters: Vec<u32> = (0..800).map(|row| row / 10).collect();
        let (inside, outside): (Vec<u32>, Vec<u32>) = (0..800).partition(|row| *row < 400);
        let alone = rows(&amounts);
        let clustered = SearchRows { clusters: Some(&clusters), ..alone };
        assert!(p_value(&alone, &inside, &outside, true) < 0.001);
        assert!(p_value(&clustered, &inside, &outside, true) > 0.05);
    }
}
