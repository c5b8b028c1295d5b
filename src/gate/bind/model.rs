//! Lines under a model's metrics and fairness → gates and observations.

use super::super::measurement::{Literal, Measurement, PredictionMeasure, PredictionSpec, TableKind};
use super::super::param::{ParamValue, Settings, literal, settings};
use super::super::{Blocked, Limit, Observation, Observed, Task};
use super::{Binder, has_column, no_column, subject};
use crate::catalog::{CheckSpec, Compare, Family, Judge};
use crate::config::{Diagnostic, Fairness, Line, Model, Span, Spanned, did_you_mean};
use crate::gate::bound::Amount;
use crate::stats::{Direction, Metric, Rate, Side, StateKind};

impl Binder<'_> {
    pub(super) fn model(&mut self, model: &Model) {
        let positive = model.positive.as_ref().and_then(|node| match literal(node) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.push(Diagnostic::new(message, node.span));
                None
            }
        });
        let spec = spec(model, positive);
        let lost = self.lost_column(model, &spec);
        for lines in &model.metrics {
            self.metric(model, &lost, &lines.name, &lines.lines);
        }
        if let Some(fairness) = &model.fairness {
            for by in &fairness.by {
                self.grouping(model, &lost, fairness, by);
            }
        }
        self.out.specs.insert(model.name.value.clone(), spec);
    }

    /// Why the model's predictions cannot be read at all, if so.
    fn lost_column(&self, model: &Model, spec: &PredictionSpec) -> Option<String> {
        let sides = if spec.paired { vec![Side::Candidate, Side::Baseline] } else { vec![Side::Candidate] };
        for side in sides {
            let info = match self.table(TableKind::Predictions, &model.name.value, side) {
                Ok(info) => info,
                Err(error) => return Some(error.0),
            };
            let keys = spec.key.iter().filter(|_| spec.paired);
            let mut needed = keys.chain([&spec.label]).chain(&spec.score).chain(&spec.prediction);
            if let Some(name) = needed.find(|name| !has_column(info, name)) {
                return Some(no_column(info, name));
            }
        }
        None
    }

    fn metric(&mut self, model: &Model, lost: &Option<String>, name: &Spanned<String>, lines: &[Line]) {
        let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.name() == name.value) else {
            let names = Metric::ALL.map(Metric::name);
            self.unknown("metric", name, &names);
            for line in lines {
                let _ = self.check(Family::Metric, &line.key.value, line.key.span, &[]);
            }
            return;
        };
        if metric.needs_score() && model.score.is_none() {
            let mut problem = Diagnostic::new(
                format!("`{}` is computed from scores, and the model has no `score`", name.value),
                name.span,
            );
            problem.help =
                Some(format!("name the column of P(positive) under `{}`, as in `score: score`", model.name.value));
            self.problems.push(problem);
            return;
        }
        let measure = match metric.state_kind() {
            StateKind::Counts => PredictionMeasure::Contingency(Vec::new()),
            StateKind::Loss(loss) => PredictionMeasure::Loss(loss),
            StateKind::Ranks => PredictionMeasure::Ranks,
            // No metric of `Metric::ALL` needs these.
            StateKind::Hits(_) | StateKind::Queries(_) | StateKind::Own(_) => return,
        };
        let state = Measurement::Predictions(model.name.value.clone(), measure);
        let roles = subject(&[("model", &model.name.value), ("metric", &name.value)]);
        if lost.is_none() {
            let what = Observed::Metric(metric);
            self.out.observations.push(Observation { subject: roles.clone(), what, state: state.clone() });
        }
        for line in lines {
            let Some(spec) = self.check(Family::Metric, &line.key.value, line.key.span, &[]) else {
                continue;
            };
            let Some(settings) = settings(spec, line.key.span, &line.value, &mut self.problems) else {
                continue;
            };
            let Some(task) = self.metric_task(model, spec, &settings, metric, &state, line) else {
                continue;
            };
            let task = match lost {
                Some(why) => Err(Blocked::Error(why.clone())),
                None => Ok(task),
            };
            let id = format!("models.{}.metrics.{}.{}", model.name.value, name.value, line.key.value);
            let mut gate = self.gate(spec, &settings, (id, line.key.span), roles.clone(), task);
            gate.definition = format!("{}; {}", metric.definition(), spec.definition);
            self.out.gates.push(gate);
        }
    }

    fn metric_task(
        &mut self,
        model: &Model,
        spec: &CheckSpec,
        settings: &Settings,
        metric: Metric,
        state: &Measurement,
        line: &Line,
    ) -> Option<Task> {
        let state = state.clone();
        match (&spec.judge, spec.compare) {
            (Judge::AtMost(param), Some(Compare::Drop)) => {
                let Some(ParamValue::Amount(margin)) = settings.values.get(param) else {
                    return None;
                };
                if model.baseline_predictions.is_none() {
                    let mut problem = Diagnostic::new(
                        format!("`{}` compares with a baseline, and there is none", spec.id),
                        line.key.span,
                    );
                    problem.help = Some(format!(
                        "name the other side's file under `{}`, as in `baseline_predictions: main/predictions.parquet`, and a `key`",
                        model.name.value
                    ));
                    self.problems.push(problem);
                    return None;
                }
                self.losable(metric, *margin, line.value.span)?;
                Some(Task::Drop { metric, state, margin: *margin })
            }
            (judge, _) => {
                let limit = limit(judge, settings)?;
                self.reachable(metric.name(), metric.range(), limit, line.value.span)?;
                Some(Task::Metric { metric, state, limit })
            }
        }
    }

    fn grouping(&mut self, model: &Model, lost: &Option<String>, fairness: &Fairness, by: &Spanned<Vec<String>>) {
        let name = model.name.value.as_str();
        let crossed = by.value.join("+");
        let measure = PredictionMeasure::Contingency(by.value.clone());
        let state = Measurement::Predictions(name.to_owned(), measure);
        let lost = lost.clone().or_else(|| {
            let info = self.table(TableKind::Predictions, name, Side::Candidate).ok()?;
            by.value.iter().find(|column| !has_column(info, column)).map(|column| no_column(info, column))
        });
        for lines in &fairness.rates {
            let Some(rate) = Rate::ALL.into_iter().find(|rate| rate.name() == lines.name.value) else {
                let known = Rate::ALL.map(Rate::name);
                self.unknown("rate", &lines.name, &known);
                continue;
            };
            let roles = subject(&[("model", name), ("rate", &lines.name.value), ("by", &crossed)]);
            if lost.is_none() {
                let what = Observed::Rate(rate);
                self.out.observations.push(Observation { subject: roles.clone(), what, state: state.clone() });
            }
            for line in &lines.lines {
                let Some(spec) = self.check(Family::Fairness, &line.key.value, line.key.span, &[]) else {
                    continue;
                };
                let Some(settings) = settings(spec, line.key.span, &line.value, &mut self.problems) else {
                    continue;
                };
                let (Some(limit), Some(reduction)) = (limit(&spec.judge, &settings), spec.reduce) else {
                    continue;
                };
                if self.reachable(&spec.id, (Some(0.0), Some(1.0)), limit, line.value.span).is_none() {
                    continue;
                }
                let task = match &lost {
                    Some(why) => Err(Blocked::Error(why.clone())),
                    None => Ok(Task::Groups { rate, reduction, state: state.clone(), limit }),
                };
                let id = format!("models.{name}.fairness.{crossed}.{}.{}", lines.name.value, line.key.value);
                let mut gate = self.gate(spec, &settings, (id, line.key.span), roles.clone(), task);
                gate.definition = format!("{}; {}", rate.definition(), spec.definition);
                self.out.gates.push(gate);
            }
        }
    }

    fn unknown(&mut self, what: &str, name: &Spanned<String>, known: &[&str]) {
        let mut problem = Diagnostic::new(format!("there is no {what} `{}`", name.value), name.span);
        problem.help = Some(match did_you_mean(&name.value, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", known.join(", ")),
        });
        // A grouping visits each rate again; its mistake is still one.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Refuses a margin that no loss could exceed.
    fn losable(&mut self, metric: Metric, margin: Amount, span: Span) -> Option<()> {
        let most = match (margin, metric.direction(), metric.range()) {
            (Amount::Relative(share), Direction::HigherIsBetter, _) => share < 1.0,
            (Amount::Absolute(amount), _, (Some(low), Some(high))) => amount < high - low,
            _ => true,
        };
        if most {
            return Some(());
        }
        let message = format!("`{}` cannot lose as much, so nothing would be demanded", metric.name());
        let mut problem = Diagnostic::new(message, span);
        problem.help = Some("a margin is a small loss, such as 0.005, 0.5pp or 1%".to_owned());
        self.problems.push(problem);
        None
    }

    /// Refuses a limit that no value of the number could break or keep.
    fn reachable(&mut self, name: &str, range: (Option<f64>, Option<f64>), limit: Limit, span: Span) -> Option<()> {
        let (Limit::AtLeast(number) | Limit::AtMost(number)) = limit;
        let (low, high) = range;
        if low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high) {
            return Some(());
        }
        let shown = |end: Option<f64>| end.map_or_else(|| "∞".to_owned(), |end| end.to_string());
        let mut problem =
            Diagnostic::new(format!("`{name}` lies between {} and {}, not at {number}", shown(low), shown(high)), span);
        if number > 1.0 && number <= 100.0 {
            problem.help = Some(format!("did you mean `{number}%`?"));
        }
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        None
    }
}

fn limit(judge: &Judge, settings: &Settings) -> Option<Limit> {
    let number = |param: &String| match settings.values.get(param) {
        Some(ParamValue::Number(number)) => Some(*number),
        _ => None,
    };
    match judge {
        Judge::AtLeast(param) => number(param).map(Limit::AtLeast),
        Judge::AtMost(param) => number(param).map(Limit::AtMost),
        _ => None,
    }
}

fn spec(model: &Model, positive: Option<Literal>) -> PredictionSpec {
    let name = |name: &Option<Spanned<String>>| name.as_ref().map(|name| name.value.clone());
    PredictionSpec {
        key: model.key.iter().map(|key| key.value.clone()).collect(),
        label: model.label.value.clone(),
        positive,
        score: name(&model.score),
        prediction: name(&model.prediction),
        threshold: model.threshold.unwrap_or(0.5),
        paired: model.baseline_predictions.is_some(),
    }
}
