//! The rows of the page: finished Markdown in which text of the report is inert.

use crate::plural::counted;
use crate::report::document::{ExploredMetricResult, GateResult, GroupEstimate, Note, SliceSearchResult, Unit};
use crate::report::explored::{ExploredFigures, without_number};
use crate::report::figures::{Figures, GroupFigures, label};
use crate::report::found_slices;
use crate::report::group_tables::GroupTable;
use crate::report::message::left_out_of_gate;
use crate::report::number;
use crate::report::safe::{code_span, prose};

/// Maximum number of gates that are named with one message.
const FEW_GATES: usize = 20;
/// Maximum number of groups of one gate, and of slices of one metric.
const FEW_GROUPS: usize = 30;

/// Returns the row of a gate that needs no attention: its numbers and its limit.
pub(super) fn gate(gate: &GateResult) -> String {
    let change = Figures::of(gate).change_with_interval().unwrap_or_default();
    let (name, bound) = (code_span(&label(gate), true), code_span(&gate.bound, true));
    let (numbers, counted) = levels(gate, true);
    let left_out = left_out_of_gate(gate);
    let left_out = if left_out.is_empty() { left_out } else { format!("<br>{}", prose(&left_out, true)) };
    let policy = demanded(gate).map(|words| format!("<br>{words}")).unwrap_or_default();
    format!("| {name} | {numbers}{counted} | {} | {bound}{policy}{left_out} |", unbroken(&change))
}

/// Returns the item of a gate that needs attention: its numbers and its message. The item is a list item on one line,
/// because no line may start with text of the report; a table with sentences would have very narrow columns on a phone.
pub(super) fn finding(gate: &GateResult) -> String {
    let mut lines = vec![format!("- {}", code_span(&label(gate), false))];
    let (numbers, counted) = levels(gate, false);
    if !numbers.is_empty() {
        lines[0] = format!("{} · **{numbers}**{counted}", lines[0]);
    }
    let words = [Some(gate.message.as_str()), Figures::of(gate).remark()].into_iter().flatten();
    lines.extend(words.filter(|words| !words.is_empty()).map(|words| prose(words, false)));
    lines.extend(demanded(gate));
    lines.join("<br>")
}

/// Returns the policy that demands a gate, in words.
fn demanded(gate: &GateResult) -> Option<String> {
    gate.demanded_by().map(|policy| format!("demanded by the policy {}", code_span(policy, true)))
}

/// Returns both sides' numbers, followed by the noun of what they count.
fn levels(gate: &GateResult, in_table: bool) -> (String, String) {
    let numbers = unbroken(&Figures::of(gate).numbers());
    match &gate.counts {
        Some(counts) if !numbers.is_empty() => (numbers, format!(" {}", prose(counts, in_table))),
        _ => (numbers, String::new()),
    }
}

/// Returns numbers with non-breaking spaces: a narrow column would separate an arrow from its numbers.
fn unbroken(numbers: &str) -> String {
    numbers.replace(' ', "&nbsp;")
}

/// Returns the item of gates without a number that share a message, as a list item on one line.
pub(super) fn reason(gates: &[&GateResult]) -> String {
    let names = named(gates, |gate| code_span(&label(gate), false), ", ");
    let words = gates.first().map(|gate| prose(&gate.message, false)).filter(|words| !words.is_empty());
    format!("- {names}{}", words.map(|words| format!("<br>{words}")).unwrap_or_default())
}

/// Returns a note as a list item.
pub(super) fn note(note: &Note) -> String {
    let place = format!("{}:{}:{}", note.at.file, note.at.line, note.at.column);
    let id = format!("- {} at {}", code_span(&note.id, false), code_span(&place, false));
    let help = (!note.help.is_empty()).then(|| format!("**What to do:** {}", prose(&note.help, false)));
    [id, prose(&note.message, false)].into_iter().chain(help).collect::<Vec<_>>().join("<br>")
}

/// Returns the gates' places in the config with shared advice, as a list item on one line that starts with mlgate's own
/// mark.
pub(super) fn advice(help: &str, gates: &[&GateResult]) -> String {
    let places = named(
        gates,
        |gate| {
            let place = format!("{}:{}:{}", gate.at.file, gate.at.line, gate.at.column);
            format!("{} at {}", code_span(&gate.id, false), code_span(&place, false))
        },
        "<br>",
    );
    if help.is_empty() { format!("- {places}") } else { format!("- {places}<br>→ {}", prose(help, false)) }
}

/// Returns the first gates' names, and the number of the others.
fn named(gates: &[&GateResult], name: impl Fn(&GateResult) -> String, between: &str) -> String {
    let mut names: Vec<_> = gates.iter().take(FEW_GATES).map(|gate| name(gate)).collect();
    let rest = gates.len().saturating_sub(FEW_GATES);
    if rest > 0 {
        names.push(format!("and {rest} more"));
    }
    names.join(between)
}

/// Returns the sentence above a table of groups: the gates, and the definition of their number.
pub(super) fn of_groups(gates: &[&GateResult]) -> String {
    let names = named(gates, |gate| code_span(&label(gate), false), ", ");
    let meaning = gates.first().map(|gate| prose(gate.definition.split(';').next().unwrap_or_default(), false));
    let meaning = meaning.filter(|meaning| !meaning.is_empty()).map(|meaning| format!("<br>{meaning}"));
    format!("Groups of {names}:{}", meaning.unwrap_or_default())
}

/// Returns the table of a gate's groups.
pub(super) fn groups(table: &GroupTable<'_>) -> String {
    let (names, figures, heads) = (table.groups(), table.rows(FEW_GROUPS), table.head());
    let value = if table.unit() == Unit::Metric { "value" } else { "rate" };
    let columns = MarkdownColumns {
        compares: !heads.baseline.is_empty(),
        gap: !heads.gap.is_empty(),
        more: !heads.more.is_empty(),
        notes: figures.iter().any(|figures| !figures.note.is_empty()),
    };
    let mut head = format!("| group | n |{} {value} | interval |", if columns.compares { " baseline |" } else { "" });
    let mut rule = format!("|---|--:|{}--:|--:|", if columns.compares { "--:|" } else { "" });
    if columns.gap {
        head = format!("{head} {} |", heads.gap);
        rule.push_str("---|");
    }
    if columns.more {
        head = format!("{head} {} |", heads.more);
        rule.push_str("--:|");
    }
    if columns.notes {
        head.push_str("  |");
        rule.push_str("---|");
    }
    let mut lines = vec![head, rule];
    lines.extend(names.iter().zip(&figures).map(|(group, figures)| group_row(group, figures, columns)));
    let rest = names.len().saturating_sub(FEW_GROUPS);
    if rest > 0 {
        lines.push(format!("\n… {}", counted(rest as u64, "more group")));
    }
    lines.join("\n")
}

/// The optional columns of a table of groups.
#[derive(Debug, Clone, Copy)]
struct MarkdownColumns {
    compares: bool,
    gap: bool,
    more: bool,
    notes: bool,
}

fn group_row(group: &GroupEstimate, figures: &GroupFigures, columns: MarkdownColumns) -> String {
    let name =
        group.group.iter().chain(&group.measure).map(|value| code_span(value, true)).collect::<Vec<_>>().join(" · ");
    let baseline = if columns.compares { format!(" {} |", figures.baseline) } else { String::new() };
    // In code, all characters of a bar have the same width.
    let gap = match figures.gap.split_once("  ") {
        Some((bar, number)) => format!("`{bar}`&nbsp;{}", unbroken(number)),
        None => unbroken(&figures.gap),
    };
    let gap = if columns.gap { format!(" {gap} |") } else { String::new() };
    let gap = if columns.more { format!("{gap} {} |", unbroken(&figures.more)) } else { gap };
    let note = if columns.notes { format!(" {} |", prose(&figures.note, true)) } else { String::new() };
    format!("| {name} | {} |{baseline} {} | {} |{gap}{note}", figures.n, figures.rate, unbroken(&figures.interval))
}

/// Returns the table of a metric's slices under a sentence that names both.
pub(super) fn explored(table: &ExploredMetricResult) -> String {
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
        lines.push(format!("\n… {}", counted(rest as u64, "more slice")));
    }
    lines.extend(without_number(table, FEW_GROUPS).into_iter().map(|words| format!("\n{}", prose(&words, false))));
    lines.join("\n")
}

/// Returns a list of the slices in which a model got worse, each with the line of config that watches it.
pub(super) fn found_slices(search: &SliceSearchResult) -> String {
    let mut lines = vec![prose(&found_slices::title(search), false), String::new()];
    for slice in &search.slices {
        let (name, watch) = (code_span(&slice.slice, false), code_span(&slice.watch, false));
        lines.push(format!("- {name} {}<br>watch it: {watch}", prose(&found_slices::facts(search, slice), false)));
    }
    lines.extend(found_slices::rest(search).map(|rest| format!("\n{}", prose(&rest, false))));
    lines.extend(found_slices::attribution(search).iter().map(|said| format!("\n{}", prose(said, false))));
    lines.join("\n")
}

/// Returns the evidence of a gate, as a row of a table.
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
