//! The slices that a search found, with the metric and its change in each.

use super::super::{Gates, Observed};
use super::reading::Judge;
use crate::measurement::slice_search::SliceFindings;
use crate::measurement::{MeasureError, Measured, Measurement, PredictionMeasure};
use crate::stats::{self, Estimate, Metric, Side, estimate, infer_change};

/// The result of a search in one model.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchedModel {
    /// The model.
    pub model: String,
    /// The slices, or the reason there are none to look for.
    pub found: Result<SliceFindings<SidesOfRows>, String>,
}

/// A metric on some rows: of the candidate, of the baseline if there is one on these rows, and the change.
#[derive(Debug, Clone, PartialEq)]
pub struct SidesOfRows {
    /// The candidate's number, or the reason there is none.
    pub candidate: Result<Estimate, String>,
    /// The baseline's number.
    pub baseline: Option<Result<Estimate, String>>,
    /// Candidate − baseline.
    pub change: Option<Result<Estimate, String>>,
}

impl Judge<'_> {
    /// Returns the result of each search, in the order of the models.
    pub(super) fn found_slices(&self, gates: &Gates, level: f64) -> Vec<SearchedModel> {
        let wanted = gates.observations.iter().filter(|observation| observation.what == Observed::FoundSlices);
        let searched = wanted.filter_map(|observation| {
            let Measurement::Predictions(model, PredictionMeasure::FoundSlices(_)) = &observation.state else {
                return None;
            };
            let found = match self.state(&observation.state) {
                Ok(Measured::FoundSlices(findings)) => {
                    Ok(findings.map(|state| self.sides_of_rows(findings.metric, state, level)))
                }
                Ok(_) => Err("internal error: the measurement has the wrong state".to_owned()),
                Err(why) => Err(why),
            };
            Some(SearchedModel { model: model.clone(), found })
        });
        let lost = gates.lost.iter().filter(|(observation, _)| observation.what == Observed::FoundSlices);
        let lost = lost.filter_map(|(observation, why)| {
            Some(SearchedModel { model: observation.subject.get("model")?.clone(), found: Err(why.clone()) })
        });
        searched.chain(lost).collect()
    }

    fn sides_of_rows(&self, metric: Metric, state: &Result<stats::State, MeasureError>, level: f64) -> SidesOfRows {
        let state = match state {
            Ok(state) => state,
            Err(why) => return SidesOfRows { candidate: Err(why.0.clone()), baseline: None, change: None },
        };
        let on = |side| estimate(metric, state, side, level, self.seed).map_err(|why| why.to_string());
        let change = || infer_change(metric, state, 1.0, self.seed).map(|change| change.at(level));
        SidesOfRows {
            candidate: on(Side::Candidate),
            baseline: state.is_paired().then(|| on(Side::Baseline)),
            change: state.is_paired().then(|| change().map_err(|why| why.to_string())),
        }
    }
}
