//! Margins: limits on the difference between a metric and the baseline's.

use super::bound::{Amount, BoundError};
use super::limit::Limit;
use crate::stats::{Direction, Estimate};

/// A limit on the difference of both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangeDemand {
    /// The kind of limit.
    pub kind: ChangeKind,
    /// The size of the limit.
    pub margin: Margin,
}

/// The kind of limit on a difference. A gain is a change for the better, in the metric's own direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The loss is within the margin.
    LossAtMost,
    /// The gain reaches the margin.
    GainAtLeast,
    /// The gain is within the margin: a larger gain is implausible.
    GainAtMost,
}

/// An amount, or the larger of two amounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// A single amount.
    One(Amount),
    /// The larger of an absolute amount and a proportion of the baseline's value.
    LargerOf {
        /// The amount in the metric's own unit.
        amount: f64,
        /// The proportion of the baseline's value.
        share: f64,
    },
}

/// The size of a margin for a given baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// The size in the metric's own unit, at the baseline's value.
    pub amount: f64,
    /// The origin of the size.
    pub basis: Basis,
}

/// The origin of a tolerance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Basis {
    /// The config's absolute amount.
    Amount,
    /// The given proportion of the baseline's value.
    Share(f64),
    /// The config's absolute amount, because it is larger than the given proportion.
    LargerThanShare(f64),
    /// The config's absolute amount, because the baseline is not significantly different from 0 and the given
    /// proportion of it is therefore no margin.
    NearZero(f64),
}

/// A limit on candidate − weight · baseline. If a margin is a proportion of the baseline, the test thus includes the
/// baseline's own uncertainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// The weight of the baseline.
    pub weight: f64,
    /// The limit on the difference.
    pub limit: Limit,
}

impl Margin {
    /// Returns the larger of an absolute amount and a proportion.
    ///
    /// # Errors
    ///
    /// Both are absolute, or both are proportions, so that the smaller has no effect.
    pub fn larger_of(one: Amount, other: Amount) -> Result<Self, BoundError> {
        match (one, other) {
            (Amount::Absolute(amount), Amount::Relative(share))
            | (Amount::Relative(share), Amount::Absolute(amount)) => Ok(Self::LargerOf { amount, share }),
            _ => Err(BoundError::new(
                "of two amounts one must be a percentage of the baseline and the other not, as in [0.005, 1%]: the larger of both counts",
            )),
        }
    }

    /// Returns the amounts of the config.
    pub fn amounts(self) -> Vec<Amount> {
        match self {
            Self::One(amount) => vec![amount],
            Self::LargerOf { amount, share } => vec![Amount::Absolute(amount), Amount::Relative(share)],
        }
    }

    /// Returns the size for this baseline, or `None` if a proportion of the baseline is not a margin.
    ///
    /// A proportion of a number that may be 0 may be anything: the ratio of the two sides has no finite interval then
    /// (Fieller 1954). `is_clear` says that the baseline is significantly different from 0.
    fn beside(self, baseline: f64, is_clear: bool) -> Option<Tolerance> {
        let of = |share: f64| share * baseline.abs();
        let (amount, basis) = match self {
            Self::One(Amount::Absolute(amount)) => (amount, Basis::Amount),
            Self::One(Amount::Relative(share)) if is_clear => (of(share), Basis::Share(share)),
            Self::One(Amount::Relative(_)) => return None,
            Self::LargerOf { amount, share } if !is_clear => (amount, Basis::NearZero(share)),
            Self::LargerOf { amount, share } if of(share) > amount => (of(share), Basis::Share(share)),
            Self::LargerOf { amount, share } => (amount, Basis::LargerThanShare(share)),
        };
        Some(Tolerance { amount, basis })
    }
}

impl ChangeDemand {
    /// Returns the tolerance for an estimated baseline, with the contrast to test.
    pub fn beside(self, baseline: &Estimate, direction: Direction, level: f64) -> Option<(Tolerance, Contrast)> {
        let tolerance = self.margin.beside(baseline.value, baseline.is_clear_of_zero(level))?;
        Some((tolerance, self.contrast(tolerance, baseline.value, direction)))
    }

    /// Like [`Self::beside`], for a baseline without an interval.
    pub fn beside_point(self, baseline: f64, direction: Direction) -> Option<(Tolerance, Contrast)> {
        let tolerance = self.margin.beside(baseline, baseline != 0.0)?;
        Some((tolerance, self.contrast(tolerance, baseline, direction)))
    }

    /// With d = ±1 by the metric's direction and k = ±1 by the kind, the limit is d·(C − B) ≥ k·m, or d·(C − B) ≤ m for
    /// a gain that may be too large. A proportion r gives m = r·|B|, and therefore d·(C − (1 + d·k·r·sign B)·B) ≥ 0.
    fn contrast(self, tolerance: Tolerance, baseline: f64, direction: Direction) -> Contrast {
        let is_up = direction == Direction::HigherIsBetter;
        let better = if is_up { 1.0 } else { -1.0 };
        let kind = if self.kind == ChangeKind::LossAtMost { -1.0 } else { 1.0 };
        let (weight, at) = match tolerance.basis {
            Basis::Share(share) => (1.0 + better * kind * share * baseline.signum(), 0.0),
            _ => (1.0, better * kind * tolerance.amount),
        };
        // The limit of a loss or gain of 0 is 0, not −0.
        let at = at + 0.0;
        let limit = match (self.kind, is_up) {
            (ChangeKind::GainAtMost, true) | (ChangeKind::LossAtMost | ChangeKind::GainAtLeast, false) => {
                Limit::AtMost(at)
            }
            _ => Limit::AtLeast(at),
        };
        Contrast { weight, limit }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;
    use Direction::{HigherIsBetter, LowerIsBetter};

    fn demand(kind: ChangeKind, margin: Margin) -> ChangeDemand {
        ChangeDemand { kind, margin }
    }

    fn keeps(demand: ChangeDemand, candidate: f64, baseline: f64, direction: Direction) -> bool {
        let (_, Contrast { weight, limit }) = demand.beside_point(baseline, direction).unwrap();
        let contrast = candidate - weight * baseline;
        match limit {
            Limit::AtLeast(least) => contrast >= least,
            Limit::AtMost(most) => contrast <= most,
        }
    }

    #[test]
    fn the_larger_of_both_counts() {
        let margin = Margin::larger_of(Amount::Relative(0.01), Amount::Absolute(0.005)).unwrap();
        assert_eq!(margin.beside(0.8, true).unwrap(), Tolerance { amount: 0.008, basis: Basis::Share(0.01) });
        let small = margin.beside(0.2, true).unwrap();
        assert_eq!(small, Tolerance { amount: 0.005, basis: Basis::LargerThanShare(0.01) });
        assert!(Margin::larger_of(Amount::Absolute(1.0), Amount::Absolute(2.0)).is_err());
    }

    #[test]
    fn a_share_of_what_may_be_nothing_is_no_margin() {
        let share = demand(ChangeKind::LossAtMost, Margin::One(Amount::Relative(0.1)));
        assert_eq!(share.beside_point(0.0, LowerIsBetter), None);
        let estimate =
            |value, standard_error| Estimate { value, interval: [0.0, 1.0], standard_error, n: 500, method: "" };
        assert_eq!(share.beside(&estimate(0.002, 0.002), LowerIsBetter, 0.95), None);
        assert!(share.beside(&estimate(0.010, 0.002), LowerIsBetter, 0.95).is_some());
        let both = demand(ChangeKind::LossAtMost, Margin::LargerOf { amount: 0.01, share: 0.1 });
        let (tolerance, _) = both.beside(&estimate(0.002, 0.002), LowerIsBetter, 0.95).unwrap();
        assert_eq!(tolerance, Tolerance { amount: 0.01, basis: Basis::NearZero(0.1) });
    }

    #[test]
    fn below_zero_a_share_is_still_a_margin_and_no_demand_to_improve() {
        let share = demand(ChangeKind::LossAtMost, Margin::One(Amount::Relative(0.1)));
        assert!(keeps(share, -0.54, -0.5, HigherIsBetter));
        assert!(!keeps(share, -0.56, -0.5, HigherIsBetter));
    }

    proptest! {
        /// The contrast agrees with its definition in words: a gain in the metric's direction, against a proportion of
        /// the baseline's absolute value.
        #[test]
        fn a_contrast_is_the_demand(
            candidate in -2.0..2.0f64,
            baseline in prop_oneof![-2.0..-0.1f64, 0.1..2.0f64],
            share in 0.0..0.9f64,
            up: bool,
        ) {
            let direction = if up { HigherIsBetter } else { LowerIsBetter };
            let gain = if up { candidate - baseline } else { baseline - candidate };
            for amount in [Amount::Relative(share), Amount::Absolute(share)] {
                let margin = amount.beside(baseline);
                prop_assume!((gain.abs() - margin).abs() > 1e-9);
                let kept = |kind| keeps(demand(kind, Margin::One(amount)), candidate, baseline, direction);
                prop_assert_eq!(kept(ChangeKind::LossAtMost), gain >= -margin);
                prop_assert_eq!(kept(ChangeKind::GainAtLeast), gain >= margin);
                prop_assert_eq!(kept(ChangeKind::GainAtMost), gain <= margin);
            }
        }
    }
}
