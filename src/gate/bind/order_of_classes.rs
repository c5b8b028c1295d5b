//! Classes whose order matters: positions in lists of scores, and kappas that weigh the distance between classes.

use super::Binder;
use crate::config::{Diagnostic, Model, Spanned};
use crate::measurement::prediction_spec::{BaselinePredictions, OutputColumns, PredictionSpec};
use crate::measurement::{ColumnType, TableKind, TypeFamily};
use crate::stats::{Measure, Metric, Side, Task};

/// The advice for classes without an order.
pub(super) const SAY_THE_ORDER: &str = "set their order, as in `classes: [low, medium, high]`";

impl Binder<'_> {
    /// Returns the first text column of classes for which the config sets no order. Numbers are ordered by value.
    pub(super) fn unordered(&self, model: &Model, spec: &PredictionSpec) -> Option<String> {
        if spec.task != Task::Multiclass || !spec.classes.is_empty() {
            return None;
        }
        let labels = if spec.has_labels { TableKind::Labels } else { TableKind::Predictions };
        let mut columns: Vec<(TableKind, Side, &String)> = Vec::new();
        columns.extend(spec.label.iter().map(|name| (labels, Side::Candidate, name)));
        let predicted = |side, columns: &'_ OutputColumns| {
            columns.prediction.iter().map(|name| (TableKind::Predictions, side, name.clone())).collect::<Vec<_>>()
        };
        let mut of_sides = predicted(Side::Candidate, &spec.candidate);
        match &spec.baseline {
            Some(BaselinePredictions::File(theirs) | BaselinePredictions::Apart(theirs)) => {
                of_sides.extend(predicted(Side::Baseline, theirs));
            }
            Some(BaselinePredictions::Columns(theirs)) => of_sides.extend(predicted(Side::Candidate, theirs)),
            Some(BaselinePredictions::Stored | BaselinePredictions::Hashed(_)) | None => {}
        }
        columns.extend(of_sides.iter().map(|(kind, side, name)| (*kind, *side, name)));
        let is_text = |(kind, side, name): &&(TableKind, Side, &String)| {
            self.type_of(model, *kind, *side, name).is_some_and(|kind| kind.family == TypeFamily::String)
        };
        columns.iter().find(is_text).map(|(_, _, name)| (*name).clone())
    }

    /// Refuses lists of scores if the class of each position is unknown.
    pub(super) fn lists_in_order(&mut self, model: &Model, spec: &PredictionSpec) {
        let Some(text) = self.unordered(model, spec) else { return };
        let is_list = |score: &&Spanned<String>| {
            let found = self.type_of(model, TableKind::Predictions, Side::Candidate, &score.value);
            found.is_some_and(|kind| kind.name.starts_with("list<"))
        };
        if let Some(score) = model.answers.score.iter().find(is_list) {
            let message = format!(
                "`{}` holds lists of scores, but the classes of `{text}` are text, so their order in the lists is not known",
                score.value
            );
            self.problems.push(Diagnostic::new(message, score.span).with_help(SAY_THE_ORDER));
        }
    }

    fn type_of(&self, model: &Model, kind: TableKind, side: Side, name: &str) -> Option<&ColumnType> {
        let info = self.table(kind, &model.name.value, side).ok()?;
        info.columns.iter().find(|column| column.name == name).map(|column| &column.data_type)
    }
}

/// Returns true if a metric weighs the distance between classes.
pub(super) fn weighs_distance(metric: Metric) -> bool {
    matches!(metric.measure, Measure::CohenKappaLinear | Measure::CohenKappaQuadratic)
}
