//! The measurements that a constraint needs.

use super::Constraint;
use crate::measurement::Measurement;

impl Constraint {
    /// Returns all measurements.
    pub fn measurements(&self) -> Vec<&Measurement> {
        match self {
            Self::Exact { candidate, baseline, .. }
            | Self::Summary { candidate, baseline, .. }
            | Self::Reported { candidate, baseline, .. } => {
                let mut both = vec![candidate];
                both.extend(baseline);
                both
            }
            Self::Columns { candidate, baseline, .. } | Self::Values { candidate, baseline, .. } => {
                vec![candidate, baseline]
            }
            Self::Type { columns, .. } | Self::Names { columns, .. } => vec![columns],
            Self::Readable { numbers, .. } => vec![numbers],
            Self::Metric { state, .. } | Self::Change { state, .. } => vec![state],
            Self::Groups { state, others, .. } => std::iter::once(state).chain(others).collect(),
            Self::Sliced { slices, .. } => vec![slices],
            Self::Drift { cells, .. } | Self::ChiSquare { cells, .. } => cells.measurements().collect(),
            Self::DatasetDrift { columns, .. } => columns.iter().flat_map(|(_, cells)| cells.measurements()).collect(),
        }
    }
}
