//! From a metric and its state to an inference, of one side, of a change on the same rows, and of unpaired rows.

use std::borrow::Cow;

use super::bootstrap::{resample_change, resample_side, unchanged};
use super::estimate::{change, is_exact_change, one_side};
use super::inference::Inference;
use super::mean::{is_alike, welch};
use super::resolve::resolve;
use super::table;
use super::value::{Estimate, reach};
use crate::stats::{ClassTable, Metric, Side, State, Undefined};

/// Estimates a metric on one side, at one level.
///
/// # Errors
///
/// Returns the reason if the metric has no value.
pub fn estimate(metric: Metric, state: &State, side: Side, level: f64, seed: u64) -> Result<Estimate, Undefined> {
    infer(metric, state, side, seed).map(|inference| inference.at(level))
}

/// Estimates candidate − `weight` · baseline on the same rows: [`infer_change`] at this level.
#[cfg(test)]
pub(crate) fn contrast(
    metric: Metric,
    state: &State,
    weight: f64,
    level: f64,
    seed: u64,
) -> Result<Estimate, Undefined> {
    infer_change(metric, state, weight, seed).map(|inference| inference.at(level))
}

/// Infers a metric on one side. `seed` is used by resampled metrics.
///
/// # Errors
///
/// Returns the reason if the metric is undefined.
pub fn infer(metric: Metric, state: &State, side: Side, seed: u64) -> Result<Inference<'_>, Undefined> {
    if let State::Known(known) = state {
        let known = *known.get(&metric.to_string()).filter(|_| side == Side::Candidate).ok_or(Undefined::OtherState)?;
        return Ok(Inference::new(move |level| known.at(metric, level)));
    }
    if let Some((of, [by, plus])) = metric.of_another(state) {
        return infer(of, state, side, seed).map(|found| found.scaled(by, plus));
    }
    let (resolved, state) = resolve(metric, state)?;
    if let State::Sample(sample) = &*state {
        let resampled = resample_side(sample, metric, side, seed)?;
        return Ok(Inference::new(move |level| resampled.at(level)));
    }
    of_side(resolved, state, side)
}

/// Like [`infer`], for a borrowed state that needs no resampling; the result owns its state.
pub(crate) fn infer_owned(metric: Metric, state: &State, side: Side) -> Result<Inference<'static>, Undefined> {
    if let Some((of, [by, plus])) = metric.of_another(state) {
        return infer_owned(of, state, side).map(|found| found.scaled(by, plus));
    }
    let (resolved, state) = resolve(metric, state)?;
    of_side(resolved, Cow::Owned(state.into_owned()), side)
}

fn of_side<'a>(metric: Metric, state: Cow<'a, State>, side: Side) -> Result<Inference<'a>, Undefined> {
    if let State::Table(table) = &*state {
        let prepared = table::Prepared::new(metric, table, side)?;
        let rows = without_clusters(table).and_then(|state| infer_owned(metric, &state, side).ok());
        return Ok(Inference::new(move |level| at_least(prepared.at(level), rows.as_ref(), level)));
    }
    // A metric that is undefined is so at every level.
    one_side(metric, &state, side, 0.5)?;
    Ok(Inference::new(move |level| {
        one_side(metric, &state, side, level).map_or(Estimate::NOTHING, |found| found.never_certain(level))
    }))
}

/// Infers candidate − `weight` · baseline on the same rows. Weight 1 is the change; 1 − r tests a margin relative to
/// the baseline without treating the baseline's value as certain.
///
/// # Errors
///
/// Returns the reason if the change is undefined.
pub fn infer_change(metric: Metric, state: &State, weight: f64, seed: u64) -> Result<Inference<'_>, Undefined> {
    if let Some((of, [by, plus])) = metric.of_another(state) {
        return infer_change(of, state, weight, seed).map(|found| found.scaled(by, plus * (1.0 - weight)));
    }
    let (resolved, state) = resolve(metric, state)?;
    if let State::Sample(sample) = &*state {
        #[expect(clippy::float_cmp, reason = "the caller's own 1")]
        let resampled = if weight == 1.0 && sample.is_unchanged() {
            sample.value(Side::Candidate)?;
            unchanged(sample.rows())
        } else {
            resample_change(sample, metric, weight, seed)?
        };
        return Ok(Inference::new(move |level| resampled.at(level)));
    }
    of_change(resolved, state, weight)
}

/// Like [`infer_change`], for a borrowed state that needs no resampling; the result owns its state.
pub(crate) fn infer_change_owned(metric: Metric, state: &State, weight: f64) -> Result<Inference<'static>, Undefined> {
    if let Some((of, [by, plus])) = metric.of_another(state) {
        return infer_change_owned(of, state, weight).map(|found| found.scaled(by, plus * (1.0 - weight)));
    }
    let (resolved, state) = resolve(metric, state)?;
    of_change(resolved, Cow::Owned(state.into_owned()), weight)
}

fn of_change<'a>(metric: Metric, state: Cow<'a, State>, weight: f64) -> Result<Inference<'a>, Undefined> {
    change(metric, &state, weight, 0.5)?;
    if let State::Table(table) = &*state
        && !is_exact_change(metric, &state, weight)
    {
        let prepared = table::PreparedChange::new(metric, table, weight)?;
        let rows = without_clusters(table).and_then(|state| infer_change_owned(metric, &state, weight).ok());
        return Ok(Inference::new(move |level| at_least(prepared.at(level), rows.as_ref(), level)));
    }
    let is_exact = is_exact_change(metric, &state, weight);
    Ok(Inference::new(move |level| {
        let found = change(metric, &state, weight, level).unwrap_or(Estimate::NOTHING);
        if is_exact { found } else { found.never_certain(level) }
    }))
}

/// Infers candidate − `weight` · baseline of two independent sets of rows. Each state has one side; a baseline in it is
/// ignored.
///
/// # Errors
///
/// Returns the reason if the change is undefined.
pub fn infer_unpaired<'a>(
    metric: Metric,
    candidate: &'a State,
    baseline: &'a State,
    weight: f64,
    seed: u64,
) -> Result<Inference<'a>, Undefined> {
    // A state of one class is one of two.
    let metric = if matches!(baseline, State::Known(_)) { metric } else { metric.without_class() };
    if let (State::Loss(ours), State::Loss(theirs)) = (candidate, baseline)
        && !metric.is_root()
        && !metric.is_coarse()
        && !is_alike(metric, ours)
        && !is_alike(metric, theirs)
    {
        welch(ours, theirs, weight, 0.5)?;
        return Ok(Inference::new(move |level| welch(ours, theirs, weight, level).unwrap_or(Estimate::NOTHING)));
    }
    // A baseline says the same whether its rows are there or what was stored of them.
    let theirs = match baseline {
        State::Loss(moments) => infer_owned(metric, &State::Loss(moments.as_stored()), Side::Candidate)?,
        State::Joint(joint) => infer_owned(metric, &State::Joint(joint.as_stored()), Side::Candidate)?,
        _ => infer(metric, baseline, Side::Candidate, seed)?,
    };
    let ours = infer(metric, candidate, Side::Candidate, seed)?;
    Ok(Inference::new(move |level| {
        let (ours, theirs) = (ours.at(level), theirs.at(level));
        let value = ours.value - weight * theirs.value;
        let (down, up) = (ours.value - ours.interval[0], ours.interval[1] - ours.value);
        let (their_down, their_up) =
            (weight * (theirs.value - theirs.interval[0]), weight * (theirs.interval[1] - theirs.value));
        let width = match metric.range() {
            (Some(low), Some(high)) => (high - low) * weight.max(1.0),
            _ => f64::INFINITY,
        };
        let ends = [value - reach(down, their_up, 0.0), value + reach(up, their_down, 0.0)];
        Estimate {
            value,
            interval: ends.map(|end| end.clamp(-width, width)),
            standard_error: ours.standard_error.hypot(weight * theirs.standard_error),
            n: ours.n.min(theirs.n),
            method: "Newcombe, unpaired",
        }
    }))
}

/// Returns a clustered table's rows as independent ones: clustering never narrows an interval.
fn without_clusters(table: &ClassTable) -> Option<State> {
    table.is_clustered().then(|| State::Table(table.without_clusters()))
}

/// Widens an estimate of clusters so that it contains the interval of independent rows.
fn at_least(clustered: Estimate, rows: Option<&Inference<'_>>, level: f64) -> Estimate {
    rows.map_or(clustered, |rows| clustered.containing(rows.at(level).interval)).never_certain(level)
}
