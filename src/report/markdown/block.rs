//! The blocks of the page that can be cut: whole rows are dropped, a table never loses its header nor a fold its end.

use crate::report::size::size;
use serde::Serialize;

use super::rows;
use crate::plural::counted;
use crate::report::document::{ExploredMetricResult, FileDigest, GateResult, Inputs, Note, Report, SliceSearchResult};
use crate::report::group_tables::GroupTable;
use crate::report::guard::remarks;
use crate::report::number;
use crate::report::safe::{code_span, prose};
use crate::report::sections::{self, Section};

const GATES: &str = "| gate | baseline&nbsp;→&nbsp;candidate | change | limit |\n|---|--:|--:|---|";
const EVIDENCE: &str =
    "| gate | n | interval | method | detectable | defined as | place |\n|---|--:|--:|---|--:|---|---|";
const PROVENANCE: &str = "| | what | digest |\n|---|---|---|";
/// Maximum number of named files of one side; the JSON format lists them all.
const FEW_FILES: usize = 50;
/// The assumed minimum length of a row, which limits the number of rows that are built; rows beyond it are only
/// counted.
pub(super) const LEAST_ROW: usize = 40;

/// The number of digits of an abbreviated commit.
pub(super) const SHORT_COMMIT: usize = 10;

/// A title, the header of a table, and rows. Rows are finished Markdown; a row may span several lines.
#[derive(Debug, Default, Serialize)]
pub(super) struct Block {
    title: &'static str,
    folded: bool,
    head: &'static str,
    rows: Vec<String>,
    /// The number of dropped rows, in words; empty if no row is dropped.
    more: String,
    /// The number of rows that were not built, because they could not fit.
    #[serde(skip)]
    unbuilt: usize,
    /// True: this block is dropped before all blocks that are not expendable.
    #[serde(skip)]
    expendable: bool,
}

impl Block {
    /// Builds as many rows as could fit into `budget` at best, so that a hundred thousand gates cost no more than a
    /// thousand.
    fn of<T>(items: &[T], budget: usize, row: impl Fn(&T) -> String) -> Self {
        let built = items.len().min(budget / LEAST_ROW);
        let rows = items[..built].iter().map(row).collect();
        Self { rows, unbuilt: items.len() - built, ..Self::default() }
    }

    /// Returns a table of gates and their numbers.
    pub(super) fn gates(gates: &[&GateResult], budget: usize) -> Self {
        Self { head: GATES, ..Self::of(gates, budget, |gate| rows::gate(gate)) }
    }

    /// Returns a list of gates with their messages.
    pub(super) fn findings(gates: &[&GateResult], budget: usize) -> Self {
        Self::of(gates, budget, |gate| rows::finding(gate))
    }

    /// Returns a list of gates without a number; gates with the same message share an item.
    pub(super) fn reasons(gates: &[&GateResult], budget: usize) -> Self {
        Self::of(&sections::by_message(gates), budget, |gates| rows::reason(gates))
    }

    /// Returns the places of the gates in the config, with advice; gates with the same advice share an item.
    pub(super) fn advice(gates: &[(Section, &GateResult)], budget: usize) -> Self {
        let mut by_help: Vec<(&str, Vec<&GateResult>)> = Vec::new();
        let mut seen = std::collections::BTreeMap::new();
        for (section, gate) in gates {
            let help = if section.takes_help() { gate.help.as_str() } else { "" };
            let at = *seen.entry(help).or_insert_with(|| {
                by_help.push((help, Vec::new()));
                by_help.len() - 1
            });
            by_help[at].1.push(gate);
        }
        Self::of(&by_help, budget, |(help, gates)| rows::advice(help, gates)).folded("Where, and what to do")
    }

    /// Returns a table of groups for each gate that has groups.
    pub(super) fn groups(tables: &[&GroupTable<'_>], budget: usize) -> Self {
        let row = |table: &&GroupTable<'_>| format!("{}\n\n{}", rows::of_groups(&table.gates), rows::groups(table));
        let mut block = Self::of(tables, budget, row);
        // A blank line ends one table before the next starts.
        for row in block.rows.iter_mut().skip(1) {
            row.insert(0, '\n');
        }
        block
    }

    /// Returns a list of notes.
    pub(super) fn notes(notes: &[&Note], budget: usize) -> Self {
        Self::of(notes, budget, |note| rows::note(note)).titled("Notes")
    }

    /// Returns the slices in which each model got worse; a search that found none is not in the comment.
    pub(super) fn found_slices(searches: &[SliceSearchResult], budget: usize) -> Self {
        let found: Vec<&SliceSearchResult> = searches.iter().filter(|search| !search.slices.is_empty()).collect();
        let title = if found.iter().any(|search| search.compares) { "Where it got worse" } else { "Where it is worst" };
        Self::of(&found, budget, |search| rows::found_slices(search)).titled(title)
    }

    /// Returns a table for each metric in slices that have no gate.
    pub(super) fn explored(tables: &[ExploredMetricResult], budget: usize) -> Self {
        let mut block = Self::of(tables, budget, rows::explored);
        // A blank line ends one table before the next starts.
        for row in block.rows.iter_mut().skip(1) {
            row.insert(0, '\n');
        }
        block.folded("Slices without a limit")
    }

    /// Returns the evidence of every gate that measured something.
    pub(super) fn evidence(gates: &[GateResult], budget: usize) -> Self {
        let gates: Vec<_> = gates.iter().filter(|gate| gate.candidate.is_some()).collect();
        Self { head: EVIDENCE, ..Self::of(&gates, budget, |gate| rows::evidence(gate)) }.folded("Evidence")
    }

    /// Returns the origin of the numbers.
    pub(super) fn provenance(report: &Report, judged: Option<&str>) -> Self {
        let file = |role: &str, file: &FileDigest| {
            format!("| {role} | {} | {} |", code_span(&file.path, true), code_span(&file.digest, true))
        };
        let inputs = |role: &'static str, inputs: &Inputs| {
            let git = inputs
                .git
                .as_ref()
                .map(|commit| format!("| {role} | {} | {} |", kind(inputs, judged), code_span(commit, true)));
            let files = inputs.files.iter().take(FEW_FILES).map(|digest| file(role, digest));
            let rest = inputs.files.len().saturating_sub(FEW_FILES);
            let rest = (rest > 0).then(|| format!("| {role} | and {} | |", counted(rest as u64, "more file")));
            let notes = inputs.notes.iter().map(|note| format!("| {role} | {} | |", prose(note, true)));
            git.into_iter().chain(files).chain(rest).chain(notes).collect::<Vec<_>>()
        };
        let provenance = &report.provenance;
        let mut rows = vec![file("config", &provenance.config)];
        rows.extend(provenance.policies.iter().map(|policy| file("policy", policy)));
        rows.extend(inputs("candidate", &provenance.candidate));
        rows.extend(inputs("baseline", &provenance.baseline));
        rows.extend(provenance.reference.iter().flat_map(|reference| inputs("reference", reference)));
        rows.extend(provenance.tried.iter().map(|tried| {
            format!("| baseline | not {} | {} |", code_span(&tried.source, true), prose(&tried.why, true))
        }));
        let guard = remarks(report.guard.as_ref());
        rows.extend(guard.iter().map(|remark| format!("| guard | {} | |", prose(remark, true))));
        rows.push(format!("| seed | {} | |", provenance.seed));
        rows.push(format!("| version | {} | |", code_span(&report.tool.version, true)));
        let block = Self { head: PROVENANCE, rows, ..Self::default() };
        Self { expendable: false, ..block.folded("Provenance") }
    }

    /// Returns the block with a heading.
    pub(super) fn titled(self, title: &'static str) -> Self {
        Self { title, ..self }
    }

    /// Returns the block in a fold: nobody needs to see it, so it is the first to be dropped.
    pub(super) fn folded(self, title: &'static str) -> Self {
        Self { title, folded: true, expendable: true, ..self }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.unbuilt == 0
    }

    /// Returns true if rows of the block were dropped.
    pub(super) fn is_cut(&self) -> bool {
        !self.more.is_empty()
    }

    /// Returns true if nothing of the block is left, and nobody needs to see its header.
    pub(super) fn is_gone(&self) -> bool {
        self.folded && self.rows.is_empty()
    }

    /// Takes the rows out and notes their number as dropped.
    pub(super) fn take_rows(&mut self) -> Vec<String> {
        self.more = number::rows((self.rows.len() + self.unbuilt) as u64);
        std::mem::take(&mut self.rows)
    }
}

/// Returns the words for a side's commit: GitHub tests the merge of a head, which is another commit than the head.
fn kind(inputs: &Inputs, judged: Option<&str>) -> String {
    match inputs.merges.iter().find(|parent| judged == Some(parent.as_str())) {
        Some(head) => format!("commit, the merge of the head {} with its target", short(head)),
        None if inputs.merges.is_empty() => "commit".to_owned(),
        None => {
            let parents: Vec<String> = inputs.merges.iter().map(|parent| short(parent)).collect();
            format!("commit, the merge of {}", parents.join(" and "))
        }
    }
}

fn short(commit: &str) -> String {
    code_span(&commit.chars().take(SHORT_COMMIT).collect::<String>(), true)
}

/// Puts back as many rows as fit into `room`, in the order of the page; expendable blocks come last.
pub(super) fn fill(blocks: &mut [Block], rows: Vec<Vec<String>>, mut room: usize) {
    let (kept, expendable): (Vec<_>, Vec<_>) = blocks.iter_mut().zip(rows).partition(|(block, _)| !block.expendable);
    for (block, rows) in kept.into_iter().chain(expendable) {
        let all = rows.len();
        block.rows = rows
            .into_iter()
            .take_while(|row| {
                let needed = size(row) + 1;
                let fits = needed <= room;
                // A row that does not fit ends the filling, so that no less important row takes its place.
                room = if fits { room - needed } else { 0 };
                fits
            })
            .collect();
        let more = all + block.unbuilt - block.rows.len();
        block.more = if more == 0 { String::new() } else { number::rows(more as u64) };
    }
}
