//! One report that holds everything a report can hold, hostile strings among it.
//!
//! A real run has made it: tests/report_sample.rs writes and checks `sample/report.json`, so that no word in it differs from
//! what users see.

mod hostile;

use super::document::Report;
pub(super) use hostile::{any_text, filled_with};

/// Returns the report, as a run in a repository would have made it.
pub(crate) fn report() -> Report {
    let mut report: Report = serde_json::from_str(include_str!("report.json")).expect("it is a report");
    let candidate = &mut report.provenance.candidate;
    candidate.git = Some("4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2".to_owned());
    candidate.time = Some("2026-01-31T12:00:00+01:00".to_owned());
    report
}

/// Returns the place of the gate with this id.
pub(crate) fn place_of(report: &Report, id: &str) -> usize {
    report.gates.iter().position(|gate| gate.id == id).expect("the sample has it")
}

/// The gate that compares two numbers.
pub(crate) const MAX_DROP: &str = "models.income.metrics.roc_auc.max_drop";

/// The gate that compares groups.
pub(super) const MIN_RATIO: &str = "models.income.fairness.sex+race.selection_rate.min_ratio";
