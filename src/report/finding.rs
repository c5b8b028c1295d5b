//! Findings: gates, notes and differences of the guard as items of a CI's own formats.

use std::collections::BTreeMap;

use super::document::{At, GateResult, Note, Overall, Report};
use super::guard::{beside, guard_finding};
use super::no_verdict::NoVerdict;
use super::sections::Section;
use super::{InRepository, safe};
use crate::digest::sha256;
use crate::gate::verdict::Effect;
use crate::guard::DemandChangeKind;

/// The rule of a run without a verdict.
const NO_VERDICT: &str = "no-verdict";
/// The name of the run as a whole.
const MLGATE: &str = "mlgate";
/// The rule of a difference between the demands of both sides.
const GUARD: &str = "guard";
/// The number of digits of a fingerprint.
const FINGERPRINT: usize = 32;

/// An item of a report. Its texts are on one line and have no invisible character, but may mean something in a format.
#[derive(Debug, Clone)]
pub(super) struct Finding<'a> {
    /// The gate, unless the finding is none.
    pub(super) gate: Option<&'a GateResult>,
    /// The section of a report in which a reader looks for the finding.
    pub(super) section: Section,
    /// The effect on the merge.
    pub(super) effect: Effect,
    /// The gate's id, or that of a note.
    pub(super) id: String,
    /// The check, or the kind of a finding that is not a gate.
    pub(super) rule: String,
    /// The dataset or model.
    pub(super) of: String,
    /// The finding, in one sentence.
    pub(super) message: String,
    /// Advice.
    pub(super) help: String,
    /// The path from the top of the repository.
    pub(super) file: String,
    /// The line, from 1.
    pub(super) line: u64,
    /// The column in characters, from 1.
    pub(super) column: u64,
    /// Hexadecimal digits that stay the same while the finding is about the same gate of the same config.
    pub(super) fingerprint: String,
}

impl Finding<'_> {
    /// Returns true if somebody has to see the finding at its line: it has an effect, or would have one at another severity.
    pub(super) fn needs_attention(&self) -> bool {
        self.effect != Effect::None || self.section == Section::Noted
    }

    /// Returns the verdict in words: `failed`, `warning`, `inconclusive`.
    pub(super) fn word(&self) -> &'static str {
        match self.section {
            Section::Warnings => "warning",
            Section::Noted => "noted",
            Section::Errors if self.gate.is_none() && self.rule == NO_VERDICT => "no verdict",
            section => section.title(),
        }
    }

    /// Returns the finding with its verdict: `inconclusive: 12 rows are too few …`.
    pub(super) fn sentence(&self) -> String {
        match self.message.is_empty() {
            true => self.word().to_owned(),
            false => format!("{}: {}", self.word(), self.message),
        }
    }
}

/// The findings of a run, with what a format says of the run as a whole.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    /// The report; `None` if the run ended without one.
    pub(super) report: Option<&'a Report>,
    /// The exit code.
    pub(super) exit_code: u8,
    /// The version of mlgate.
    pub(super) version: String,
    /// The config's path from the top of the repository.
    pub(super) config: String,
    /// The key of the report, if the config or the command line gives one.
    pub(super) key: Option<String>,
    /// The findings: gates in the order of the config, notes, and differences of the guard.
    pub(super) all: Vec<Finding<'a>>,
}

impl<'a> Findings<'a> {
    /// Returns the findings of a report: if its verdict blocks, at least one of them does.
    pub(super) fn of(report: &'a Report, inside: InRepository<'_>) -> Self {
        let config = path_of(&report.provenance.config.path, inside);
        let mut all = List { config: config.clone(), inside, all: Vec::new(), seen: BTreeMap::new() };
        for gate in &report.gates {
            all.gate(gate);
        }
        for note in beside(report.guard.as_ref(), &report.notes) {
            all.note(note);
        }
        all.guard(report);
        all.run(report);
        Findings {
            report: Some(report),
            exit_code: report.exit_code,
            version: safe::sentence(&report.tool.version),
            config,
            key: report.run.as_ref().and_then(|run| run.key.as_deref()).map(safe::sentence),
            all: all.all,
        }
    }

    /// Returns the findings of a run that ended without a report.
    pub(super) fn of_ended(ended: &NoVerdict, config: &str, inside: InRepository<'_>) -> Findings<'static> {
        let config = path_of(config, inside);
        let mut all = List { config: config.clone(), inside, all: Vec::new(), seen: BTreeMap::new() };
        for problem in &ended.problems {
            all.push(Item {
                section: Section::Errors,
                effect: Effect::Blocks,
                kind: NO_VERDICT,
                id: MLGATE,
                message: &problem.sentence(),
                help: "",
                at: problem.at.as_ref(),
            });
        }
        if ended.problems.is_empty() {
            let (message, help, at) = (&ended.title(), "", None);
            let (section, effect) = (Section::Errors, Effect::Blocks);
            all.push(Item { section, effect, kind: NO_VERDICT, id: MLGATE, message, help, at });
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Findings { report: None, exit_code: ended.exit_code, version, config, key: None, all: all.all }
    }

    /// Returns the findings at their lines, those that block first.
    pub(super) fn at_lines(&self) -> Vec<&Finding<'a>> {
        let mut shown: Vec<_> = self.all.iter().filter(|finding| finding.needs_attention()).collect();
        // The sort is stable, so that findings of one effect stay in the order of the config.
        shown.sort_by_key(|finding| finding.effect);
        shown
    }
}

/// Texts of a finding that is not a gate.
struct Item<'t> {
    section: Section,
    effect: Effect,
    kind: &'t str,
    id: &'t str,
    message: &'t str,
    help: &'t str,
    at: Option<&'t At>,
}

/// The list under construction.
struct List<'a, 'i> {
    config: String,
    inside: InRepository<'i>,
    all: Vec<Finding<'a>>,
    /// The number of findings with each identity.
    seen: BTreeMap<String, u64>,
}

impl<'a> List<'a, '_> {
    fn gate(&mut self, gate: &'a GateResult) {
        let section = Section::of(gate);
        let item = Item {
            section,
            effect: gate.effect,
            kind: &gate.check,
            id: &gate.id,
            message: &gate.message,
            help: if section.takes_help() { &gate.help } else { "" },
            at: Some(&gate.at),
        };
        let finding = self.finding(item, "gate");
        let of = gate.subject.get("dataset").map(|name| format!("data.{name}"));
        let of = of.or_else(|| gate.subject.get("model").map(|name| format!("models.{name}")));
        let of = of.map(|of| safe::sentence(&of)).unwrap_or_default();
        self.all.push(Finding { gate: Some(gate), of, ..finding });
    }

    fn note(&mut self, note: &Note) {
        let section = if note.effect == Effect::Warns { Section::Warnings } else { Section::Noted };
        let Note { id, effect, message, help, at } = note;
        self.push(Item { section, effect: *effect, kind: "note", id, message, help, at: Some(at) });
    }

    /// Adds the guard's differences with an effect. A guard that stops the merge for another reason is a finding of its own.
    fn guard(&mut self, report: &Report) {
        let Some(guard) = &report.guard else { return };
        let section = |effect| if effect == Effect::Blocks { Section::Failed } else { Section::Warnings };
        let has_effect = |effect| matches!(effect, Effect::Blocks | Effect::Warns);
        for change in guard.changes.iter().filter(|change| has_effect(change.effect)) {
            // What was removed has its place in the other side's config.
            let at = (change.kind != DemandChangeKind::Removed).then_some(&change.at);
            let (effect, message) = (change.effect, &guard_finding(change));
            self.push(Item { section: section(effect), effect, kind: GUARD, id: &change.gate, message, help: "", at });
        }
        if has_effect(guard.effect) && guard.changes.iter().all(|change| change.effect > guard.effect) {
            let message = &guard.notes.join("; ");
            let (effect, section) = (guard.effect, section(guard.effect));
            self.push(Item { section, effect, kind: GUARD, id: GUARD, message, help: "", at: None });
        }
    }

    /// Adds the verdict itself, where no finding explains it: nothing was checked.
    fn run(&mut self, report: &Report) {
        let blocks = matches!(report.verdict, Overall::Fail | Overall::Error);
        if blocks && self.all.iter().all(|finding| finding.effect != Effect::Blocks) {
            let message = "no gate was checked, so nothing passed";
            let (section, effect) = (Section::Errors, Effect::Blocks);
            self.push(Item { section, effect, kind: NO_VERDICT, id: MLGATE, message, help: "", at: None });
        }
    }

    fn push(&mut self, item: Item<'_>) {
        let kind = item.kind;
        let finding = self.finding(item, kind);
        self.all.push(finding);
    }

    /// Returns a finding whose identity is of a class: a user's own check may be called like one.
    fn finding(&mut self, item: Item<'_>, class: &str) -> Finding<'a> {
        let Item { section, effect, kind, id, message, help, at } = item;
        // A place outside of the repository has no line that a CI could show: the config names it.
        let place = at.and_then(|at| Some(((self.inside)(&at.file)?, at.line.max(1), at.column.max(1))));
        let (file, line, column) = place.unwrap_or_else(|| (self.config.clone(), 1, 1));
        let identity = format!("{}\n{class}\n{id}", self.config);
        let count = self.seen.entry(identity.clone()).and_modify(|count| *count += 1).or_insert(1);
        let digest = sha256(format!("{identity}\n{count}").as_bytes()).unwrap_or_default();
        let digits = digest.trim_start_matches("sha256:");
        Finding {
            gate: None,
            section,
            effect,
            id: safe::sentence(id),
            rule: safe::sentence(kind),
            of: if kind == NO_VERDICT { MLGATE.to_owned() } else { safe::sentence(kind) },
            message: safe::sentence(message),
            help: safe::sentence(help),
            file: safe::terminal(&file),
            line,
            column,
            fingerprint: digits.get(..FINGERPRINT).unwrap_or(digits).to_owned(),
        }
    }
}

/// Returns a path from the top of the repository; for one elsewhere, its last part.
fn path_of(path: &str, inside: InRepository<'_>) -> String {
    let last = || path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    safe::terminal(&inside(path).unwrap_or_else(last))
}
