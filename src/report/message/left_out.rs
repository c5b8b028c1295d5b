//! Clauses on slices and groups that take no part in a verdict.

use super::super::document::GateResult;
use crate::gate::judge::{Absence, group_name};
use crate::plural::counted;

/// Maximum number of slices or groups that a sentence names.
const NAMED: usize = 20;

/// Returns the clause on slices or groups whose number is undefined, grouped by reason, or `None` if there are none.
/// `of_all` is the number of parts that are not small, and `noun` is their noun.
pub(super) fn undefined(parts: &[(String, &Absence)], of_all: usize, noun: &str) -> Option<String> {
    let lacking: Vec<&(String, &Absence)> = parts.iter().filter(|(_, why)| why.is_error()).collect();
    let alone: Vec<String> =
        lacking.iter().filter(|(_, why)| **why == Absence::OneCluster).map(|(name, _)| name.clone()).collect();
    if !alone.is_empty() && alone.len() == of_all {
        return Some(format!("every {noun} is a single cluster, so its variance is unknown"));
    }
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, why) in lacking {
        let Absence::Undefined(why) = why else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == why.as_str()) {
            Some((_, names)) => names.push(name.clone()),
            None => reasons.push((why, vec![name.clone()])),
        }
    }
    let mut told: Vec<String> = reasons.into_iter().map(|(why, names)| format!("{}: {why}", listed(&names))).collect();
    if !alone.is_empty() {
        let (is, its) = if alone.len() == 1 { ("is", "its") } else { ("are each", "their") };
        told.push(format!("{} {is} a single cluster, so {its} variance is unknown", listed(&alone)));
    }
    (!told.is_empty()).then(|| told.join("; "))
}

/// Returns the clauses on slices or groups that should have taken part, each kind after a semicolon.
pub(super) fn missed(parts: &[(String, &Absence)], min_n: u64) -> String {
    let named = |wanted: &Absence| -> Vec<String> {
        parts.iter().filter(|(_, why)| *why == wanted).map(|(name, _)| name.clone()).collect()
    };
    let mut text = String::new();
    for (kind, words) in [
        (
            Absence::Shrunk,
            format!(
                "the candidate's predictions leave fewer than {} in the denominator, unlike the baseline's: ",
                counted(min_n, "row")
            ),
        ),
        (Absence::Appeared, "new, without a baseline: ".to_owned()),
        (Absence::Vanished, "gone: ".to_owned()),
    ] {
        let names = named(&kind);
        if !names.is_empty() {
            text = format!("{text}; {words}{}", listed(&names));
        }
    }
    text
}

/// Returns the first names, and the number of the others.
pub(in crate::report) fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names[..names.len().min(NAMED)].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Returns the line under a passing gate: the groups or slices that took no part, grouped by reason.
pub(in crate::report) fn of_gate(gate: &GateResult) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for group in &gate.groups {
        let Some(why) = &group.left_out else { continue };
        let name = format!("`{}`", group_name(gate.subject.get("by").map(String::as_str), &group.group));
        let more = [group.measure.clone(), group.candidate.n.map(|n| counted(n, "row"))];
        let more: Vec<String> = more.into_iter().flatten().collect();
        let name = if more.is_empty() { name } else { format!("{name} ({})", more.join(", ")) };
        match reasons.iter_mut().find(|(known, _)| *known == why.as_str()) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let told: Vec<String> = reasons.into_iter().map(|(why, names)| format!("{}: {why}", listed(&names))).collect();
    if told.is_empty() { String::new() } else { format!("left out: {}", told.join("; ")) }
}
