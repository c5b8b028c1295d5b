//! A change of a mean, split over the rows that it comes from.

use super::SearchRows;
use crate::stats::ExactSum;

/// The rows of a part and their share of a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// The number of rows.
    pub rows: u64,
    /// The sum of their weighted amounts over the weight of all rows.
    pub amount: f64,
}

/// Returns the contribution of each part to the weighted mean of all amounts; `part_of` is the part of each row, below `parts`.
///
/// Sums are exact until they are rounded at their end, so contributions add up to the mean up to one rounding for each part. They
/// do not depend on the order of the rows.
pub fn contributions(rows: SearchRows<'_>, part_of: impl Fn(usize) -> usize, parts: usize) -> Vec<Contribution> {
    let (mut whole, mut sums) = (ExactSum::new(), vec![(0_u64, ExactSum::new()); parts]);
    for row in 0..rows.len() {
        let weight = rows.weight(row);
        whole.add(weight);
        if let Some((count, sum)) = sums.get_mut(part_of(row)) {
            *count += 1;
            sum.add(weight * rows.amounts[row]);
        }
    }
    let whole = whole.value();
    let of = |(rows, sum): (u64, ExactSum)| Contribution { rows, amount: sum.value() / whole };
    sums.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_add_up_to_the_mean() {
        let amounts: Vec<f64> = (0..1000).map(|row| (f64::from(row) * 0.37).sin() * 1e3).collect();
        let weights: Vec<f64> = (0..1000).map(|row| 1.0 + f64::from(row % 4) / 3.0).collect();
        let rows = SearchRows { features: &[], amounts: &amounts, weights: Some(&weights), clusters: None };
        let parts = contributions(rows, |row| row % 7, 7);
        let weighted: f64 = amounts.iter().zip(&weights).map(|(amount, weight)| amount * weight).sum();
        let mean = weighted / weights.iter().sum::<f64>();
        let sum: f64 = parts.iter().map(|part| part.amount).sum();
        assert!((sum - mean).abs() <= 1e-12 * 1e3, "{sum} {mean}");
        assert_eq!(parts.iter().map(|part| part.rows).sum::<u64>(), 1000);
    }
}
