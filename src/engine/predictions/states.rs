//! Builds the states of a model's metrics from its rows.

use crate::engine::predictions::model::ModelRows;
use crate::measurement::MeasureError;
use crate::stats;
use crate::stats::{Lacking, Measure, Rows, StateKind};

impl ModelRows {
    /// Builds the state of these rows.
    pub(crate) fn of_kind(&self, kind: StateKind, rows: &Rows) -> Result<stats::State, MeasureError> {
        self.refused(kind)?;
        self.blame(kind.build(rows))
    }

    /// Builds the state of a slice or group; for an undefined metric it keeps the reason.
    pub(crate) fn of_part(&self, kind: StateKind, rows: &Rows) -> Result<stats::State, MeasureError> {
        self.refused(kind)?;
        self.blame(kind.build_part(rows))
    }

    /// Rejects scores that are not probabilities, and times without regular steps, for metrics that need them.
    fn refused(&self, kind: StateKind) -> Result<(), MeasureError> {
        let why = match kind {
            StateKind::Own(metric) if metric.measure == Measure::ScaledError => &self.uneven,
            kind if kind.needs_probabilities() => &self.improper,
            _ => &None,
        };
        why.clone().map_or(Ok(()), Err)
    }

    fn blame(&self, built: Result<stats::State, Lacking>) -> Result<stats::State, MeasureError> {
        built.map_err(|lacking| match (&lacking, &self.unpredicted) {
            (Lacking::Predictions, Some(why)) => why.clone(),
            _ => MeasureError(format!("{}: {lacking}", self.path)),
        })
    }
}
