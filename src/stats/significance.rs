//! McNemar's tests and Tango's interval: rows that only one side has right.

use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

use super::{Contingency, Measure};
use crate::stats::numeric::quantile::{float, z};

/// Returns the rows that only the baseline and that only the candidate has right, for metrics whose denominator depends
/// on the labels alone.
pub(super) fn flips(measure: Measure, table: &Contingency) -> Option<[u64; 2]> {
    let of_labels: &[usize] = match measure {
        Measure::Accuracy | Measure::ZeroOneLoss => &[0, 1],
        Measure::Recall | Measure::FalseNegativeRate => &[1],
        Measure::Specificity | Measure::FalsePositiveRate => &[0],
        _ => return None,
    };
    let mut flips = [0, 0];
    for (index, rows) in table.cells().enumerate() {
        let (label, ours, theirs) = (index >> 2 & 1, index >> 1 & 1, index & 1);
        if of_labels.contains(&label) && ours != theirs {
            flips[usize::from(ours == label)] += rows;
        }
    }
    Some(flips)
}

/// Returns the p-value of McNemar's exact test: that of as few rows on one side of ½.
pub fn mcnemar_exact(broken: u64, fixed: u64) -> f64 {
    let fewer = broken.min(fixed);
    Binomial::new(0.5, broken + fixed).map_or(1.0, |flips| (2.0 * flips.cdf(fewer)).min(1.0))
}

/// Returns the p-value of McNemar's mid-p test, which is not conservative like the exact one (Fagerland, Lydersen and
/// Laake 2013).
pub fn mcnemar_mid_p(broken: u64, fixed: u64) -> f64 {
    if broken == fixed {
        return 1.0;
    }
    let fewer = broken.min(fixed);
    // The constructor only needs a probability, which ½ is.
    Binomial::new(0.5, broken + fixed).map_or(1.0, |flips| (2.0 * flips.cdf(fewer) - flips.pmf(fewer)).min(1.0))
}

/// Returns Tango's (1998) score interval of the change of a proportion of n rows, of which `broken` and `fixed` were
/// flipped.
pub fn tango(broken: u64, fixed: u64, n: u64, level: f64) -> Option<[f64; 2]> {
    if n == 0 {
        return None;
    }
    let (lost, won, rows) = (float(broken), float(fixed), float(n));
    let z = z(level);
    let score = |change: f64| {
        let b = -won - lost + (2.0 * rows - won + lost) * change;
        let c = -lost * change * (1.0 - change);
        let share = ((b * b - 8.0 * rows * c).max(0.0).sqrt() - b) / (4.0 * rows);
        let spread = (rows * (2.0 * share + change * (1.0 - change))).max(0.0).sqrt();
        (won - lost - rows * change, z * spread)
    };
    let at = (won - lost) / rows;
    let end = |limit: f64, sign: f64| {
        let (mut inside, mut outside) = (at, limit);
        for _ in 0..100 {
            let middle = f64::midpoint(inside, outside);
            let (off, reach) = score(middle);
            *(if sign * off < reach { &mut inside } else { &mut outside }) = middle;
        }
        inside
    };
    Some([end(-1.0, 1.0), end(1.0, -1.0)])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn published_examples() {
        // Fagerland, Lydersen and Laake (2013), table 5: 1 and 7 discordant pairs.
        assert!((mcnemar_mid_p(1, 7) - 0.039_062_5).abs() < 1e-12);
        assert!((mcnemar_exact(1, 7) - 0.070_312_5).abs() < 1e-12);
        assert_eq!((mcnemar_exact(0, 0), mcnemar_exact(5, 5)), (1.0, 1.0));
        assert_eq!(tango(0, 0, 0, 0.95), None);
    }

    #[test]
    fn rows_that_never_differ_still_leave_room() {
        // The upper end is z² / (n + z²).
        let [low, high] = tango(0, 0, 100, 0.95).unwrap();
        let expected = 3.841_458_820_694_124 / 103.841_458_820_694_12;
        assert!((high - expected).abs() < 1e-9 && (low + expected).abs() < 1e-9, "{low} {high}");
    }
}
