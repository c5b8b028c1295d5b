//! The two sides of a model's metric.

use crate::measurement::{MeasureError, Measured, OtherSide, Slice, Unpaired};
use crate::stats;
use crate::stats::{Estimate, Inference, Metric, Side, Undefined, estimate, infer_change, infer_unpaired};

/// The states of both sides of a metric.
#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison<'a> {
    /// The state of paired rows, or of one side alone.
    Paired(&'a stats::State),
    /// The states of unpaired rows: the candidate's, and the baseline's or the reason there is none.
    Apart(&'a stats::State, Result<&'a stats::State, &'a MeasureError>, Unpaired),
    /// The candidate's state of all its rows, and both sides' state of the rows that the baseline has, too.
    Grown(&'a stats::State, &'a stats::State),
}

impl<'a> Comparison<'a> {
    pub(super) fn of(state: &'a Measured) -> Result<Self, String> {
        match state {
            Measured::Model(state) => Ok(Self::Paired(state)),
            Measured::Apart { candidate, baseline, because } => {
                Ok(Self::Apart(candidate, baseline.as_deref(), *because))
            }
            Measured::Grown { compared, all } => Ok(Self::Grown(all, compared)),
            _ => Err("internal error: the measurement has the wrong state".to_owned()),
        }
    }

    /// Returns the sides of a slice that contains rows of the candidate.
    pub(super) fn of_slice(slice: &'a Slice) -> Result<Self, String> {
        let ours = slice.state.as_ref().map_err(|error| error.0.clone())?;
        match &slice.other {
            OtherSide::Apart(theirs, _) => Ok(Self::Apart(ours, theirs.as_deref(), Unpaired::OtherRows)),
            OtherSide::Missing(error) => Ok(Self::Apart(ours, Err(error), Unpaired::Stored)),
            OtherSide::Grown(Ok(compared), _) => Ok(Self::Grown(ours, compared)),
            OtherSide::Grown(Err(error), _) => Err(error.0.clone()),
            OtherSide::Within | OtherSide::Empty => Ok(Self::Paired(ours)),
        }
    }

    pub(super) fn candidate(self) -> &'a stats::State {
        let (Self::Paired(state) | Self::Apart(state, ..) | Self::Grown(state, _)) = self;
        state
    }

    /// Returns the sides for a fixed limit, which is about all rows of the candidate.
    pub(super) fn of_all_rows(self) -> Self {
        if let Self::Grown(all, _) = self { Self::Paired(all) } else { self }
    }

    pub(super) fn has_baseline(self) -> bool {
        match self {
            Self::Paired(state) | Self::Grown(_, state) => state.is_paired(),
            Self::Apart(_, theirs, _) => theirs.is_ok(),
        }
    }

    /// Returns the baseline's state, if it is unpaired.
    pub(super) fn other(self) -> Option<&'a stats::State> {
        match self {
            Self::Paired(_) | Self::Grown(..) => None,
            Self::Apart(_, theirs, _) => theirs.ok(),
        }
    }

    /// Returns the reason the baseline is missing, if one should be there.
    pub(super) fn missing(self) -> Option<&'a str> {
        match self {
            Self::Apart(_, Err(error), _) => Some(&error.0),
            _ => None,
        }
    }

    pub(super) fn unpaired(self) -> Option<Unpaired> {
        match self {
            Self::Paired(_) | Self::Grown(..) => None,
            Self::Apart(.., because) => Some(because),
        }
    }

    pub(super) fn estimate(self, metric: Metric, side: Side, level: f64, seed: u64) -> Result<Estimate, Undefined> {
        match (self, side) {
            (Self::Paired(state) | Self::Grown(_, state), side) => estimate(metric, state, side, level, seed),
            (Self::Apart(state, ..), Side::Candidate) | (Self::Apart(_, Ok(state), _), Side::Baseline) => {
                estimate(metric, state, Side::Candidate, level, seed)
            }
            (Self::Apart(_, Err(_), _), Side::Baseline) => Err(Undefined::OtherState),
        }
    }

    /// Returns the metric and its denominator, without an interval.
    pub(super) fn value(self, metric: Metric, side: Side) -> Result<(f64, u64), Undefined> {
        match (self, side) {
            (Self::Paired(state) | Self::Grown(_, state), side) => metric.value(state, side),
            (Self::Apart(state, ..), Side::Candidate) | (Self::Apart(_, Ok(state), _), Side::Baseline) => {
                metric.value(state, Side::Candidate)
            }
            (Self::Apart(_, Err(_), _), Side::Baseline) => Err(Undefined::OtherState),
        }
    }

    /// Returns the smaller number of clusters of both sides.
    pub(super) fn clusters(self) -> Option<u64> {
        let ours = match self {
            Self::Grown(_, compared) => compared.clusters(),
            _ => self.candidate().clusters(),
        };
        let theirs = self.other().and_then(stats::State::clusters);
        // The clusters of a stored side may be unknown.
        ours.map(|ours| theirs.map_or(ours, |theirs| theirs.min(ours)))
    }

    /// Returns the inference on candidate − weight · baseline.
    pub(super) fn change(self, metric: Metric, weight: f64, seed: u64) -> Result<Inference<'a>, Undefined> {
        match self {
            Self::Paired(state) | Self::Grown(_, state) => infer_change(metric, state, weight, seed),
            Self::Apart(candidate, Ok(baseline), _) => infer_unpaired(metric, candidate, baseline, weight, seed),
            Self::Apart(_, Err(_), _) => Err(Undefined::OtherState),
        }
    }
}
