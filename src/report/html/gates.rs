//! Tables of gates: those that need attention with their messages, and those that do not in folds.

use super::super::figures::{Figures, label};
use super::super::message::left_out_of_gate;
use super::super::number;
use super::markup::{Markup, numbers, words};
use super::{capitalised, section as with_heading};
use crate::catalog::Severity;
use crate::report::document::GateResult;
use crate::report::sections::{Section, by_message};

/// The columns of a table of gates, with the titles that a narrow screen shows beside each number.
const COLUMNS: [&str; 5] = ["Gate", "Baseline", "Candidate", "Change", "Limit"];
/// Maximum number of gates that are named with one message.
const FEW_GATES: usize = 200;

/// Returns the anchor of a section.
pub(super) fn id(section: Section) -> &'static str {
    match section {
        Section::Failed => "failed",
        Section::Errors => "errors",
        Section::Inconclusive => "inconclusive",
        Section::NoBaseline => "no-baseline",
        Section::Warnings => "warnings",
        Section::Waived => "waived",
        Section::Noted => "noted",
        Section::Passed => "passed",
        Section::NotApplicable => "not-applicable",
    }
}

/// Returns the class of a section's colour.
pub(super) fn tone(section: Section) -> &'static str {
    match section {
        Section::Failed | Section::Errors => "fail",
        Section::Inconclusive | Section::NoBaseline | Section::Warnings => "warn",
        Section::Passed => "pass",
        Section::Waived | Section::Noted | Section::NotApplicable => "quiet",
    }
}

/// Writes a section of gates, and what `after` writes; gates that need no attention are in a fold.
pub(super) fn section(page: &mut Markup, section: Section, gates: &[&GateResult], after: impl FnOnce(&mut Markup)) {
    let title = format!("{} ({})", capitalised(section.title()), number::rows(gates.len() as u64));
    let inside = |page: &mut Markup| {
        match section {
            Section::Errors | Section::NoBaseline | Section::NotApplicable => reasons(page, gates),
            _ => table(page, &title, gates, section),
        }
        after(page);
    };
    if section.is_open() || section == Section::Waived {
        with_heading(page, id(section), &title, inside);
    } else {
        page.tag("details", &[("id", id(section)), ("class", "section")], |details| {
            details.tag("summary", &[], |summary| summary.tag("h2", &[], |heading| heading.text(&title)));
            inside(details);
        });
    }
}

/// Writes gates with their numbers. On a narrow screen each row becomes a card; roles keep it a row for a screen reader.
fn table(page: &mut Markup, caption: &str, gates: &[&GateResult], section: Section) {
    page.tag("table", &[("class", "gates"), ("role", "table")], |table| {
        table.told("caption", "hidden", caption);
        table.tag("thead", &[("role", "rowgroup")], |head| {
            head.tag("tr", &[("role", "row")], |row| {
                for (at, title) in COLUMNS.iter().enumerate() {
                    let class = if (1..4).contains(&at) { "n" } else { "t" };
                    row.tag("th", &[("scope", "col"), ("role", "columnheader"), ("class", class)], |it| it.text(title));
                }
            });
        });
        for gate in gates {
            table.tag("tbody", &[("role", "rowgroup")], |body| gate_rows(body, gate, section));
        }
    });
}

/// Writes the numbers of a gate, and below them the words about it.
fn gate_rows(body: &mut Markup, gate: &GateResult, section: Section) {
    let figures = Figures::of(gate);
    let [baseline, candidate] = figures.sides();
    let interval = figures.interval().unwrap_or_default();
    body.tag("tr", &[("role", "row")], |row| {
        row.tag("th", &[("scope", "row"), ("role", "rowheader")], |cell| {
            cell.name(&label(gate));
            if gate.severity == Severity::Warning {
                cell.text(" ");
                cell.told("span", "badge", "warning");
            }
        });
        let cell = |row: &mut Markup, at: usize, inside: &dyn Fn(&mut Markup)| {
            let class = if at < 4 { "n" } else { "t" };
            row.tag("td", &[("role", "cell"), ("class", class), ("data-title", COLUMNS[at])], inside);
        };
        cell(row, 1, &|cell| cell.text(&baseline));
        cell(row, 2, &|cell| {
            cell.text(&candidate);
            if let Some(counts) = gate.counts.as_ref().filter(|_| !candidate.is_empty()) {
                cell.text(" ");
                cell.prose(counts);
            }
        });
        cell(row, 3, &|cell| {
            cell.text(&figures.change().unwrap_or_default());
            if !interval.is_empty() && gate.change.is_some() {
                cell.text(" ");
                cell.told("small", "", &interval);
            }
        });
        cell(row, 4, &|cell| if gate.bound.is_empty() { cell.text("") } else { cell.name(&gate.bound) });
    });
    let is_told = section.is_open() || matches!(section, Section::Waived | Section::Noted);
    let message = if is_told { gate.message.clone() } else { left_out_of_gate(gate) };
    let remark = figures.remark().filter(|_| is_told);
    let policy = gate.demanded_by();
    if message.is_empty() && remark.is_none() && policy.is_none() {
        return;
    }
    body.tag("tr", &[("role", "row"), ("class", "why")], |row| {
        row.tag("td", &[("role", "cell"), ("colspan", "5")], |cell| {
            cell.prose(&message);
            if let Some(remark) = remark {
                cell.text("; ");
                cell.prose(remark);
            }
            if let Some(policy) = policy {
                cell.text(if message.is_empty() { "demanded by the policy " } else { "; demanded by the policy " });
                cell.name(policy);
            }
        });
    });
}

/// Writes gates without numbers; gates with the same message share an item.
fn reasons(page: &mut Markup, gates: &[&GateResult]) {
    page.tag("ul", &[("class", "reasons")], |list| {
        for same in by_message(gates) {
            list.tag("li", &[], |item| {
                for (at, gate) in same.iter().take(FEW_GATES).enumerate() {
                    item.text(if at == 0 { "" } else { ", " });
                    item.name(&label(gate));
                }
                if same.len() > FEW_GATES {
                    item.text(&format!(" and {} more", number::rows((same.len() - FEW_GATES) as u64)));
                }
                if let Some(gate) = same.first().filter(|gate| !gate.message.is_empty()) {
                    item.tag("p", &[], |words| words.prose(&gate.message));
                }
            });
        }
    });
}

/// Writes the evidence behind every number.
pub(super) fn evidence(page: &mut Markup, gates: &[GateResult]) {
    let measured: Vec<&GateResult> = gates.iter().filter(|gate| gate.candidate.is_some()).collect();
    if measured.is_empty() {
        return;
    }
    page.tag("details", &[("class", "section"), ("id", "evidence")], |details| {
        details.tag("summary", &[], |summary| summary.tag("h2", &[], |heading| heading.text("Evidence")));
        let columns = [
            words("Gate"),
            numbers("n"),
            numbers("Interval"),
            words("Method"),
            numbers("Detectable"),
            words("Defined as"),
            words("Place"),
        ];
        details.table("What each number is, and how its interval was computed", &columns, |rows| {
            for gate in measured {
                let figures = Figures::of(gate);
                rows.tag("tr", &[], |row| {
                    row.row_name(&gate.id);
                    let n = gate.candidate.as_ref().and_then(|candidate| candidate.n);
                    row.number(&n.map(number::rows).unwrap_or_default());
                    row.number(&figures.interval().unwrap_or_default());
                    row.cell(gate.change.as_ref().map_or("", |change| &change.method));
                    row.number(&figures.detectable().unwrap_or_default());
                    row.cell(&gate.definition);
                    row.tag("td", &[], |cell| cell.name(&place(gate)));
                });
            }
        });
    });
}

/// Returns the place of a gate in the config.
pub(super) fn place(gate: &GateResult) -> String {
    format!("{}:{}:{}", gate.at.file, gate.at.line, gate.at.column)
}
