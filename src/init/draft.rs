//! The results of a first run, from which the limits of the second draft are written.

use std::collections::BTreeMap;

use crate::gate::verdict::Verdict;
use crate::report::document::{GateResult, Report};

/// A run with limits that always pass.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    report: Option<Report>,
}

impl Draft {
    /// Returns the draft of a run's report.
    pub fn new(report: Report) -> Self {
        Self { report: Some(report) }
    }

    /// Returns true before the first run: then limits are written that always pass.
    pub fn is_first(&self) -> bool {
        self.report.is_none()
    }

    /// Returns the interval of each metric of a model's candidate.
    pub fn metrics(&self, model: &str) -> BTreeMap<&str, [f64; 2]> {
        let readings = self.report.iter().flat_map(|report| &report.measurements);
        let of_model = readings.filter(|reading| {
            reading.subject.get("model").is_some_and(|name| name == model) && reading.side == "candidate"
        });
        of_model.filter_map(|reading| Some((reading.measure.as_str(), reading.interval?))).collect()
    }

    /// Returns the numbers of a model's file of metrics.
    pub fn numbers(&self, model: &str) -> BTreeMap<&str, f64> {
        let readings = self.report.iter().flat_map(|report| &report.measurements);
        let of_model = readings.filter(|reading| {
            reading.subject.get("model").is_some_and(|name| name == model) && reading.side == "candidate"
        });
        of_model.filter_map(|reading| Some((reading.measure.as_str(), reading.value?))).collect()
    }

    /// Returns the value of a gate, and the upper end of its interval.
    pub fn value(&self, gate: &str) -> Option<(f64, f64)> {
        let found = self.gate(gate)?.candidate.as_ref()?;
        Some((found.value?, found.interval?[1]))
    }

    /// Returns the number of rows that a gate counted.
    pub fn rows(&self, gate: &str) -> Option<u64> {
        let found = self.gate(gate)?.candidate.as_ref()?;
        let (share, n) = (found.value?, found.n?);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rows"
        )]
        Some((share * n as f64).round() as u64)
    }

    /// Returns a gate's change from the baseline, with its interval.
    pub fn change(&self, gate: &str) -> Option<(f64, [f64; 2])> {
        let change = self.gate(gate)?.change.as_ref()?;
        Some((change.value, change.interval?))
    }

    /// Returns the reason a gate did not pass.
    pub fn failure(&self, gate: &str) -> Option<&str> {
        let found = self.gate(gate)?;
        (found.verdict != Verdict::Pass).then_some(found.message.as_str())
    }

    fn gate(&self, id: &str) -> Option<&GateResult> {
        self.report.iter().flat_map(|report| &report.gates).find(|gate| gate.id == id)
    }
}
