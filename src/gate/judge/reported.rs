//! Numbers that other programs computed: values without an interval.

use super::super::bound::Amount;
use super::super::limit::Limit;
use super::super::margin::{ChangeDemand, ChangeKind};
use super::super::{MetricDemand, NamedNumber};
use super::judged_reported::Reported;
use super::{Evidence, Outcome, exact};
use crate::stats::{Direction, KnownNumber};

/// Refuses values that a metric of this name cannot have, and a mixture of proportions and percentages among candidate,
/// baseline and limit.
pub(super) fn possible(
    name: &str,
    number: NamedNumber,
    found: [Option<f64>; 2],
    demand: MetricDemand,
) -> Result<(), String> {
    let Some(KnownNumber { direction, range: (low, high), is_share }) = number.known else { return Ok(()) };
    for (value, whose) in found.into_iter().zip(["", " in the baseline"]) {
        let Some(value) = value else { continue };
        if low.is_some_and(|low| value < low) {
            return Err(format!("`{name}` is {value}{whose}: it is never below {}", low.unwrap_or_default()));
        }
        if high.is_some_and(|high| value > high) {
            let percent = if is_share { ", even in percent" } else { "" };
            return Err(format!("`{name}` is {value}{whose}: it is never above {}{percent}", high.unwrap_or_default()));
        }
    }
    if !is_share {
        return Ok(());
    }
    // 0 and 0% are equal.
    let mixed = |one: f64, other: f64| one.abs() > 1.0 && other.abs() <= 1.0 && other != 0.0;
    let advice = "one is a percentage and the other a proportion; write both in the same unit";
    let [Some(candidate), baseline] = found else { return Ok(()) };
    if let Some(baseline) = baseline
        && (mixed(candidate, baseline) || mixed(baseline, candidate))
    {
        return Err(format!("`{name}` is {candidate} here and {baseline} in the baseline: {advice}"));
    }
    match demand {
        // A small rate may be below 1%, so only a large one shows that it is a proportion.
        MetricDemand::Limit(limit)
            if mixed(candidate, limit.number())
                || (direction == Direction::HigherIsBetter && mixed(limit.number(), candidate)) =>
        {
            Err(format!("`{name}` is {candidate} and its limit {}: {advice}", limit.number()))
        }
        MetricDemand::Change(ChangeDemand { kind: ChangeKind::LossAtMost | ChangeKind::GainAtMost, margin })
            if found.iter().flatten().all(|value| value.abs() <= 1.0) =>
        {
            let is_beyond = |amount: &Amount| matches!(amount, Amount::Absolute(amount) if *amount >= 1.0);
            match margin.amounts().iter().find(|amount| is_beyond(amount)) {
                Some(Amount::Absolute(amount)) => Err(format!(
                    "`{name}` is {candidate}, a proportion, and its margin {amount} a percentage; write both in the same unit"
                )),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Judges a number by its values alone: their uncertainty is unknown.
pub(super) fn reported(number: NamedNumber, found: [Option<f64>; 2], demand: MetricDemand) -> Result<Outcome, String> {
    let [Some(candidate), baseline] = found else { return Err("there is no number".to_owned()) };
    let (tolerance, terms, limit) = match (demand, baseline) {
        (MetricDemand::Limit(limit), _) => (None, [candidate, 0.0], limit),
        (MetricDemand::Change(demand), Some(baseline)) => {
            let (tolerance, contrast) = demand.beside_point(baseline, number.direction).ok_or(
                "the baseline's value is 0, so a percentage of it cannot be a margin; add an amount, as in [0.005, 1%]: the \
                 larger of both counts",
            )?;
            (Some(tolerance), [candidate, -contrast.weight * baseline], contrast.limit)
        }
        (MetricDemand::Change(_), None) => return Err("there is no baseline".to_owned()),
    };
    let outcome = exact::outcome(
        keeps(terms, limit),
        Evidence::Reported(Reported { number, candidate, baseline, demand, tolerance }),
    );
    Ok(outcome)
}

/// Returns true if the sum of the terms satisfies the limit, with a tolerance for rounding: 0.89 − 0.90 is a little
/// more than −0.01 in floating-point arithmetic.
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
    use crate::gate::margin::Margin;
    use crate::gate::verdict::Verdict;
    use crate::stats::known_number;

    fn named(direction: Direction) -> NamedNumber {
        NamedNumber { direction, known: None, is_by_name: false }
    }

    fn verdict(candidate: f64, baseline: f64, kind: ChangeKind, amount: Amount) -> Verdict {
        let demand = MetricDemand::Change(ChangeDemand { kind, margin: Margin::One(amount) });
        reported(named(Direction::HigherIsBetter), [Some(candidate), Some(baseline)], demand).unwrap().verdict
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
        assert!(reported(named(Direction::LowerIsBetter), [Some(0.0); 2], MetricDemand::Change(demand)).is_err());
    }

    #[test]
    fn what_a_metric_cannot_be_is_refused_on_either_side() {
        let drop = |margin| {
            MetricDemand::Change(ChangeDemand {
                kind: ChangeKind::LossAtMost,
                margin: Margin::One(Amount::Absolute(margin)),
            })
        };
        let of = |name: &str, found: [Option<f64>; 2], demand| {
            let known = known_number(name).unwrap();
            let number = NamedNumber { direction: known.direction, known: Some(known), is_by_name: true };
            possible(name, number, found, demand).err().unwrap_or_default()
        };
        let sides = |candidate: f64, baseline: f64| [Some(candidate), Some(baseline)];
        assert_eq!(of("rmse", sides(-3.0, 2.0), drop(0.1)), "`rmse` is -3: it is never below 0");
        assert_eq!(of("r2", sides(0.5, 1.4), drop(0.1)), "`r2` is 1.4 in the baseline: it is never above 1");
        assert_eq!(of("acc", sides(105.0, 90.0), drop(0.1)), "`acc` is 105: it is never above 100, even in percent");
        assert!(
            of("accuracy", sides(57.0, 0.88), drop(0.01)).starts_with("`accuracy` is 57 here and 0.88 in the baseline")
        );
        assert!(of("accuracy", sides(0.57, 88.0), drop(0.01)).contains("a percentage"));
        assert!(
            of("accuracy", [Some(57.0), None], MetricDemand::Limit(Limit::AtLeast(0.85))).contains("its limit 0.85")
        );
        assert!(of("accuracy", [Some(0.57), None], MetricDemand::Limit(Limit::AtMost(60.0))).contains("its limit 60"));
        assert!(of("accuracy", sides(0.5, 0.9), drop(2.0)).contains("its margin 2"));
        for (name, candidate, baseline) in [
            ("accuracy", 87.5, 88.0),
            ("accuracy", 1.0, 0.0),
            ("val_loss", -4.0, -3.0),
            ("r2", -2.0, 0.1),
            ("error_rate", 0.0, 4.0),
        ] {
            assert_eq!(of(name, sides(candidate, baseline), drop(0.01)), "", "{name}");
        }
        assert_eq!(of("accuracy", [Some(87.5), None], MetricDemand::Limit(Limit::AtLeast(85.0))), "");
        assert_eq!(of("error_rate", [Some(0.8), None], MetricDemand::Limit(Limit::AtMost(2.0))), "");
    }
}
