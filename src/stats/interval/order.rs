//! Intervals of quantiles by the ranks of the rows: whatever the distribution is, the number of rows below its
//! quantile is binomial (Thompson 1936).

use statrs::distribution::{Binomial, DiscreteCDF};

use super::value::reach;
use crate::stats::numeric::quantile::{float, quantile};
use crate::stats::{Measure, Metric};

/// Values of one side in ascending order, and what their ranks tell of a quantile.
#[derive(Debug, Clone)]
pub(crate) struct OrderStatistics {
    /// The values, or evenly spaced quantiles of them.
    pub(crate) sorted: Vec<f64>,
    /// The number of independent rows that they are worth.
    pub(crate) units: f64,
    /// The quantile, between 0 and 1.
    pub(crate) share: f64,
}

impl OrderStatistics {
    /// Returns the interval of the quantile. An end that so few rows cannot bound is infinite: the largest of 100 rows
    /// lies below the 99 % quantile in 37 % of all samples.
    pub(crate) fn interval(&self, level: f64) -> [f64; 2] {
        let n = whole(self.units);
        let [low, high] = ranks(n, self.share, level);
        let at = |rank: u64| {
            let place = if n > 1 { float(rank - 1) / float(n - 1) } else { 0.0 };
            quantile(&self.sorted, place)
        };
        [low.map_or(f64::NEG_INFINITY, at), high.map_or(f64::INFINITY, at)]
    }

    /// Returns the quantile itself.
    fn value(&self) -> f64 {
        quantile(&self.sorted, self.share)
    }
}

/// Returns the interval of candidate − `weight` · baseline around `value`, for quantiles that move together by
/// `correlation` (Zou and Donner 2008).
pub(crate) fn of_change(
    value: f64,
    [ours, theirs]: [&OrderStatistics; 2],
    (weight, correlation, level): (f64, f64, f64),
) -> [f64; 2] {
    let reaches = |order: &OrderStatistics| {
        let (value, [low, high]) = (order.value(), order.interval(level));
        [(value - low).max(0.0), (high - value).max(0.0)]
    };
    let ([down, up], theirs) = (reaches(ours), reaches(theirs).map(|reach| weight * reach));
    let joined = |mine: f64, other: f64| {
        if mine.is_finite() && other.is_finite() { reach(mine, other, correlation) } else { f64::INFINITY }
    };
    [value - joined(down, theirs[1]), value + joined(up, theirs[0])]
}

impl Metric {
    /// Returns the fewest independent rows whose ranks bound a quantile on both sides; `None` for other metrics.
    pub fn fewest_rows(self, level: f64) -> Option<u64> {
        match self.measure {
            Measure::Median => Some(fewest(0.5, level)),
            Measure::GradeQuantile => self.at.map(|at| fewest(at.0, level)),
            _ => None,
        }
    }
}

/// Returns the fewest rows with which both ends of a quantile's interval are bounded.
fn fewest(share: f64, level: f64) -> u64 {
    let tail = 0.5 - level / 2.0;
    let rows = (tail.ln() / share.max(1.0 - share).ln()).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of rows")]
    if rows.is_finite() { rows as u64 } else { u64::MAX }
}

/// Returns the ranks of the rows, from 1, between which the quantile lies at this level; `None` for an end that no row
/// bounds.
fn ranks(n: u64, share: f64, level: f64) -> [Option<u64>; 2] {
    let Ok(below) = Binomial::new(share, n) else { return [None, None] };
    let tail = 0.5 - level / 2.0;
    // The fewest rows that lie below the quantile with more than this probability.
    let first = |probability: f64| {
        let (mut low, mut high) = (0, n);
        while low < high {
            let middle = u64::midpoint(low, high);
            if below.cdf(middle) > probability { high = middle } else { low = middle + 1 }
        }
        low
    };
    let (low, high) = (first(tail), first(1.0 - tail) + 1);
    [(low > 0).then_some(low), (high <= n).then_some(high)]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of rows, rounded down")]
fn whole(units: f64) -> u64 {
    units.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranks_are_those_of_the_binomial_distribution() {
        // scipy.stats.binom: P(X < 40) and P(X >= 61) of 100 and 1/2 are 0.0176, P(X < 41) is 0.0284.
        assert_eq!(ranks(100, 0.5, 0.95), [Some(40), Some(61)]);
        // P(X >= 100) of 100 and 0.95 is 0.0059, P(X >= 99) is 0.0371.
        assert_eq!(ranks(100, 0.95, 0.95)[1], Some(100));
        assert_eq!(ranks(100, 0.99, 0.95)[1], None);
        assert_eq!(ranks(5, 0.5, 0.95), [None, None]);
        assert_eq!(ranks(6, 0.5, 0.95), [Some(1), Some(6)]);
    }

    #[test]
    fn the_fewest_rows_bound_both_ends() {
        for (share, rows) in [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368), (0.05, 72)] {
            assert_eq!(fewest(share, 0.95), rows, "{share}");
            assert!(ranks(rows, share, 0.95).iter().all(Option::is_some), "{share}");
            assert!(ranks(rows - 1, share, 0.95).contains(&None), "{share}");
        }
    }
}
