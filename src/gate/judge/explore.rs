//! Slices without a gate: the metric's change in each, with a p-value that is adjusted for the number of slices.

use super::super::{Gates, Observation, Observed};
use super::reading::Judge;
use super::sides::Comparison;
use crate::config::Pattern;
use crate::gate::bind::MIN_N;
use crate::measurement::{Measured, Slice};
use crate::stats::{Direction, Estimate, Inference, Metric, Null, Side, benjamini_hochberg};

/// A metric in slices that have no gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Exploration {
    /// The model.
    pub model: String,
    /// The metric.
    pub metric: String,
    /// The slices, the worst first.
    pub slices: Vec<ExploredSlice>,
    /// The slices that could not be measured, with the reason.
    pub lost: Vec<String>,
}

/// A slice without a gate.
#[derive(Debug, Clone, PartialEq)]
pub struct ExploredSlice {
    /// The slice's name.
    pub name: String,
    /// The slice's number of rows.
    pub rows: u64,
    /// The candidate's metric, or the reason there is none.
    pub candidate: Result<Estimate, String>,
    /// The baseline's metric, if there is a baseline, or the reason it is undefined.
    pub baseline: Option<Result<Estimate, String>>,
    /// The estimate of candidate − baseline.
    pub change: Option<Estimate>,
    /// The p-value of no change, adjusted for the number of slices (Benjamini and Hochberg 1995): the false discovery
    /// rate among this slice and all with smaller p-values. `None` for small slices, and without a baseline.
    pub adjusted: Option<f64>,
}

impl Judge<'_> {
    /// Returns a table of slices for each metric.
    pub(super) fn explore(&self, gates: &Gates, level: f64) -> Vec<Exploration> {
        let mut tables: Vec<Exploration> = Vec::new();
        let table_of = |observation: &Observation, tables: &mut Vec<Exploration>| {
            let role = |name| observation.subject.get(name).cloned().unwrap_or_default();
            let (model, metric) = (role("model"), role("metric"));
            tables.iter().position(|table| table.model == model && table.metric == metric).unwrap_or_else(|| {
                tables.push(Exploration { model, metric, slices: Vec::new(), lost: Vec::new() });
                tables.len() - 1
            })
        };
        let wanted = gates.observations.iter().filter_map(|observation| match observation.what {
            Observed::Slices(metric) => Some((observation, metric)),
            _ => None,
        });
        for (observation, metric) in wanted {
            let at = table_of(observation, &mut tables);
            let pattern = Pattern::new(observation.subject.get("slice").map_or("*", String::as_str));
            match self.state(&observation.state) {
                Ok(Measured::Slices(slices)) => {
                    for slice in slices.iter().filter(|slice| pattern.matches(&slice.name)) {
                        tables[at].slices.push(self.slice(metric, slice, level));
                    }
                }
                Ok(_) => tables[at].lost.push("internal error: the measurement has the wrong state".to_owned()),
                Err(why) => tables[at].lost.push(why),
            }
        }
        for (observation, why) in gates.lost.iter().filter(|(of, _)| matches!(of.what, Observed::Slices(_))) {
            let at = table_of(observation, &mut tables);
            tables[at].lost.push(why.clone());
        }
        for table in &mut tables {
            settle(table);
            table.lost.dedup();
        }
        tables
    }

    fn slice(&self, metric: Metric, slice: &Slice, level: f64) -> ExploredSlice {
        let mut explored = ExploredSlice {
            name: slice.name.clone(),
            rows: slice.rows,
            candidate: Err(String::new()),
            baseline: None,
            change: None,
            adjusted: None,
        };
        let state = match Comparison::of_slice(slice) {
            Ok(sides) => sides,
            Err(why) => return ExploredSlice { candidate: Err(why), ..explored },
        };
        let on = |side| state.estimate(metric, side, level, self.seed);
        explored.candidate = on(Side::Candidate).map_err(|why| why.to_string());
        if !state.has_baseline() {
            return explored;
        }
        explored.baseline = Some(on(Side::Baseline).map_err(|why| why.to_string()));
        if let (Ok(ours), Ok(change)) = (&explored.candidate, state.change(metric, 1.0, self.seed)) {
            explored.change = Some(change.at(level));
            explored.adjusted = (ours.n >= MIN_N).then(|| two_sided(&change));
        }
        explored
    }
}

/// Returns the two-sided p-value of no change.
fn two_sided(change: &Inference<'_>) -> f64 {
    (2.0 * change.p_value(Null::AtMost(0.0)).min(change.p_value(Null::AtLeast(0.0)))).min(1.0)
}

/// Sorts the slices, the worst first, and adjusts their p-values.
fn settle(table: &mut Exploration) {
    let direction = Metric::parse(&table.metric).map_or(Direction::Neither, Metric::direction);
    let gain = |value: f64| match direction {
        Direction::HigherIsBetter => value,
        Direction::LowerIsBetter => -value,
        Direction::Neither => -value.abs(),
    };
    let rank = |slice: &ExploredSlice| match (&slice.change, &slice.candidate) {
        (Some(change), _) => gain(change.value),
        (None, Ok(ours)) if direction != Direction::Neither => gain(ours.value),
        _ => f64::INFINITY,
    };
    table.slices.sort_by(|left, right| rank(left).total_cmp(&rank(right)).then(left.name.cmp(&right.name)));
    table.slices.dedup_by(|left, right| left.name == right.name);
    let chances: Vec<f64> = table.slices.iter().filter_map(|slice| slice.adjusted).collect();
    let tested = table.slices.iter_mut().filter(|slice| slice.adjusted.is_some());
    for (slice, adjusted) in tested.zip(benjamini_hochberg(&chances)) {
        slice.adjusted = Some(adjusted);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Span;
    use crate::gate::{Observation, Observed};
    use crate::measurement::{Measurement, Measurements, OtherSide, PredictionMeasure, SliceBy};
    use crate::stats;
    use crate::stats::Contingency;

    /// Returns a slice in which `lost` rows went from right to wrong and all others stayed right.
    fn slice(name: &str, rows: u64, lost: u64) -> Slice {
        let cells = BTreeMap::from([(vec![], [0, 0, 0, 0, 0, lost, 0, rows - lost])]);
        let state = Ok(stats::State::Contingency(Contingency::from_cells(true, cells)));
        Slice { name: name.to_owned(), key: Vec::new(), rows, state, other: OtherSide::Within }
    }

    fn explored(slices: Vec<Slice>) -> Exploration {
        let kind = Metric::ACCURACY.state_kind();
        let by = SliceBy::Columns(vec!["town".to_owned()]);
        let state = Measurement::Predictions("m".to_owned(), PredictionMeasure::Sliced(kind, by));
        let subject = BTreeMap::from([("model", "m".to_owned()), ("metric", "accuracy".to_owned())]);
        let (what, id, at) =
            (Observed::Slices(Metric::ACCURACY), "models.m.metrics.accuracy".to_owned(), Span { start: 0, end: 0 });
        let observation = Observation { subject, what, state: state.clone(), id, at };
        let gates = Gates { observations: vec![observation], ..Gates::default() };
        let measurements = Measurements::from([(state, Ok(Measured::Slices(slices)))]);
        super::super::explore(&gates, &measurements, 0, 0.95).remove(0)
    }

    #[test]
    fn a_surprise_is_less_of_one_among_many() {
        let alone = explored(vec![slice("town=a", 400, 12)]).slices[0].adjusted.unwrap();
        assert!(alone < 0.01, "{alone}");
        let steady = ["b", "c", "d"].map(|name| slice(&format!("town={name}"), 400, 0));
        let among = explored([vec![slice("town=a", 400, 12)], steady.to_vec()].concat());
        assert_eq!(among.slices[0].name, "town=a", "the worst stands first");
        assert!((among.slices[0].adjusted.unwrap() - 4.0 * alone).abs() < 1e-12);
        assert!(among.slices[1..].iter().all(|slice| slice.adjusted.unwrap() > 0.9));
        let alike = ["b", "c", "d"].map(|name| slice(&format!("town={name}"), 400, 12));
        let alike = explored(alike.to_vec());
        assert!(alike.slices.iter().all(|slice| (slice.adjusted.unwrap() - alone).abs() < 1e-12));
    }

    #[test]
    fn a_small_slice_has_numbers_and_no_p_value() {
        let table = explored(vec![slice("town=a", 12, 6), slice("town=b", 400, 0)]);
        assert!(table.slices[0].candidate.is_ok() && table.slices[0].adjusted.is_none(), "{table:?}");
        let none = explored(vec![slice("town=a", 0, 0)]);
        assert!(none.slices[0].candidate.is_err());
    }
}
