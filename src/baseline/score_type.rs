//! The type of a model's scores. `log_loss` and the calibration's line move scores off 0 and 1 by the epsilon of that
//! type, so their states in two types are of two measures.

use serde::{Deserialize, Serialize};

use super::Baseline;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::{MeasureError, PredictionMeasure, TableInfo};

/// The type by whose epsilon scores are moved off 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScoreType {
    /// A column of the scores holds 32-bit floats.
    Float32,
    /// No column does.
    Float64,
}

impl ScoreType {
    /// Returns the type of a candidate's scores; `None` without scores.
    pub fn of(info: &TableInfo, spec: &PredictionSpec) -> Option<Self> {
        let is_single = |name: &String| {
            let column = info.columns.iter().find(|column| column.name == *name);
            column.is_some_and(|column| matches!(column.data_type.name.as_str(), "float32" | "list<float32>"))
        };
        let scores = &spec.candidate.score;
        let of_any = if scores.iter().any(is_single) { Self::Float32 } else { Self::Float64 };
        (!scores.is_empty()).then_some(of_any)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float64 => "float64",
        }
    }
}

impl Baseline {
    /// Refuses to compare states of scores of two types that depend on the type. An earlier version did not store it.
    pub(super) fn refuse_other_scores(
        &self,
        model: &str,
        measure: &PredictionMeasure,
        ours: Option<ScoreType>,
    ) -> Result<(), MeasureError> {
        let moves_scores = match measure {
            PredictionMeasure::State(kind) | PredictionMeasure::Sliced(kind, _) => kind.moves_scores(),
            _ => false,
        };
        let theirs = self.models.get(model).and_then(|model| model.scores);
        match ours.zip(theirs).filter(|(ours, theirs)| moves_scores && ours != theirs) {
            Some((ours, theirs)) => Err(MeasureError(format!(
                "the scores are {} and were {} when the baseline was stored, and scores of 0 and 1 cost more in 64 bits than in 32; \
                 write both with one type, or renew the baseline with `mlgate bless`",
                ours.name(),
                theirs.name()
            ))),
            None => Ok(()),
        }
    }
}
