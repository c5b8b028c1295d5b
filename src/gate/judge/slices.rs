//! Metrics in slices of the rows.

use super::super::MetricDemand;
use super::super::limit::Limit;
use super::super::margin::ChangeKind;
use super::super::verdict::Verdict;
use super::absence::{Absence, RowsPart};
use super::judged_slices::{JudgedSlice, LeftOut, Slices};
use super::sides::Comparison;
use super::units::UnitColumns;
use super::{Evidence, Outcome, change, compare, holm};
use crate::config::Pattern;
use crate::measurement::{Measured, OtherSide, Slice};
use crate::stats;
use crate::stats::{Estimate, Metric, Side};

/// The rules by which slices are judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) level: f64,
    pub(super) min_n: u64,
    pub(super) seed: u64,
    pub(super) cluster: UnitColumns<'a>,
}

/// Returns the verdict over all matching slices. Small slices never decide; failures are those that remain after Holm's
/// correction for the number of slices. A slice whose metric is undefined on enough rows is an error, whatever the
/// others are.
pub(super) fn slices(
    metric: Metric,
    state: &Measured,
    (pattern, except): (&str, &[String]),
    demand: MetricDemand,
    rules: Rules<'_>,
) -> Result<Outcome, String> {
    let Measured::Slices(all) = state else {
        return Err("internal error: the measurement has the wrong state".to_owned());
    };
    let mut wanted = Pattern::new(pattern);
    if !all.iter().any(|slice| wanted.matches(&slice.name)) {
        wanted = Pattern::new(&by_number(pattern));
    }
    let others: Vec<Pattern> = except.iter().map(|other| Pattern::new(other)).collect();
    let matching: Vec<&Slice> = all
        .iter()
        .filter(|slice| wanted.matches(&slice.name) && !others.iter().any(|other| other.matches(&slice.name)))
        .collect();
    if matching.is_empty() && others.is_empty() {
        return Err(no_slice(pattern, all));
    }
    if matching.is_empty() {
        return Err(format!("no slice is left for `{pattern}`: each has a limit of its own"));
    }
    let mut found = Slices { metric, demand, judged: Vec::new(), left_out: Vec::new() };
    let mut chances = Vec::new();
    for slice in matching {
        match one(metric, slice, demand, rules)? {
            Ok((judged, chance)) => {
                found.judged.push(judged);
                chances.push(chance);
            }
            Err(left_out) => found.left_out.push(left_out),
        }
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
        _ if found.left_out.iter().any(|slice| slice.why.is_error()) => Verdict::Error,
        // Slices that could not be compared do not satisfy the limit.
        Verdict::Pass if found.lacks() => Verdict::Inconclusive,
        verdict => verdict,
    };
    Ok(Outcome { verdict, evidence: Evidence::Slices(found) })
}

/// Returns the message that a pattern matches no slice, with the first existing ones.
pub(super) fn no_slice(pattern: &str, all: &[Slice]) -> String {
    let known: Vec<String> = all.iter().take(8).map(|slice| format!("`{}`", slice.name)).collect();
    format!("there is no slice `{pattern}`; the slices are {}", known.join(", "))
}

/// Judges one slice, or returns the reason it takes no part.
fn one(
    metric: Metric,
    slice: &Slice,
    demand: MetricDemand,
    rules: Rules<'_>,
) -> Result<Result<(JudgedSlice, f64), LeftOut>, String> {
    let left_out = |n, why| Ok(Err(LeftOut { name: slice.name.clone(), rows: slice.rows, n, why }));
    let rows_before = if let OtherSide::Apart(_, rows) = &slice.other { Some(*rows) } else { None };
    let was_small = rows_before.is_some_and(|rows| rows < rules.min_n.max(1));
    if rows_before.is_some() && slice.rows == 0 {
        return left_out(None, if was_small { Absence::Small } else { Absence::Vanished });
    }
    let sides = Comparison::of_slice(slice).map_err(|why| format!("slice `{}`: {why}", slice.name))?;
    let sides = if matches!(demand, MetricDemand::Limit(_)) { sides.of_all_rows() } else { sides };
    if let (MetricDemand::Change(_), OtherSide::Missing(error)) = (demand, &slice.other) {
        return Err(error.0.clone());
    }
    let ours = sides.estimate(metric, Side::Candidate, rules.level, rules.seed);
    let value = sides.value(metric, Side::Candidate);
    let before = if sides.has_baseline() { sides.value(metric, Side::Baseline).ok().map(|(_, n)| n) } else { None };
    let estimate = ours.as_ref().map_err(|why| *why);
    let part = RowsPart { metric, rows: slice.rows, min_n: rules.min_n, estimate, value, before };
    let ours = match (part.absence(), ours) {
        (None, Ok(ours)) => ours,
        (None, Err(why)) => return left_out(None, Absence::of_undefined(metric, why)),
        // Without a label of its class, a slice has an empty denominator.
        (Some(Absence::Small), Err(_)) if slice.rows >= rules.min_n => {
            return left_out(value.map_or(Some(0), |(_, n)| Some(n)), Absence::Small);
        }
        (Some(why), _) => return left_out(value.ok().map(|(_, n)| n), why),
    };
    if matches!((&slice.other, demand), (OtherSide::Empty, MetricDemand::Change(_))) {
        return left_out(Some(ours.n), Absence::Appeared);
    }
    if let (MetricDemand::Change(_), Some(why), false) = (demand, sides.missing(), was_small) {
        let why = format!("{metric} of the baseline is undefined: {why}");
        return left_out(Some(ours.n), Absence::Undefined(why));
    }
    match judged(metric, sides, demand, rules, (slice, ours)) {
        Ok(judged) => Ok(Ok(judged)),
        // With too few rows on the other side, there is nothing to compare with.
        Err(_) if was_small => left_out(Some(ours.n), Absence::Appeared),
        Err(why) => left_out(Some(ours.n), Absence::Undefined(why)),
    }
}

fn judged(
    metric: Metric,
    sides: Comparison<'_>,
    demand: MetricDemand,
    rules: Rules<'_>,
    (slice, ours): (&Slice, Estimate),
) -> Result<(JudgedSlice, f64), String> {
    let Rules { level, seed, cluster, .. } = rules;
    let outcome = match demand {
        MetricDemand::Limit(limit) => compare::metric(metric, sides.candidate(), limit, (level, seed), cluster),
        MetricDemand::Change(demand) => change::change(metric, sides, demand, (level, seed), cluster),
    };
    let outcome = outcome?;
    let p_value = match demand {
        _ if outcome.verdict != Verdict::Fail => None,
        MetricDemand::Limit(limit) => holm::of_metric(metric, sides.candidate(), limit, seed),
        MetricDemand::Change(demand) => change::p_value(metric, sides, demand, level, seed),
    };
    let (baseline, change) = match &outcome.evidence {
        Evidence::Change(change) => (Some(change.baseline), Some(change.change)),
        _ => {
            let before = sides.estimate(metric, Side::Baseline, level, seed);
            (before.ok().filter(|_| sides.has_baseline()), None)
        }
    };
    let damage = damage(&outcome, demand, ours.value);
    let (name, rows, verdict) = (slice.name.clone(), slice.rows, outcome.verdict);
    Ok((JudgedSlice { name, rows, candidate: ours, baseline, change, verdict, damage }, p_value.unwrap_or(1.0)))
}

/// Returns the distance by which a slice's metric is beyond its limit, by which slices are sorted.
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

/// Returns a pattern with numbers as slices' names write them: `g=1` for `g=1.0`.
fn by_number(pattern: &str) -> String {
    let part = |part: &str| match part.split_once('=') {
        Some((name, value)) => match value.parse::<f64>() {
            Ok(number) if number.is_finite() => format!("{name}={number}"),
            _ => part.to_owned(),
        },
        None => part.to_owned(),
    };
    pattern.split(',').map(part).collect::<Vec<_>>().join(",")
}

impl Slices {
    /// Returns true if a slice should have been compared and was not: the candidate made its denominator small, or only
    /// one side of a comparison has enough of its rows.
    pub fn lacks(&self) -> bool {
        self.left_out.iter().any(|slice| match slice.why {
            Absence::Shrunk => true,
            Absence::Appeared | Absence::Vanished => matches!(self.demand, MetricDemand::Change(_)),
            Absence::Small | Absence::OneCluster | Absence::Undefined(_) => false,
        })
    }
}
