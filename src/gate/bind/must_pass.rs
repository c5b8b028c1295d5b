//! The rows of a model that must be right.

use super::super::param::{ParamValue, settings};
use super::super::{Blocked, Constraint, RowFilter};
use super::{Around, Binder, subject};
use crate::catalog::{CheckSpec, Family, MeasureSpec, WHERE};
use crate::config::{Diagnostic, Line, Model};
use crate::measurement::grading::Unscored;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::{Measurement, PredictionMeasure};
use crate::stats::Task;

impl Binder<'_> {
    /// Binds `must_pass`, which stands beside the metrics of a model.
    pub(super) fn must_pass(
        &mut self,
        model: &Model,
        spec: Option<&PredictionSpec>,
        lost: &Option<String>,
        line: &Line,
    ) {
        let refused = ["min_n"];
        let Some(check) = self.check(Family::Metric, line, Around { refused: &refused, ..Around::default() }) else {
            return;
        };
        let Some(settings) = settings(check, line, &refused, &mut self.problems) else { return };
        let Some(rows) = settings.rows.clone() else {
            let message = format!("`{}` needs the rows that must be right", check.id);
            let help = format!("set a condition in SQL, as in `{}: {{{WHERE}: \"priority = 'high'\"}}`", check.id);
            self.problems.push(Diagnostic::new(message, line.value.span).with_help(help));
            return;
        };
        let Some(spec) = spec else { return };
        let why = match (spec.task, spec.unscored) {
            (Task::Regression | Task::Ranking, _) => Some((
                format!("no row of a {} task is right or wrong", spec.task.name()),
                "limit an error in a slice, as in `slices: {\"high\": {max: 0.1}}` under a metric",
            )),
            (_, Unscored::DropPairs { .. }) => Some((
                "a row that must be right could be left out by `unscored: drop-pairs`".to_owned(),
                "count such a row as an error, or for grades as `wrong`",
            )),
            _ => None,
        };
        if let Some((message, help)) = why {
            self.problems.push(Diagnostic::new(message, line.key.span).with_help(help));
            return;
        }
        let Some(ParamValue::Bound(bound)) = settings.values.get("allow") else { return };
        let measure = PredictionMeasure::WrongRows { rows: rows.clone(), listed: 0 };
        let candidate = Measurement::Predictions(model.name.value.clone(), measure);
        let filter = RowFilter { condition: rows, selected: candidate.clone() };
        let task = match lost {
            Some(why) => Err(Blocked::Error(why.clone())),
            None => Ok(Constraint::Exact { candidate, baseline: None, bound: bound.clone() }),
        };
        let id = format!("models.{}.{}", model.name.value, check.id);
        let roles = subject(&[("model", &model.name.value)]);
        let mut gate = self.gate(check, &settings, (id, line.key.span), roles, task);
        gate.filter = Some(filter);
        self.out.gates.push(gate);
    }
}

impl<'a> Binder<'a> {
    /// Returns the check of a line under a metric, which `must_pass` is not.
    pub(super) fn metric_check(&mut self, line: &Line, around: Around<'_>) -> Option<&'a CheckSpec> {
        let spec = self.check(Family::Metric, line, around)?;
        if spec.measure != MeasureSpec::WrongRows {
            return Some(spec);
        }
        let message = format!("`{}` is about the rows of a model, and not about one metric", spec.id);
        let help = format!("put it beside `metrics`, as in `{}: {{{WHERE}: \"priority = 'high'\"}}`", spec.id);
        self.problems.push(Diagnostic::new(message, line.key.span).with_help(help));
        None
    }
}
