//! Limits at the end of a number's range, which no number breaks.
//!
//! They stay legal, because they still demand that the number can be measured, but nobody shall take their pass for a
//! limit that was kept.

use std::collections::BTreeSet;

use super::bound::Amount;
use super::margin::{ChangeDemand, ChangeKind, Margin};
use super::{Constraint, Gate, GroupDemand, Limit, MetricDemand, Subject};
use crate::stats::{Direction, GroupMeasure, Reduction};

/// The smallest and the largest possible value.
type Range = (Option<f64>, Option<f64>);

/// A gate that cannot fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfailing<'a> {
    /// The gate.
    pub gate: &'a Gate,
    /// The reason, in one sentence.
    pub message: String,
    /// Advice.
    pub help: String,
}

/// Returns the gates of metrics and rates that no number breaks, on subjects without other gates: beside another gate,
/// such a limit may document what is allowed.
pub fn unfailing(gates: &[Gate]) -> Vec<Unfailing<'_>> {
    let why: Vec<Option<String>> = gates.iter().map(|gate| gate.task.as_ref().ok().and_then(why)).collect();
    let can_fail = gates.iter().zip(&why).filter(|(gate, why)| gate.task.is_ok() && why.is_none());
    let asked: BTreeSet<&Subject> = can_fail.map(|(gate, _)| &gate.subject).collect();
    let found = gates.iter().zip(&why).filter_map(|(gate, why)| {
        let why = why.as_ref().filter(|_| !asked.contains(&gate.subject))?;
        let name = gate.subject.get("metric").or_else(|| gate.subject.get("rate")).map_or("the number", String::as_str);
        Some(Unfailing {
            gate,
            message: format!("`{name}` {why}, so `{}` cannot fail", gate.bound),
            help: format!("set a limit that the data can break; `{name}: {{}}` measures without one"),
        })
    });
    found.collect()
}

/// Returns the smallest and the largest value of a number to which groups are reduced.
pub(super) fn reduced_range(measure: GroupMeasure, reduction: &Reduction) -> Range {
    let range = match measure {
        GroupMeasure::Metric(metric) => metric.range(),
        _ => (Some(0.0), Some(1.0)),
    };
    match reduction {
        Reduction::Gap(_) | Reduction::Spread => (Some(0.0), width(range)),
        Reduction::Ratio(_) => (Some(0.0), Some(1.0)),
        Reduction::Lowest | Reduction::Highest => range,
    }
}

fn width((low, high): Range) -> Option<f64> {
    Some(high? - low?)
}

/// Returns the reason no number breaks the limit; `None` if some number does.
fn why(task: &Constraint) -> Option<String> {
    match task {
        Constraint::Metric { metric, limit, .. }
        | Constraint::Sliced { metric, demand: MetricDemand::Limit(limit), .. } => at_the_end(metric.range(), *limit),
        Constraint::Reported { number, demand: MetricDemand::Limit(limit), .. } => {
            at_the_end(number.known?.range, *limit)
        }
        Constraint::Reported { number, demand: MetricDemand::Change(demand), .. } => {
            let range = number.known?.range;
            beyond(range, number.direction, *demand)
        }
        Constraint::Groups { measure, reduction, demand: GroupDemand::Limit(limit), .. } => {
            let reason = at_the_end(reduced_range(*measure, reduction), *limit)?;
            Some(match reduction {
                Reduction::Gap(_) | Reduction::Spread => format!("has a gap that {reason}"),
                Reduction::Ratio(_) => format!("has a ratio that {reason}"),
                Reduction::Lowest | Reduction::Highest => reason,
            })
        }
        Constraint::Groups { demand: GroupDemand::Impact(least), .. } if *least <= 0.0 => {
            Some("has a ratio that is never below 0".to_owned())
        }
        _ => None,
    }
}

fn at_the_end((low, high): Range, limit: Limit) -> Option<String> {
    match limit {
        Limit::AtLeast(number) => low.filter(|low| number <= *low).map(|low| format!("is never below {low}")),
        Limit::AtMost(number) => high.filter(|high| number >= *high).map(|high| format!("is never above {high}")),
    }
}

/// Returns the reason no change is beyond a margin.
fn beyond(range: Range, direction: Direction, demand: ChangeDemand) -> Option<String> {
    let (falls, way) = match demand.kind {
        ChangeKind::LossAtMost => (direction == Direction::HigherIsBetter, "get worse"),
        ChangeKind::GainAtMost => (direction == Direction::LowerIsBetter, "improve"),
        ChangeKind::GainAtLeast => return None,
    };
    let is_beyond = |amount: &Amount| match amount {
        Amount::Absolute(amount) => width(range).is_some_and(|width| *amount >= width),
        Amount::Relative(share) => falls && range.0 == Some(0.0) && *share >= 1.0,
    };
    let is_whole = match demand.margin {
        Margin::One(amount) => is_beyond(&amount),
        Margin::LargerOf { .. } => demand.margin.amounts().iter().any(is_beyond),
    };
    is_whole.then(|| format!("cannot {way} by more"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const SHARE: Range = (Some(0.0), Some(1.0));

    #[test]
    fn a_limit_at_an_end_of_the_range_holds_always() {
        let why = |range, limit| at_the_end(range, limit);
        assert_eq!(why(SHARE, Limit::AtLeast(0.0)).unwrap(), "is never below 0");
        assert_eq!(why(SHARE, Limit::AtMost(1.0)).unwrap(), "is never above 1");
        assert_eq!(why((Some(-1.0), Some(1.0)), Limit::AtLeast(-1.0)).unwrap(), "is never below -1");
        assert_eq!(why(SHARE, Limit::AtLeast(0.001)), None);
        assert_eq!(why(SHARE, Limit::AtMost(0.0)), None);
        assert_eq!(why(SHARE, Limit::AtLeast(1.0)), None);
        assert_eq!(why((None, Some(1.0)), Limit::AtLeast(0.0)), None);
    }

    #[test]
    fn a_margin_as_wide_as_the_range_holds_always() {
        let of = |range, direction, kind, amount| {
            beyond(range, direction, ChangeDemand { kind, margin: Margin::One(amount) })
        };
        let (up, down) = (Direction::HigherIsBetter, Direction::LowerIsBetter);
        let (loss, gain) = (ChangeKind::LossAtMost, ChangeKind::GainAtMost);
        assert!(of(SHARE, up, loss, Amount::Absolute(1.0)).is_some());
        assert!(of(SHARE, up, loss, Amount::Relative(1.0)).is_some());
        assert!(of((Some(0.0), None), down, gain, Amount::Relative(1.0)).is_some());
        // An error may double, and more.
        assert_eq!(of((Some(0.0), None), down, loss, Amount::Relative(1.0)), None);
        assert_eq!(of((Some(0.0), None), down, loss, Amount::Absolute(100.0)), None);
        assert_eq!(of(SHARE, up, loss, Amount::Absolute(0.99)), None);
        assert_eq!(of(SHARE, up, ChangeKind::GainAtLeast, Amount::Absolute(1.0)), None);
    }
}
