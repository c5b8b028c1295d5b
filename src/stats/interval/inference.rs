//! Inference on a value at any confidence: its interval, and the p-value under a limit.

use crate::stats::interval::value::Estimate;

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

    /// Returns the inference on a multiple, by a factor above 0, of the value and a number more.
    pub(crate) fn scaled(self, by: f64, plus: f64) -> Self
    where
        Self: 'a,
    {
        Self::new(move |level| {
            let found = self.at(level);
            let interval = found.interval.map(|end| by * end + plus);
            Estimate { value: by * found.value + plus, interval, standard_error: by * found.standard_error, ..found }
        })
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
