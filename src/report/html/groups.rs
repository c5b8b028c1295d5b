//! Tables of groups, each row with its intervals drawn on the table's scale.

use super::super::figures::label;
use super::super::group_tables::GroupTable;
use super::super::number::Style;
use super::chart::{Forest, Pen};
use super::markup::{Markup, TableColumn, numbers, words};
use crate::plural::counted;

/// Maximum number of groups of a table; the JSON format lists them all.
const MOST_GROUPS: usize = 200;
/// Maximum number of gates that are named above a table.
const FEW_GATES: usize = 12;

/// Writes tables of groups.
pub(super) fn tables(page: &mut Markup, tables: &[&GroupTable<'_>]) {
    for found in tables {
        table(page, found);
    }
}

/// Writes tables of groups that do not affect the verdict.
pub(super) fn folded(page: &mut Markup, found: &[&GroupTable<'_>]) {
    if !found.is_empty() {
        page.fold(&format!("Groups ({})", counted(found.len() as u64, "table")), |fold| tables(fold, found));
    }
}

fn table(page: &mut Markup, table: &GroupTable<'_>) {
    let (groups, figures, heads) = (table.groups(), table.rows(MOST_GROUPS), table.head());
    let forest = Forest::of(groups);
    let style = Style::of(table.unit());
    let scale = forest.map(|forest| {
        let [low, high] = forest.range.map(|end| style.value(end));
        format!("{low} to {high}")
    });
    let has_notes = figures.iter().any(|figures| !figures.note.is_empty());
    let optional = |title: &'static str, is_there: bool| is_there.then(|| numbers(title));
    let columns: Vec<TableColumn<'_>> = [Some(words("Group")), Some(numbers("n"))]
        .into_iter()
        .chain([optional("Baseline", !heads.baseline.is_empty())])
        .chain([Some(numbers("Candidate")), Some(numbers("Interval"))])
        .chain([scale.as_deref().map(words)])
        .chain([optional("Difference", heads.gap == "difference"), optional("Ratio", heads.gap == "ratio")])
        .chain([optional("Difference", heads.more == "difference"), optional("Ratio", heads.more == "ratio")])
        .chain([has_notes.then(|| words("Note"))])
        .flatten()
        .collect();
    page.tag("div", &[("class", "groups")], |page| {
        page.tag("p", &[], |line| {
            line.text("Groups of ");
            for (at, gate) in table.gates.iter().take(FEW_GATES).enumerate() {
                line.text(if at == 0 { "" } else { ", " });
                line.name(&label(gate));
            }
            if let Some(gate) = table.gates.first() {
                line.text(": ");
                line.prose(gate.definition.split(';').next().unwrap_or_default());
            }
        });
        if forest.is_some() {
            legend(page, !heads.baseline.is_empty());
        }
        page.table("Groups, with the interval of each", &columns, |rows| {
            for (group, figures) in groups.iter().zip(&figures) {
                rows.tag("tr", &[], |row| {
                    row.tag("th", &[("scope", "row")], |cell| {
                        for (at, value) in group.group.iter().chain(&group.measure).enumerate() {
                            cell.text(if at == 0 { "" } else { " · " });
                            cell.name(value);
                        }
                    });
                    row.number(&figures.n);
                    if !heads.baseline.is_empty() {
                        row.number(&figures.baseline);
                    }
                    row.number(&figures.rate);
                    row.number(&figures.interval);
                    if let Some(forest) = forest {
                        row.tag("td", &[("class", "drawn")], |cell| forest.draw(cell, group));
                    }
                    // The drawing has the place of the bar.
                    let gap = figures.gap.rsplit_once("  ").map_or(figures.gap.as_str(), |(_, number)| number);
                    for (head, number) in [(&heads.gap, gap), (&heads.more, figures.more.as_str())] {
                        if !head.is_empty() {
                            row.number(number);
                        }
                    }
                    if has_notes {
                        row.cell(&figures.note);
                    }
                });
            }
        });
        if groups.len() > MOST_GROUPS {
            let rest = counted((groups.len() - MOST_GROUPS) as u64, "more group");
            page.told("p", "more", &format!("{rest} in the JSON report"));
        }
    });
}

/// Writes what the marks of both sides look like.
pub(super) fn legend(page: &mut Markup, has_baseline: bool) {
    let key = |page: &mut Markup, pen: Pen, words: &str| {
        page.tag("span", &[("class", "key")], |key| {
            super::chart::key(key, pen);
            key.text(words);
        });
    };
    page.tag("p", &[("class", "legend")], |legend| {
        key(legend, Pen::Candidate, "candidate");
        if has_baseline {
            key(legend, Pen::Baseline, "baseline");
        }
    });
}
