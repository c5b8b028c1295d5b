//! Reports of other runs. They are claims: the reader is strict, and a report must at least be consistent.
//!
//! Nothing can prove that the numbers are right, since the change could tamper with the measurement. Everything that is
//! shown is rendered here, from a report whose verdict follows from its gates.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::nodes::Outline;
use crate::gate::verdict::{Effect, OnInconclusive, Verdict};
use crate::gate::waiver::{self, MOST_DAYS, weigh};
use crate::report::document::{GateResult, Overall, REPORT_VERSION, Report, Tool, WaiverResult};
use crate::report::no_verdict::{NoVerdict, Problem};
use crate::report::{counts, overall, safe};

/// Maximum number of gates of a report.
const MOST_GATES: usize = 200_000;
/// Maximum number of values and keys of a report outside of its states: 50 for each of the allowed gates.
const MOST_NODES: u64 = 10_000_000;
/// Maximum number of values and keys of a report's states.
const MOST_STATES: u64 = 30_000_000;

/// The reason a report is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The text is not a report.
    #[error("this is not a report of mlgate: {0}")]
    NoReport(String),
    /// The text is what a run without a report leaves.
    #[error("there is no report: the run ended without one: {0}")]
    Ended(String),
    /// The report has another version.
    #[error("the report has version {0}, but this mlgate reads version {REPORT_VERSION}; {1}")]
    Version(u32, String),
    /// The report of another version of mlgate cannot be read.
    #[error("the report cannot be read: {0}; {1}")]
    Other(String, String),
    /// The report contradicts its gates.
    #[error("the report contradicts itself: {0}")]
    Contradiction(String),
    /// The report contains a date that was valid when it was measured and is not any more, or that was never valid.
    #[error("the report is no longer valid: {0}; run the gate again")]
    OutOfDate(String),
}

/// Reads a report at the time `now`, in microseconds since 1970, and checks its consistency. The states are dropped; to
/// show a report needs none.
pub fn read(json: &str, now: i64) -> Result<Report, ClaimError> {
    read_as::<IgnoredAny>(json, now).map(Report::without_states)
}

/// Like [`read`], but keeps the states, from which a baseline can be made.
pub fn read_with_states(json: &str, now: i64) -> Result<Report, ClaimError> {
    read_as(json, now)
}

fn read_as<S: DeserializeOwned + Default>(json: &str, now: i64) -> Result<Report<S>, ClaimError> {
    let no_report = |error: serde_json::Error| ClaimError::NoReport(safe::sentence(&error.to_string()));
    // The version is checked first, so that a report of another version is not called malformed.
    let outline: Outline = serde_json::from_str(json).map_err(no_report)?;
    if outline.version != REPORT_VERSION {
        return Err(ClaimError::Version(
            outline.version,
            written_by(json).unwrap_or_else(|| "use one mlgate for both".to_owned()),
        ));
    }
    for (nodes, most, what) in [(outline.nodes, MOST_NODES, "it"), (outline.states, MOST_STATES, "its `states`")] {
        if nodes > most {
            return Err(ClaimError::NoReport(format!("{what} has {nodes} values; limit: {most}")));
        }
    }
    let report: Report<S> = serde_json::from_str(json).map_err(|error| {
        if let Ok(ended) = serde_json::from_str::<NoVerdict>(json) {
            let first = ended.problems.first().map_or_else(|| ended.title(), Problem::sentence);
            return ClaimError::Ended(safe::sentence(&first));
        }
        match (written_by(json), no_report(error)) {
            (Some(by), ClaimError::NoReport(why)) => ClaimError::Other(why, by),
            (_, error) => error,
        }
    })?;
    if report.tool.name != "mlgate" {
        return Err(ClaimError::NoReport("another tool wrote it".to_owned()));
    }
    if report.gates.len() > MOST_GATES {
        return Err(ClaimError::NoReport(format!("it has too many gates; limit: {MOST_GATES}")));
    }
    agrees(&report).map_err(ClaimError::Contradiction)?;
    for gate in &report.gates {
        if let Some(waiver) = &gate.waiver {
            holds(waiver, now).map_err(|why| ClaimError::OutOfDate(format!("{}: {why}", named(gate))))?;
        }
    }
    Ok(report)
}

/// Returns the gates that the guard of a report found to be removed from the base branch's config.
pub fn removed(json: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Guarded {
        guard: Guard,
    }
    #[derive(Deserialize)]
    struct Guard {
        #[serde(default)]
        changes: Vec<ClaimedChange>,
    }
    #[derive(Deserialize)]
    struct ClaimedChange {
        gate: String,
        kind: String,
    }
    let changes = serde_json::from_str::<Guarded>(json).map_or_else(|_| Vec::new(), |found| found.guard.changes);
    changes.into_iter().filter(|change| change.kind == "removed").map(|change| change.gate).collect()
}

/// Returns the words about the mlgate of another version that wrote a report; `None` if it is this one, or no mlgate.
fn written_by(json: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Written {
        tool: Tool,
    }
    let tool = serde_json::from_str::<Written>(json).ok()?.tool;
    let this = env!("CARGO_PKG_VERSION");
    let is_other = tool.name == "mlgate" && tool.version != this;
    let version: String = tool.version.chars().take(40).collect();
    is_other.then(|| format!("written by mlgate {}, this is {this}", safe::sentence(&version)))
}

fn agrees<S>(report: &Report<S>) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for gate in &report.gates {
        if !ids.insert(gate.id.as_str()) {
            return Err(format!("it contains {} twice", named(gate)));
        }
        let name = named(gate);
        let is_nobody = |waiver: &WaiverResult| waiver.owner.trim().is_empty() || waiver.reason.trim().is_empty();
        if gate.waiver.as_ref().map_or(gate.effect == Effect::Waived, is_nobody) {
            return Err(format!("{name} is waived without an owner or a reason"));
        }
        if !follows(gate) {
            return Err(format!("the effect of {name} does not follow from its verdict, its severity and its waiver"));
        }
        let lists_rows = !gate.first_rows.is_empty() || !gate.broken_values.is_empty();
        if gate.verdict == Verdict::Pass && lists_rows {
            return Err(format!("{name} passes, but lists rows that break it"));
        }
    }
    if counts(&report.gates) != report.counts {
        return Err("the counts do not match the gates".to_owned());
    }
    if report.guard.as_ref().is_some_and(|guard| !guard.follows()) {
        return Err("the effect of the guard does not follow from what it found".to_owned());
    }
    if overall(&report.gates, &report.notes, report.guard.as_ref()) != report.verdict {
        return Err("the verdict does not match the gates".to_owned());
    }
    // The run may have requested an exit code for warnings.
    let warned = report.verdict == Overall::Warn && report.exit_code == 3;
    if report.exit_code != report.verdict.exit_code() && !warned {
        return Err("the exit code does not match the verdict".to_owned());
    }
    Ok(())
}

/// Returns true if a gate's effect is possible with its verdict, its severity and its waiver. A report does not contain
/// `on_inconclusive`, so every value of it is considered.
fn follows(gate: &GateResult) -> bool {
    let effects = OnInconclusive::ALL.map(|on| gate.verdict.effect(gate.severity, on));
    effects.into_iter().any(|effect| match &gate.waiver {
        Some(waiver) => weigh(waiver.has_ended, gate.verdict, effect) == (gate.verdict, gate.effect),
        None => effect == gate.effect,
    })
}

/// Checks a waiver against the calendar.
fn holds(waiver: &WaiverResult, now: i64) -> Result<(), String> {
    let shown = safe::sentence(&waiver.until);
    let Ok(until) = NaiveDate::parse_from_str(&waiver.until, "%Y-%m-%d") else {
        return Err(format!("its waiver ends on `{shown}`, which is not a date"));
    };
    if until.to_string() != waiver.until {
        return Err(format!("its waiver ends on `{shown}`, which is not a date written as in 2026-01-31"));
    }
    if !waiver.has_ended && waiver::day(now).is_none_or(|today| today > until) {
        return Err(format!("its waiver ended on {shown}, but still counts"));
    }
    if waiver::latest(now).is_some_and(|latest| until > latest) {
        return Err(format!("its waiver ends on {shown}; limit: {MOST_DAYS} days from now"));
    }
    Ok(())
}

fn named(gate: &GateResult) -> String {
    format!("`{}`", safe::sentence(&gate.id))
}
