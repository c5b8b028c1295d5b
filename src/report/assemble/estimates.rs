//! Numbers of the gates as numbers of the report.

use std::collections::BTreeMap;

use super::super::document::{AgainstReference, ChangeResult, EstimateResult, GroupEstimate};
use crate::gate::Subject;
use crate::gate::judge::{Absence, JudgedGroups, Slices};
use crate::report::suppression::{Suppression, suppressed};
use crate::stats::{self, GroupComparison, GroupRate, Undefined};

pub(super) fn roles(subject: &Subject) -> BTreeMap<String, String> {
    subject.iter().map(|(role, name)| ((*role).to_owned(), name.clone())).collect()
}

/// Returns an interval whose ends are finite: a report has no number for an end that so few rows cannot bound.
pub(super) fn bounded(interval: [f64; 2]) -> Option<[f64; 2]> {
    interval.iter().all(|end| end.is_finite()).then_some(interval)
}

impl From<stats::Estimate> for EstimateResult {
    fn from(estimate: stats::Estimate) -> Self {
        let stats::Estimate { value, interval, standard_error: _, n, method: _ } = estimate;
        Self { value: Some(value), interval: bounded(interval), n: Some(n), undefined: None }
    }
}

/// A change beside which nothing is decided.
impl From<stats::Estimate> for ChangeResult {
    fn from(change: stats::Estimate) -> Self {
        Self {
            value: change.value,
            interval: bounded(change.interval),
            method: change.method.to_owned(),
            detectable: None,
            rows_to_decide: None,
            clusters_to_decide: None,
            tests: Vec::new(),
        }
    }
}

pub(super) fn or_undefined(estimate: Result<stats::Estimate, Undefined>) -> EstimateResult {
    match estimate {
        Ok(estimate) => EstimateResult::from(estimate),
        Err(why) => EstimateResult { value: None, interval: None, n: None, undefined: Some(why.to_string()) },
    }
}

pub(super) fn reduced(comparison: &GroupComparison) -> EstimateResult {
    or_undefined(comparison.value)
}

pub(super) fn groups(
    found: &JudgedGroups,
    min_n: u64,
    (min_cell, kept): (u64, &[Option<Suppression>]),
) -> Vec<GroupEstimate> {
    let ours = found.candidate.groups.iter().enumerate();
    ours.map(|(index, group)| {
        let before = found.baseline.as_ref().and_then(|comparison| comparison.groups.get(index));
        let is_hidden = kept[index].is_some();
        let impact = found.impacts.iter().find(|impact| impact.group == index);
        let against = group.against.filter(|_| !is_hidden).map(|against| AgainstReference {
            value: against.value,
            interval: against.interval.map(|end| end.is_finite().then_some(end)),
            z: impact.map(|impact| impact.z),
            p_value: impact.map(|impact| impact.p_value),
            shortfall: impact.map(|impact| impact.shortfall),
        });
        let left_out =
            found.left_out.iter().find(|(place, _)| *place == index).map(|(_, why)| match (why, group.rate) {
                // The reason a number is undefined may reveal individuals, too.
                (Absence::Undefined(_), _) if is_hidden => "its number is undefined".to_owned(),
                (Absence::Small, Err(why)) if !is_hidden => why.to_string(),
                (why, _) => why.reason(min_n),
            });
        GroupEstimate {
            group: group.key.clone(),
            measure: group.of.map(str::to_owned),
            candidate: shown(group, kept[index], min_cell),
            baseline: before.map(|group| shown(group, kept[index], min_cell)),
            against,
            left_out,
        }
    })
    .collect()
}

pub(super) fn of_slices(slices: &Slices, min_n: u64, min_cell: u64) -> Vec<GroupEstimate> {
    let hides = |rows: u64, estimate: stats::Estimate| {
        if rows < min_cell || estimate.n < min_cell { suppressed(min_cell) } else { EstimateResult::from(estimate) }
    };
    let judged = slices.judged.iter().map(|slice| GroupEstimate {
        group: vec![slice.name.clone()],
        candidate: hides(slice.rows, slice.candidate),
        baseline: slice.baseline.map(|before| hides(slice.rows, before)),
        measure: None,
        against: None,
        left_out: None,
    });
    let left_out = slices.left_out.iter().map(|slice| {
        let why = slice.why.reason(min_n);
        // The denominator if it is known, and otherwise the slice's rows.
        let n = slice.n.unwrap_or(slice.rows);
        let n = (slice.rows >= min_cell && n >= min_cell).then_some(n);
        GroupEstimate {
            group: vec![slice.name.clone()],
            measure: None,
            candidate: EstimateResult { value: None, interval: None, n, undefined: Some(why.clone()) },
            baseline: None,
            against: None,
            left_out: Some(why),
        }
    });
    judged.chain(left_out).collect()
}

/// Returns a group's rate, or the reason it is suppressed.
pub(super) fn shown(group: &GroupRate, kept: Option<Suppression>, min_cell: u64) -> EstimateResult {
    kept.map_or_else(|| or_undefined(group.rate), |kept| kept.estimate(min_cell))
}
