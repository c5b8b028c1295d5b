//! Lines under a model that has a file of metrics → gates and observations.

use super::super::margin::{ChangeDemand, ChangeKind};
use super::super::param::{ParamValue, Settings, settings};
use super::super::{Blocked, Constraint, MetricDemand, NamedNumber, Observation, Observed};
use super::model::limit;
use super::{Around, Binder, LISTED, has_column, subject};
use crate::catalog::{CheckSpec, Compare, Judging};
use crate::config::{Diagnostic, Line, ReportedLines, ReportedModel, Span, did_you_mean};
use crate::measurement::{Measurement, TableId, TableInfo, TableKind};
use crate::stats::{Direction, Side, known_number};

impl Binder<'_> {
    pub(super) fn reported_model(&mut self, model: &ReportedModel) {
        if let Some(baseline) = &model.baseline_metrics_file {
            self.not_same_file(&model.metrics_file, baseline);
        }
        for lines in &model.metrics {
            self.reported_metric(model, lines);
        }
    }

    fn reported_metric(&mut self, model: &ReportedModel, all: &ReportedLines) {
        let (model_name, name) = (model.name.value.as_str(), all.name.value.as_str());
        let table = |side| TableId { kind: TableKind::Metrics, name: model_name.to_owned(), side };
        let measurement = |side| Measurement::Reported(table(side), name.to_owned());
        let roles = subject(&[("model", model_name), ("metric", name)]);
        let has_other = match &model.baseline_metrics_file {
            Some(_) => true,
            // A name that the stored baseline lacks is reported where the two are compared.
            None => self.table(TableKind::Metrics, model_name, Side::Baseline).is_ok_and(|info| has_column(info, name)),
        };
        let sides = [(Side::Candidate, true), (Side::Baseline, has_other)];
        for (side, _) in sides.into_iter().filter(|(_, is_there)| *is_there) {
            let (what, state) = (Observed::Reported, measurement(side));
            let (id, at) = (format!("models.{model_name}.metrics.{name}"), all.name.span);
            self.out.observations.push(Observation { subject: roles.clone(), what, state, id, at });
        }
        let named = self.named(all);
        for line in &all.lines {
            let refused = &["confidence", "on_inconclusive", "min_n"];
            let around = Around { lines: &all.lines, fixed: &["direction"], refused };
            let Some(spec) = self.metric_check(line, around) else {
                continue;
            };
            let Some(settings) = settings(spec, line, refused, &mut self.problems) else {
                continue;
            };
            if self.without_interval(spec, &settings, line).is_none() {
                continue;
            }
            let Some((demand, compares)) = self.reported_demand(model, spec, &settings, line.key.span) else {
                continue;
            };
            // The problem of the direction is noted already.
            let Ok(number) = named else { continue };
            if compares && number.direction == Direction::Neither {
                let message = format!("whether a higher or a lower `{name}` is better is not known");
                let help = "set it beside the check, as in `{direction: lower, max_drop: 5%}`";
                self.said_once_of(Diagnostic::new(message, all.name.span).with_help(help));
                continue;
            }
            if let (MetricDemand::Limit(limit), Some(known)) = (demand, number.known)
                && self.reachable(name, known.range, limit, line.value.span).is_none()
            {
                continue;
            }
            let lost =
                sides.into_iter().filter(|(side, _)| *side == Side::Candidate || compares).find_map(|(side, _)| {
                    match self.table(TableKind::Metrics, model_name, side) {
                        Ok(info) => (!has_column(info, name)).then(|| no_metric(info, name)),
                        Err(error) => Some(error.0),
                    }
                });
            let lost = lost.or_else(|| {
                let other = || self.other_protocol(TableKind::Metrics, model_name, Some(name), &model.may_differ);
                compares.then(other).flatten()
            });
            let task = match lost {
                Some(why) => Err(Blocked::Error(why)),
                None => Ok(Constraint::Reported {
                    number,
                    candidate: measurement(Side::Candidate),
                    baseline: compares.then(|| measurement(Side::Baseline)),
                    demand,
                }),
            };
            let id = format!("models.{model_name}.metrics.{name}.{}", line.key.value);
            let mut gate = self.gate(spec, &settings, (id, line.key.span), roles.clone(), task);
            // The path as the report may show it: the config's path can contain a signature.
            let file = self.table(TableKind::Metrics, model_name, Side::Candidate);
            let file = file.map_or_else(|_| "the file".to_owned(), |info| format!("`{}`", info.path));
            gate.definition =
                format!("{name}: as given in {file}, computed by another program; metrics-only: points, no interval");
            self.out.gates.push(gate);
        }
    }

    /// Returns the properties of a number: the direction of the config overrules that of the name. A name whose
    /// direction the config contradicts stands for another number than usual, so nothing else is assumed.
    fn named(&mut self, all: &ReportedLines) -> Result<NamedNumber, ()> {
        let known = known_number(&all.name.value);
        let Some(word) = &all.direction else {
            let direction = known.map_or(Direction::Neither, |known| known.direction);
            return Ok(NamedNumber { direction, known, is_by_name: direction != Direction::Neither });
        };
        let direction = match word.value.as_str() {
            "higher" => Direction::HigherIsBetter,
            "lower" => Direction::LowerIsBetter,
            other => {
                let message = format!("`{other}` is not a direction");
                self.problems.push(Diagnostic::new(message, word.span).with_help("use `higher` or `lower`"));
                return Err(());
            }
        };
        let known = known.filter(|known| known.direction == direction || known.direction == Direction::Neither);
        Ok(NamedNumber { direction, known, is_by_name: false })
    }

    /// Refuses settings of intervals and groups, which such a number does not have.
    fn without_interval(&mut self, spec: &CheckSpec, settings: &Settings, line: &Line) -> Option<()> {
        let given = [
            ("confidence", settings.confidence.is_some()),
            ("on_inconclusive", settings.on_inconclusive.is_some()),
            ("min_n", settings.min_n.is_some()),
        ];
        let Some((key, _)) = given.into_iter().find(|(_, is_given)| *is_given) else { return Some(()) };
        let message = format!("`{key}` has no effect on `{}` of a `metrics_file`", spec.id);
        let help = "a number of a file has no interval and no rows; use `predictions` for both";
        self.problems.push(Diagnostic::new(message, line.value.span).with_help(help));
        None
    }

    fn reported_demand(
        &mut self,
        model: &ReportedModel,
        spec: &CheckSpec,
        settings: &Settings,
        span: Span,
    ) -> Option<(MetricDemand, bool)> {
        if spec.compare == Some(Compare::SliceDrop) {
            let message = format!("`{}` needs rows, which a `metrics_file` does not have", spec.id);
            let help = "use `predictions`, or `max_drop` on this number";
            self.problems.push(Diagnostic::new(message, span).with_help(help));
            return None;
        }
        let Some(compare) = spec.compare else {
            return Some((MetricDemand::Limit(limit(&spec.judge, settings)?), false));
        };
        let (kind, param) = match (&spec.judge, compare) {
            (Judging::AtMost(param), Compare::Drop) => (ChangeKind::LossAtMost, param),
            (Judging::AtLeast(param), Compare::Improvement) => (ChangeKind::GainAtLeast, param),
            (Judging::AtMost(param), Compare::Improvement) => (ChangeKind::GainAtMost, param),
            _ => return None,
        };
        let Some(ParamValue::Margin(margin)) = settings.values.get(param) else { return None };
        if model.baseline_metrics_file.is_none() && self.config.baseline.is_none() {
            let message = format!("`{}` compares with a baseline, but none is configured", spec.id);
            let help = format!(
                "name the other side's file under `{}`, as in `baseline_metrics_file: main/metrics.json`, or store its numbers with `mlgate bless`",
                model.name.value
            );
            self.problems.push(Diagnostic::new(message, span).with_help(help));
            return None;
        }
        Some((MetricDemand::Change(ChangeDemand { kind, margin: *margin }), true))
    }

    fn said_once_of(&mut self, problem: Diagnostic) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Returns the message for a missing metric, with one that may be the same under another name.
fn no_metric(info: &TableInfo, name: &str) -> String {
    let names = || info.columns.iter().map(|column| column.name.as_str());
    let last = |name: &str| name.rsplit(['.', '/']).next().unwrap_or_default().to_owned();
    let moved = names().find(|known| last(known) == last(name));
    match moved.or_else(|| did_you_mean(name, names())) {
        Some(near) => format!("`{}` has no metric `{name}`; did you mean `{near}`?", info.path),
        None => {
            let listed: Vec<String> = names().take(LISTED).map(|name| format!("`{name}`")).collect();
            let more = if info.columns.len() > LISTED { ", …" } else { "" };
            format!("`{}` has no metric `{name}`, only {}{more}", info.path, listed.join(", "))
        }
    }
}
