//! A judged change.

use super::super::margin::{ChangeDemand, Tolerance};
use super::units::Units;
use crate::measurement::Unpaired;
use crate::stats::{Estimate, Metric, NamedTest};

/// A metric of both sides and their difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The metric.
    pub metric: Metric,
    /// The candidate's estimate.
    pub candidate: Estimate,
    /// The baseline's estimate.
    pub baseline: Estimate,
    /// The estimate of candidate − baseline.
    pub change: Estimate,
    /// The limit.
    pub demand: ChangeDemand,
    /// The size of the margin for this baseline.
    pub tolerance: Tolerance,
    /// The smallest change that this number of rows shows in 4 of 5 samples.
    pub detectable: f64,
    /// The units from which the interval of the change is computed.
    pub units: Units,
    /// The approximate number of units that would be enough to decide.
    pub enough: Option<u64>,
    /// The reason the rows of the two sides are not paired, if they are not.
    pub unpaired: Option<Unpaired>,
    /// The textbook tests of the change, beside the interval that decides.
    pub tests: Vec<NamedTest>,
    /// The number of gates on the same rows, if this gate fails on its own but not after Holm's correction for that
    /// number.
    pub one_of: Option<usize>,
}
