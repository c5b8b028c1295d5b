//! Holm's correction for several gates on one model's rows: with enough gates, one fails by chance.

use std::collections::BTreeMap;

use super::super::limit::Limit;
use super::super::verdict::Verdict;
use super::super::{Constraint, Gate};
use super::judged_groups::GroupQuery;
use super::reading::Judge;
use super::{Evidence, Outcome, change};
use crate::stats::{Metric, Null, Side, State, holm, infer};

/// Turns failures that are not significant after Holm's correction (Holm 1979) for the gates on one model's rows into
/// inconclusive verdicts.
///
/// Only failures are adjusted. To pass, each gate's whole interval has to be within the limit, so more gates never make
/// passing easier.
pub(super) fn settle(judge: &mut Judge<'_>, gates: &[Gate], outcomes: &mut [Outcome]) {
    let mut owners: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, gate) in gates.iter().enumerate() {
        let is_test =
            matches!(gate.task, Ok(Constraint::Metric { .. } | Constraint::Change { .. } | Constraint::Groups { .. }));
        let is_judged = matches!(outcomes[index].verdict, Verdict::Pass | Verdict::Fail | Verdict::Inconclusive);
        let owner = ["model", "dataset"].iter().find_map(|role| Some((*role, gate.subject.get(role)?.as_str())));
        if let (true, true, Some(owner)) = (is_test, is_judged, owner) {
            owners.entry(owner).or_default().push(index);
        }
    }
    for of_model in owners.into_values() {
        // A gate that does not fail has a larger p-value than all that do, so its own is not needed.
        let p_values: Vec<f64> = of_model
            .iter()
            .map(|index| match outcomes[*index].verdict {
                Verdict::Fail => p_value(judge, &gates[*index]).unwrap_or(1.0),
                _ => 1.0,
            })
            .collect();
        let tests = of_model.len();
        for (index, adjusted) in of_model.into_iter().zip(holm(&p_values)) {
            if outcomes[index].verdict != Verdict::Fail || adjusted <= (1.0 - gates[index].confidence) / 2.0 {
                continue;
            }
            outcomes[index].verdict = Verdict::Inconclusive;
            match &mut outcomes[index].evidence {
                Evidence::Metric { one_of, .. } => *one_of = Some(tests),
                Evidence::Change(change) => change.one_of = Some(tests),
                Evidence::Groups(found) => found.one_of = Some(tests),
                _ => {}
            }
        }
    }
}

/// Returns the p-value: the probability of evidence at least this strong against the limit, if the limit in fact holds.
fn p_value(judge: &mut Judge<'_>, gate: &Gate) -> Option<f64> {
    match gate.task.as_ref().ok()? {
        Constraint::Metric { metric, state, limit } => {
            of_metric(*metric, judge.sides(state).ok()?.candidate(), *limit, judge.seed)
        }
        Constraint::Change { metric, state, demand } => {
            change::p_value(*metric, judge.sides(state).ok()?, *demand, gate.confidence, judge.seed)
        }
        Constraint::Groups { measure, reduction, state, others, demand } => {
            let (measure, others, demand) = (*measure, others.as_ref(), *demand);
            judge.p_value_of_groups(gate, &GroupQuery { measure, reduction, state, others, demand })
        }
        _ => None,
    }
}

/// Returns the p-value of a metric's fixed limit.
pub(super) fn of_metric(metric: Metric, state: &State, limit: Limit, seed: u64) -> Option<f64> {
    let null = match limit {
        Limit::AtLeast(least) => Null::AtLeast(least),
        Limit::AtMost(most) => Null::AtMost(most),
    };
    Some(infer(metric, state, Side::Candidate, seed).ok()?.p_value(null))
}
