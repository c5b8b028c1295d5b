//! What can be said of a number at any confidence: its interval, and how surprising it would be under a limit.

use super::bootstrap::{Rule, resample, unchanged};
use super::estimate::{Estimate, change, one_side};
use super::mean::welch;
use super::resolve::resolve;
use super::table_estimate::reach;
use super::{Metric, Side, State, Undefined};

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
    pub(super) fn new(at: impl Fn(f64) -> Estimate + Send + Sync + 'a) -> Self {
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
        let resampled =
            resample(sample, seed, Rule::of(metric.measure, false), metric.range(), |times| sample.of(side, times))?;
        return Ok(Inference::new(move |level| resampled.at(level)));
    }
    // What is undefined is so at every level.
    one_side(resolved, &state, side, 0.5)?;
    Ok(Inference::new(move |level| one_side(resolved, &state, side, level).unwrap_or(Estimate::NOTHING)))
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
            resample(sample, seed, Rule::of(metric.measure, true), (None, None), |times| {
                Ok(sample.of(Side::Candidate, times)? - weight * sample.of(Side::Baseline, times)?)
            })?
        };
        return Ok(Inference::new(move |level| resampled.at(level)));
    }
    change(resolved, &state, weight, 0.5)?;
    Ok(Inference::new(move |level| change(resolved, &state, weight, level).unwrap_or(Estimate::NOTHING)))
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
    {
        welch(ours, theirs, weight, 0.5)?;
        return Ok(Inference::new(move |level| welch(ours, theirs, weight, level).unwrap_or(Estimate::NOTHING)));
    }
    let (ours, theirs) =
        (infer(metric, candidate, Side::Candidate, seed)?, infer(metric, baseline, Side::Candidate, seed)?);
    Ok(Inference::new(move |level| {
        let (ours, theirs) = (ours.at(level), theirs.at(level));
        let value = ours.value - weight * theirs.value;
        let (down, up) = (ours.value - ours.interval[0], ours.interval[1] - ours.value);
        let (their_down, their_up) =
            (weight * (theirs.value - theirs.interval[0]), weight * (theirs.interval[1] - theirs.value));
        Estimate {
            value,
            interval: [value - reach(down, their_up, 0.0), value + reach(up, their_down, 0.0)],
            standard_error: ours.standard_error.hypot(weight * theirs.standard_error),
            n: ours.n.min(theirs.n),
            method: "Newcombe, unpaired",
        }
    }))
}
