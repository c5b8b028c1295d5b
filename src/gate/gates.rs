//! All gates of a config, and what is measured besides them.

use std::collections::BTreeMap;

use super::Gate;
use super::observation::{Observation, Observed};
use crate::config::Span;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::slice_search::FindSlices;
use crate::measurement::{Measurement, PredictionMeasure};
use crate::stats::{Measure, Metric, Task};

/// The gates and observations of a config.
#[derive(Debug, Clone, Default)]
pub struct Gates {
    /// The gates, in the order of the config.
    pub gates: Vec<Gate>,
    /// Numbers that are reported in addition to the gates' numbers.
    pub observations: Vec<Observation>,
    /// Observations that cannot be measured, with the reason.
    pub lost: Vec<(Observation, String)>,
    /// The columns of each model's predictions.
    pub specs: BTreeMap<String, PredictionSpec>,
}

/// Returns the default search, of graded rows by their mean grade.
fn of_grades(default: &FindSlices, spec: &PredictionSpec) -> FindSlices {
    let better = spec.grading.as_ref().and_then(|grading| grading.better);
    let mean = better.map(|better| Metric::of(Measure::Mean).toward(Some(better)));
    FindSlices { metric: default.metric.or(mean), ..default.clone() }
}

impl Gates {
    /// Requests the flipped rows of every model, up to `most` keys of each kind, and as many of those that must be right.
    pub fn list_flips(&mut self, most: usize) {
        self.gates.iter_mut().for_each(|gate| gate.list_wrong_rows(most));
        // Labels that are read as their own prediction never flip.
        let models = self.specs.iter().filter(|(_, spec)| spec.candidate.prediction != spec.label);
        for (model, _) in models {
            let state = Measurement::Predictions(model.clone(), PredictionMeasure::Flips(most));
            let subject = BTreeMap::from([("model", model.clone())]);
            let (what, id, at) = (Observed::Flips, format!("models.{model}"), Span { start: 0, end: 0 });
            self.observations.push(Observation { subject, what, state, id, at });
        }
    }

    /// Requests the rows by score of every model that has scores, in bins of at least `least` rows.
    pub fn count_scores(&mut self, least: u64) {
        for (model, spec) in &self.specs {
            let has_scores = !spec.candidate.score.is_empty() || spec.task == Task::Regression;
            if spec.task == Task::Ranking || !has_scores {
                continue;
            }
            let state = Measurement::Predictions(model.clone(), PredictionMeasure::ScoreBins(least));
            let subject = BTreeMap::from([("model", model.clone())]);
            let (what, id, at) = (Observed::ScoreBins, format!("models.{model}"), Span { start: 0, end: 0 });
            self.observations.push(Observation { subject, what, state, id, at });
        }
    }

    /// Keeps nothing but the searches for slices, and adds one for each model that has none, if it has losses of rows.
    pub fn find_slices(&mut self, only: Option<&str>, default: &FindSlices) {
        let is_wanted = |model: &String| only.is_none_or(|only| model == only);
        let is_search =
            |of: &Observation| of.what == Observed::FoundSlices && of.subject.get("model").is_some_and(is_wanted);
        self.gates.clear();
        self.observations.retain(is_search);
        self.lost.retain(|(of, _)| is_search(of));
        let others = self.specs.iter().filter(|(model, spec)| is_wanted(model) && spec.task != Task::Ranking);
        for (model, spec) in others {
            let is_searched = |of: &Observation| of.subject.get("model") == Some(model);
            if self.observations.iter().any(is_searched) || self.lost.iter().any(|(of, _)| is_searched(of)) {
                continue;
            }
            let state =
                Measurement::Predictions(model.clone(), PredictionMeasure::FoundSlices(of_grades(default, spec)));
            let subject = BTreeMap::from([("model", model.clone())]);
            let (what, id, at) =
                (Observed::FoundSlices, format!("models.{model}.slices.find"), Span { start: 0, end: 0 });
            self.observations.push(Observation { subject, what, state, id, at });
        }
    }

    /// Returns all measurements, with repetitions.
    pub fn measurements(&self) -> impl Iterator<Item = &Measurement> {
        let of_gates = self.gates.iter().flat_map(Gate::measurements);
        of_gates.chain(self.observations.iter().map(|observation| &observation.state))
    }
}
