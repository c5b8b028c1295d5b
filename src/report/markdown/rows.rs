//! One row of the page each: finished Markdown in which text of the report means nothing.

use crate::report::explored::ExploredFigures;
use crate::report::figures::{Figures, GroupFigures};
use crate::report::model::{ExploredMetric, GateResult, GroupEstimate, Note, Unit};
use crate::report::number;
use crate::report::safe::{code_span, prose};
use crate::report::sections::Section;

/// The gates that are named with one message.
const FEW_GATES: usize = 20;
/// The groups of one gate that are shown.
const FEW_GROUPS: usize = 30;

/// A gate with its numbers, in a table.
pub(super) fn gate(gate: &GateResult) -> String {
    let figures = Figures::of(gate);
    let change = figures.change_with_interval().unwrap_or_default();
    let [levels, change] = [figures.levels(), change].map(|numbers| unbroken(&numbers));
    format!("| {} | {levels} | {change} | {} |", code_span(&gate.id, true), code_span(&gate.bound, true))
}

/// Numbers on one line: a narrow column would part an arrow from its ends.
fn unbroken(numbers: &str) -> String {
    numbers.replace(' ', "&nbsp;")
}

/// What was found, and what to do: an item of a list, on one line, since a line must not start with what a report says.
pub(super) fn reason(section: Section, gates: &[&GateResult]) -> String {
    let ids = gates.iter().take(FEW_GATES).map(|gate| code_span(&gate.id, false)).collect::<Vec<_>>().join(", ");
    let rest = gates.len().saturating_sub(FEW_GATES);
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    let mut lines = vec![format!("- {ids}{rest}")];
    let Some(gate) = gates.first() else {
        return lines.concat();
    };
    let figures = Figures::of(gate);
    lines.push(prose(&gate.message, false));
    lines.extend(figures.remark().map(|remark| prose(remark, false)));
    if section.is_open() {
        if section.takes_help() && !gate.help.is_empty() {
            lines.push(format!("**What to do:** {}", prose(&gate.help, false)));
        }
        let place = format!("{}:{}:{}", gate.at.file, gate.at.line, gate.at.column);
        lines[0] = format!("{} at {}", lines[0], code_span(&place, false));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("<br>")
}

/// Something besides the gates, as an item of a list.
pub(super) fn note(note: &Note) -> String {
    let place = format!("{}:{}:{}", note.at.file, note.at.line, note.at.column);
    let id = format!("- {} at {}", code_span(&note.id, false), code_span(&place, false));
    let help = (!note.help.is_empty()).then(|| format!("**What to do:** {}", prose(&note.help, false)));
    [id, prose(&note.message, false)].into_iter().chain(help).collect::<Vec<_>>().join("<br>")
}

/// The table of a gate's groups under a sentence that names the gate.
pub(super) fn groups(gate: &GateResult) -> String {
    let compares = gate.groups.iter().any(|group| group.baseline.is_some());
    let value = if gate.group_unit.unwrap_or(gate.unit) == Unit::Metric { "value" } else { "rate" };
    let gap = GroupFigures::head(gate).gap;
    let mut head = format!("| group | n |{} {value} | interval |", if compares { " baseline |" } else { "" });
    let mut rule = format!("|---|--:|{}--:|--:|", if compares { "--:|" } else { "" });
    if !gap.is_empty() {
        head = format!("{head} {gap} |");
        rule.push_str("---|");
    }
    let mut lines = vec![format!("Groups of {}:\n", code_span(&gate.id, false)), head + " |", rule + "---|"];
    lines.extend(gate.groups.iter().take(FEW_GROUPS).map(|group| group_row(gate, group, compares)));
    let rest = gate.groups.len().saturating_sub(FEW_GROUPS);
    if rest > 0 {
        lines.push(format!("\n… {} more groups", number::rows(rest as u64)));
    }
    lines.join("\n")
}

fn group_row(gate: &GateResult, group: &GroupEstimate, compares: bool) -> String {
    let name =
        group.group.iter().chain(&group.measure).map(|value| code_span(value, true)).collect::<Vec<_>>().join(" · ");
    let figures = GroupFigures::of(group, gate);
    let baseline = if compares { format!(" {} |", figures.baseline) } else { String::new() };
    let has_gap = !GroupFigures::head(gate).gap.is_empty();
    let gap = if has_gap { format!(" {} |", unbroken(&figures.gap)) } else { String::new() };
    let note = prose(&figures.note, true);
    format!("| {name} | {} |{baseline} {} | {} |{gap} {note} |", figures.n, figures.rate, unbroken(&figures.interval))
}

/// The table of a metric's slices under a sentence that names both.
pub(super) fn explored(table: &ExploredMetric) -> String {
    let head = ExploredFigures::head(table);
    let names = [&table.model, &table.metric].map(|name| code_span(name, false));
    let lost: String = table.lost.iter().map(|why| format!("<br>not looked at: {}", prose(why, false))).collect();
    let mut lines = vec![format!("Slices of {} by {}:{lost}\n", names[0], names[1])];
    if !table.slices.is_empty() {
        lines.push(format!("| slice | n | {} | {} | {} | |", head.levels, head.interval, head.chance));
        lines.push("|---|--:|--:|--:|--:|---|".to_owned());
    }
    lines.extend(table.slices.iter().take(FEW_GROUPS).map(|slice| {
        let row = ExploredFigures::of(slice);
        let [levels, interval] = [row.levels, row.interval].map(|numbers| unbroken(&numbers));
        let (slice, note) = (code_span(&row.slice, true), prose(&row.note, true));
        format!("| {slice} | {} | {levels} | {interval} | {} | {note} |", row.n, prose(&row.chance, true))
    }));
    let rest = table.slices.len().saturating_sub(FEW_GROUPS);
    if rest > 0 {
        lines.push(format!("\n… {} more slices", number::rows(rest as u64)));
    }
    lines.join("\n")
}

/// What is behind a gate, in a table.
pub(super) fn evidence(gate: &GateResult) -> String {
    let figures = Figures::of(gate);
    let n = gate.candidate.as_ref().and_then(|candidate| candidate.n.map(number::rows)).unwrap_or_default();
    let method = gate.change.as_ref().map(|change| prose(&change.method, true)).unwrap_or_default();
    let place = format!("{}:{}:{}", gate.at.file, gate.at.line, gate.at.column);
    let cells = [
        code_span(&gate.id, true),
        n,
        unbroken(&figures.interval().unwrap_or_default()),
        method,
        figures.detectable().unwrap_or_default(),
        prose(&gate.definition, true),
        code_span(&place, true),
    ];
    format!("| {} |", cells.join(" | "))
}
