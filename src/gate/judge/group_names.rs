//! Groups by their names, and the message where they cannot be compared.

use super::super::Gate;
use crate::plural::counted;
use crate::stats::{GroupComparison, GroupMeasure, GroupReference, Reduction, Undefined};

/// The most groups that a message names.
const MOST_NAMED: usize = 12;

/// Names a group by its columns and values: `sex=f, race=a`. `by` is the grouping as an id has it, `sex+race`.
pub fn group_name(by: Option<&str>, key: &[String]) -> String {
    let columns: Vec<&str> = by.map_or_else(Vec::new, |by| by.split('+').collect());
    if columns.len() != key.len() {
        return key.join(" × ").replace('`', "'");
    }
    let named: Vec<String> = columns.iter().zip(key).map(|(column, value)| format!("{column}={value}")).collect();
    // A name stands between backticks in messages.
    named.join(", ").replace('`', "'")
}

/// Returns the message about groups that cannot be compared.
pub(super) fn incomparable(
    gate: &Gate,
    (measure, reduction): (GroupMeasure, &Reduction),
    compared: &GroupComparison,
    why: Undefined,
) -> String {
    let name = |key: &[String]| format!("`{}`", group_name(gate.subject.get("by").map(String::as_str), key));
    let min_n = gate.min_n;
    if let (Undefined::NoReference, Some(GroupReference::Named(wanted))) = (why, reduction.reference())
        && compared.groups.iter().all(|group| group.key != *wanted)
    {
        let known: Vec<String> = compared.groups.iter().take(MOST_NAMED).map(|group| name(&group.key)).collect();
        let more = if compared.groups.len() > MOST_NAMED { ", …" } else { "" };
        return format!(
            "the groups cannot be compared by {}: there is no group {}, which the others are compared with; the groups are {}{more}",
            measure,
            name(wanted),
            known.join(", ")
        );
    }
    let small = compared.groups.iter().filter(|group| !group.takes_part);
    // The sizes are not shown: a small number of rows reveals individuals.
    let small: Vec<String> = small.map(|group| name(&group.key)).take(5).collect();
    let names = if small.is_empty() {
        String::new()
    } else {
        format!("; fewer than {} in the denominator: {}", counted(min_n, "row"), small.join(", "))
    };
    let with = match (reduction.reference(), compared.groups.iter().filter(|group| group.takes_part).count()) {
        // There are enough groups, and nothing to compare them with.
        (Some(reference @ (GroupReference::Rest | GroupReference::Overall)), 2..) => {
            format!(" with {}", reference.definition())
        }
        _ => String::new(),
    };
    format!("the groups cannot be compared by {measure}{with}: {why}{names}")
}
