//! The verdict in one line of JSON, for schedulers that take the last line of a task's output.

use serde_json::{Value, json};

use super::document::Report;
use super::no_verdict::NoVerdict;
use super::safe;
use crate::gate::verdict::Effect;

/// Maximum number of blocking gates that are named; Airflow keeps a result in its database.
const MOST_NAMED: usize = 20;

/// Returns the line of a report, with its end; the exit code is that of the process.
pub(super) fn line(report: &Report, exit_code: u8) -> String {
    let blocking = || report.gates.iter().filter(|gate| gate.effect == Effect::Blocks);
    let named: Vec<String> = blocking().take(MOST_NAMED).map(|gate| safe::sentence(&gate.id)).collect();
    let warned = report.gates.iter().filter(|gate| gate.effect == Effect::Warns).count();
    finished(&json!({
        "verdict": report.verdict.name(),
        "exit_code": exit_code,
        "headline": super::title(report),
        "counts": report.counts,
        "blocking": blocking().count(),
        "blocking_gates": named,
        "warning": warned,
        "candidate": report.provenance.candidate.git,
        "baseline": report.provenance.baseline.git,
    }))
}

/// Returns the line of a run that ended without a report.
pub(super) fn of_ended(ended: &NoVerdict) -> String {
    let problems = ended.problems.iter().take(MOST_NAMED).map(|problem| safe::sentence(&problem.sentence()));
    finished(&json!({
        "verdict": "none",
        "exit_code": ended.exit_code,
        "headline": ended.title(),
        "problems": problems.collect::<Vec<_>>(),
    }))
}

fn finished(value: &Value) -> String {
    safe::json(&value.to_string()) + "\n"
}
