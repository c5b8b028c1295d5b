//! The `slices` of a metric → a gate for each check and each way to divide the rows.

use super::super::param::settings;
use super::super::{Blocked, Constraint, MetricDemand, Observation, Observed};
use super::{Around, Binder, has_column, no_column, subject};
use crate::catalog::Compare;
use crate::config::{Diagnostic, Lines, Model, PatternLines, SliceDefinition, did_you_mean};
use crate::measurement::{Measurement, PredictionMeasure, SliceBy, TableKind};
use crate::stats::{Metric, Side};

impl Binder<'_> {
    pub(super) fn metric_slices(&mut self, model: &Model, lost: &Option<String>, lines: &Lines, metric: Metric) {
        let all: Vec<SliceBy> = model.slices.iter().map(slice_by).collect();
        let patterns: Vec<String> = lines.slices.iter().map(|of| of.pattern.value.clone()).collect();
        for of in &lines.slices {
            let pattern = &of.pattern.value;
            let wanted: Vec<&SliceBy> =
                all.iter().filter(|by| pattern == "*" || by.name() == subject_of(pattern)).collect();
            if wanted.is_empty() {
                self.no_slices(of, &all);
                continue;
            }
            for by in wanted {
                let is_all = pattern == "*" || *pattern == by.name();
                let except =
                    patterns.iter().filter(|other| is_all && other.contains('=') && subject_of(other) == by.name());
                let except: Vec<String> = except.cloned().collect();
                self.slice_gates(model, lost, lines, metric, (of, by), &except);
            }
        }
    }

    fn slice_gates(
        &mut self,
        model: &Model,
        lost: &Option<String>,
        lines: &Lines,
        metric: Metric,
        (of, by): (&PatternLines, &SliceBy),
        except: &[String],
    ) {
        let name = model.name.value.as_str();
        let measure = PredictionMeasure::Sliced(metric.state_kind(), by.clone());
        let slices = Measurement::Predictions(name.to_owned(), measure);
        let lost = lost.clone().or_else(|| {
            let info = self.table(TableKind::Predictions, name, Side::Candidate).ok()?;
            let needed: Vec<&String> = match by {
                SliceBy::Columns(columns) => columns.iter().collect(),
                SliceBy::Bins(column, _) => vec![column],
                SliceBy::Where(..) | SliceBy::Groups(_) | SliceBy::Others(_) => Vec::new(),
            };
            needed.into_iter().find(|column| !has_column(info, column)).map(|column| no_column(info, column))
        });
        // A column's name stands for all of its slices.
        let is_all = !matches!(by, SliceBy::Where(..)) && of.pattern.value == by.name();
        let pattern = if is_all { "*" } else { of.pattern.value.as_str() };
        let shown = if pattern == "*" { by.name() } else { pattern.to_owned() };
        if of.lines.is_empty() {
            let roles = subject(&[("model", name), ("metric", &lines.name.value), ("slice", pattern)]);
            let (what, at) = (Observed::Slices(metric), of.pattern.span);
            let id = format!("models.{name}.metrics.{}.slices.{shown}", lines.name.value);
            self.observe(Observation { subject: roles, what, state: slices, id, at }, &lost);
            return;
        }
        for line in &of.lines {
            let around = Around { lines: &of.lines, fixed: &["slices"], refused: &[] };
            let Some(spec) = self.metric_check(line, around) else {
                continue;
            };
            let before = self.problems.len();
            let Some(settings) = settings(spec, line, &[], &mut self.problems) else {
                self.said_once(before);
                continue;
            };
            if spec.compare == Some(Compare::SliceDrop) {
                let message = format!("`{}` searches the slices of all rows, so it has no slices of its own", spec.id);
                let help = format!(
                    "set it beside `slices`, as in `{}: {{{}: 0.05}}`, or use `max_drop` here",
                    lines.name.value, spec.id
                );
                self.problems.push(Diagnostic::new(message, line.key.span).with_help(help));
                self.said_once(before);
                continue;
            }
            let task = self.metric_task(model, spec, &settings, metric, &slices, line);
            self.said_once(before);
            let demand = match task {
                Some(Constraint::Metric { limit, .. }) => MetricDemand::Limit(limit),
                Some(Constraint::Change { demand, .. }) => MetricDemand::Change(demand),
                _ => continue,
            };
            let is_apart = model.pairing.as_ref().is_some_and(|pairing| pairing.value == "none");
            let (pattern, except) = (pattern.to_owned(), except.to_vec());
            let lost_there = || {
                let needed = match by {
                    SliceBy::Columns(columns) => columns.as_slice(),
                    SliceBy::Bins(column, _) => std::slice::from_ref(column),
                    SliceBy::Where(..) | SliceBy::Groups(_) | SliceBy::Others(_) => &[],
                };
                if !is_apart || !matches!(demand, MetricDemand::Change(_)) {
                    return None;
                }
                let info = self.table(TableKind::Predictions, name, Side::Baseline).ok()?;
                needed.iter().find(|column| !has_column(info, column)).map(|column| no_column(info, column))
            };
            let task = match lost.clone().or_else(lost_there) {
                Some(why) => Err(Blocked::Error(why)),
                None => Ok(Constraint::Sliced { metric, slices: slices.clone(), pattern, except, demand }),
            };
            let id = format!("models.{name}.metrics.{}.slices.{shown}.{}", lines.name.value, line.key.value);
            let roles = subject(&[("model", name), ("metric", &lines.name.value), ("slice", &shown)]);
            let mut gate = self.gate(spec, &settings, (id, line.key.span), roles, task);
            gate.definition = format!("{}; {}; in each slice", metric.definition(), spec.definition);
            self.out.gates.push(gate);
        }
    }

    /// Keeps the mistake of a line that stands for many slices once.
    pub(super) fn said_once(&mut self, before: usize) {
        if self.problems[..before].iter().any(|known| self.problems[before..].contains(known)) {
            self.problems.truncate(before);
        }
    }

    fn no_slices(&mut self, of: &PatternLines, all: &[SliceBy]) {
        let wanted = subject_of(&of.pattern.value);
        let names: Vec<String> = all.iter().map(SliceBy::name).collect();
        let mut problem = Diagnostic::new(format!("the model has no slices by `{wanted}`"), of.pattern.span);
        problem.help = Some(match did_you_mean(&wanted, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "name them under the model, as in `slices: [sex]`".to_owned(),
            None => format!("there are slices by {}", names.join(", ")),
        });
        self.problems.push(problem);
    }
}

/// Returns the way to divide rows that a definition of the config stands for.
pub(in crate::gate) fn slice_by(definition: &SliceDefinition) -> SliceBy {
    match definition {
        SliceDefinition::Columns(columns) => SliceBy::Columns(columns.value.clone()),
        SliceDefinition::Bins { column, count } => SliceBy::Bins(column.value.clone(), *count),
        SliceDefinition::Where { name, condition } => SliceBy::Where(name.value.clone(), condition.value.clone()),
    }
}

/// Returns the columns in a slice's name: `sex,race` of `sex=Female,race=*`.
pub(in crate::gate) fn subject_of(pattern: &str) -> String {
    let columns: Vec<&str> = pattern.split(',').map(|part| part.split('=').next().unwrap_or_default().trim()).collect();
    columns.join(",")
}
