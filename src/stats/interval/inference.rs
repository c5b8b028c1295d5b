//! Inference on a value at any confidence: its interval, and the p-value under a limit.

use std::borrow::Cow;

use super::bootstrap::{resample_change, resample_side, unchanged};
use super::estimate::{change, is_exact_change, one_side};
use super::mean::{is_alike, welch};
use super::resolve::resolve;
use crate::stats::interval::table;
use crate::stats::interval::table::reach;
use crate::stats::interval::value::Estimate;
use crate::stats::{Metric, Side, State, Undefined};

/// The smallest p-value; smaller ones are reported as this.
const SMALLEST_TAIL: f64 = 1e-12;

/// A value with an interval at every confidence.
pub struct Inference<'a>(Box<dyn Fn(f64) -> Estimate + Send + Sync + 'a>);

/// A null hypothesis about the true value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Null {
    /// The true value is at most this.
    AtMost(f64),
    /// The true value is at least this.
    AtLeast(f64),
}

impl<'a> Inference<'a> {
    pub(crate) fn new(at: impl Fn(f64) -> Estimate + Send + Sync + 'a) -> Self {
        Self(Box::new(at))
    }

    /// Returns the estimate whose interval contains the truth in `level` of all samples.
    pub fn at(&self, level: f64) -> Estimate {
        (self.0)(level)
    }

    /// Returns the one-sided p-value: the smallest tail whose interval end lies beyond the limit. A test at α therefore
    /// rejects exactly when the interval at 1 − 2α excludes the limit.
    pub fn p_value(&self, null: Null) -> f64 {
        let (limit, end, sign) = match null {
            Null::AtMost(limit) => (limit, 0, 1.0),
            Null::AtLeast(limit) => (limit, 1, -1.0),
        };
        // The distance by which the end that faces the limit lies beyond it.
        let beyond = |tail: f64, end: usize| sign * (self.at(1.0 - 2.0 * tail).interval[end] - limit);
        let value = self.at(0.5).value;
        if value.is_nan() {
            return 1.0;
        }
        if sign * (value - limit) > 0.0 {
            search(|tail| beyond(tail, end) > 0.0)
        } else {
            // The value keeps the limit: the other end has to reach it, which gives the larger tail.
            1.0 - search(|tail| beyond(tail, 1 - end) < 0.0)
        }
    }
}

impl std::fmt::Debug for Inference<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Inference({:?})", self.at(0.95))
    }
}

/// Returns the smallest tail at which the limit is excluded, by bisection on its logarithm.
fn search(is_excluded: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (SMALLEST_TAIL.ln(), 0.5_f64.ln());
    if is_excluded(SMALLEST_TAIL) {
        return SMALLEST_TAIL;
    }
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if is_excluded(middle.exp()) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high.exp()
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
    let (resolved, state) = resolve(metric, state)?;
    if let State::Sample(sample) = &*state {
        let resampled = resample_side(sample, metric, side, seed)?;
        return Ok(Inference::new(move |level| resampled.at(level)));
    }
    of_side(resolved, state, side)
}

/// Like [`infer`], for a borrowed state that needs no resampling; the result owns its state.
pub(crate) fn infer_owned(metric: Metric, state: &State, side: Side) -> Result<Inference<'static>, Undefined> {
    let (resolved, state) = resolve(metric, state)?;
    of_side(resolved, Cow::Owned(state.into_owned()), side)
}

fn of_side<'a>(metric: Metric, state: Cow<'a, State>, side: Side) -> Result<Inference<'a>, Undefined> {
    if let State::Table(table) = &*state {
        let prepared = table::Prepared::new(metric, table, side)?;
        return Ok(Inference::new(move |level| prepared.at(level).never_certain(level)));
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
    let (resolved, state) = resolve(metric, state)?;
    of_change(resolved, Cow::Owned(state.into_owned()), weight)
}

fn of_change<'a>(metric: Metric, state: Cow<'a, State>, weight: f64) -> Result<Inference<'a>, Undefined> {
    change(metric, &state, weight, 0.5)?;
    if let State::Table(table) = &*state
        && !is_exact_change(metric, &state, weight)
    {
        let prepared = table::PreparedChange::new(metric, table, weight)?;
        return Ok(Inference::new(move |level| prepared.at(level).never_certain(level)));
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
