//! A metric against the baseline's.

use super::super::Limit;
use super::super::margin::{ChangeDemand, Contrast, Tolerance};
use super::compare::{deciding, three_way};
use super::sides::Sides;
use super::{Change, Evidence, Outcome};
use crate::stats::{Estimate, Metric, Null, Side, detectable};

/// The verdict from the interval of candidate − weight · baseline: a margin relative to the baseline is part of the weight, so
/// that the baseline's own uncertainty is part of the interval.
pub(super) fn change(
    metric: Metric,
    sides: Sides<'_>,
    demand: ChangeDemand,
    level: f64,
    seed: u64,
) -> Result<Outcome, String> {
    let undefined = |whose: &str, why| format!("{} of the {whose} is undefined: {why}", metric.name());
    let on = |side, whose| sides.estimate(metric, side, level, seed).map_err(|why| undefined(whose, why));
    let (candidate, baseline) = (on(Side::Candidate, "candidate")?, on(Side::Baseline, "baseline")?);
    let (tolerance, contrast) = resolved(metric, demand, &baseline, level)?;
    let at_weight = |weight| {
        sides.change(metric, weight, seed).map(|inference| inference.at(level)).map_err(|why| undefined("change", why))
    };
    let change = at_weight(1.0)?;
    #[expect(clippy::float_cmp, reason = "set, not computed")]
    let tested = if contrast.weight == 1.0 { change } else { at_weight(contrast.weight)? };
    // Beside a relative margin the change is shown as it was tested, moved back by the margin.
    let moved = tested.value - change.value;
    let change = Estimate { value: change.value, interval: tested.interval.map(|end| end - moved), ..tested };
    let verdict = three_way(tested.interval, contrast.limit);
    Ok(Outcome {
        verdict,
        evidence: Evidence::Change(Change {
            metric,
            candidate,
            baseline,
            change,
            demand,
            tolerance,
            detectable: detectable(change.standard_error, level),
            rows_to_decide: deciding(&tested, contrast.limit, verdict),
            is_apart: sides.is_apart(),
            one_of: None,
        }),
    })
}

/// How often the rows would speak as much against a demand that is met.
pub(super) fn p_value(metric: Metric, sides: Sides<'_>, demand: ChangeDemand, level: f64, seed: u64) -> Option<f64> {
    let baseline = sides.estimate(metric, Side::Baseline, level, seed).ok()?;
    let (_, Contrast { weight, limit }) = resolved(metric, demand, &baseline, level).ok()?;
    let null = match limit {
        Limit::AtLeast(least) => Null::AtLeast(least),
        Limit::AtMost(most) => Null::AtMost(most),
    };
    Some(sides.change(metric, weight, seed).ok()?.p_value(null))
}

fn resolved(
    metric: Metric,
    demand: ChangeDemand,
    baseline: &Estimate,
    level: f64,
) -> Result<(Tolerance, Contrast), String> {
    demand.beside(baseline, metric.direction(), level).ok_or_else(|| {
        format!(
            "{metric} of the baseline is {:.4} and not told apart from 0 by {} rows, so a share of it is no margin; name an amount \
             beside the share, as in [0.005, 1%]: the larger of both counts",
            baseline.value, baseline.n
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::BTreeMap;

    use super::*;
    use crate::gate::bound::Amount;
    use crate::gate::margin::{ChangeKind, Margin};
    use crate::gate::verdict::Verdict;
    use crate::stats::{Contingency, State};

    /// Of 1,000 rows the candidate has so many right that the baseline has wrong, and the other way round.
    fn counts(won: u64, lost: u64) -> State {
        let rest = 1_000 - 200 - won - lost;
        State::Contingency(Contingency::from_cells(
            true,
            BTreeMap::from([(vec![], [rest, 0, 0, 200, lost, 0, won, 0])]),
        ))
    }

    fn verdict(kind: ChangeKind, amount: f64, state: &State) -> (Verdict, f64) {
        let demand = ChangeDemand { kind, margin: Margin::One(Amount::Absolute(amount)) };
        let p_value = p_value(Metric::ACCURACY, Sides::Paired(state), demand, 0.95, 0).unwrap();
        (change(Metric::ACCURACY, Sides::Paired(state), demand, 0.95, 0).unwrap().verdict, p_value)
    }

    #[test]
    fn a_gate_fails_just_when_its_p_value_says_so() {
        use ChangeKind::{GainAtLeast, GainAtMost, LossAtMost};
        for (kind, amount) in [(LossAtMost, 0.01), (GainAtLeast, 0.02), (GainAtMost, 0.03), (GainAtLeast, 0.0)] {
            for (won, lost) in [(10, 80), (80, 10), (40, 40), (45, 10), (10, 30)] {
                let (verdict, p_value) = verdict(kind, amount, &counts(won, lost));
                assert_eq!(
                    verdict == Verdict::Fail,
                    p_value < 0.025,
                    "{kind:?} {amount}, {won} won, {lost} lost: {p_value}"
                );
            }
        }
    }

    #[test]
    fn no_loss_at_all_is_a_gain_of_at_least_nothing() {
        for (won, lost) in [(10, 80), (80, 10), (40, 40)] {
            let of = |kind| verdict(kind, 0.0, &counts(won, lost));
            assert_eq!(of(ChangeKind::LossAtMost), of(ChangeKind::GainAtLeast));
        }
        assert_eq!(verdict(ChangeKind::GainAtLeast, 0.0, &counts(80, 10)).0, Verdict::Pass);
        assert_eq!(verdict(ChangeKind::GainAtMost, 0.0, &counts(80, 10)).0, Verdict::Fail);
    }
}
