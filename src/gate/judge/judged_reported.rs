//! A judged number of a file of metrics.

use super::super::margin::Tolerance;
use super::super::{MetricDemand, NamedNumber};
use crate::stats::Direction;

/// A number of a file of metrics, with its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reported {
    /// The number's direction and properties.
    pub number: NamedNumber,
    /// The candidate's value.
    pub candidate: f64,
    /// The baseline's value, if the two are compared.
    pub baseline: Option<f64>,
    /// The limit.
    pub demand: MetricDemand,
    /// The size of the margin for this baseline.
    pub tolerance: Option<Tolerance>,
}

impl Reported {
    /// Returns the gain of the change: negative for a loss.
    pub fn gain(&self) -> f64 {
        let change = self.candidate - self.baseline.unwrap_or(self.candidate);
        if self.number.direction == Direction::HigherIsBetter { change } else { -change }
    }
}
