//! The distinction between gates that compare both sides and gates that judge one.

use crate::measurement::{Measurement, PredictionMeasure};

use super::{Constraint, Gate, GroupDemand, MetricDemand};

impl Gate {
    /// Returns true if the gate needs a baseline; false if the gate could not be planned, because that is unknown then.
    pub fn compares(&self) -> bool {
        match &self.task {
            Ok(task) => task.compares(),
            Err(_) => false,
        }
    }
}

impl Constraint {
    /// Returns true if the task compares both sides.
    pub fn compares(&self) -> bool {
        match self {
            Self::Exact { baseline, .. } | Self::Summary { baseline, .. } | Self::Reported { baseline, .. } => {
                baseline.is_some()
            }
            Self::Sliced { demand, .. } => matches!(demand, MetricDemand::Change(_)),
            Self::Groups { demand, .. } => matches!(demand, GroupDemand::Growth(_)),
            Self::Values { .. }
            | Self::Columns { .. }
            | Self::Change { .. }
            | Self::Drift { .. }
            | Self::ChiSquare { .. }
            | Self::DatasetDrift { .. } => true,
            Self::Type { .. } | Self::Names { .. } | Self::Metric { .. } | Self::Readable { .. } => false,
        }
    }

    /// Returns true if its verdict rests on an interval, so that it can be rehearsed.
    pub fn is_estimated(&self) -> bool {
        // A search would have to be repeated on each sample.
        let is_search = self.is_search();
        !is_search
            && matches!(self, Self::Metric { .. } | Self::Change { .. } | Self::Sliced { .. } | Self::Groups { .. })
    }

    /// Returns true if its slices are found by a search.
    pub fn is_search(&self) -> bool {
        let Self::Sliced { slices, .. } = self else { return false };
        matches!(slices, Measurement::Predictions(_, PredictionMeasure::WorstSlices(..)))
    }
}
