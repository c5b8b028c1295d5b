//! Proportions of rows, and their score intervals.

use statrs::distribution::{Beta, ContinuousCDF, Normal};

use crate::stats::Estimate;
use crate::stats::numeric::quantile::{float, t, z};

/// The count on one side of a proportion below which a score interval is too rough.
const FEW_ROWS: f64 = 10.0;

/// The proportion above which Wilson's lower end is wider than its level requires.
const NEARLY_ALL: f64 = 0.8;

/// Returns a proportion with Wilson's score interval (Wilson 1927).
pub fn wilson(hits: u64, n: u64, level: f64) -> Option<Estimate> {
    let value = share(hits, n)?;
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    let rows = n as f64;
    let z = z(level);
    let center = (value + z * z / (2.0 * rows)) / (1.0 + z * z / rows);
    let standard_error = (value * (1.0 - value) / rows).sqrt();
    let half = z / (1.0 + z * z / rows) * (value * (1.0 - value) / rows + z * z / (4.0 * rows * rows)).sqrt();
    // A proportion of 0 or 1 is an end of the interval, which rounding would miss.
    let low = if hits == 0 { 0.0 } else { (center - half).max(0.0) };
    let high = if hits == n { 1.0 } else { (center + half).min(1.0) };
    Some(Estimate { value, interval: [low, high], standard_error, n, method: "Wilson" })
}

/// Returns Wilson's interval of a value between 0 and 1 that is not a plain proportion; `rows` is the number of rows
/// with which a plain proportion has the same variance (Kott and Carr 1997). `freedom` are the degrees of freedom if
/// they are few.
pub(crate) fn wilson_effective(value: f64, rows: f64, freedom: Option<f64>, level: f64) -> [f64; 2] {
    let z = freedom.map_or_else(|| z(level), |freedom| t(freedom, level));
    let center = (value + z * z / (2.0 * rows)) / (1.0 + z * z / rows);
    let half = z / (1.0 + z * z / rows) * (value * (1.0 - value) / rows + z * z / (4.0 * rows * rows)).sqrt();
    let low = if value <= 0.0 { 0.0 } else { (center - half).max(0.0) };
    let high = if value >= 1.0 { 1.0 } else { (center + half).min(1.0) };
    [low, high]
}

/// Returns the interval of a proportion of effective rows: Wilson's (1927), but the end towards the nearer of 0 and 1
/// is at least as wide as the exact one (Clopper and Pearson 1934; on effective rows Korn and Graubard 1998). Few rows
/// are on that side, and Wilson's end there is missed up to three times as often as its level says: with 20 rows, each
/// right with probability 95 %, 17 or fewer are right in 7.5 % of samples, and Wilson's interval then ends below 95 %.
/// With few rows and a moderate proportion, both ends are at least as wide as the exact ones.
pub(crate) fn share_interval(value: f64, rows: f64, freedom: Option<f64>, level: f64) -> [f64; 2] {
    let [low, high] = wilson_effective(value, rows, freedom, level);
    let tail = freedom.map_or(0.5 - level / 2.0, |freedom| Normal::standard().cdf(-t(freedom, level)));
    let hits = value * rows;
    let is_few = hits.min(rows - hits) < FEW_ROWS;
    let exact_low = || if value <= 0.0 { 0.0 } else { beta_quantile(hits, rows - hits + 1.0, tail) };
    let exact_high = || if value >= 1.0 { 1.0 } else { beta_quantile(hits + 1.0, rows - hits, 1.0 - tail) };
    [
        if value <= 0.5 || (is_few && value <= NEARLY_ALL) { low.min(exact_low()) } else { low },
        if value >= 0.5 || (is_few && value >= 1.0 - NEARLY_ALL) { high.max(exact_high()) } else { high },
    ]
}

/// Returns the quantile of a beta distribution; an end of its range if there is no such distribution.
fn beta_quantile(a: f64, b: f64, chance: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    let Ok(beta) = Beta::new(a, b) else { return if chance < 0.5 { low } else { high } };
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        *(if beta.cdf(middle) < chance { &mut low } else { &mut high }) = middle;
    }
    f64::midpoint(low, high)
}

/// Returns the number of effective rows behind a mean of equal units between 0 and 1: a proportion of as many independent
/// rows has the mean's variance.
pub(crate) fn effective_rows_of_mean(mean: f64, variance: f64, units: f64) -> f64 {
    let share = (mean * units + 0.5) / (units + 1.0);
    let seen = variance.max(0.0) * units * units + units * (mean - share) * (mean - share);
    let unseen = 0.5 * (share * share + (1.0 - share) * (1.0 - share));
    (share * (1.0 - share) * (units + 1.0) * (units + 1.0) / (seen + unseen) - 1.0).max(1e-3)
}

/// Returns a ratio of counts; `None` if the denominator is 0.
pub(crate) fn share(numerator: u64, denominator: u64) -> Option<f64> {
    (denominator > 0).then(|| float(numerator) / float(denominator))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::stats::numeric::fraction_sums::FractionSums;

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

    #[test]
    fn the_end_towards_the_nearer_bound_is_exact() {
        // statsmodels 0.15.0: proportion_confint(7, 20, method="beta") begins at 0.153909204784541.
        let [low, high] = share_interval(0.35, 20.0, None, 0.95);
        near(low, 0.153_909_204_784_541_18);
        near(high, 0.592_188_534_532_828_2);
        // Wilson's interval of 19 in 20 begins at 0.763868.
        let [low, high] = share_interval(0.95, 20.0, None, 0.95);
        near(low, wilson(19, 20, 0.95).unwrap().interval[0]);
        near(high, 0.998_734_910_482_054_6);
        assert_eq!(share_interval(1.0, 20.0, None, 0.95), wilson(20, 20, 0.95).unwrap().interval);
    }

    #[test]
    fn plain_rows_are_as_many_as_they_are() {
        for (hits, n) in [(0.0, 20.0), (7.0, 20.0), (20.0, 20.0)] {
            let sums =
                FractionSums { units: 20, above: hits, below: n, above_squared: hits, product: hits, below_squared: n };
            near(sums.effective_rows(1.0), n);
            near(effective_rows_of_mean(hits / n, hits / n * (1.0 - hits / n) / n, n), n);
        }
    }

    #[test]
    fn rows_that_all_say_the_same_leave_as_many_as_their_weights_are_worth() {
        // Eight rows of weight 1 and eight of 2: 24² / 40.
        let sums = FractionSums {
            units: 16,
            above: 24.0,
            below: 24.0,
            above_squared: 40.0,
            product: 40.0,
            below_squared: 40.0,
        };
        near(sums.effective_rows(1.0), 14.4);
    }
}
