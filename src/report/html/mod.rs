//! The HTML format: one file that opens without network and without script.
//!
//! The page has the order of a comment, and then what a comment has no room for. It loads nothing and runs nothing, and its
//! own policy says so to the browser. Jenkins forbids styles besides; then the page is plain, and complete.

mod chart;
mod curves;
mod drill;
mod ended;
mod gates;
mod groups;
mod header;
mod lists;
mod markup;
mod plots;
mod provenance;
mod slices;
#[cfg(test)]
mod tests;

use super::document::{GateResult, Report};
use super::guard::beside;
use super::sections::{self, Section};
use super::{group_tables::GroupTable, markdown};
pub(super) use drill::render as render_drill;
pub(super) use ended::render as render_ended;
use markup::Markup;

const STYLE: &str = include_str!("style.css");

/// The policy of the page: nothing is loaded, nothing runs, nothing is sent.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Renders the report as HTML.
pub(super) fn render(report: &Report) -> String {
    let all = sections::sections(report);
    document(&format!("mlgate: {}", super::title(report)), |body| {
        body.tag("a", &[("class", "skip"), ("href", "#main")], |link| link.text("Skip to the results"));
        header::header(body, report, &all);
        body.tag("main", &[("id", "main")], |main| results(main, report, &all));
    })
}

/// Returns a page with this title.
fn document(title: &str, body: impl FnOnce(&mut Markup)) -> String {
    let mut page = Markup::default();
    page.own("<!doctype html>\n");
    page.tag("html", &[("lang", "en")], |html| {
        html.tag("head", &[], |head| {
            head.void("meta", &[("charset", "utf-8")]);
            head.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
            head.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
            head.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
            head.void("meta", &[("name", "referrer"), ("content", "no-referrer")]);
            head.told("title", "", title);
            head.tag("style", &[], |style| style.own(STYLE));
        });
        html.tag("body", &[], body);
    });
    page.finish()
}

/// Writes all sections below the header.
fn results(main: &mut Markup, report: &Report, all: &[(Section, Vec<&GateResult>)]) {
    if let Some(guard) = &report.guard {
        lists::guard(main, guard);
    }
    let in_order = all.iter().flat_map(|(_, gates)| gates.iter().copied());
    let tables = GroupTable::all(in_order);
    let of_section = |wanted: Section| {
        let is_here =
            move |table: &&GroupTable<'_>| table.gates.first().is_some_and(|gate| Section::of(gate) == wanted);
        tables.iter().filter(is_here).collect::<Vec<_>>()
    };
    let (open, closed): (Vec<_>, Vec<_>) = all.iter().partition(|(section, _)| section.is_open());
    for (section, gates) in &open {
        gates::section(main, *section, gates, |page| groups::tables(page, &of_section(*section)));
    }
    lists::advice(main, &open);
    for (section, gates) in &closed {
        gates::section(main, *section, gates, |page| groups::folded(page, &of_section(*section)));
    }
    slices::found(main, &report.found_slices);
    lists::notes(main, &beside(report.guard.as_ref(), &report.notes));
    slices::explored(main, &report.explored);
    if let Some(plots) = &report.plots {
        plots::plots(main, plots, &report.measurements);
    }
    lists::flips(main, &report.flips);
    gates::evidence(main, &report.gates);
    lists::measurements(main, &report.measurements);
    provenance::provenance(main, report);
    let commands = markdown::command_lines(report, all);
    lists::commands(main, &commands);
}

/// Writes a section with a heading.
fn section(page: &mut Markup, id: &'static str, title: &str, inside: impl FnOnce(&mut Markup)) {
    page.tag("section", &[("id", id), ("aria-labelledby", &format!("{id}-title"))], |section| {
        section.tag("h2", &[("id", &format!("{id}-title"))], |heading| heading.text(title));
        inside(section);
    });
}

/// Returns words that start with a capital letter.
fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
