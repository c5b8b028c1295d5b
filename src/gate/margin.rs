//! By how much a metric may, or must, differ from the baseline's.

use super::Limit;
use super::bound::{Amount, BoundError};
use crate::stats::{Direction, Estimate};

/// A demand on the difference of both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangeDemand {
    /// What is demanded.
    pub kind: ChangeKind,
    /// How much is a lot.
    pub margin: Margin,
}

/// What may be demanded of a difference. A gain is a change for the better, by the metric's own direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The loss is within the margin.
    LossAtMost,
    /// The gain reaches the margin.
    GainAtLeast,
    /// The gain is within the margin: what is better by more is too good to be true.
    GainAtMost,
}

/// An amount, or the larger of two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// One amount.
    One(Amount),
    /// The larger of an amount in the metric's own unit and of a share of the baseline's value.
    LargerOf {
        /// In the metric's own unit.
        amount: f64,
        /// Of the baseline's value.
        share: f64,
    },
}

/// What a margin comes to beside a baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// In the metric's own unit, at the baseline's value.
    pub amount: f64,
    /// Why it is that.
    pub basis: Basis,
}

/// Where a tolerance comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Basis {
    /// The config's own number.
    Amount,
    /// This share of the baseline's value.
    Share(f64),
    /// The config's own number, because it is larger than this share.
    LargerThanShare(f64),
    /// The config's own number, because the baseline is not told apart from 0, and this share of it is no margin.
    NearZero(f64),
}

/// A demand as a limit on candidate − weight · baseline. So where a margin is a share of the baseline, the baseline's own
/// uncertainty is part of what is tested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contrast {
    /// How much of the baseline is taken away.
    pub weight: f64,
    /// What the rest must keep.
    pub limit: Limit,
}

impl Margin {
    /// The larger of two amounts, of which one is a share.
    ///
    /// # Errors
    ///
    /// Both are of one kind, so that one of them says nothing.
    pub fn larger_of(one: Amount, other: Amount) -> Result<Self, BoundError> {
        match (one, other) {
            (Amount::Absolute(amount), Amount::Relative(share))
            | (Amount::Relative(share), Amount::Absolute(amount)) => Ok(Self::LargerOf { amount, share }),
            _ => Err(BoundError::new(
                "of two amounts one must be a percentage of the baseline and the other not, as in [0.005, 1%]: the larger of both counts",
            )),
        }
    }

    /// The amounts of the config.
    pub fn amounts(self) -> Vec<Amount> {
        match self {
            Self::One(amount) => vec![amount],
            Self::LargerOf { amount, share } => vec![Amount::Absolute(amount), Amount::Relative(share)],
        }
    }

    /// What it comes to beside this baseline, if a share of it is a margin at all.
    ///
    /// A share of a number that could as well be 0 could be anything: the ratio of the two sides has no end then (Fieller
    /// 1954). `is_clear` says that it is not so.
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
    /// The tolerance beside an estimated baseline, and what is tested.
    pub fn beside(self, baseline: &Estimate, direction: Direction, level: f64) -> Option<(Tolerance, Contrast)> {
        let tolerance = self.margin.beside(baseline.value, baseline.is_clear_of_zero(level))?;
        Some((tolerance, self.contrast(tolerance, baseline.value, direction)))
    }

    /// The same beside a number without an interval.
    pub fn beside_point(self, baseline: f64, direction: Direction) -> Option<(Tolerance, Contrast)> {
        let tolerance = self.margin.beside(baseline, baseline != 0.0)?;
        Some((tolerance, self.contrast(tolerance, baseline, direction)))
    }

    /// With d = ±1 by the metric's direction and k = ±1 by the kind, the demand is d·(C − B) ≥ k·m, or ≤ m of a gain that
    /// may be too large. A share r makes m = r·|B|, and so it is d·(C − (1 + d·k·r·sign B)·B) ≥ 0.
    fn contrast(self, tolerance: Tolerance, baseline: f64, direction: Direction) -> Contrast {
        let is_up = direction == Direction::HigherIsBetter;
        let better = if is_up { 1.0 } else { -1.0 };
        let kind = if self.kind == ChangeKind::LossAtMost { -1.0 } else { 1.0 };
        let (weight, at) = match tolerance.basis {
            Basis::Share(share) => (1.0 + better * kind * share * baseline.signum(), 0.0),
            _ => (1.0, better * kind * tolerance.amount),
        };
        // Of a loss, or a gain, of nothing: 0 and not −0.
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
        /// What the contrast says is what the words say: a gain by the direction, against a share of the baseline's size.
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
