//! Distances between proportions of groups, on the scale of a difference or of a ratio.

use super::reduction::Other;
use super::two_groups::Share;
use crate::stats::numeric::quantile::float;

/// Allowance for the rounding of a difference of differences, far above it: proportions and their logarithms are below 50.
const ROUNDING: f64 = 1e-13;

/// A distance of two proportions on the scale of the comparison, with its variance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Apart {
    pub(super) distance: f64,
    pub(super) variance: f64,
}

/// Compares two proportions: as they are for a difference, as logarithms for a ratio. `None` if one of them has no
/// rows.
pub(super) fn apart(is_ratio: bool, other: Other, one: Share, rest: Share) -> Option<Apart> {
    if one.n == 0 || (rest.n == 0 && other != Other::Overall) {
        return None;
    }
    // All rows contain the part.
    let weight = if other == Other::Overall { float(one.n) / float(one.n + rest.n) } else { 0.0 };
    if weight >= 1.0 {
        return Some(Apart { distance: 0.0, variance: 0.0 });
    }
    if !is_ratio {
        let keep = 1.0 - weight;
        return Some(Apart {
            distance: keep * (one.value() - rest.value()),
            variance: keep * keep * (variance(one) + variance(rest)),
        });
    }
    // Half a row more keeps a rate of 0 on the scale (Walter 1975); with many rows it changes nothing.
    let moved = |share: Share| (float(share.hits) + 0.5) / (float(share.n) + 0.5);
    // One row more of each kind keeps a rate of 1 from looking certain, as in `variance`.
    let safe = |share: Share| (float(share.hits) + 1.0) / (float(share.n) + 2.0);
    let together = |of: &dyn Fn(Share) -> f64| weight * of(one) + (1.0 - weight) * of(rest);
    let (ours, theirs) = (safe(one), together(&safe));
    let slopes = [1.0 / ours - weight / theirs, (1.0 - weight) / theirs];
    Some(Apart {
        distance: moved(one).ln() - together(&moved).ln(),
        variance: slopes[0] * slopes[0] * variance(one) + slopes[1] * slopes[1] * variance(rest),
    })
}

/// Returns the variance of a proportion. One row more of each kind keeps a rate of 0 or 1 from looking certain (Agresti
/// and Caffo 2000).
fn variance(share: Share) -> f64 {
    let (hits, n) = (float(share.hits), float(share.n));
    let rate = (hits + 1.0) / (n + 2.0);
    rate * (1.0 - rate) / (n + 2.0)
}

/// A group's proportion on the scale of the comparison, with its variance. For two groups, [`apart`] returns the
/// difference of their positions and the sum of their variances, bit for bit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    at: f64,
    variance: f64,
}

impl Position {
    /// Returns the position of a proportion; `None` if it has no rows.
    pub(super) fn of(is_ratio: bool, share: Share) -> Option<Self> {
        if share.n == 0 {
            return None;
        }
        if !is_ratio {
            return Some(Self { at: share.value(), variance: variance(share) });
        }
        let slope = 1.0 / ((float(share.hits) + 1.0) / (float(share.n) + 2.0));
        let at = ((float(share.hits) + 0.5) / (float(share.n) + 0.5)).ln();
        Some(Self { at, variance: slope * slope * variance(share) })
    }

    /// Returns the squared deviation from another position, in variances, and never less than that.
    pub(super) fn square(self, observed: Self) -> f64 {
        let off = (self.at - observed.at).abs() + ROUNDING;
        off * off / self.variance
    }

    /// Returns the squared deviation of the distance to another group from the observed one, in variances.
    pub(super) fn square_of_pair(self, other: Self, observed: [Self; 2]) -> Option<f64> {
        let off = (self.at - other.at) - (observed[0].at - observed[1].at);
        let variance = self.variance + other.variance;
        (variance > 0.0).then(|| off * off / variance)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn two_positions_are_as_far_apart_as_their_proportions(
            is_ratio: bool, (one_n, other_n) in (1..1_000_000_u64, 1..1_000_000_u64), (one, other) in (0.0..=1.0, 0.0..=1.0),
        ) {
            let share = |n: u64, of: f64| Share { hits: (of * n as f64) as u64, n };
            let (one, other) = (share(one_n, one), share(other_n, other));
            let far = apart(is_ratio, Other::Place(0), one, other).unwrap();
            let (one, other) = (Position::of(is_ratio, one).unwrap(), Position::of(is_ratio, other).unwrap());
            prop_assert_eq!(far.distance.to_bits(), (one.at - other.at).to_bits());
            prop_assert_eq!(far.variance.to_bits(), (one.variance + other.variance).to_bits());
        }
    }
}
