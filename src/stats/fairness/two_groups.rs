//! Two independent proportions: intervals of their difference and of their ratio, and tests of equality.

use statrs::distribution::{Beta, ContinuousCDF, Discrete, Hypergeometric, Normal};

use super::super::wilson;
use crate::stats::numeric::quantile::{float, z};

/// A proportion, as numerator and denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The rows in the numerator.
    pub hits: u64,
    /// The rows in the denominator.
    pub n: u64,
}

impl Share {
    /// Returns the value; `n` must be at least 1.
    pub fn value(self) -> f64 {
        float(self.hits) / float(self.n)
    }
}

/// Returns the interval of one − other (Newcombe 1998, method 10), combined from Wilson's two intervals.
pub fn newcombe(one: Share, other: Share, level: f64) -> Option<[f64; 2]> {
    let (ours, theirs) = (wilson(one.hits, one.n, level)?, wilson(other.hits, other.n, level)?);
    let difference = ours.value - theirs.value;
    let down = (ours.value - ours.interval[0]).hypot(theirs.interval[1] - theirs.value);
    let up = (ours.interval[1] - ours.value).hypot(theirs.value - theirs.interval[0]);
    Some([(difference - down).max(-1.0), (difference + up).min(1.0)])
}

/// Returns the score interval of one / other (Miettinen and Nurminen 1985, without their factor n / (n − 1), as Koopman
/// 1984). The upper end is infinite if the other proportion is 0.
pub fn score_ratio(one: Share, other: Share, level: f64) -> Option<[f64; 2]> {
    if one.n == 0 || other.n == 0 || (one.hits == 0 && other.hits == 0) {
        return None;
    }
    let reach = z(level);
    let score = |ln: f64| standardised(one, other, ln.exp());
    let at = (one.value() / other.value()).ln();
    // The score decreases with the ratio, so it crosses +z and −z once each.
    let end = |sign: f64| {
        let mut inside = if at.is_finite() { at } else { -sign * 40.0 };
        let mut outside = sign * 40.0;
        if sign * score(outside) > -reach {
            return outside;
        }
        for _ in 0..200 {
            let middle = f64::midpoint(inside, outside);
            *(if sign * score(middle) > -reach { &mut inside } else { &mut outside }) = middle;
        }
        f64::midpoint(inside, outside)
    };
    let low = if one.hits == 0 { 0.0 } else { end(-1.0).exp() };
    let high = if other.hits == 0 { f64::INFINITY } else { end(1.0).exp() };
    Some([low, high])
}

/// Returns the score of one − ratio · other, in standard errors under that ratio.
fn standardised(one: Share, other: Share, ratio: f64) -> f64 {
    let (x1, n1, x2, n2) = (float(one.hits), float(one.n), float(other.hits), float(other.n));
    // The maximum-likelihood proportions under this ratio: the root of a quadratic.
    let a = (n1 + n2) * ratio;
    let b = n1 * ratio + x1 + n2 + x2 * ratio;
    let c = x1 + x2;
    // The smaller root, in the form without cancellation.
    let theirs = 2.0 * c / (b + (b * b - 4.0 * a * c).max(0.0).sqrt());
    let ours = (ratio * theirs).min(1.0);
    let variance = ours * (1.0 - ours) / n1 + ratio * ratio * theirs * (1.0 - theirs) / n2;
    (x1 / n1 - ratio * x2 / n2) / variance.max(0.0).sqrt()
}

/// Returns the lower end for the size of a difference whose sign was not known beforehand: the size that so large a
/// difference, of either sign, exceeds with this probability. `low` returns the lower end of the signed difference at a
/// tail; the difference itself is above 0.
///
/// Far from 0 only one sign matters, and the result is `low(tail)`. Near 0 both matter, because a fair model could be
/// called unfair by either.
pub(super) fn size_from_below(tail: f64, low: impl Fn(f64) -> f64) -> f64 {
    // The probability of a size L is the sum of the tails at which the lower end of the signed difference is L and −L.
    let beyond = |mine: f64| low(mine) + low(tail - mine);
    if low(tail / 2.0) <= 0.0 {
        return 0.0;
    }
    let (mut inside, mut outside) = (tail / 2.0, tail * (1.0 - 1e-9));
    if beyond(outside) >= 0.0 {
        return low(tail);
    }
    for _ in 0..40 {
        let middle = f64::midpoint(inside, outside);
        *(if beyond(middle) >= 0.0 { &mut inside } else { &mut outside }) = middle;
    }
    low(inside).max(0.0)
}

/// Returns the exact interval of one proportion (Clopper and Pearson 1934). Far out in the tails, Wilson's covers less
/// than its level.
pub(super) fn clopper_pearson(share: Share, level: f64) -> Option<[f64; 2]> {
    let Share { hits, n } = share;
    let tail = (1.0 - level) / 2.0;
    let at = |a: u64, b: u64, chance: f64| {
        let beta = Beta::new(float(a), float(b)).ok()?;
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..50 {
            let middle = f64::midpoint(low, high);
            *(if beta.cdf(middle) < chance { &mut low } else { &mut high }) = middle;
        }
        Some(f64::midpoint(low, high))
    };
    let low = if hits == 0 { 0.0 } else { at(hits, n - hits + 1, tail)? };
    let high = if hits == n { 1.0 } else { at(hits + 1, n - hits, 1.0 - tail)? };
    (n > 0).then_some([low, high])
}

/// Returns the difference of two proportions in pooled standard errors, which courts call "standard deviations"
/// (Hazelwood 1977); 0 if neither varies.
pub fn two_proportion_z(one: Share, other: Share) -> f64 {
    let pooled = float(one.hits + other.hits) / float(one.n + other.n);
    let error = (pooled * (1.0 - pooled) * (1.0 / float(one.n) + 1.0 / float(other.n))).sqrt();
    if error > 0.0 { (one.value() - other.value()) / error } else { 0.0 }
}

/// Returns the two-sided p-value of a standard normal deviate.
pub fn two_sided(z: f64) -> f64 {
    2.0 * Normal::standard().cdf(-z.abs())
}

/// Returns the two-sided p-value of Fisher's exact test: the probability of all tables at most as likely as this one.
pub fn fisher(one: Share, other: Share) -> f64 {
    let (all, hits) = (one.n + other.n, one.hits + other.hits);
    let Ok(tables) = Hypergeometric::new(all, hits, one.n) else { return 1.0 };
    let (low, high) = (hits.saturating_sub(other.n), hits.min(one.n));
    let seen = tables.ln_pmf(one.hits);
    // Like R, counts tables whose probability differs by rounding only.
    let limit = seen + 1e-7;
    let total: f64 = (low..=high).map(|count| tables.ln_pmf(count)).filter(|ln| *ln <= limit).map(f64::exp).sum();
    total.min(1.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn share(hits: u64, n: u64) -> Share {
        Share { hits, n }
    }

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9 * right.abs().max(1.0), "{left} is not {right}");
    }

    /// statsmodels 0.15.0: `confint_proportions_2indep(12, 40, 30, 50, method="newcomb")` and `compare="ratio", method="score",
    /// correction=False`, `proportions_ztest`; SciPy 1.17.1: `fisher_exact`.
    #[test]
    fn other_libraries_say_the_same() {
        let (one, other) = (share(12, 40), share(30, 50));
        let [low, high] = newcombe(one, other, 0.95).unwrap();
        near(low, -0.471_977_126_784_846_1);
        near(high, -0.092_867_640_516_491_07);
        let [low, high] = score_ratio(one, other, 0.95).unwrap();
        assert!((low - 0.289_318_552_864).abs() < 1e-7 && (high - 0.817_355_010_343).abs() < 1e-7, "{low} {high}");
        near(two_proportion_z(one, other), -2.834_733_547_569_204);
        near(two_sided(two_proportion_z(one, other)), 0.004_586_392_080_253_494);
        near(fisher(one, other), 0.005_864_363_131_450_253);
    }

    #[test]
    fn a_ratio_with_nothing_above_or_below() {
        let [low, high] = score_ratio(share(0, 20), share(10, 20), 0.95).unwrap();
        assert!(low == 0.0 && high > 0.0 && high < 0.5, "{high}");
        let [low, high] = score_ratio(share(10, 20), share(0, 20), 0.95).unwrap();
        assert!(low > 2.0 && high.is_infinite(), "{low}");
        assert_eq!(score_ratio(share(0, 20), share(0, 20), 0.95), None);
    }

    #[test]
    fn the_ratio_turned_over_has_the_ends_turned_over() {
        let [low, high] = score_ratio(share(12, 40), share(30, 50), 0.95).unwrap();
        let [turned_low, turned_high] = score_ratio(share(30, 50), share(12, 40), 0.95).unwrap();
        near(low, 1.0 / turned_high);
        near(high, 1.0 / turned_low);
    }

    #[test]
    fn the_sign_of_a_difference_is_picked_only_near_nothing() {
        let ends = |one: Share, other: Share| {
            let low = |tail: f64| newcombe(one, other, 1.0 - 2.0 * tail).unwrap()[0];
            (size_from_below(0.025, low), low(0.025), low(0.0125))
        };
        // Far from 0, the other sign is impossible.
        let (size, plain, _) = ends(share(80, 100), share(20, 100));
        near(size, plain);
        // The lower end is above 0 at the tail, but not at half of it.
        let (size, plain, half) = ends(share(60, 100), share(45, 100));
        assert!(plain > 0.0 && half < 0.0 && size == 0.0, "{size} {plain} {half}");
        let (size, plain, half) = ends(share(64, 100), share(45, 100));
        assert!(half <= size && size < plain, "{half} {size} {plain}");
    }

    #[test]
    fn exact_ends() {
        // statsmodels 0.15.0: proportion_confint(7, 20, method="beta")
        let [low, high] = clopper_pearson(share(7, 20), 0.95).unwrap();
        near(low, 0.153_909_204_784_541_18);
        near(high, 0.592_188_534_532_828_2);
        assert_eq!(clopper_pearson(share(0, 20), 0.95).unwrap()[0], 0.0);
        assert_eq!(clopper_pearson(share(20, 20), 0.95).unwrap()[1], 1.0);
        assert_eq!(clopper_pearson(share(0, 0), 0.95), None);
    }

    #[test]
    fn tests_of_shares_that_never_vary() {
        assert_eq!(two_proportion_z(share(0, 20), share(0, 30)), 0.0);
        near(fisher(share(0, 20), share(0, 30)), 1.0);
        near(fisher(share(20, 20), share(30, 30)), 1.0);
    }
}
