//! A metric in each slice of the rows.

use super::super::margin::ChangeKind;
use super::super::measurement::{OtherSide, Slice, State};
use super::super::verdict::Verdict;
use super::super::{Limit, MetricDemand};
use super::sides::Sides;
use super::{Evidence, Outcome, change, compare, holm};
use crate::config::Pattern;
use crate::stats::{self, Estimate, Metric, Side};

/// What was found in the slices.
#[derive(Debug, Clone, PartialEq)]
pub struct Slices {
    /// The metric.
    pub metric: Metric,
    /// What was demanded of each.
    pub demand: MetricDemand,
    /// The slices that were judged, the worst first.
    pub judged: Vec<JudgedSlice>,
    /// Those with too few rows, by name, with their rows.
    pub small: Vec<(String, u64)>,
    /// Those of which only the candidate has rows, and that are compared with nothing.
    pub appeared: Vec<String>,
    /// Those of which only the baseline has rows.
    pub vanished: Vec<String>,
}

impl Slices {
    /// Whether slices of enough rows could not be compared, because one side has none of them.
    pub fn lacks(&self) -> bool {
        matches!(self.demand, MetricDemand::Change(_)) && !(self.appeared.is_empty() && self.vanished.is_empty())
    }
}

/// One slice.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedSlice {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// The candidate's metric.
    pub candidate: Estimate,
    /// The baseline's.
    pub baseline: Option<Estimate>,
    /// candidate − baseline.
    pub change: Option<Estimate>,
    /// What it came to.
    pub verdict: Verdict,
    /// By how much it is worse than demanded; below 0 where it is not.
    pub damage: f64,
}

/// How a gate on slices is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) level: f64,
    pub(super) min_n: u64,
    pub(super) seed: u64,
}

/// The verdict over all slices that match. Small ones never decide; failures are those that hold among so many slices (Holm).
pub(super) fn slices(
    metric: Metric,
    state: &State,
    (pattern, except): (&str, &[String]),
    demand: MetricDemand,
    rules: Rules,
) -> Result<Outcome, String> {
    let State::Slices(all) = state else { return Err("it was measured as something else".to_owned()) };
    let wanted = Pattern::new(pattern);
    let others: Vec<Pattern> = except.iter().map(|other| Pattern::new(other)).collect();
    let matching: Vec<&Slice> = all
        .iter()
        .filter(|slice| wanted.matches(&slice.name) && !others.iter().any(|other| other.matches(&slice.name)))
        .collect();
    if matching.is_empty() && others.is_empty() {
        let known: Vec<String> = all.iter().take(8).map(|slice| format!("`{}`", slice.name)).collect();
        return Err(format!("there is no slice `{pattern}`; there are {}", known.join(", ")));
    }
    let mut found =
        Slices { metric, demand, judged: Vec::new(), small: Vec::new(), appeared: Vec::new(), vanished: Vec::new() };
    let mut chances = Vec::new();
    for slice in matching {
        if let (OtherSide::Apart(theirs), 0) = (&slice.other, slice.rows) {
            match theirs {
                Ok(theirs) if theirs.rows() < rules.min_n => found.small.push((slice.name.clone(), 0)),
                _ => found.vanished.push(slice.name.clone()),
            }
            continue;
        }
        let sides = Sides::of_slice(slice)?;
        let ours = match sides.estimate(metric, Side::Candidate, rules.level, rules.seed) {
            Ok(ours) if ours.n >= rules.min_n => ours,
            // Without a single row in its denominator it is small, too.
            _ => {
                found.small.push((slice.name.clone(), slice.rows));
                continue;
            }
        };
        if matches!((&slice.other, demand), (OtherSide::Empty, MetricDemand::Change(_))) {
            found.appeared.push(slice.name.clone());
            continue;
        }
        let (judged, chance) = judged(metric, sides, demand, rules, (slice, ours))?;
        found.judged.push(judged);
        chances.push(chance);
    }
    if found.judged.is_empty() && found.small.is_empty() {
        let names: Vec<String> = found.appeared.iter().chain(&found.vanished).map(|name| format!("`{name}`")).collect();
        return Err(format!("the sides have no slice in common, only {} on one of them", names.join(", ")));
    }
    if found.judged.is_empty() {
        return Err(format!("no slice has {} rows in the denominator of {metric}", rules.min_n));
    }
    for (slice, adjusted) in found.judged.iter_mut().zip(stats::holm(&chances)) {
        if slice.verdict == Verdict::Fail && adjusted > (1.0 - rules.level) / 2.0 {
            slice.verdict = Verdict::Inconclusive;
        }
    }
    let rank = |verdict| match verdict {
        Verdict::Fail => 0,
        Verdict::Inconclusive => 1,
        _ => 2,
    };
    found.judged.sort_by(|left, right| {
        (rank(left.verdict).cmp(&rank(right.verdict)))
            .then(right.damage.total_cmp(&left.damage))
            .then(left.name.cmp(&right.name))
    });
    let verdict = match found.judged.first().map_or(Verdict::Error, |worst| worst.verdict) {
        // What could not be compared has not kept the demand.
        Verdict::Pass if found.lacks() => Verdict::Inconclusive,
        verdict => verdict,
    };
    Ok(Outcome { verdict, evidence: Evidence::Slices(found) })
}

fn judged(
    metric: Metric,
    sides: Sides<'_>,
    demand: MetricDemand,
    rules: Rules,
    (slice, ours): (&Slice, Estimate),
) -> Result<(JudgedSlice, f64), String> {
    let whose = |why: String| format!("slice `{}`: {why}", slice.name);
    let outcome = match demand {
        MetricDemand::Limit(limit) => compare::metric(metric, sides.candidate(), limit, rules.level, rules.seed),
        MetricDemand::Change(demand) => change::change(metric, sides, demand, rules.level, rules.seed),
    };
    let outcome = outcome.map_err(whose)?;
    let p_value = match demand {
        _ if outcome.verdict != Verdict::Fail => None,
        MetricDemand::Limit(limit) => holm::of_metric(metric, sides.candidate(), limit, rules.seed),
        MetricDemand::Change(demand) => change::p_value(metric, sides, demand, rules.level, rules.seed),
    };
    let (baseline, change) = match &outcome.evidence {
        Evidence::Change(change) => (Some(change.baseline), Some(change.change)),
        _ => {
            let before = sides.estimate(metric, Side::Baseline, rules.level, rules.seed);
            (before.ok().filter(|_| sides.has_baseline()), None)
        }
    };
    let damage = damage(&outcome, demand, ours.value);
    let (name, rows, verdict) = (slice.name.clone(), slice.rows, outcome.verdict);
    Ok((JudgedSlice { name, rows, candidate: ours, baseline, change, verdict, damage }, p_value.unwrap_or(1.0)))
}

/// By how much the number of a slice is worse than its limit, to put the worst first.
fn damage(outcome: &Outcome, demand: MetricDemand, candidate: f64) -> f64 {
    match (demand, &outcome.evidence) {
        (MetricDemand::Limit(Limit::AtLeast(least)), _) => least - candidate,
        (MetricDemand::Limit(Limit::AtMost(most)), _) => candidate - most,
        (MetricDemand::Change(demand), Evidence::Change(change)) => {
            let (gain, margin) = (change.gain(change.change.value), change.tolerance.amount);
            match demand.kind {
                ChangeKind::LossAtMost => -gain - margin,
                ChangeKind::GainAtLeast => margin - gain,
                ChangeKind::GainAtMost => gain - margin,
            }
        }
        _ => 0.0,
    }
}
