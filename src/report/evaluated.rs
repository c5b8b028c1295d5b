//! The candidate's numbers by model, for formats that describe models.

use std::collections::BTreeSet;

use super::document::{GateResult, Report};
use crate::stats::{Metric, Task};

/// A model with its numbers.
#[derive(Debug)]
pub(super) struct EvaluatedModel<'r> {
    /// The model's name in the config.
    pub(super) name: &'r str,
    /// The candidate's numbers that have a value.
    pub(super) numbers: Vec<EvaluatedNumber<'r>>,
    /// The gates that compare groups.
    pub(super) fairness: Vec<&'r GateResult>,
}

/// A number of a model.
#[derive(Debug)]
pub(super) struct EvaluatedNumber<'r> {
    /// The name of the metric or rate.
    pub(super) measure: &'r str,
    /// The rows that the number is about: `under_25`, or `sex=f, race=a`; `None` for all rows.
    pub(super) slice: Option<String>,
    pub(super) value: f64,
    pub(super) interval: Option<[f64; 2]>,
    pub(super) n: Option<u64>,
}

/// Returns the models of a report in the order of their first number, with those that have gates alone at the end.
pub(super) fn models(report: &Report) -> Vec<EvaluatedModel<'_>> {
    let subjects = report.measurements.iter().map(|measured| &measured.subject);
    let subjects = subjects.chain(report.gates.iter().map(|gate| &gate.subject));
    let mut seen = BTreeSet::new();
    let names = subjects.filter_map(|subject| subject.get("model")).filter(|name| seen.insert(name.as_str()));
    names.map(|name| of(name, report)).collect()
}

fn of<'r>(name: &'r str, report: &'r Report) -> EvaluatedModel<'r> {
    let is_own = |model: Option<&String>| model.is_some_and(|model| model == name);
    let measured = report.measurements.iter();
    let measured = measured.filter(|measured| is_own(measured.subject.get("model")) && measured.side == "candidate");
    let mut numbers: Vec<EvaluatedNumber<'_>> = measured
        .filter_map(|measured| {
            Some(EvaluatedNumber {
                measure: &measured.measure,
                slice: slice(
                    measured.subject.get("slice"),
                    measured.subject.get("by").zip(measured.subject.get("group")),
                ),
                value: measured.value?,
                interval: measured.interval,
                n: measured.n,
            })
        })
        .collect();
    // The measurements have no slices, but the gates on slices list them.
    for gate in report.gates.iter().filter(|gate| gate.family == "metric" && is_own(gate.subject.get("model"))) {
        let Some(measure) = gate.subject.get("metric") else { continue };
        for group in &gate.groups {
            let Some(value) = group.candidate.value else { continue };
            let slice = Some(group.group.join(", "));
            if numbers.iter().any(|number| number.measure == measure && number.slice == slice) {
                continue;
            }
            let (interval, n) = (group.candidate.interval, group.candidate.n);
            numbers.push(EvaluatedNumber { measure, slice, value, interval, n });
        }
    }
    let fairness = report.gates.iter().filter(|gate| gate.family == "fairness" && is_own(gate.subject.get("model")));
    EvaluatedModel { name, numbers, fairness: fairness.collect() }
}

fn slice(slice: Option<&String>, group: Option<(&String, &String)>) -> Option<String> {
    match (slice, group) {
        (Some(slice), _) => Some(slice.clone()),
        (None, Some((by, group))) => {
            let (columns, values): (Vec<&str>, Vec<&str>) = (by.split('+').collect(), group.split(" × ").collect());
            match columns.len() == values.len() {
                true => {
                    let pairs = columns.iter().zip(values).map(|(column, value)| format!("{column}={value}"));
                    Some(pairs.collect::<Vec<_>>().join(", "))
                }
                // A name that holds the mark itself is shown as it is.
                false => Some(format!("{by}={group}")),
            }
        }
        (None, None) => None,
    }
}

impl EvaluatedModel<'_> {
    /// Returns the kind of the model's task, by the metrics that it has.
    pub(super) fn task(&self) -> &'static str {
        let metrics: Vec<Metric> =
            self.numbers.iter().filter_map(|number| Metric::parse(number.measure).ok()).collect();
        let any = |task: Task| metrics.iter().any(|metric| metric.applies_to(task));
        let all = |task: Task| metrics.iter().all(|metric| metric.applies_to(task));
        match () {
            () if metrics.is_empty() => "other",
            () if any(Task::Regression) && all(Task::Regression) => "regression",
            () if any(Task::Ranking) && all(Task::Ranking) => "ranking",
            () => "classification",
        }
    }
}
