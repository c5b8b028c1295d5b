//! `max_slice_drop` of a metric → a gate on the slices that lost most.

use super::super::margin::{ChangeDemand, ChangeKind};
use super::super::param::{ParamValue, Settings};
use super::super::{Constraint, MetricDemand};
use super::Binder;
use crate::catalog::{CheckSpec, Judging};
use crate::config::{Diagnostic, Line, Model};
use crate::gate::bound::Amount;
use crate::measurement::prediction_spec::{BaselinePredictions, PredictionSpec};
use crate::measurement::{Measurement, OrderedF64, PredictionMeasure};
use crate::stats::{Direction, Metric};

impl Binder<'_> {
    /// Binds a limit on the loss of the worst slices; the search is that of the model's `find`.
    pub(super) fn slice_drop(
        &mut self,
        model: &Model,
        spec: Option<&PredictionSpec>,
        (check, settings): (&CheckSpec, &Settings),
        metric: Metric,
        line: &Line,
    ) -> Option<Constraint> {
        let Judging::AtMost(param) = &check.judge else { return None };
        let Some(ParamValue::Margin(margin)) = settings.values.get(param) else { return None };
        let mut refuse = |message: String, help: &str| {
            self.problems.push(Diagnostic::new(message, line.key.span).with_help(help));
            None
        };
        if !metric.has_row_loss() {
            let message = format!("`{metric}` is not a mean of losses of rows, so no slices can be searched by it");
            return refuse(
                message,
                "search by log_loss, accuracy or mean_absolute_error, or name slices under `slices`",
            );
        }
        if metric.direction() == Direction::Neither {
            let message = format!("whether a higher or a lower `{metric}` is better is not known");
            return refuse(message, "set it beside the score, as in `better: higher`");
        }
        match spec.map(|spec| &spec.baseline) {
            Some(Some(BaselinePredictions::File(_) | BaselinePredictions::Columns(_))) | None => {}
            Some(_) => {
                let message = format!("`{}` compares both sides row by row, which needs the baseline's rows", check.id);
                return refuse(message, "name the other side's file as `baseline_predictions`, and a `key`");
            }
        }
        let demand = ChangeDemand { kind: ChangeKind::LossAtMost, margin: *margin };
        self.changeable(metric, demand, line.value.span)?;
        let find = self.search_of(model.find.as_ref(), Some(metric));
        let amounts = margin.amounts();
        let amount = amounts.iter().find_map(|amount| match amount {
            Amount::Absolute(amount) => Some(*amount),
            Amount::Relative(_) => None,
        });
        // A share of the baseline's value is known after measuring only.
        let measure = PredictionMeasure::WorstSlices(find, OrderedF64(amount.unwrap_or(0.0)));
        Some(Constraint::Sliced {
            metric,
            slices: Measurement::Predictions(model.name.value.clone(), measure),
            pattern: "*".to_owned(),
            except: Vec::new(),
            demand: MetricDemand::Change(demand),
        })
    }
}
