//! Notes: facts that a reader needs besides the verdicts, such as rows that took no part and directions that were
//! assumed.

use std::collections::BTreeMap;

use super::bind::slices::{slice_by, subject_of};
use super::{Constraint, Gates};
use crate::config::{Config, Model, Span};
use crate::measurement::{Measured, Measurement, Measurements, PredictionMeasure};
use crate::stats::Direction;

/// A note on a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelNote {
    /// The note's subject, such as `models.search.queries`.
    pub id: String,
    /// The finding, in one sentence.
    pub message: String,
    /// Advice.
    pub help: String,
    /// The model's place in the config.
    pub at: Span,
}

/// Returns the notes on all models: queries that rankings leave out, and directions that follow from names.
pub fn notes(config: &Config, gates: &Gates, measurements: &Measurements) -> Vec<ModelNote> {
    let mut notes = Vec::new();
    for model in &config.models {
        let key = Measurement::Predictions(model.name.value.clone(), PredictionMeasure::Queries);
        if let Some(Ok(Measured::Queries(queries))) = measurements.get(&key) {
            notes.push(ModelNote {
                id: format!("models.{}.queries", model.name.value),
                message: queries.left_out(),
                help: String::new(),
                at: model.name.span,
            });
        }
    }
    for model in &config.models {
        let key = Measurement::Predictions(model.name.value.clone(), PredictionMeasure::Remarks);
        let Some(Ok(Measured::Remarks(remarks))) = measurements.get(&key) else { continue };
        notes.extend(remarks.iter().map(|message| ModelNote {
            id: format!("models.{}.rows", model.name.value),
            message: message.clone(),
            help: String::new(),
            at: model.name.span,
        }));
    }
    notes.extend(config.models.iter().filter_map(unread_slices));
    let mut directions: BTreeMap<&str, [Vec<&str>; 2]> = BTreeMap::new();
    for gate in &gates.gates {
        let Ok(Constraint::Reported { number, baseline: Some(_), .. }) = &gate.task else { continue };
        let (Some(model), Some(metric), true) =
            (gate.subject.get("model"), gate.subject.get("metric"), number.is_by_name)
        else {
            continue;
        };
        let [lower, higher] = directions.entry(model.as_str()).or_default();
        let names = if number.direction == Direction::LowerIsBetter { lower } else { higher };
        if !names.contains(&metric.as_str()) {
            names.push(metric);
        }
    }
    for model in &config.reported {
        let Some(of) = directions.get(model.name.value.as_str()) else { continue };
        let listed = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let told = of.iter().zip(["lower", "higher"]).filter(|(names, _)| !names.is_empty());
        let told = told.map(|(names, way)| format!("{way} is better, by its name: {}", listed(names)));
        let message = told.collect::<Vec<_>>().join("; ");
        notes.push(ModelNote {
            id: format!("models.{}.direction", model.name.value),
            message,
            help: "if a name is misleading, set `direction: higher` or `direction: lower` beside its check".to_owned(),
            at: model.name.span,
        });
    }
    notes
}

/// Returns a note on the slices of a model that no metric asks for: nobody shall think that they were looked at.
fn unread_slices(model: &Model) -> Option<ModelNote> {
    let patterns = || model.metrics.iter().flat_map(|lines| &lines.slices).map(|of| of.pattern.value.as_str());
    let names = model.slices.iter().map(|definition| slice_by(definition).name());
    let unread = names.filter(|name| !patterns().any(|pattern| pattern == "*" || subject_of(pattern) == *name));
    let unread: Vec<String> = unread.map(|name| format!("`{name}`")).collect();
    (!unread.is_empty()).then(|| ModelNote {
        id: format!("models.{}.slices", model.name.value),
        message: format!("no metric asks for the slices by {}, so they are not measured", unread.join(", ")),
        help: "set `slices: all` beside the limits of a metric, or remove the slices".to_owned(),
        at: model.name.span,
    })
}
