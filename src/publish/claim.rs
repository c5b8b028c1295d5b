//! Reports of other runs. They are claims: a report must at least be consistent. Fields that this version does not know are
//! let through, because the workflow that publishes may be older than the one that measures.
//!
//! Nothing can prove that the numbers are right, since the change could tamper with the measurement. Everything that is
//! shown is rendered here, from a report whose verdict follows from its gates.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::nodes::Outline;
use crate::gate::verdict::{Effect, OnInconclusive, Verdict};
use crate::gate::waiver::{self, MOST_DAYS, weigh};
use crate::report::model::{GateResult, Overall, REPORT_VERSION, Report, Tool, WaiverResult};
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
    /// The text is no report.
    #[error("this is no report of mlgate's: {0}")]
    NoReport(String),
    /// The report has another version.
    #[error("the report has version {0}, and this mlgate reads version {REPORT_VERSION}; {1}")]
    Version(u32, String),
    /// The report of another mlgate contains something that this one does not know.
    #[error("the report cannot be read: {0}; {1}")]
    Other(String, String),
    /// The report contradicts its gates.
    #[error("the report contradicts itself: {0}")]
    Contradiction(String),
    /// The report contains a date that was valid when it was measured and is not any more, or that was never valid.
    #[error("the report does not hold now: {0}; run the gate again")]
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
    let report: Report<S> = serde_json::from_str(json).map_err(|error| match (written_by(json), no_report(error)) {
        (Some(by), ClaimError::NoReport(why)) => ClaimError::Other(why, by),
        (_, error) => error,
    })?;
    if report.tool.name != "mlgate" {
        return Err(ClaimError::NoReport("another tool wrote it".to_owned()));
    }
    if report.gates.len() > MOST_GATES {
        return Err(ClaimError::NoReport(format!("it has more than {MOST_GATES} gates")));
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
        changes: Vec<Change>,
    }
    #[derive(Deserialize)]
    struct Change {
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
            return Err(format!("{} is there twice", named(gate)));
        }
        let name = named(gate);
        let is_nobody = |waiver: &WaiverResult| waiver.owner.trim().is_empty() || waiver.reason.trim().is_empty();
        if gate.waiver.as_ref().map_or(gate.effect == Effect::Waived, is_nobody) {
            return Err(format!("{name} is waived by nobody, or for no reason"));
        }
        if !follows(gate) {
            return Err(format!("the effect of {name} does not follow from its verdict, its severity and its waiver"));
        }
        if gate.verdict == Verdict::Pass && !gate.first_rows.is_empty() {
            return Err(format!("{name} passes, and names rows that break it"));
        }
    }
    if counts(&report.gates) != report.counts {
        return Err("the counts are not those of the gates".to_owned());
    }
    if overall(&report.gates, &report.notes) != report.verdict {
        return Err("the verdict is not that of the gates".to_owned());
    }
    // The run may have requested an exit code for warnings.
    let warned = report.verdict == Overall::Warn && report.exit_code == 3;
    if report.exit_code != report.verdict.exit_code() && !warned {
        return Err("the exit code is not that of the verdict".to_owned());
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
        return Err(format!("its waiver ends on `{shown}`, which is no day"));
    };
    if until.to_string() != waiver.until {
        return Err(format!("its waiver ends on `{shown}`, which is no day; limit: written as in 2026-01-31"));
    }
    if !waiver.has_ended && waiver::day(now).is_none_or(|today| today > until) {
        return Err(format!("its waiver ended on {shown}, and counts as if it had not"));
    }
    if waiver::latest(now).is_some_and(|latest| until > latest) {
        return Err(format!("its waiver ends on {shown}; limit: {MOST_DAYS} days from now"));
    }
    Ok(())
}

fn named(gate: &GateResult) -> String {
    format!("`{}`", safe::sentence(&gate.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Severity;
    use crate::report::model::Counts;
    use crate::report::{Format, RenderOptions, render, sample};

    /// The time 2026-06-01, in microseconds since 1970.
    const NOW: i64 = 1_780_272_000_000_000;

    fn read(json: &str) -> Result<Report, ClaimError> {
        super::read(json, NOW)
    }

    fn json(report: &Report) -> String {
        render(report, Format::Json, &RenderOptions::default()).expect("the sample has a JSON form")
    }

    fn sample() -> Report {
        with(|_| {})
    }

    /// Returns the sample report after a change of its gates, with consistent counts and verdict.
    fn with(change: impl FnOnce(&mut Vec<GateResult>)) -> Report {
        let mut report = sample::report();
        change(&mut report.gates);
        report.counts = counts(&report.gates);
        report.verdict = overall(&report.gates, &report.notes);
        report.exit_code = report.verdict.exit_code();
        report
    }

    /// Returns the reason a report is refused.
    fn why(report: &Report) -> String {
        read(&json(report)).map_or_else(|error| error.to_string(), |_| "it is taken".to_owned())
    }

    #[test]
    fn a_report_of_our_own_is_taken_as_it_is() {
        assert_eq!(read(&json(&sample())), Ok(sample()));
    }

    #[test]
    fn a_verdict_that_does_not_follow_is_not_taken() {
        let mut pass = sample();
        (pass.verdict, pass.exit_code) = (Overall::Pass, 0);
        assert_eq!(why(&pass), "the report contradicts itself: the verdict is not that of the gates");
        let mut code = sample();
        code.exit_code = 0;
        assert_eq!(why(&code), "the report contradicts itself: the exit code is not that of the verdict");
        let mut counts = sample();
        counts.counts.fail = 0;
        assert_eq!(why(&counts), "the report contradicts itself: the counts are not those of the gates");
        let mut none = sample();
        none.gates.clear();
        none.counts = Counts::default();
        (none.verdict, none.exit_code) = (Overall::Pass, 0);
        assert!(matches!(read(&json(&none)), Err(ClaimError::Contradiction(_))));
    }

    #[test]
    fn an_effect_that_does_not_follow_is_not_taken() {
        let forged = |verdict, severity, effect| {
            why(&with(|gates| {
                gates.retain(|gate| gate.waiver.is_none());
                (gates[0].verdict, gates[0].severity, gates[0].effect) = (verdict, severity, effect);
            }))
        };
        let refused = "the report contradicts itself: the effect of `data.train.rows` does not follow \
                       from its verdict, its severity and its waiver";
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            for verdict in [
                Verdict::Pass,
                Verdict::Fail,
                Verdict::Inconclusive,
                Verdict::NotApplicable,
                Verdict::NoBaseline,
                Verdict::Error,
            ] {
                for effect in [Effect::Blocks, Effect::Warns, Effect::Waived, Effect::None] {
                    let follows = OnInconclusive::ALL.iter().any(|on| verdict.effect(severity, *on) == effect);
                    let said = forged(verdict, severity, effect);
                    if follows {
                        assert_eq!(said, "it is taken", "{verdict:?} {severity:?} {effect:?}");
                    } else if effect == Effect::Waived {
                        assert!(said.contains("is waived by nobody"), "{said}");
                    } else {
                        assert_eq!(said, refused, "{verdict:?} {severity:?} {effect:?}");
                    }
                }
            }
        }
    }

    fn waived(change: impl Fn(&mut GateResult)) -> String {
        why(&with(|gates| gates.iter_mut().filter(|gate| gate.waiver.is_some()).for_each(change)))
    }

    fn with_waiver(change: impl Fn(&mut WaiverResult)) -> String {
        waived(|gate| gate.waiver.iter_mut().for_each(&change))
    }

    #[test]
    fn a_waiver_that_does_not_count_is_not_taken() {
        for (said, part) in [
            (waived(|gate| gate.waiver = None), "is waived by nobody"),
            (with_waiver(|waiver| waiver.owner = " ".to_owned()), "is waived by nobody"),
            (with_waiver(|waiver| waiver.reason.clear()), "for no reason"),
            (with_waiver(|waiver| waiver.has_ended = true), "does not follow from its verdict"),
            (with_waiver(|waiver| waiver.until = "2026-05-31".to_owned()), "its waiver ended on 2026-05-31"),
            (with_waiver(|waiver| waiver.until = "2027-06-03".to_owned()), "limit: 366 days from now"),
            (with_waiver(|waiver| waiver.until = "never".to_owned()), "is no day"),
            (with_waiver(|waiver| waiver.until = "2026-6-3".to_owned()), "is no day"),
            // A waiver that has ended blocks at any verdict, so it cannot let a gate pass.
            (waived(|gate| gate.waiver.iter_mut().for_each(|waiver| waiver.has_ended = true)), "does not follow"),
            (
                waived(|gate| {
                    gate.waiver.iter_mut().for_each(|waiver| waiver.has_ended = true);
                    (gate.verdict, gate.effect) = (Verdict::Pass, Effect::None);
                }),
                "does not follow",
            ),
            // A waived gate that could not be evaluated blocks.
            (waived(|gate| gate.verdict = Verdict::Error), "does not follow"),
            // A waived gate that fails has an effect.
            (waived(|gate| gate.effect = Effect::None), "does not follow"),
        ] {
            assert!(said.contains(part), "{said}, and not {part}");
        }
        for until in ["2026-06-01", "2027-06-02"] {
            assert_eq!(with_waiver(|waiver| waiver.until = until.to_owned()), "it is taken");
        }
        let ended = waived(|gate| {
            gate.waiver.iter_mut().for_each(|waiver| {
                (waiver.has_ended, waiver.until) = (true, "2026-05-31".to_owned());
            });
            (gate.verdict, gate.effect) = (Verdict::Fail, Effect::Blocks);
        });
        assert_eq!(ended, "it is taken");
    }

    #[test]
    fn a_gate_that_is_there_twice_is_not_taken() {
        let twice = with(|gates| gates.push(gates[0].clone()));
        assert!(why(&twice).contains("`data.train.rows` is there twice"), "{}", why(&twice));
        let rows = with(|gates| {
            gates[0].first_rows = vec![1];
            (gates[0].verdict, gates[0].effect) = (Verdict::Pass, Effect::None);
        });
        assert!(why(&rows).contains("passes, and names rows that break it"), "{}", why(&rows));
    }

    #[test]
    fn states_are_read_only_where_they_are_wanted() {
        let states = json(&sample()).replacen('{', "{\"states\": {\"a\": [1, []]},", 1);
        assert_eq!(read(&states), Ok(sample()));
        let whole = read_with_states(&states, NOW).map(|report| report.states.map(|states| states.to_string()));
        assert_eq!(whole, Ok(Some("{\"a\":[1,[]]}".to_owned())));
    }

    #[test]
    fn a_report_of_more_values_than_any_has_is_not_built() {
        let many = "[],".repeat(usize::try_from(MOST_NODES).expect("it fits") + 1);
        let more = json(&sample()).replacen('{', &format!("{{\"surprise\": [{many}0],"), 1);
        assert!(matches!(read(&more), Err(ClaimError::NoReport(why)) if why.contains("limit: 10000000")));
    }

    #[test]
    fn what_a_newer_version_adds_is_let_through() {
        // A new field at every depth, and a new counter.
        let mut report: serde_json::Value = serde_json::from_str(&json(&sample())).expect("it is JSON");
        add(&mut report);
        assert_eq!(read(&report.to_string()), Ok(sample()));
        let newer = |name: &str, from: &str, to: &str| {
            let this = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
            let text = json(&sample()).replacen(&this, "\"version\": \"9.8.7\"", 1).replacen(from, to, 1);
            let said = read(&text.replacen("\"name\": \"mlgate\"", &format!("\"name\": \"{name}\""), 1));
            said.map_or_else(|error| error.to_string(), |_| "it is taken".to_owned())
        };
        let by = format!("written by mlgate 9.8.7, this is {}", env!("CARGO_PKG_VERSION"));
        assert_eq!(newer("mlgate", "", ""), "it is taken");
        let verdict = newer("mlgate", "\"verdict\": \"pass\"", "\"verdict\": \"splendid\"");
        assert!(verdict.ends_with(&by) && verdict.contains("splendid"), "{verdict}");
        let version = newer("mlgate", "\"version\": 1", "\"version\": 2");
        assert!(version.contains("version 2") && version.ends_with(&by), "{version}");
        assert!(newer("other", "", "").contains("another tool wrote it"));
    }

    fn add(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Array(items) => items.iter_mut().for_each(add),
            // The subject is a map of names, all of which count.
            serde_json::Value::Object(fields) => {
                for (_, value) in fields.iter_mut().filter(|(name, _)| *name != "subject") {
                    add(value);
                }
                fields.insert("of_a_newer_version".to_owned(), serde_json::json!({"x": [1]}));
            }
            _ => {}
        }
    }

    #[test]
    fn what_is_no_report_is_not_read_halfway() {
        for text in ["", "[]", "{}", "null", "{\"version\": 1}", "{\"version\": \"1\"}"] {
            assert!(matches!(read(text), Err(ClaimError::NoReport(_))), "{text}");
        }
        assert!(matches!(read("{\"version\": 2}"), Err(ClaimError::Version(2, _))));
        let infinite = json(&sample()).replacen("400.0", "1e999", 1);
        assert!(matches!(read(&infinite), Err(ClaimError::NoReport(_))));
        assert!(matches!(read(&"[".repeat(100_000)), Err(ClaimError::NoReport(_))));
    }
}
