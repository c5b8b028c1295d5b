//! Lines under a model's metrics and fairness → gates and observations.

use super::super::limit::Limit;
use super::super::param::{ParamValue, Settings, settings};
use super::super::{Blocked, Constraint as Work, Observation, Observed};
use super::metric_names::{few_metrics, metric_names, near_metric, of_other_task, way_out};
use super::order_of_classes::{SAY_THE_ORDER, weighs_distance};
use super::{Around, Binder, class, has_column, no_column, subject};
use crate::catalog::{CheckSpec, Compare, Judging};
use crate::config::{Diagnostic, Line, Lines, Model, Span, Spanned};
use crate::gate::bind::group_source::GroupSource;
use crate::gate::bound::Amount;
use crate::gate::margin::{ChangeDemand, ChangeKind};
use crate::measurement::prediction_spec::{BaselinePredictions, PredictionSpec};
use crate::measurement::{Measurement, PredictionMeasure, TableKind};
use crate::stats::{BadMetric, Direction, Metric, Needs, Parameter, Side, Task};

impl Binder<'_> {
    pub(super) fn model(&mut self, model: &Model) {
        let before = self.problems.len();
        let spec = self.prediction_spec(model);
        self.not_itself(model);
        self.lists_in_order(model, &spec);
        let lost = self.lost_column(model, &spec);
        // Problems of the columns would be repeated for each metric.
        let is_known = self.problems.len() == before;
        for lines in &model.metrics {
            self.metric(model, is_known.then_some(&spec), &lost, lines);
        }
        if let Some(line) = &model.must_pass {
            self.must_pass(model, is_known.then_some(&spec), &lost, line);
        }
        if let Some(fairness) = &model.fairness {
            let name = model.name.value.as_str();
            let whose = GroupSource {
                path: format!("models.{name}"),
                key: name,
                roles: subject(&[("model", name)]),
                model: Some(model),
                spec: &spec,
                is_known,
                lost: lost.clone(),
            };
            self.fairness(&whose, fairness);
        }
        if let Some(find) = &model.find {
            self.find_slices(model, is_known.then_some(&spec), &lost, find);
        }
        self.out.specs.insert(model.name.value.clone(), spec);
    }

    /// Returns the reason the model's predictions cannot be read, if they cannot.
    fn lost_column(&self, model: &Model, spec: &PredictionSpec) -> Option<String> {
        let keys = || spec.key.iter().filter(|_| spec.is_joined());
        let labels = |beside: bool| spec.label.iter().filter(move |_| beside);
        let mut tables: Vec<(TableKind, Side, Vec<&String>)> = Vec::new();
        let ours = keys().chain(labels(!spec.has_labels)).chain(spec.candidate.names()).chain(spec.of_rows());
        let ours = ours.chain(spec.sample_key()).chain(spec.of_variants());
        let mut ours: Vec<&String> = ours.collect();
        match &spec.baseline {
            Some(BaselinePredictions::Columns(columns)) => ours.extend(columns.names()),
            Some(BaselinePredictions::Apart(columns)) => {
                let theirs = labels(true).chain(columns.names()).chain(spec.of_rows()).chain(spec.of_variants());
                let theirs = theirs.collect();
                tables.push((TableKind::Predictions, Side::Baseline, theirs));
            }
            Some(BaselinePredictions::File(columns)) => {
                let theirs = keys().chain(labels(!spec.has_labels)).chain(columns.names());
                let theirs = theirs.chain(spec.sample_key()).chain(spec.of_variants()).collect();
                tables.push((TableKind::Predictions, Side::Baseline, theirs));
            }
            Some(BaselinePredictions::Stored | BaselinePredictions::Hashed(_)) | None => {}
        }
        tables.insert(0, (TableKind::Predictions, Side::Candidate, ours));
        if spec.has_labels {
            tables.push((TableKind::Labels, Side::Candidate, keys().chain(labels(true)).collect()));
        }
        let has_other = tables.iter().any(|(_, side, _)| *side == Side::Baseline);
        let lost =
            tables.into_iter().find_map(|(kind, side, needed)| match self.table(kind, &model.name.value, side) {
                Ok(info) => needed.into_iter().find(|name| !has_column(info, name)).map(|name| no_column(info, name)),
                Err(error) => Some(error.0),
            });
        let other = || self.other_protocol(TableKind::Predictions, &model.name.value, None, &model.may_differ);
        lost.or_else(|| has_other.then(other).flatten())
    }

    /// Returns the metric of a name, if it is defined for the model.
    pub(super) fn known_metric(
        &mut self,
        model: &Model,
        spec: Option<&PredictionSpec>,
        name: &Spanned<String>,
    ) -> Option<Metric> {
        let parsed = spec.map_or_else(|| Metric::parse(&name.value), |spec| Metric::parse_for(&name.value, spec.task));
        let metric = match parsed {
            Ok(metric) => metric,
            Err(BadMetric::Unknown) => {
                let task = spec.map(|spec| spec.task);
                let names = metric_names(|metric| task.is_none_or(|task| metric.applies_to(task)));
                let known: Vec<&str> = names.iter().map(String::as_str).collect();
                let help = match near_metric(&name.value, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => of_other_task(&name.value).unwrap_or_else(|| few_metrics(task, &known)),
                };
                let problem = Diagnostic::new(format!("there is no metric `{}`", name.value), name.span);
                self.problems.push(problem.with_help(help));
                return None;
            }
            Err(why) => {
                let mut problem = Diagnostic::new(why.to_string(), name.span);
                problem.help = Some(way_out(&why, &name.value));
                self.problems.push(problem);
                return None;
            }
        };
        let spec = spec?;
        if let Some(problem) = class::problem(metric, spec, name) {
            self.problems.push(problem);
            return None;
        }
        if !metric.applies_to(spec.task) {
            let longer = metric_names(|other| other.applies_to(spec.task));
            let longer: Vec<&String> =
                longer.iter().filter(|other| other.starts_with(&format!("{}_", name.value))).collect();
            let fitting: Vec<&str> =
                Task::ALL.into_iter().filter(|task| metric.applies_to(*task)).map(Task::name).collect();
            let message = format!("`{}` is not defined for {} tasks", name.value, spec.task.name());
            let help = match (longer.as_slice(), fitting.first()) {
                ([], Some(first)) => {
                    format!(
                        "it is defined for {}; set the task, as in `task: {first}`, if that is what the model predicts",
                        fitting.join(", ")
                    )
                }
                ([], None) => "`mlgate checks` lists the metrics".to_owned(),
                (longer, _) => {
                    let longer: Vec<String> = longer.iter().map(|name| format!("`{name}`")).collect();
                    let of_one = if metric.measure.is_of_a_class() && metric.parameter() == Parameter::None {
                        format!(", or name one of them, as in `{}@CLASS`", name.value)
                    } else {
                        String::new()
                    };
                    format!("choose how its classes are averaged: {}{of_one}", longer.join(", "))
                }
            };
            self.problems.push(Diagnostic::new(message, name.span).with_help(help));
            return None;
        }
        if let (true, Some(text)) = (weighs_distance(metric), self.unordered(model, spec)) {
            let message = format!("`{}` needs ordered classes, and those of `{text}` are text", name.value);
            self.problems.push(Diagnostic::new(message, name.span).with_help(SAY_THE_ORDER));
            return None;
        }
        let columns = &spec.candidate;
        let has_numbers =
            !columns.score.is_empty() || (spec.task == Task::Regression && !columns.prediction.is_empty());
        let lacks = match metric.needs() {
            Needs::Scores | Needs::Probabilities if !has_numbers => Some((
                format!("`{}` is computed from scores, and the model has no `score`", name.value),
                format!("name the column of P(positive) under `{}`, as in `score: score`", model.name.value),
            )),
            Needs::Interval if columns.interval.is_none() => Some((
                format!("`{}` is computed from forecast intervals, and the model has no `interval`", name.value),
                format!("name the columns of both ends under `{}`, as in `interval: [low, high]`", model.name.value),
            )),
            Needs::BothSides if matches!(spec.baseline, Some(BaselinePredictions::Apart(_))) => Some((
                format!("`{}` compares both sides row by row, and they are not paired", name.value),
                "pair the rows by a `key`, without `pairing: none`".to_owned(),
            )),
            Needs::BothSides if spec.baseline == Some(BaselinePredictions::Stored) => Some((
                format!("`{}` compares both sides row by row, and a stored baseline holds no rows", name.value),
                format!(
                    "name the other side's file under `{}`, as in `baseline_predictions: main/predictions.parquet`",
                    model.name.value
                ),
            )),
            Needs::BothSides if spec.baseline.is_none() => Some((
                format!("`{}` compares both sides, but no baseline is configured", name.value),
                format!(
                    "name the other side's file under `{}`, as in `baseline_predictions: main/predictions.parquet`",
                    model.name.value
                ),
            )),
            _ => None,
        };
        if let Some((message, help)) = lacks {
            self.problems.push(Diagnostic::new(message, name.span).with_help(help));
            return None;
        }
        self.graded_metric(spec, metric, name)
    }

    fn metric(&mut self, model: &Model, spec: Option<&PredictionSpec>, lost: &Option<String>, all: &Lines) {
        let (name, lines) = (&all.name, &all.lines);
        let around = Around { lines, fixed: &[], refused: &["min_n"] };
        let Some(metric) = self.known_metric(model, spec, name) else {
            for line in lines {
                let _ = self.metric_check(line, around);
            }
            return;
        };
        let measure = PredictionMeasure::State(metric.state_kind());
        let state = Measurement::Predictions(model.name.value.clone(), measure);
        let roles = subject(&[("model", &model.name.value), ("metric", &name.value)]);
        let (what, at) = (Observed::Metric(metric), name.span);
        let id = format!("models.{}.metrics.{}", model.name.value, name.value);
        self.observe(Observation { subject: roles.clone(), what, state: state.clone(), id, at }, lost);
        for line in lines {
            let predictions = spec;
            let Some(spec) = self.metric_check(line, around) else {
                continue;
            };
            let Some(settings) = settings(spec, line, around.refused, &mut self.problems) else {
                continue;
            };
            if settings.min_n.is_some() {
                let message = format!("`min_n` means nothing to `{}` of all rows: it is about slices", spec.id);
                let help = "a metric of too few rows is inconclusive by itself";
                self.problems.push(Diagnostic::new(message, line.value.span).with_help(help));
                continue;
            }
            let is_search = spec.compare == Some(Compare::SliceDrop);
            let task = if is_search {
                self.slice_drop(model, predictions, (spec, &settings), metric, line)
            } else {
                self.metric_task(model, spec, &settings, metric, &state, line)
            };
            let Some(task) = task else { continue };
            let find = model.find.as_ref().filter(|_| is_search);
            let task = match lost.clone().or_else(|| find.and_then(|find| self.lost_feature(model, find))) {
                Some(why) => Err(Blocked::Error(why)),
                None => Ok(task),
            };
            let id = format!("models.{}.metrics.{}.{}", model.name.value, name.value, line.key.value);
            let mut gate = self.gate(spec, &settings, (id, line.key.span), roles.clone(), task);
            if is_search {
                // The interval tells of few rows; to leave a slice out would hide it.
                gate.min_n = 1;
            }
            gate.definition = format!("{}; {}", metric.definition(), spec.definition);
            self.out.gates.push(gate);
        }
        self.metric_slices(model, lost, all, metric);
    }

    pub(super) fn metric_task(
        &mut self,
        model: &Model,
        spec: &CheckSpec,
        settings: &Settings,
        metric: Metric,
        state: &Measurement,
        line: &Line,
    ) -> Option<Work> {
        let state = state.clone();
        match (&spec.judge, spec.compare) {
            (judge, Some(compare)) => {
                let (kind, param) = match (judge, compare) {
                    (Judging::AtMost(param), Compare::Drop) => (ChangeKind::LossAtMost, param),
                    (Judging::AtLeast(param), Compare::Improvement) => (ChangeKind::GainAtLeast, param),
                    (Judging::AtMost(param), Compare::Improvement) => (ChangeKind::GainAtMost, param),
                    _ => return None,
                };
                let Some(ParamValue::Margin(margin)) = settings.values.get(param) else {
                    return None;
                };
                let demand = ChangeDemand { kind, margin: *margin };
                if model.baseline_predictions.is_none() && model.baseline.is_none() && self.config.baseline.is_none() {
                    let mut problem = Diagnostic::new(
                        format!("`{}` compares with a baseline, but none is configured", spec.id),
                        line.key.span,
                    );
                    problem.help = Some(format!(
                        "name the other side's file under `{}`, as in `baseline_predictions: main/predictions.parquet`, and a `key`; or \
                         store its measurements with `mlgate bless`",
                        model.name.value
                    ));
                    self.problems.push(problem);
                    return None;
                }
                self.changeable(metric, demand, line.value.span)?;
                Some(Work::Change { metric, state, demand })
            }
            (judge, _) => {
                let limit = limit(judge, settings)?;
                self.reachable(&metric.to_string(), metric.range(), limit, line.value.span)?;
                Some(Work::Metric { metric, state, limit })
            }
        }
    }

    /// Refuses a margin that no change could exceed or reach, and a metric that gets neither better nor worse.
    pub(super) fn changeable(&mut self, metric: Metric, demand: ChangeDemand, span: Span) -> Option<()> {
        let is_loss = demand.kind == ChangeKind::LossAtMost;
        let fixed = match (metric.direction(), metric.needs()) {
            (Direction::Neither, _) if metric.measure.tasks() == [Task::Score] => {
                let message = format!("whether a higher or a lower `{metric}` is better is not known");
                let help = "set it beside the score, as in `better: higher`";
                self.problems.push(Diagnostic::new(message, span).with_help(help));
                return None;
            }
            (Direction::Neither, _) => {
                let word = if is_loss { "loss" } else { "gain" };
                Some(format!("for `{metric}` neither higher nor lower is better, so it has no {word}"))
            }
            (_, Needs::BothSides) => Some(format!("`{metric}` already compares both sides, so it has no change")),
            _ => None,
        };
        if let Some(message) = fixed {
            self.problems.push(Diagnostic::new(message, span).with_help("limit it with `min` and `max`"));
            return None;
        }
        let falls = is_loss == (metric.direction() == Direction::HigherIsBetter);
        let fits = |amount: &Amount| match (amount, metric.range()) {
            // A metric that falls can lose at most its whole value.
            (Amount::Relative(share), (Some(0.0), _)) if falls => *share < 1.0,
            (Amount::Absolute(amount), (Some(low), Some(high))) => *amount < high - low,
            _ => true,
        };
        let amounts = demand.margin.amounts();
        let Some(amount) = amounts.iter().find(|amount| !fits(amount)) else { return Some(()) };
        let (amount, most) = match (amount, metric.range()) {
            (Amount::Absolute(amount), (low, high)) => {
                (amount.to_string(), (high.unwrap_or_default() - low.unwrap_or_default()).to_string())
            }
            (Amount::Relative(share), _) => (format!("{}%", (share * 1e14).round() / 1e12), "100%".to_owned()),
        };
        let (message, help) = match demand.kind {
            ChangeKind::LossAtMost => (
                format!("`{metric}` can get worse by at most {most}, so a margin of {amount} could never fail"),
                "set a small loss, such as 0.005, 0.5pp or 1%",
            ),
            ChangeKind::GainAtMost => (
                format!("`{metric}` can improve by at most {most}, so a margin of {amount} could never fail"),
                "set the gain beyond which a change is too good to be true, such as 0.05, 5pp or 10%",
            ),
            ChangeKind::GainAtLeast => (
                format!("`{metric}` can improve by at most {most}, so a gain of {amount} could never pass"),
                "set a small gain, such as 0.005, 0.5pp or 1%",
            ),
        };
        self.problems.push(Diagnostic::new(message, span).with_help(help));
        None
    }

    /// Refuses a limit that no value of the number breaks or satisfies.
    pub(super) fn reachable(
        &mut self,
        name: &str,
        range: (Option<f64>, Option<f64>),
        limit: Limit,
        span: Span,
    ) -> Option<()> {
        let (Limit::AtLeast(number) | Limit::AtMost(number)) = limit;
        let (low, high) = range;
        if low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high) {
            return Some(());
        }
        let shown = |end: Option<f64>| end.map_or_else(|| "∞".to_owned(), |end| end.to_string());
        let mut problem = Diagnostic::new(
            format!(
                "`{name}` is always between {} and {}, so a limit of {number} is not possible",
                shown(low),
                shown(high)
            ),
            span,
        );
        if number > 1.0 && number <= 100.0 {
            problem.help = Some(format!("did you mean `{number}%`?"));
        }
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
        None
    }
}

pub(super) fn limit(judge: &Judging, settings: &Settings) -> Option<Limit> {
    let number = |param: &String| match settings.values.get(param) {
        Some(ParamValue::Number(number)) => Some(*number),
        _ => None,
    };
    match judge {
        Judging::AtLeast(param) => number(param).map(Limit::AtLeast),
        Judging::AtMost(param) => number(param).map(Limit::AtMost),
        _ => None,
    }
}
