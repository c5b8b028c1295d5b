//! A demand of a policy → a config that demands it of the repository's own subjects, and nothing else.

use crate::config::{
    Config, Fairness, GroupBy, Lines, MIN_CELL, Model, Pattern, PatternLines, PolicyDemand, PolicySubject,
    ReportedLines, Spanned,
};
use crate::stats::{Metric, Task};

/// Returns the config; `None` if the repository has no such subject.
pub fn apply(config: &Config, demand: &PolicyDemand) -> Option<Config> {
    let mut held = bare(config);
    let named = |text: &str| Spanned { value: text.to_owned(), span: demand.at };
    let mut is_any = false;
    match &demand.subject {
        PolicySubject::Dataset(pattern) => {
            for dataset in held.data.iter_mut().filter(|dataset| matches(pattern, &dataset.name.value)) {
                is_any = true;
                dataset.lines.extend(demand.lines.iter().cloned());
            }
        }
        PolicySubject::Column { dataset: pattern, column } => {
            for dataset in held.data.iter_mut().filter(|dataset| matches(pattern, &dataset.name.value)) {
                is_any = true;
                dataset.columns.push(PatternLines { pattern: named(column), lines: demand.lines.clone() });
            }
        }
        PolicySubject::Metric { model: pattern, metric } => {
            for (model, own) in held.models.iter_mut().zip(&config.models) {
                if !matches(pattern, &model.name.value) {
                    continue;
                }
                let known = own.metrics.iter().map(|lines| lines.name.value.clone());
                for name in names(metric, known).filter(|name| is_defined(own, name)) {
                    is_any = true;
                    let lines = demand.lines.clone();
                    model.metrics.push(Lines { name: named(&name), lines, slices: Vec::new() });
                }
            }
            for (model, own) in held.reported.iter_mut().zip(&config.reported) {
                if !matches(pattern, &model.name.value) {
                    continue;
                }
                let known = own.metrics.iter().map(|lines| lines.name.value.clone());
                for name in names(metric, known) {
                    is_any = true;
                    let direction = own.metrics.iter().find(|lines| lines.name.value == name);
                    let direction = direction.and_then(|lines| lines.direction.clone());
                    model.metrics.push(ReportedLines { name: named(&name), direction, lines: demand.lines.clone() });
                }
            }
        }
        PolicySubject::Fairness { model: pattern, by, rate } => {
            for (model, own) in held.models.iter_mut().zip(&config.models) {
                if matches(pattern, &model.name.value) {
                    model.fairness = fairness(own, by, rate, demand);
                    is_any |= model.fairness.is_some();
                }
            }
        }
    }
    is_any.then_some(held)
}

/// Returns the config without any demand. A policy's demand has the default confidence unless it sets one: that of the
/// repository could be so high that nothing is decided. The same goes for the rows of a group that counts.
fn bare(config: &Config) -> Config {
    let mut held =
        Config { reference: None, waivers: Vec::new(), confidence: None, min_cell: MIN_CELL, ..config.clone() };
    for dataset in &mut held.data {
        dataset.lines.clear();
        dataset.columns.clear();
        dataset.fairness = None;
    }
    for model in &mut held.models {
        model.metrics.clear();
        model.must_pass = None;
        model.fairness = None;
    }
    for model in &mut held.reported {
        model.metrics.clear();
    }
    held
}

fn matches(pattern: &str, name: &str) -> bool {
    Pattern::new(pattern).matches(name)
}

/// Returns the names that a pattern stands for: itself if it is a name, and otherwise those of the repository.
fn names(pattern: &str, known: impl Iterator<Item = String>) -> impl Iterator<Item = String> {
    let parsed = Pattern::new(pattern);
    match parsed.name() {
        Some(name) => vec![name],
        None => known.filter(|name| parsed.matches(name)).collect(),
    }
    .into_iter()
}

/// Returns true if a metric is defined for a model's task: a demand on the metric of all models is none on others.
fn is_defined(model: &Model, metric: &str) -> bool {
    let task = model
        .task
        .as_ref()
        .map_or(Some(Task::Binary), |name| Task::ALL.into_iter().find(|task| task.name() == name.value));
    match task.map(|task| (Metric::parse_for(metric, task), task)) {
        Some((Ok(metric), task)) => metric.applies_to(task),
        // What is wrong is said where it is bound.
        _ => true,
    }
}

fn fairness(own: &Model, by: &[String], rate: &str, demand: &PolicyDemand) -> Option<Fairness> {
    let groupings = own.fairness.as_ref().map(|fairness| fairness.by.as_slice()).unwrap_or_default();
    let columns = |grouping: &Spanned<Vec<GroupBy>>| {
        grouping.value.iter().map(|by| by.column.value.clone()).collect::<Vec<String>>()
    };
    let spanned = |text: &String| Spanned { value: text.clone(), span: demand.at };
    let by: Vec<Spanned<Vec<GroupBy>>> = match by {
        [all] if all == "*" => groupings.to_vec(),
        by => match groupings.iter().find(|grouping| columns(grouping) == by) {
            Some(grouping) => vec![grouping.clone()],
            None => {
                let columns = by.iter().map(|column| GroupBy { column: spanned(column), edges: Vec::new() });
                vec![Spanned { value: columns.collect(), span: demand.at }]
            }
        },
    };
    let known = own.fairness.iter().flat_map(|fairness| fairness.rates.iter().map(|lines| lines.name.value.clone()));
    let rates: Vec<Lines> = names(rate, known)
        .map(|name| Lines { name: spanned(&name), lines: demand.lines.clone(), slices: Vec::new() })
        .collect();
    (!by.is_empty() && !rates.is_empty()).then_some(Fairness { by, rates })
}
