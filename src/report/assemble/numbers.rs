//! The numbers of a gate, taken from its evidence.

use super::super::document::{ChangeResult, EqualityTestResult, EstimateResult, GroupEstimate, Unit};
use super::super::message::METRICS_ONLY;
use super::super::number::unit_of_groups;
use super::estimates::{bounded, groups, of_slices, reduced};
use crate::gate::judge::{Count, Evidence};
use crate::gate::{Constraint, Gate};
use crate::measurement::summary::Summarised;
use crate::report::suppression::Suppression;
use crate::stats::NamedTest;

/// The numbers of a gate.
pub(super) struct GateNumbers {
    pub(super) unit: Unit,
    pub(super) candidate: Option<EstimateResult>,
    pub(super) baseline: Option<EstimateResult>,
    pub(super) change: Option<ChangeResult>,
    pub(super) groups: Vec<GroupEstimate>,
    pub(super) group_unit: Option<Unit>,
}

pub(super) fn numbers(
    gate: &Gate,
    evidence: &Evidence,
    (min_cell, kept): (u64, &[Option<Suppression>]),
) -> GateNumbers {
    let mut numbers = GateNumbers {
        unit: unit(gate, evidence),
        candidate: None,
        baseline: None,
        change: None,
        groups: Vec::new(),
        group_unit: None,
    };
    match evidence {
        Evidence::Reason(_) | Evidence::Type(_) => {}
        Evidence::Summary { candidate, baseline } => {
            let exact = |summarised: &Summarised| EstimateResult {
                value: Some(summarised.value),
                interval: None,
                n: Some(summarised.n),
                undefined: None,
            };
            numbers.candidate = Some(exact(candidate));
            numbers.baseline = baseline.as_ref().map(exact);
        }
        Evidence::Values(changes) => {
            let hits = changes.values.iter().map(|(_, count)| count).sum();
            numbers.candidate = Some(exact(Count { hits, among: Some(changes.n) }, numbers.unit));
        }
        Evidence::Names(names) => {
            numbers.candidate = Some(exact_columns(names.broken.len() as u64, names.columns));
        }
        Evidence::Exact { candidate, baseline, .. } => {
            numbers.candidate = Some(exact(*candidate, numbers.unit));
            numbers.baseline = baseline.map(|count| exact(count, numbers.unit));
        }
        Evidence::Columns(changes) => {
            numbers.candidate = Some(exact_columns(changes.counted, changes.columns));
        }
        Evidence::Metric { estimate, .. } => {
            numbers.candidate = Some(EstimateResult::from(*estimate));
        }
        Evidence::Change(found) => {
            numbers.candidate = Some(EstimateResult::from(found.candidate));
            numbers.baseline = Some(EstimateResult::from(found.baseline));
            numbers.change = Some(ChangeResult {
                value: found.change.value,
                interval: bounded(found.change.interval),
                method: found.change.method.to_owned(),
                detectable: Some(found.detectable),
                rows_to_decide: found.enough.filter(|_| !found.units.are_clusters()),
                clusters_to_decide: found.enough.filter(|_| found.units.are_clusters()),
                tests: found.tests.iter().map(test).collect(),
            });
        }
        Evidence::Reported(found) => {
            let point = |value| EstimateResult { value: Some(value), interval: None, n: None, undefined: None };
            numbers.candidate = Some(point(found.candidate));
            numbers.baseline = found.baseline.map(point);
            numbers.change = found.baseline.map(|baseline| ChangeResult {
                value: found.candidate - baseline,
                interval: None,
                method: METRICS_ONLY.to_owned(),
                detectable: None,
                rows_to_decide: None,
                clusters_to_decide: None,
                tests: Vec::new(),
            });
        }
        Evidence::Drift { drift, .. } => {
            let [_, n] = drift.rows;
            let (value, interval) = (Some(drift.value), Some(drift.interval));
            numbers.candidate = Some(EstimateResult { value, interval, n: Some(n), undefined: None });
        }
        Evidence::ChiSquare(found) => {
            let [_, n] = found.rows;
            let value = (found.detectable.is_some() || found.test.is_constant).then_some(found.chance);
            numbers.candidate = Some(EstimateResult { value, interval: None, n: Some(n), undefined: None });
        }
        Evidence::Drifted(found) => {
            numbers.candidate = Some(exact_columns(found.certain.len() as u64, found.columns));
        }
        Evidence::Slices(slices) => {
            // The number of some slices does not represent those that have none.
            let lacks = slices.left_out.iter().any(|slice| slice.why.is_error());
            if let Some(worst) = slices.judged.first().filter(|_| !lacks) {
                numbers.candidate = Some(EstimateResult::from(worst.candidate));
                numbers.baseline = worst.baseline.map(EstimateResult::from);
            }
            numbers.groups = of_slices(slices, gate.min_n, min_cell);
        }
        Evidence::Groups(found) => {
            let lacks = found.left_out.iter().any(|(_, why)| why.is_error());
            numbers.candidate = Some(reduced(&found.candidate)).filter(|_| !lacks);
            numbers.baseline = found.baseline.as_ref().map(reduced).filter(|_| !lacks);
            numbers.change = found.change.map(|change| ChangeResult {
                value: change.value,
                interval: bounded(change.interval),
                method: change.method.to_owned(),
                detectable: found.detectable,
                rows_to_decide: found.enough.filter(|_| !found.units.are_clusters()),
                clusters_to_decide: found.enough.filter(|_| found.units.are_clusters()),
                tests: Vec::new(),
            });
            numbers.groups = groups(found, gate.min_n, (min_cell, kept));
            numbers.group_unit = Some(unit_of_groups(found.measure)).filter(|unit| *unit != numbers.unit);
        }
    }
    numbers
}

fn test(found: &NamedTest) -> EqualityTestResult {
    EqualityTestResult { name: found.name.to_owned(), p_value: found.p_value, interval: found.interval }
}

fn unit(gate: &Gate, evidence: &Evidence) -> Unit {
    match (evidence, &gate.task) {
        (Evidence::Exact { candidate, .. }, Ok(Constraint::Exact { bound, .. }))
            if candidate.among.is_some() && !bound.in_rows =>
        {
            Unit::Share
        }
        (_, Ok(Constraint::Drift { cells, .. })) if cells.is_of_nulls() => Unit::Share,
        (Evidence::Columns(_) | Evidence::Type(_) | Evidence::Names(_) | Evidence::Drifted(_), _) => Unit::Columns,
        (_, Ok(Constraint::Summary { summary, .. })) => summary.unit(),
        (_, Ok(Constraint::Values { bound, .. })) if !bound.in_rows => Unit::Share,
        (Evidence::Metric { .. } | Evidence::Change(_) | Evidence::Slices(_) | Evidence::ChiSquare(_), _) => {
            Unit::Metric
        }
        (
            _,
            Ok(
                Constraint::Metric { .. }
                | Constraint::Change { .. }
                | Constraint::Sliced { .. }
                | Constraint::Drift { .. },
            ),
        ) => Unit::Metric,
        (_, Ok(Constraint::Groups { reduction, .. })) if reduction.is_ratio() => Unit::Ratio,
        (_, Ok(Constraint::Groups { measure, .. })) => unit_of_groups(*measure),
        (Evidence::Reported(_), _) | (_, Ok(Constraint::Reported { .. })) => Unit::Number,
        _ => Unit::Rows,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of columns")]
fn exact_columns(value: u64, n: u64) -> EstimateResult {
    EstimateResult { value: Some(value as f64), interval: None, n: Some(n), undefined: None }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn exact(count: Count, unit: Unit) -> EstimateResult {
    let n = count.among.unwrap_or(count.hits);
    let value = if unit == Unit::Share { count.hits as f64 / n as f64 } else { count.hits as f64 };
    EstimateResult { value: Some(value), interval: None, n: Some(n), undefined: None }
}
