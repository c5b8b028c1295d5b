//! A model's rows → what its metrics are computed from.

use super::predictions::Model;
use crate::gate::measurement::MeasureError;
use crate::stats::{self, Lacking, Rows, StateKind};

impl Model {
    /// The state of all of these rows.
    pub(super) fn of_kind(&self, kind: StateKind, rows: &Rows) -> Result<stats::State, MeasureError> {
        self.blame(kind.build(rows))
    }

    /// The state of a slice or group: rows that leave the metric undefined say why.
    pub(super) fn of_part(&self, kind: StateKind, rows: &Rows) -> Result<stats::State, MeasureError> {
        self.blame(kind.build_part(rows))
    }

    fn blame(&self, built: Result<stats::State, Lacking>) -> Result<stats::State, MeasureError> {
        built.map_err(|lacking| match (&lacking, &self.unpredicted) {
            (Lacking::Predictions, Some(why)) => why.clone(),
            _ => MeasureError(format!("{}: {lacking}", self.path)),
        })
    }
}
