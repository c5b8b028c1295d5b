//! Shares of rows, and their score intervals.

use super::Estimate;
use super::distribution::{float, t, z};

/// A proportion with Wilson's score interval (Wilson 1927).
pub fn wilson(hits: u64, n: u64, level: f64) -> Option<Estimate> {
    let value = share(hits, n)?;
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    let rows = n as f64;
    let z = z(level);
    let center = (value + z * z / (2.0 * rows)) / (1.0 + z * z / rows);
    let standard_error = (value * (1.0 - value) / rows).sqrt();
    let half = z / (1.0 + z * z / rows) * (value * (1.0 - value) / rows + z * z / (4.0 * rows * rows)).sqrt();
    // At the ends the interval touches them, which rounding would miss by a hair.
    let low = if hits == 0 { 0.0 } else { (center - half).max(0.0) };
    let high = if hits == n { 1.0 } else { (center + half).min(1.0) };
    Some(Estimate { value, interval: [low, high], standard_error, n, method: "Wilson" })
}

/// Wilson's interval of a value between 0 and 1 that is no plain share of rows: with so many rows as would give a plain
/// share the same variance (Kott and Carr 1997). `freedom` are the degrees of freedom, where they are few.
pub(super) fn wilson_effective(value: f64, rows: f64, freedom: Option<f64>, level: f64) -> [f64; 2] {
    let z = freedom.map_or_else(|| z(level), |freedom| t(freedom, level));
    let center = (value + z * z / (2.0 * rows)) / (1.0 + z * z / rows);
    let half = z / (1.0 + z * z / rows) * (value * (1.0 - value) / rows + z * z / (4.0 * rows * rows)).sqrt();
    let low = if value <= 0.0 { 0.0 } else { (center - half).max(0.0) };
    let high = if value >= 1.0 { 1.0 } else { (center + half).min(1.0) };
    [low, high]
}

/// A fraction of counts, where there is anything to divide by.
pub(super) fn share(numerator: u64, denominator: u64) -> Option<f64> {
    (denominator > 0).then(|| float(numerator) / float(denominator))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} is not {right}");
    }

    #[test]
    fn wilson_agrees_with_statsmodels() {
        // statsmodels 0.15.0: proportion_confint(count, nobs, method="wilson")
        for (hits, n, low, high) in [
            (0, 20, 0.0, 0.161_125_158_052_819_25),
            (7, 20, 0.181_191_824_101_082_03, 0.567_145_723_314_763_8),
            (20, 20, 0.838_874_841_947_180_7, 1.0),
        ] {
            let estimate = wilson(hits, n, 0.95).unwrap();
            near(estimate.interval[0], low);
            near(estimate.interval[1], high);
            let effective = wilson_effective(estimate.value, float(n), None, 0.95);
            near(effective[0], low);
            near(effective[1], high);
        }
        assert_eq!(wilson(0, 0, 0.95), None);
    }
}
