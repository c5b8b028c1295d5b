//! The parts of the page that can be cut: whole rows go, a table never loses its head nor a fold its end.

use serde::Serialize;

use super::rows;
use crate::report::model::{FileDigest, GateResult, Inputs, Report};
use crate::report::number;
use crate::report::safe::code_span;
use crate::report::sections::{self, Section};

const GATES: &str = "| gate | baseline → candidate | change | demanded |\n|---|--:|--:|---|";
const EVIDENCE: &str = "| gate | n | interval | method | detectable | defined as | place |\n|---|--:|--:|---|--:|---|---|";
const PROVENANCE: &str = "| | what | digest |\n|---|---|---|";
/// The files of one side that are named; the JSON form has them all.
const FEW_FILES: usize = 50;

/// A title, the head of a table, and rows. Rows are finished Markdown; one may span several lines.
#[derive(Debug, Default, Serialize)]
pub(super) struct Block {
    title: &'static str,
    folded: bool,
    head: &'static str,
    rows: Vec<String>,
    /// How many rows are left out, in words; empty when none is.
    more: String,
    /// Rows of a low rank are the first to be left out.
    #[serde(skip)]
    expendable: bool,
}

impl Block {
    /// A table of gates and their numbers.
    pub(super) fn gates(title: &'static str, gates: &[&GateResult]) -> Self {
        Self { title, head: GATES, rows: gates.iter().map(|gate| rows::gate(gate)).collect(), ..Self::default() }
    }

    /// What was found and what to do, in words; what several gates say alike is said once.
    pub(super) fn reasons(section: Section, gates: &[&GateResult]) -> Self {
        let groups = match section {
            Section::Errors | Section::NotApplicable => sections::by_message(gates),
            _ => gates.iter().map(|gate| vec![*gate]).collect(),
        };
        let rows = groups.iter().map(|gates| rows::reason(section, gates)).collect();
        Self { rows, ..Self::default() }
    }

    /// A table of groups for each gate that has them.
    pub(super) fn groups(gates: &[&GateResult]) -> Self {
        let rows = gates.iter().filter(|gate| !gate.groups.is_empty()).map(|gate| rows::groups(gate)).collect();
        Self { rows, ..Self::default() }
    }

    /// What is behind every gate.
    pub(super) fn evidence(gates: &[GateResult]) -> Self {
        let rows = gates.iter().map(rows::evidence).collect();
        Self { head: EVIDENCE, rows, ..Self::default() }.folded("Evidence")
    }

    /// Where the numbers come from.
    pub(super) fn provenance(report: &Report) -> Self {
        let file = |role: &str, file: &FileDigest| {
            format!("| {role} | {} | {} |", code_span(&file.path, true), code_span(&file.digest, true))
        };
        let inputs = |role: &'static str, inputs: &Inputs| {
            let git = inputs.git.as_ref().map(|commit| format!("| {role} | commit | {} |", code_span(commit, true)));
            let files = inputs.files.iter().take(FEW_FILES).map(|digest| file(role, digest));
            let rest = inputs.files.len().saturating_sub(FEW_FILES);
            let rest = (rest > 0).then(|| format!("| {role} | and {rest} more files | |"));
            git.into_iter().chain(files).chain(rest).collect::<Vec<_>>()
        };
        let provenance = &report.provenance;
        let mut rows = vec![file("config", &provenance.config)];
        rows.extend(inputs("candidate", &provenance.candidate));
        rows.extend(inputs("baseline", &provenance.baseline));
        rows.push(format!("| seed | {} | |", provenance.seed));
        rows.push(format!("| version | {} | |", code_span(&report.tool.version, true)));
        let block = Self { head: PROVENANCE, rows, ..Self::default() };
        Self { expendable: false, ..block.folded("Provenance") }
    }

    /// The same under a heading.
    pub(super) fn titled(self, title: &'static str) -> Self {
        Self { title, ..self }
    }

    /// The same, folded away: nobody has to see it, so it is the first to be left out.
    pub(super) fn folded(self, title: &'static str) -> Self {
        Self { title, folded: true, expendable: true, ..self }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes the rows out and says so, as if there were room for none.
    pub(super) fn take_rows(&mut self) -> Vec<String> {
        self.more = number::rows(self.rows.len() as u64);
        std::mem::take(&mut self.rows)
    }
}

/// Puts back as many rows as fit into `room`: those that need attention first, in the order of the page.
pub(super) fn fill(blocks: &mut [Block], rows: Vec<Vec<String>>, mut room: usize) {
    let (kept, expendable): (Vec<_>, Vec<_>) = blocks.iter_mut().zip(rows).partition(|(block, _)| !block.expendable);
    for (block, rows) in kept.into_iter().chain(expendable) {
        let all = rows.len();
        block.rows = rows
            .into_iter()
            .take_while(|row| {
                let needed = size(row) + 1;
                let fits = needed <= room;
                // What matters less does not jump the queue.
                room = if fits { room - needed } else { 0 };
                fits
            })
            .collect();
        let more = all - block.rows.len();
        block.more = if more == 0 { String::new() } else { number::rows(more as u64) };
    }
}

/// The length as forges count it at their strictest: UTF-16 units.
pub(super) fn size(text: &str) -> usize {
    text.encode_utf16().count()
}
