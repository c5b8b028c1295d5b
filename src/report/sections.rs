//! The sections of a report: gates in the order in which a reader needs them, those that block the merge first.

use super::document::{GateResult, Report};
use super::guard;
use crate::catalog::Severity;
use crate::gate::judge::MEASURED;
use crate::gate::verdict::{Effect, Verdict};
use crate::plural::{counted, noun};

/// The sections of a report, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Failed,
    Errors,
    Inconclusive,
    NoBaseline,
    Warnings,
    Waived,
    Noted,
    Passed,
    NotApplicable,
}

impl Section {
    pub(super) const ALL: [Self; 9] = [
        Self::Failed,
        Self::Errors,
        Self::Inconclusive,
        Self::NoBaseline,
        Self::Warnings,
        Self::Waived,
        Self::Noted,
        Self::Passed,
        Self::NotApplicable,
    ];

    /// Returns the section of a gate. A failing gate is sorted by its effect: it blocks, it warns, or it is only noted.
    pub(super) fn of(gate: &GateResult) -> Self {
        match (gate.verdict, gate.effect) {
            (_, Effect::Waived) => Self::Waived,
            (Verdict::Fail, Effect::Blocks) => Self::Failed,
            (Verdict::Fail, Effect::Warns) => Self::Warnings,
            (Verdict::Fail, Effect::None) => Self::Noted,
            (Verdict::Error, _) => Self::Errors,
            (Verdict::Inconclusive, _) => Self::Inconclusive,
            (Verdict::NoBaseline, _) => Self::NoBaseline,
            (Verdict::Pass, _) => Self::Passed,
            (Verdict::NotApplicable, _) => Self::NotApplicable,
        }
    }

    /// Returns the section's title.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Errors => "could not be evaluated",
            Self::Inconclusive => "inconclusive",
            Self::NoBaseline => "without a baseline",
            Self::Warnings => "warnings",
            Self::Waived => "waived",
            Self::Noted => "noted, without effect",
            Self::Passed => "passed",
            Self::NotApplicable => "not applicable",
        }
    }

    /// Returns the words after the number of gates: `2 failed`.
    pub(super) fn counted(self, one: bool) -> &'static str {
        match self {
            Self::Warnings if one => "warning",
            Self::Noted => "noted",
            _ => self.title(),
        }
    }

    /// Returns true if the check's advice is shown: it applies to a failing gate, and not to one that could not be
    /// compared.
    pub(super) fn takes_help(self) -> bool {
        self.is_open() && !matches!(self, Self::Errors | Self::NoBaseline)
    }

    /// Returns true if the gates of the section need attention.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Failed | Self::Errors | Self::Inconclusive | Self::NoBaseline | Self::Warnings)
    }
}

/// Returns true if the gate's table of groups is always shown, for the record.
pub(super) fn is_record(gate: &GateResult) -> bool {
    gate.severity == Severity::Note && !gate.groups.is_empty()
}

/// Returns the pages about a gate: its check, and its rate of groups.
pub(super) fn topics(gate: &GateResult) -> impl Iterator<Item = &str> {
    let rate = gate.subject.get("rate").and_then(|rate| rate.split('@').next());
    // No page explains the check that a number can be measured.
    std::iter::once(gate.check.as_str()).filter(|check| *check != MEASURED).chain(rate)
}

/// Returns the gates of `report` by section, in the order of the config within each; empty sections are left out.
pub(super) fn sections(report: &Report) -> Vec<(Section, Vec<&GateResult>)> {
    Section::ALL
        .into_iter()
        .map(|section| (section, report.gates.iter().filter(|gate| Section::of(gate) == section).collect::<Vec<_>>()))
        .filter(|(_, gates)| !gates.is_empty())
        .collect()
}

/// Returns the parts of the headline: `2 of 14 gates failed`, `1 inconclusive`, `11 passed`, `1 note`.
pub(super) fn headline(sections: &[(Section, Vec<&GateResult>)], report: &Report, alone: bool) -> Vec<String> {
    let told = report.guard.as_ref().and_then(guard::headline);
    let of_gates = of_gates(sections, report, guard::beside(report.guard.as_ref(), &report.notes).len());
    let is_first = report.guard.as_ref().is_some_and(|guard| guard.effect == Effect::Blocks);
    let (first, last) = if is_first { (told, None) } else { (None, told.filter(|_| alone)) };
    first.into_iter().chain(of_gates).chain(last).collect()
}

fn of_gates(sections: &[(Section, Vec<&GateResult>)], report: &Report, notes: usize) -> Vec<String> {
    let all: usize = sections.iter().map(|(_, gates)| gates.len()).sum();
    let Some(((first, gates), rest)) = sections.split_first() else {
        return vec!["no gate was checked".to_owned()];
    };
    let noun = noun(all, "gate");
    let n = gates.len();
    let lead = match first {
        Section::Warnings => format!("{n} of {all} {noun} failed with a warning"),
        Section::Noted => format!("{n} of {all} {noun} noted without effect"),
        Section::Passed if rest.is_empty() && n > 1 => format!("all {n} gates passed"),
        section => format!("{n} of {all} {noun} {}", section.counted(n == 1)),
    };
    let selected = report.run.as_ref().filter(|run| !run.only.is_empty());
    let selected = selected.map(|run| format!("{all} of {}, --only …", counted(run.gates, "gate")));
    let lead = std::iter::once(lead).chain(selected).collect::<Vec<_>>().join(" · ");
    let rest = rest.iter().map(|(section, gates)| format!("{} {}", gates.len(), section.counted(gates.len() == 1)));
    let notes = (notes > 0).then(|| counted(notes as u64, "note"));
    std::iter::once(lead).chain(rest).chain(notes).collect()
}

/// Groups gates with the same message, so that the message is shown once: a missing column is named once, whatever
/// gates it has.
pub(super) fn by_message<'a>(gates: &[&'a GateResult]) -> Vec<Vec<&'a GateResult>> {
    let mut order: Vec<Vec<&GateResult>> = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    for gate in gates {
        let key = (gate.message.as_str(), gate.help.as_str());
        match seen.get(&key) {
            // Only gates with a message are grouped.
            Some(&index) if !gate.message.is_empty() => {
                let group: &mut Vec<&GateResult> = &mut order[index];
                group.push(gate);
            }
            _ => {
                seen.insert(key, order.len());
                order.push(vec![gate]);
            }
        }
    }
    order
}
