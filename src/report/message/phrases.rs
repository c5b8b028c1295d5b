//! Phrases that several messages share.

use super::super::number::{Style, about};
use crate::catalog::Severity;
use crate::gate::judge::Units;
use crate::gate::verdict::Verdict;
use crate::gate::{Gate, Limit};
use crate::plural::{after_one, counted, verb_after_one};
use crate::stats::Estimate;

/// The method of comparing numbers of a file of metrics.
pub(in crate::report) const METRICS_ONLY: &str = "metrics-only: points, no interval";

/// Maximum number of columns or groups that a sentence names.
const NAMED: usize = 5;

/// Returns the message of a gate's page with its placeholders filled in, each once: what is filled in may look like one.
pub(super) fn filled(gate: &Gate, found: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = gate.message.clone();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let named = after.split_once('}').and_then(|(name, behind)| {
            let of_line = || gate.texts.get(name).map(String::as_str);
            let value = found.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).or_else(of_line);
            value.map(|value| (value, behind))
        });
        rest = match named {
            // A page writes for many: `{n} rows`, `{hits} of {n} rows are`. Of `2 of 1 rows` that is right.
            Some((value, behind)) => {
                let is_part =
                    text.strip_suffix(" of ").is_some_and(|text| text.ends_with(|c: char| c.is_ascii_digit()));
                text.push_str(value);
                match value {
                    "1" if behind.starts_with(" of {") => verb_after_one(behind),
                    "1" if !is_part => after_one(behind),
                    _ => behind.to_owned(),
                }
            }
            None => {
                text.push('{');
                after.to_owned()
            }
        };
    }
    text + &rest
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
pub(super) fn ratio(hits: u64, n: u64) -> Option<f64> {
    (n > 0).then(|| hits as f64 / n as f64)
}

/// Returns the first names of a list, and the number of the others.
pub(super) fn listed(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Returns the pairs of numbers that must look different: the limit, and each number that is compared with it.
pub(super) fn between(estimate: &Estimate, limit: Limit) -> [(f64, f64); 3] {
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    [(estimate.value, at), (estimate.interval[0], at), (estimate.interval[1], at)]
}

pub(super) fn against(
    gate: &Gate,
    style: Style,
    (estimate, units): (&Estimate, &Units),
    limit: Limit,
    verdict: Verdict,
    enough: Option<u64>,
) -> String {
    let trust = trust(gate);
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    let [low, high] = estimate.interval.map(|end| style.value(end));
    let at = style.value(at);
    // A note has no limit but a mark.
    let limited = if gate.severity == Severity::Note { "mark" } else { "limit" };
    match (verdict, limit) {
        (Verdict::Pass, Limit::AtLeast(_)) => format!(", at least {low} {trust}; {limited}: at least {at}"),
        (Verdict::Pass, Limit::AtMost(_)) => format!(", at most {high} {trust}; {limited}: at most {at}"),
        (Verdict::Fail, Limit::AtLeast(_)) => format!(", at most {high} {trust}; {limited}: at least {at}"),
        (Verdict::Fail, Limit::AtMost(_)) => format!(", at least {low} {trust}; {limited}: at most {at}"),
        _ => format!(
            "; its {}% interval {} contains the limit {at}{}",
            gate.confidence * 100.0,
            style.interval(estimate.interval),
            decide(units, enough)
        ),
    }
}

/// Returns the confidence of an interval's end.
pub(super) fn trust(gate: &Gate) -> String {
    format!("({}% interval)", gate.confidence * 100.0)
}

/// Returns the reason a gate that fails on its own is inconclusive.
pub(super) fn among(tests: usize) -> String {
    format!(
        "; fails on its own, but not after Holm's correction for {} on the same rows",
        counted(tests as u64, "gate")
    )
}

/// Returns the clause on too few units, and the approximate number that would be enough.
pub(super) fn decide(units: &Units, enough: Option<u64>) -> String {
    let are = if units.count == 1 { "is" } else { "are" };
    let enough = enough.map_or_else(String::new, |enough| format!("; about {} would be enough", about(enough)));
    format!("; {units} {are} too few to decide{enough}")
}
