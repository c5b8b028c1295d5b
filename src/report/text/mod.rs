//! The text format, for a terminal: one line for each gate, those that block the merge first.
//!
//! Text of the report stands only behind a mark, a key or a rule (`│`), never at the start of a line: a runner that
//! reads the log would execute `::error::` there.

mod evidence;
mod explored;
mod found_slices;
pub(super) mod layout;
mod paint;
mod provenance;
mod text_page;

use std::collections::BTreeMap;

use super::document::{GateResult, GuardResult, Note, Report, SliceSearchResult};
use super::figures::{Figures, label};
use super::group_tables::GroupTable;
use super::message::left_out_of_gate;
use super::sections::{self, Section};
use super::{RenderOptions, guard, safe};
use crate::gate::verdict::Effect;
use layout::{fill, fit_path, left, right, width, wrap};
use paint::{Ink, Paint};
use text_page::{INDENT, Row, TextColumns, TextPage};

/// The smallest width of the layout, in columns.
const LEAST_WIDTH: usize = 40;
/// Maximum width of prose: wider lines are hard to read.
const MOST_PROSE: usize = 100;

/// Renders the report as text.
pub(super) fn render(report: &Report, options: &RenderOptions) -> String {
    let mut all = sections::sections(report);
    let headline = sections::headline(&all, report, options.quiet);
    if options.quiet {
        for (_, gates) in &mut all {
            gates.retain(|gate| gate.effect == Effect::Blocks);
        }
        all.retain(|(_, gates)| !gates.is_empty());
    }
    let mut page = TextPage::new(options, &all);
    page.headline(report, &headline);
    page.guard(report.guard.as_ref());
    for (section, gates) in &all {
        page.section(*section, gates);
    }
    if !options.quiet {
        page.notes(&guard::beside(report.guard.as_ref(), &report.notes));
        page.found_slices(&report.found_slices);
        page.explored(&report.explored);
        page.provenance(report, &all);
    }
    page.lines.join("\n") + "\n"
}

/// Renders searches for slices alone.
pub(super) fn slice_searches(searches: &[SliceSearchResult]) -> String {
    let options = RenderOptions { evidence: true, ..RenderOptions::default() };
    let mut page = TextPage::new(&options, &[]);
    page.found_slices(searches);
    page.lines.join("\n").trim_start().to_owned() + "\n"
}

impl<'a> TextPage<'a> {
    fn new(options: &RenderOptions, all: &[(Section, Vec<&'a GateResult>)]) -> Self {
        let width = options.width.max(LEAST_WIDTH);
        let paint = Paint { color: options.color };
        let gates = all.iter().flat_map(|(section, gates)| gates.iter().map(|gate| (*section, *gate)));
        let showing = gates.clone().filter(|(section, gate)| shows_groups(*section, gate, options));
        let tables = GroupTable::all(showing.map(|(_, gate)| gate));
        let places = tables.iter().enumerate();
        let table_of =
            places.flat_map(|(at, table)| table.gates.iter().map(move |gate| (std::ptr::from_ref(*gate), at)));
        let gates = gates.map(|(_, gate)| gate);
        Self {
            options: *options,
            width,
            paint,
            columns: TextColumns::of(gates, width, options.ascii),
            lines: Vec::new(),
            table_of: table_of.collect(),
            tables,
            shown: BTreeMap::new(),
        }
    }

    fn headline(&mut self, report: &Report, parts: &[String]) {
        use super::document::Overall;
        let (word, ink) = match report.verdict {
            Overall::Pass => ("PASS", Ink::Good),
            Overall::Warn => ("WARN", Ink::Doubtful),
            Overall::Fail => ("FAIL", Ink::Bad),
            Overall::Error => ("ERROR", Ink::Bad),
        };
        let lead = format!("mlgate  {word}  ");
        let room = self.width - lead.len();
        for (index, line) in fill(parts.iter().map(String::as_str), " · ", room).into_iter().enumerate() {
            let start = if index == 0 {
                format!("{}  {}  ", self.paint.of(Ink::Title, "mlgate"), self.paint.of(ink, word))
            } else {
                right("· ", lead.len())
            };
            self.lines.push(start + &line);
        }
    }

    fn section(&mut self, section: Section, gates: &[&GateResult]) {
        self.lines.push(String::new());
        self.lines.push(self.paint.of(Ink::Title, section.title()));
        // Only missing inputs give many gates the same sentence; every measured gate has its own numbers.
        let groups = match section {
            Section::Errors | Section::NoBaseline | Section::NotApplicable => sections::by_message(gates),
            _ => gates.iter().map(|gate| vec![*gate]).collect(),
        };
        for group in groups {
            for gate in &group {
                self.row(section, gate);
                if group.len() > 1 && self.options.evidence {
                    self.evidence(gate);
                }
            }
            let Some(gate) = group.first() else { continue };
            if section != Section::Passed || self.options.evidence || sections::is_record(gate) {
                self.say(&gate.message, "");
                self.say(Figures::of(gate).remark().unwrap_or_default(), "");
            } else {
                self.say(&left_out_of_gate(gate), "");
            }
            if let Some(policy) = gate.demanded_by() {
                self.say(&format!("demanded by the policy {policy}"), "");
            }
            if group.len() == 1 && self.options.evidence {
                self.evidence(gate);
            } else if shows_groups(section, gate, &self.options) {
                self.groups(gate, Some(text_page::FEW_GROUPS));
            }
            if section.takes_help() {
                self.say(&gate.help, "help: ");
            }
        }
    }

    /// Writes the section of the guard.
    fn guard(&mut self, guard: Option<&GuardResult>) {
        let shown = guard.filter(|guard| !self.options.quiet || guard.effect == Effect::Blocks);
        let lines = shown.map(guard::text_lines).unwrap_or_default();
        let mut lines = lines.into_iter();
        if let Some(title) = lines.next() {
            self.lines.push(String::new());
            self.lines.push(self.paint.of(Ink::Title, &title));
            self.lines.extend(lines);
        }
    }

    /// Writes the notes.
    fn notes(&mut self, notes: &[&Note]) {
        if notes.is_empty() {
            return;
        }
        self.lines.push(String::new());
        self.lines.push(self.paint.of(Ink::Title, "notes"));
        for note in notes {
            let (mark, ink) = if note.effect == Effect::Warns { ("!", Ink::Doubtful) } else { ("·", Ink::Faint) };
            self.lines.push(format!("  {} {}", self.paint.of(ink, mark), fit_path(&note.id, self.width - INDENT)));
            self.say(&note.message, "");
            if !note.help.is_empty() {
                self.say(&note.help, "help: ");
            }
        }
    }

    /// Writes a gate on one line, or on two if its figures need more space.
    fn row(&mut self, section: Section, gate: &GateResult) {
        let (mark, ink) = mark(section);
        let mark = self.paint.of(ink, mark);
        let Row { levels, last } = Row::of(gate, self.options.ascii);
        let cells = match self.columns.id {
            _ if levels.is_empty() && last.is_empty() => String::new(),
            Some(_) if width(&levels) <= self.columns.levels => {
                format!("  {}  {last}", right(&levels, self.columns.levels)).trim_end().to_owned()
            }
            _ => {
                self.lines.push(format!("  {mark} {}", fit_path(&label(gate), self.width - INDENT)));
                self.say(&format!("{levels}  {last}"), "");
                return;
            }
        };
        let room = self.columns.id.filter(|_| !cells.is_empty()).unwrap_or(self.width - INDENT);
        let id = fit_path(&label(gate), room);
        let id = if cells.is_empty() { id } else { left(&id, room) };
        self.lines.push(format!("  {mark} {id}{cells}"));
    }

    /// Writes wrapped text under a gate, behind a rule; lines after the first are indented by the width of `lead`.
    fn say(&mut self, text: &str, lead: &str) {
        let room = self.width.min(MOST_PROSE) - INDENT - 2 - width(lead);
        for (index, line) in wrap(&safe::sentence(text), room).iter().enumerate() {
            let lead = if index == 0 { lead.to_owned() } else { " ".repeat(width(lead)) };
            self.ruled(&format!("{}{line}", self.paint.of(Ink::Faint, &lead)));
        }
    }

    /// Writes a line behind a rule.
    fn ruled(&mut self, line: &str) {
        self.lines.push(format!("    {} {line}", self.paint.of(Ink::Faint, "│")).trim_end().to_owned());
    }
}

/// True where the groups of a gate are shown: with all evidence, and where they bear on what a reader has to look at.
fn shows_groups(section: Section, gate: &GateResult, options: &RenderOptions) -> bool {
    options.evidence || section != Section::Passed || sections::is_record(gate)
}

/// Returns the mark before a section's gates.
fn mark(section: Section) -> (&'static str, Ink) {
    match section {
        Section::Failed => ("✗", Ink::Bad),
        Section::Errors => ("⊘", Ink::Bad),
        Section::Inconclusive => ("?", Ink::Doubtful),
        Section::NoBaseline => ("○", Ink::Doubtful),
        Section::Warnings => ("!", Ink::Doubtful),
        Section::Waived => ("~", Ink::Doubtful),
        Section::Noted => ("·", Ink::Faint),
        Section::Passed => ("✓", Ink::Good),
        Section::NotApplicable => ("–", Ink::Faint),
    }
}

#[cfg(test)]
mod tests;
