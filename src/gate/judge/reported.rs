//! Numbers that other programs have computed: points, without an interval.

use super::super::margin::Tolerance;
use super::super::{Limit, MetricDemand};
use super::{Evidence, Outcome, exact};
use crate::stats::Direction;

/// A number of a file, and what it was held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reported {
    /// Which way is better.
    pub direction: Direction,
    /// The candidate's.
    pub candidate: f64,
    /// The baseline's, where it is compared.
    pub baseline: Option<f64>,
    /// What was demanded.
    pub demand: MetricDemand,
    /// What a margin comes to beside this baseline.
    pub tolerance: Option<Tolerance>,
}

impl Reported {
    /// How much better a change is: below 0 when it is worse.
    pub fn gain(&self) -> f64 {
        let change = self.candidate - self.baseline.unwrap_or(self.candidate);
        if self.direction == Direction::HigherIsBetter { change } else { -change }
    }
}

/// Pass or fail, as the points lie: how far they may lie off by chance is not known.
pub(super) fn reported(
    direction: Direction,
    candidate: f64,
    baseline: Option<f64>,
    demand: MetricDemand,
) -> Result<Outcome, String> {
    let (tolerance, terms, limit) = match (demand, baseline) {
        (MetricDemand::Limit(limit), _) => (None, [candidate, 0.0], limit),
        (MetricDemand::Change(demand), Some(baseline)) => {
            let (tolerance, contrast) = demand.beside_point(baseline, direction).ok_or(
                "the baseline's value is 0, so a share of it is no margin; name an amount beside the share, as in \
                 [0.005, 1%]: the larger of both counts",
            )?;
            (Some(tolerance), [candidate, -contrast.weight * baseline], contrast.limit)
        }
        (MetricDemand::Change(_), None) => return Err("there is no baseline".to_owned()),
    };
    let outcome = exact::outcome(
        keeps(terms, limit),
        Evidence::Reported(Reported { direction, candidate, baseline, demand, tolerance }),
    );
    Ok(outcome)
}

/// 0.89 − 0.90 is −0.01 to whoever wrote these numbers, and a little more to a computer: what the rounding of the last digit
/// could have done is not held against anybody.
fn keeps(terms: [f64; 2], limit: Limit) -> bool {
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    let rounding = 2.0 * f64::EPSILON * (terms[0].abs() + terms[1].abs() + at.abs());
    let value = terms[0] + terms[1];
    match limit {
        Limit::AtLeast(least) => value >= least - rounding,
        Limit::AtMost(most) => value <= most + rounding,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::gate::bound::Amount;
    use crate::gate::margin::{ChangeDemand, ChangeKind, Margin};
    use crate::gate::verdict::Verdict;

    fn verdict(candidate: f64, baseline: f64, kind: ChangeKind, amount: Amount) -> Verdict {
        let demand = MetricDemand::Change(ChangeDemand { kind, margin: Margin::One(amount) });
        reported(Direction::HigherIsBetter, candidate, Some(baseline), demand).unwrap().verdict
    }

    #[test]
    fn a_loss_of_just_the_margin_is_within_it() {
        for (candidate, baseline, margin) in [(0.89, 0.9, 0.01), (0.6, 0.7, 0.1), (12.3, 12.4, 0.1), (0.81, 0.9, 0.09)]
        {
            let amount = Amount::Absolute(margin);
            assert_eq!(verdict(candidate, baseline, ChangeKind::LossAtMost, amount), Verdict::Pass, "{candidate}");
            assert_eq!(
                verdict(candidate - 1e-9, baseline, ChangeKind::LossAtMost, amount),
                Verdict::Fail,
                "{candidate}"
            );
            assert_eq!(verdict(baseline, candidate, ChangeKind::GainAtLeast, amount), Verdict::Pass, "{candidate}");
        }
        assert_eq!(verdict(0.81, 0.9, ChangeKind::LossAtMost, Amount::Relative(0.1)), Verdict::Pass);
        assert_eq!(verdict(0.8099, 0.9, ChangeKind::LossAtMost, Amount::Relative(0.1)), Verdict::Fail);
    }

    #[test]
    fn a_share_of_nothing_is_an_error() {
        let demand = ChangeDemand { kind: ChangeKind::LossAtMost, margin: Margin::One(Amount::Relative(0.1)) };
        assert!(reported(Direction::LowerIsBetter, 0.0, Some(0.0), MetricDemand::Change(demand)).is_err());
    }
}
