//! What can be said of a number at any confidence: its interval, and how surprising it would be under a limit.

use std::borrow::Cow;

use super::bootstrap::{resample_change, resample_side, unchanged};
use super::estimate::{Estimate, change, is_exact_change, one_side};
use super::mean::{is_alike, welch};
use super::resolve::resolve;
use crate::stats::interval::table;
use crate::stats::interval::table::reach;
use crate::stats::{Metric, Side, State, Undefined};

/// Tails smaller than this are not told apart.
const SMALLEST_TAIL: f64 = 1e-12;

/// A number whose interval is known at every confidence.
pub struct Inference<'a>(Box<dyn Fn(f64) -> Estimate + Send + Sync + 'a>);

/// A claim about the true number that the rows may speak against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Null {
    /// It is at most this.
    AtMost(f64),
    /// It is at least this.
    AtLeast(f64),
}

impl<'a> Inference<'a> {
    pub(crate) fn new(at: impl Fn(f64) -> Estimate + Send + Sync + 'a) -> Self {
        Self(Box::new(at))
    }

    /// The estimate whose interval holds the truth in `level` of all samples.
    pub fn at(&self, level: f64) -> Estimate {
        (self.0)(level)
    }

    /// The one-sided p-value of a claim: the smallest tail whose interval end lies beyond the limit. So a test at α rejects just
    /// when the interval at 1 − 2α excludes the limit.
    pub fn p_value(&self, null: Null) -> f64 {
        let (limit, end, sign) = match null {
            Null::AtMost(limit) => (limit, 0, 1.0),
            Null::AtLeast(limit) => (limit, 1, -1.0),
        };
        // How far the end that faces the limit lies beyond it.
        let beyond = |tail: f64, end: usize| sign * (self.at(1.0 - 2.0 * tail).interval[end] - limit);
        let value = self.at(0.5).value;
        if value.is_nan() {
            return 1.0;
        }
        if sign * (value - limit) > 0.0 {
            search(|tail| beyond(tail, end) > 0.0)
        } else {
            // The other end has to reach the limit: the larger tail.
            1.0 - search(|tail| beyond(tail, 1 - end) < 0.0)
        }
    }
}

impl std::fmt::Debug for Inference<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Inference({:?})", self.at(0.95))
    }
}

/// The smallest tail at which the limit is excluded, by bisection on its logarithm.
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

/// A metric on one side. `seed` is for what is resampled.
///
/// # Errors
///
/// Why there is no value.
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

/// [`infer`] of a state that is not kept, and that takes no resampling.
pub(crate) fn infer_owned(metric: Metric, state: &State, side: Side) -> Result<Inference<'static>, Undefined> {
    let (resolved, state) = resolve(metric, state)?;
    of_side(resolved, Cow::Owned(state.into_owned()), side)
}

fn of_side<'a>(metric: Metric, state: Cow<'a, State>, side: Side) -> Result<Inference<'a>, Undefined> {
    if let State::Table(table) = &*state {
        let prepared = table::Prepared::new(metric, table, side)?;
        return Ok(Inference::new(move |level| prepared.at(level).never_certain(level)));
    }
    // What is undefined is so at every level.
    one_side(metric, &state, side, 0.5)?;
    Ok(Inference::new(move |level| {
        one_side(metric, &state, side, level).map_or(Estimate::NOTHING, |found| found.never_certain(level))
    }))
}

/// candidate − `weight` · baseline on the same rows. Weight 1 is the change; 1 − r tests a margin relative to the baseline
/// without taking the baseline's value for certain.
///
/// # Errors
///
/// Why there is no value.
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

/// [`infer_change`] of a state that is not kept, and that takes no resampling.
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

/// candidate − `weight` · baseline of two sets of rows that have nothing to do with each other. Both states are of one side;
/// a baseline in them is not looked at.
///
/// # Errors
///
/// Why there is no value.
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
