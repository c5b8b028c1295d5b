//! The page of a drill: the survivors with their lines, what was caught, and the gates beside their power.

use super::markup::{Markup, numbers, words};
use super::{document, section};
use crate::report::document::{DrillResult, DrilledFault, Report};
use crate::report::drill::{counted_gates, doses_caught, headline, not_tried_reasons, planted, powers, silent_until};

/// Renders a drill as HTML.
pub(in crate::report) fn render(drill: &DrillResult, report: Option<&Report>) -> String {
    let is_whole = drill.caught == drill.planted && drill.planted > 0;
    document(&format!("mlgate drill: {}", headline(drill)), |body| {
        body.tag("a", &[("class", "skip"), ("href", "#main")], |link| link.text("Skip to the results"));
        body.tag("header", &[("class", if is_whole { "pass" } else { "warn" })], |header| {
            header.tag("p", &[("class", "verdict")], |line| line.tag("b", &[], |it| it.text("Drill")));
            header.tag("h1", &[], |heading| heading.text(&headline(drill)));
            header.told("p", "", "Faults were planted into copies of the files, in memory. Each trial is a full run on files with that fault.");
        });
        body.tag("main", &[("id", "main")], |main| results(main, drill, report));
    })
}

fn results(main: &mut Markup, drill: &DrillResult, report: Option<&Report>) {
    if !drill.failing.is_empty() {
        section(main, "failing", "Blocks on the unchanged files", |page| {
            page.told("p", "", "These gates cannot show a fault.");
            page.tag("ul", &[], |list| {
                for gate in &drill.failing {
                    list.tag("li", &[], |item| item.name(&gate.id));
                }
            });
        });
    }
    let (survivors, caught): (Vec<&DrilledFault>, Vec<&DrilledFault>) =
        drill.faults.iter().partition(|fault| fault.caught_by.is_empty());
    if !survivors.is_empty() {
        section(main, "survivors", "Survivors", |page| table_of_survivors(page, &survivors));
    }
    if !caught.is_empty() {
        section(main, "caught", "Caught", |page| table_of_caught(page, &caught));
    }
    section(main, "gates", "Gates", |page| {
        page.told(
            "p",
            "",
            "A gate that catches every fault but fails on every second unchanged model is useless, so both rates are shown.",
        );
        let powers = report.map(|report| powers(drill, report)).unwrap_or_default();
        page.table("Gates", &[words("gate"), numbers("faults caught"), words("without a fault")], |table| {
            for (id, count) in counted_gates(drill) {
                table.tag("tr", &[], |row| {
                    row.row_name(id);
                    row.number(&count.to_string());
                    let said = powers.get(id).map(|said| format!("This gate is {said}."));
                    row.cell(said.as_deref().unwrap_or("–"));
                });
            }
        });
    });
    let left = not_tried_reasons(drill);
    if !left.is_empty() {
        section(main, "not-tried", "Not tried", |page| {
            page.tag("ul", &[], |list| {
                for (why, faults) in left {
                    list.tag("li", &[], |item| {
                        item.text(&format!("{why}: "));
                        for (at, (fault, target)) in faults.into_iter().enumerate() {
                            item.text(if at == 0 { "" } else { ", " });
                            item.text(&format!("{fault} "));
                            item.name(target);
                        }
                    });
                }
            });
        });
    }
}

fn table_of_survivors(page: &mut Markup, faults: &[&DrilledFault]) {
    let columns =
        [words("fault"), words("place"), words("planted"), words("what is known"), words("a line that catches it")];
    page.table("Survivors", &columns, |table| {
        for fault in faults {
            table.tag("tr", &[], |row| {
                row.row_name(&fault.fault);
                row.tag("td", &[], |cell| cell.name(&fault.target));
                row.tag("td", &[], |cell| cell.text(&planted(fault)));
                row.tag("td", &[], |cell| cell.text(&silent_until(&[fault])));
                row.tag("td", &[], |cell| match (&fault.suggest, &fault.tighten) {
                    (Some(line), _) => cell.name(line),
                    (None, Some(path)) => {
                        cell.text("stricter: ");
                        cell.name(path);
                    }
                    (None, None) => cell.text("–"),
                });
            });
        }
    });
}

fn table_of_caught(page: &mut Markup, faults: &[&DrilledFault]) {
    let columns = [words("fault"), words("place"), words("planted"), words("smallest dose caught"), words("by")];
    page.table("Caught", &columns, |table| {
        for fault in faults {
            table.tag("tr", &[], |row| {
                row.row_name(&fault.fault);
                row.tag("td", &[], |cell| cell.name(&fault.target));
                row.tag("td", &[], |cell| cell.text(&planted(fault)));
                row.tag("td", &[], |cell| cell.text(&doses_caught(fault)));
                row.tag("td", &[], |cell| {
                    for (at, id) in fault.caught_by.iter().enumerate() {
                        cell.text(if at == 0 { "" } else { " " });
                        cell.name(id);
                    }
                });
            });
        }
    });
}
