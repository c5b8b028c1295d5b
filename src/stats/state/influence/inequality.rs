//! Inequality of the benefit that predictions bring to the rows (Speicher et al. 2018).
//!
//! The benefit of a row is prediction − label + 1: 0 for a false negative, 1 for a correct row, 2 for a false positive.
//! The generalized entropy of order α is the mean of (bᵅ / μᵅ − 1) / (α·(α − 1)); its limit at 1 is Theil's index, the
//! mean of b / μ · ln(b / μ).

use crate::stats::{Measure, Metric, Undefined};

/// Returns the order α of a metric that is an entropy.
pub(crate) fn order(metric: Metric) -> Option<f64> {
    match metric.measure {
        Measure::TheilIndex => Some(1.0),
        Measure::GeneralizedEntropy => metric.at.map(|at| at.0),
        _ => None,
    }
}

/// Returns the entropy and its derivatives by the proportions of false negatives and of false positives.
pub(crate) fn entropy(order: f64, missed: f64, wrong: f64) -> Result<(f64, [f64; 2]), Undefined> {
    let mean = 1.0 + wrong - missed;
    if mean <= 0.0 {
        return Err(Undefined::NoBenefit);
    }
    if is_theil(order) {
        let twice = 2.0 * std::f64::consts::LN_2;
        let value = twice * wrong / mean - mean.ln();
        let along_mean = -twice * wrong / (mean * mean) - 1.0 / mean;
        return Ok((value.max(0.0), [-along_mean, twice / mean + along_mean]));
    }
    let scale = 1.0 / (order * (order - 1.0));
    // The mean of bᵅ.
    let power = 1.0 - missed - wrong + wrong * 2.0_f64.powf(order);
    let of_mean = mean.powf(order);
    let value = scale * (power / of_mean - 1.0);
    let along_mean = -order * power / (of_mean * mean);
    let slopes = [-1.0 / of_mean - along_mean, (2.0_f64.powf(order) - 1.0) / of_mean + along_mean];
    Ok((value.max(0.0), slopes.map(|slope| scale * slope)))
}

/// Returns the largest entropy of `rows` rows: one of them gets all benefit.
pub(crate) fn most(order: f64, rows: f64) -> f64 {
    if is_theil(order) { rows.ln() } else { (rows.powf(order - 1.0) - 1.0) / (order * (order - 1.0)) }
}

/// Tells whether an order is so near to 1 that the general form would cancel.
fn is_theil(order: f64) -> bool {
    (order - 1.0).abs() < 1e-6
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn by_hand() {
        // Benefits 0, 1, 1, 2: μ = 1, so the entropy is half of their variance.
        assert!((entropy(2.0, 0.25, 0.25).unwrap().0 - 0.25).abs() < 1e-15);
        // Theil's: 2 · ln 2 / 4.
        assert!((entropy(1.0, 0.25, 0.25).unwrap().0 - 0.5 * std::f64::consts::LN_2).abs() < 1e-15);
        assert_eq!(entropy(2.0, 0.0, 0.0).unwrap().0, 0.0);
        assert_eq!(entropy(1.0, 1.0, 0.0), Err(Undefined::NoBenefit));
    }

    #[test]
    fn one_row_that_has_it_all_is_the_most_there_is() {
        for order in [0.5, 1.0, 2.0, 3.0] {
            let found = entropy(order, 0.99, 0.0).unwrap().0;
            assert!((found - most(order, 100.0)).abs() < 1e-9 * found, "{order}: {found}");
        }
    }

    #[test]
    fn slopes_are_those_of_the_value() {
        let step = 1e-6;
        for order in [0.5, 1.0, 1.5, 2.0, 3.0] {
            let (_, slopes) = entropy(order, 0.2, 0.1).unwrap();
            let of = |missed: f64, wrong: f64| entropy(order, missed, wrong).unwrap().0;
            let along = [of(0.2 + step, 0.1) - of(0.2 - step, 0.1), of(0.2, 0.1 + step) - of(0.2, 0.1 - step)];
            for (slope, along) in slopes.iter().zip(along) {
                assert!((slope - along / (2.0 * step)).abs() < 1e-6, "{order}: {slope}");
            }
        }
    }
}
