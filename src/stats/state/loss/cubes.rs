//! The sums of cubes.

use crate::stats::ExactSum;

/// Sums of third powers of the row losses and of their difference.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cubes {
    pub(super) candidate: ExactSum,
    pub(super) baseline: ExactSum,
    pub(super) change: ExactSum,
    pub(super) change_squared_times_baseline: ExactSum,
}

impl Cubes {
    pub(super) fn add(&mut self, candidate: f64, baseline: Option<f64>) {
        self.candidate.add(candidate * candidate * candidate);
        if let Some(baseline) = baseline {
            let change = candidate - baseline;
            self.baseline.add(baseline * baseline * baseline);
            self.change.add(change * change * change);
            self.change_squared_times_baseline.add(change * change * baseline);
        }
    }

    pub(super) fn merged(mut self, other: &Self) -> Self {
        self.candidate.merge(&other.candidate);
        self.baseline.merge(&other.baseline);
        self.change.merge(&other.change);
        self.change_squared_times_baseline.merge(&other.change_squared_times_baseline);
        self
    }
}
