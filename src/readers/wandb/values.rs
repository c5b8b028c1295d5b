//! The numbers of a run, followed through its log: histories, and the summary that the run writes itself.

use std::collections::BTreeMap;

use super::record::{ChangeRecord, HistoryRecord, MetricRecord, MetricSummary, NamedValue};
use crate::readers::datum::{self, Datum, joined};
use crate::readers::{MetricReading, ReadLimits};
use crate::stats::Direction;

/// The statistics that `define_metric` can ask for, as the summary names them.
const STATISTICS: [&str; 6] = ["min", "max", "mean", "best", "last", "first"];

/// All numbers of a run so far.
#[derive(Default)]
pub(super) struct RunValues {
    histories: BTreeMap<String, History>,
    summary: BTreeMap<String, SummaryNumber>,
    defined: Vec<MetricRecord>,
    /// The number of records so far; of two values the one of the later record counts.
    records: u64,
}

/// The course of one metric.
#[derive(Clone, Copy)]
struct History {
    first: f64,
    last: f64,
    min: f64,
    max: f64,
    sum: f64,
    count: u32,
    step: i64,
    record: u64,
}

#[derive(Clone, Copy)]
struct SummaryNumber {
    value: f64,
    record: u64,
}

impl RunValues {
    /// Takes one call of `log`.
    ///
    /// # Errors
    ///
    /// A value is not JSON, or there are too many names.
    pub(super) fn log(&mut self, record: &HistoryRecord, limits: &ReadLimits) -> Result<(), String> {
        self.records += 1;
        let values = record.item.iter().map(|item| Ok((name(item), value(item, limits)?)));
        let values: Vec<(String, Datum)> = values.collect::<Result<_, String>>()?;
        // Old versions state the step as a value, all versions as a field.
        let step = values.iter().find(|(name, _)| name == "_step").and_then(|(_, value)| value.whole());
        let step = record.step.as_ref().map(|step| step.num).or(step).unwrap_or_default();
        for (name, value) in values.iter().filter(|(name, _)| !is_internal(name)) {
            let mut numbers = Vec::new();
            flatten(name, value, &mut numbers);
            for (name, number) in numbers {
                self.histories
                    .entry(name)
                    .and_modify(|history| history.take(number, step, self.records))
                    .or_insert_with(|| History::of(number, step, self.records));
            }
        }
        self.bounded(limits)
    }

    /// Takes a change of the summary.
    ///
    /// # Errors
    ///
    /// A value is not JSON, or there are too many names.
    pub(super) fn summarise(&mut self, record: &ChangeRecord, limits: &ReadLimits) -> Result<(), String> {
        self.records += 1;
        for item in record.remove.iter().chain(&record.update) {
            let name = name(item);
            let below = format!("{name}.");
            self.summary.retain(|known, _| *known != name && !known.starts_with(&below));
        }
        for item in &record.update {
            let name = name(item);
            if is_internal(&name) {
                continue;
            }
            let mut numbers = Vec::new();
            flatten(&name, &value(item, limits)?, &mut numbers);
            let record = self.records;
            self.summary.extend(numbers.into_iter().map(|(name, value)| (name, SummaryNumber { value, record })));
        }
        self.bounded(limits)
    }

    /// Takes a call of `define_metric`; a later one for the same name adds to it.
    pub(super) fn define(&mut self, record: MetricRecord) {
        self.defined.push(record);
    }

    fn bounded(&self, limits: &ReadLimits) -> Result<(), String> {
        let most = limits.entries;
        let is_within = self.histories.len() <= most && self.summary.len() <= most;
        if is_within { Ok(()) } else { Err(format!("the run has too many metrics; limit: {most}")) }
    }

    /// Returns the metrics: the last value under the bare name, and each statistic that was asked for behind a dot.
    pub(super) fn metrics(&self) -> BTreeMap<String, MetricReading> {
        let mut metrics: BTreeMap<String, MetricReading> = BTreeMap::new();
        for (name, history) in &self.histories {
            let (asked, direction) = self.asked(name);
            let reading = |value| MetricReading { step: Some(history.step), direction, ..MetricReading::of(value) };
            metrics.insert(name.clone(), reading(history.last));
            for statistic in STATISTICS {
                if let Some(value) = history.statistic(statistic, asked, direction) {
                    metrics.insert(format!("{name}.{statistic}"), MetricReading { step: None, ..reading(value) });
                }
            }
        }
        for (name, summarised) in &self.summary {
            let of_history =
                |name: &str| self.histories.get(name).is_some_and(|history| history.record > summarised.record);
            let metric = name
                .rsplit_once('.')
                .filter(|(metric, statistic)| STATISTICS.contains(statistic) && self.histories.contains_key(*metric));
            // A run that was killed has logged more than its summary knows.
            if of_history(name) || metric.is_some_and(|(metric, _)| of_history(metric)) {
                continue;
            }
            let (_, direction) = self.asked(metric.map_or(name.as_str(), |(metric, _)| metric));
            let step =
                metrics.get(name).filter(|known| same(known.value, summarised.value)).and_then(|known| known.step);
            let reading = MetricReading { step, direction, ..MetricReading::of(summarised.value) };
            metrics.insert(name.clone(), reading);
        }
        metrics
    }

    /// Returns the statistics that are asked for of a metric, and its direction: those of its own name come before those of
    /// a pattern.
    fn asked(&self, name: &str) -> (MetricSummary, Option<Direction>) {
        let own = |defined: &&MetricRecord| defined.name == name || escaped(&defined.name) == name;
        let globbed = |defined: &&MetricRecord| {
            let pattern = defined.glob_name.strip_suffix('*');
            pattern.is_some_and(|start| !defined.glob_name.is_empty() && name.starts_with(start))
        };
        let mut found: Vec<&MetricRecord> = self.defined.iter().filter(own).collect();
        if found.is_empty() {
            found = self.defined.iter().filter(globbed).collect();
        }
        let mut asked = MetricSummary::default();
        let mut direction = None;
        for defined in found {
            if let Some(more) = defined.summary {
                asked.min |= more.min;
                asked.max |= more.max;
                asked.mean |= more.mean;
                asked.best |= more.best;
                asked.last |= more.last;
                asked.first |= more.first;
            }
            direction = match defined.goal {
                1 => Some(Direction::LowerIsBetter),
                2 => Some(Direction::HigherIsBetter),
                _ => direction,
            };
        }
        (asked, direction)
    }
}

impl History {
    fn of(value: f64, step: i64, record: u64) -> Self {
        let mut history =
            Self { first: value, last: value, min: f64::NAN, max: f64::NAN, sum: 0.0, count: 0, step, record };
        history.take(value, step, record);
        history
    }

    fn take(&mut self, value: f64, step: i64, record: u64) {
        (self.last, self.step, self.record) = (value, step, record);
        // `f64::min` ignores a NaN, as W&B does.
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        if !value.is_nan() {
            self.sum += value;
            self.count += 1;
        }
    }

    /// Returns a statistic, if it is asked for.
    fn statistic(&self, name: &str, asked: MetricSummary, direction: Option<Direction>) -> Option<f64> {
        let (is_asked, value) = match name {
            "min" => (asked.min, self.min),
            "max" => (asked.max, self.max),
            "mean" => (asked.mean, self.sum / f64::from(self.count)),
            "last" => (asked.last, self.last),
            "first" => (asked.first, self.first),
            // Without a goal W&B takes the smallest value for the best.
            _ if direction == Some(Direction::HigherIsBetter) => (asked.best, self.max),
            _ => (asked.best, self.min),
        };
        is_asked.then_some(value)
    }
}

/// Returns true if two values are the same, also as NaN.
fn same(one: f64, other: f64) -> bool {
    one.total_cmp(&other).is_eq() || one.is_nan() && other.is_nan()
}

/// Returns a name without the backslashes before dots, with which `define_metric` spells levels.
fn escaped(name: &str) -> String {
    name.replace("\\.", ".")
}

/// Returns true for values that W&B adds by itself.
fn is_internal(name: &str) -> bool {
    matches!(name.split('.').next(), Some("_wandb" | "_step" | "_timestamp" | "_runtime"))
}

/// Returns the name of an item, levels joined by dots.
pub(super) fn name(item: &NamedValue) -> String {
    if item.nested_key.is_empty() { item.key.clone() } else { item.nested_key.join(".") }
}

/// Parses the value of an item.
pub(super) fn value(item: &NamedValue, limits: &ReadLimits) -> Result<Datum, String> {
    datum::json(&item.value_json, limits).map_err(|why| format!("the value of `{}`: {why}", name(item)))
}

/// Collects the numbers of a value. Media, such as images and tables, are mappings with a `_type`, whose numbers (sizes,
/// counts) are not metrics.
fn flatten(name: &str, value: &Datum, into: &mut Vec<(String, f64)>) {
    match value {
        Datum::Map(entries) if value.get("_type").is_none() => {
            entries.iter().for_each(|(key, value)| flatten(&joined(name, key), value, into));
        }
        // A word in quotes is text, except where W&B itself has to spell a number that is not finite.
        value => into.extend(value.number().map(|number| (name.to_owned(), number))),
    }
}
