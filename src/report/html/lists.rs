//! Lists of the page: the guard's findings, advice, notes, flipped rows, measurements and commands.

use super::super::guard::{headline, listed};
use super::super::number::{self, Style};
use super::gates::place;
use super::markup::{Markup, numbers, words};
use super::{capitalised, section};
use crate::plural::counted;
use crate::report::document::{FlippedRows, FlipsResult, GateResult, GuardResult, MeasurementResult, Note, Unit};
use crate::report::sections::Section;

/// Maximum number of rows of a list; the JSON format has them all.
const MOST_ITEMS: usize = 2_000;
/// Maximum number of gates with the same advice that are named.
const FEW_GATES: usize = 100;

/// Writes what the change does to its own demands.
pub(super) fn guard(page: &mut Markup, guard: &GuardResult) {
    let told = listed(guard);
    if told.is_empty() && guard.effect == crate::gate::verdict::Effect::None {
        return;
    }
    section(page, "guard", "Demands of this change", |page| {
        page.tag("p", &[], |line| {
            let words = headline(guard)
                .unwrap_or_else(|| "the demands of this change are no weaker than those of the other side".to_owned());
            line.tag("b", &[], |it| it.text(&capitalised(&words)));
            if let Some(against) = &guard.against {
                line.text(". Compared with ");
                line.name(against);
            }
            line.text(".");
        });
        page.tag("ul", &[], |list| {
            for note in &guard.notes {
                list.tag("li", &[], |item| item.prose(note));
            }
            for (gates, finding) in &told {
                list.tag("li", &[], |item| {
                    names(item, gates);
                    item.tag("p", &[], |words| words.prose(finding));
                });
            }
        });
    });
}

fn names(item: &mut Markup, all: &[&str]) {
    for (at, name) in all.iter().take(FEW_GATES).enumerate() {
        item.text(if at == 0 { "" } else { ", " });
        item.name(name);
    }
    if all.len() > FEW_GATES {
        item.text(&format!(" and {} more", number::rows((all.len() - FEW_GATES) as u64)));
    }
}

/// Writes the places of the gates that need attention, with advice; gates with the same advice share an item.
pub(super) fn advice(page: &mut Markup, open: &[&(Section, Vec<&GateResult>)]) {
    let mut by_help: Vec<(&str, Vec<&GateResult>)> = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    for (section, gates) in open {
        for gate in gates {
            let help = if section.takes_help() { gate.help.as_str() } else { "" };
            let at = *seen.entry(help).or_insert_with(|| {
                by_help.push((help, Vec::new()));
                by_help.len() - 1
            });
            by_help[at].1.push(gate);
        }
    }
    if by_help.is_empty() {
        return;
    }
    section(page, "advice", "Where, and what to do", |page| {
        page.tag("ul", &[("class", "advice")], |list| {
            for (help, gates) in by_help {
                list.tag("li", &[], |item| {
                    if !help.is_empty() {
                        item.tag("p", &[], |words| words.prose(help));
                    }
                    item.tag("ul", &[], |places| {
                        for gate in gates.iter().take(FEW_GATES) {
                            places.tag("li", &[], |place_of| {
                                place_of.name(&gate.id);
                                place_of.text(" at ");
                                place_of.name(&place(gate));
                            });
                        }
                        if gates.len() > FEW_GATES {
                            let rest = number::rows((gates.len() - FEW_GATES) as u64);
                            places.told("li", "", &format!("and {rest} more"));
                        }
                    });
                });
            }
        });
    });
}

/// Writes notes besides the gates.
pub(super) fn notes(page: &mut Markup, notes: &[&Note]) {
    if notes.is_empty() {
        return;
    }
    section(page, "notes", "Notes", |page| {
        page.tag("ul", &[], |list| {
            for note in notes {
                list.tag("li", &[], |item| {
                    item.name(&note.id);
                    item.text(" at ");
                    item.name(&format!("{}:{}:{}", note.at.file, note.at.line, note.at.column));
                    item.tag("p", &[], |words| words.prose(&note.message));
                    if !note.help.is_empty() {
                        item.tag("p", &[("class", "help")], |words| words.prose(&note.help));
                    }
                });
            }
        });
    });
}

/// Writes the rows on which both sides of a model predict different classes.
pub(super) fn flips(page: &mut Markup, all: &[FlipsResult]) {
    if all.is_empty() {
        return;
    }
    page.tag("details", &[("class", "section"), ("id", "flips")], |details| {
        details.tag("summary", &[], |summary| summary.tag("h2", &[], |heading| heading.text("Flipped rows")));
        for flips in all {
            details.tag("h3", &[], |heading| heading.name(&flips.model));
            if let Some(why) = &flips.undefined {
                details.tag("p", &[], |line| line.prose(why));
            }
            for (kind, rows) in [
                ("became wrong", &flips.broken),
                ("became right", &flips.fixed),
                ("wrong on both sides, with different classes", &flips.changed),
            ] {
                flipped(details, kind, &flips.key, rows);
            }
        }
    });
}

fn flipped(page: &mut Markup, kind: &str, key: &[String], rows: &FlippedRows) {
    let Some(all) = rows.rows.filter(|all| *all > 0) else { return };
    page.told("p", "", &format!("{} {kind}", counted(all, "row")));
    let columns: Vec<_> = key.iter().map(|name| words(name)).collect();
    if rows.keys.is_empty() || columns.is_empty() {
        return;
    }
    page.fold(&format!("The first {}", counted(rows.keys.len() as u64, "key")), |fold| {
        fold.table("Keys of the rows", &columns, |table| {
            for key in rows.keys.iter().take(MOST_ITEMS) {
                table.tag("tr", &[], |row| {
                    for part in key {
                        row.tag("td", &[], |cell| cell.name(part));
                    }
                });
            }
        });
    });
}

/// Writes all measured numbers.
pub(super) fn measurements(page: &mut Markup, all: &[MeasurementResult]) {
    if all.is_empty() {
        return;
    }
    page.tag("details", &[("class", "section"), ("id", "measurements")], |details| {
        details.tag("summary", &[], |summary| summary.tag("h2", &[], |heading| heading.text("All measurements")));
        let columns =
            [words("Of"), words("Side"), words("Measure"), numbers("Value"), numbers("Interval"), numbers("n")];
        details.table("Measured numbers, with or without a gate on them", &columns, |rows| {
            for measurement in all.iter().take(MOST_ITEMS) {
                rows.tag("tr", &[], |row| measured(row, measurement));
            }
        });
        if all.len() > MOST_ITEMS {
            let rest = counted((all.len() - MOST_ITEMS) as u64, "more number");
            details.told("p", "more", &format!("{rest} in the JSON report"));
        }
    });
}

fn measured(row: &mut Markup, of: &MeasurementResult) {
    let style = Style::of(Unit::Metric);
    row.tag("th", &[("scope", "row")], |cell| {
        for (at, (role, name)) in of.subject.iter().enumerate() {
            cell.text(if at == 0 { "" } else { ", " });
            cell.text(role);
            cell.text(" ");
            cell.name(name);
        }
    });
    row.cell(&of.side);
    row.tag("td", &[], |cell| cell.name(&of.measure));
    match of.value {
        Some(value) => {
            row.number(&style.value(value));
            row.number(&of.interval.map(|interval| style.interval(interval)).unwrap_or_default());
            row.number(&of.n.map(number::rows).unwrap_or_default());
        }
        None => row.tag("td", &[("colspan", "3")], |cell| cell.prose(of.undefined.as_deref().unwrap_or("undefined"))),
    }
}

/// Writes the commands that repeat the report.
pub(super) fn commands(page: &mut Markup, lines: &[String]) {
    section(page, "reproduce", "How to reproduce", |page| {
        page.tag("pre", &[("tabindex", "0")], |block| {
            block.tag("code", &[], |code| {
                for (at, line) in lines.iter().flat_map(|lines| lines.lines()).enumerate() {
                    if at > 0 {
                        code.own("\n");
                    }
                    code.text(line);
                }
            });
        });
    });
}
