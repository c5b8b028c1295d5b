//! The reference: a frozen second baseline, such as the last release's, beside the one that moves with the main branch.
//!
//! Many small losses that each pass add up. A line can limit the loss since the reference as well as the loss since the
//! baseline: `max_drop: {is: 0.005, since_reference: 0.02}`. A config with a reference is therefore split in two: its
//! limits against the baseline and its limits against the reference.

use super::baseline::BaselineConfig;
use super::config::{Config, Line};
use super::diagnostic::Diagnostic;
use super::yaml::{Entry, Value};
use crate::config::span::{Span, Spanned};

/// The key of a line's limit against the reference.
const KEY: &str = "since_reference";
/// The key of a line's limit against the baseline.
const IS: &str = "is";

impl Config {
    /// Moves the limits against the reference out of a config and into a config of their own, which compares with
    /// nothing else.
    pub(super) fn part(&mut self, reference: Option<BaselineConfig>, problems: &mut Vec<Diagnostic>) {
        let mut other = Self { reference: None, ..self.clone() };
        let mut named: Vec<Span> = Vec::new();
        each_line(self, &mut |lines| {
            lines.retain_mut(|line| match &mut line.value.value {
                Value::Map(entries) => {
                    named.extend(entries.iter().filter(|entry| entry.key.value == KEY).map(|entry| entry.key.span));
                    let is_there = entries.iter().any(|entry| entry.key.value == KEY);
                    entries.retain(|entry| entry.key.value != KEY);
                    // A line without `is` has a limit against the reference only.
                    !is_there || entries.iter().any(|entry| entry.key.value == IS)
                }
                _ => true,
            });
        });
        match (reference, named.first()) {
            (None, Some(span)) => {
                let help = "name it at the top of the config, as in `reference: git:v1.0`";
                problems.push(Diagnostic::new("there is no reference to compare with", *span).with_help(help));
            }
            (Some(reference), None) => {
                let span = reference.span;
                let help = "set a limit since the reference under a check, as in `max_drop: {is: 0.005, since_reference: 0.02}`";
                problems.push(Diagnostic::new("no check compares with the reference", span).with_help(help));
            }
            (Some(place), Some(_)) => {
                each_line(&mut other, &mut |lines| lines.retain_mut(beside_reference));
                for dataset in &mut other.data {
                    dataset.baseline_path = None;
                }
                for model in &mut other.models {
                    (model.baseline_predictions, model.baseline, model.pairing) = (None, None, None);
                    // `keys` is about the pairs of rows, and the reference has none.
                    model.keys = None;
                    model.must_pass = None;
                }
                for model in &mut other.reported {
                    model.baseline_metrics_file = None;
                }
                other.waivers.clear();
                other.baseline = Some(place);
                self.reference = Some(Box::new(other));
            }
            (None, None) => {}
        }
    }
}

/// Turns a line into its form against the reference; returns false if it has no such limit.
fn beside_reference(line: &mut Line) -> bool {
    let Value::Map(entries) = &mut line.value.value else { return false };
    let Some(at) = entries.iter().position(|entry| entry.key.value == KEY) else { return false };
    let Entry { value, key } = entries.remove(at);
    entries.retain(|entry| entry.key.value != IS);
    entries.push(Entry { key: Spanned { value: IS.to_owned(), span: key.span }, value });
    true
}

fn each_line(config: &mut Config, change: &mut impl FnMut(&mut Vec<Line>)) {
    for dataset in &mut config.data {
        change(&mut dataset.lines);
        dataset.columns.iter_mut().for_each(|column| change(&mut column.lines));
        if let Some(labels) = &mut dataset.fairness {
            labels.fairness.rates.iter_mut().for_each(|rate| change(&mut rate.lines));
        }
    }
    for model in &mut config.models {
        for metric in &mut model.metrics {
            change(&mut metric.lines);
            metric.slices.iter_mut().for_each(|slices| change(&mut slices.lines));
        }
        if let Some(fairness) = &mut model.fairness {
            fairness.rates.iter_mut().for_each(|rate| change(&mut rate.lines));
        }
    }
    for model in &mut config.reported {
        model.metrics.iter_mut().for_each(|metric| change(&mut metric.lines));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const TEXT: &str = "version: 1\nbaseline: b.json\nreference: r.json\nmodels:\n  m:\n    predictions: p.csv\n    label: l\n    score: s\n    metrics:\n      roc_auc: {min: 0.5, max_drop: {is: 0.005, since_reference: 0.02}}\n      f1: {max_drop: {since_reference: 0.1}}\n";

    fn keys(config: &Config) -> Vec<usize> {
        config.models[0].metrics.iter().map(|metric| metric.lines.len()).collect()
    }

    #[test]
    fn a_config_is_parted_into_what_each_baseline_is_asked() {
        let (config, problems) = Config::read(TEXT);
        assert!(problems.is_empty(), "{problems:?}");
        let config = config.unwrap();
        assert_eq!(keys(&config), [2, 0]);
        let other = config.reference.unwrap();
        assert_eq!(keys(&other), [1, 1]);
        let line = &other.models[0].metrics[0].lines[0];
        assert_eq!((line.key.value.as_str(), line.value.get("is").unwrap().as_text()), ("max_drop", None));
        assert_eq!(line.value.get("is").unwrap().value, Value::Float(0.02));
    }

    #[test]
    fn keys_of_pairs_are_about_the_baseline_alone() {
        let text =
            TEXT.replace("label: l", "label: l\n    baseline_predictions: b.csv\n    key: id\n    keys: {new: list}");
        let (config, problems) = Config::read(&text);
        assert!(problems.is_empty(), "{problems:?}");
        let config = config.unwrap();
        assert!(config.models[0].keys.is_some() && config.reference.unwrap().models[0].keys.is_none());
    }

    #[test]
    fn a_reference_that_nothing_speaks_of_and_a_line_without_one_are_said() {
        let said = |text: &str| Config::read(text).1.into_iter().map(|problem| problem.message).collect::<Vec<_>>();
        assert_eq!(said(&TEXT.replace("reference: r.json\n", "")), ["there is no reference to compare with"]);
        let plain = TEXT.replace(", since_reference: 0.02", "").replace("{since_reference: 0.1}", "0.1");
        assert_eq!(said(&plain), ["no check compares with the reference"]);
    }
}
