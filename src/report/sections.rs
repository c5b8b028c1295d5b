//! The gates in the order in which a reader needs them: what stops the merge first.

use super::model::{GateResult, Note, Report};
use crate::gate::judge::MEASURED;
use crate::gate::verdict::{Effect, Severity, Verdict};
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

    /// Where a gate belongs. A broken bound is sorted by what it does: it blocks, warns, or is noted and no more.
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

    /// The title over its gates.
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

    /// The words after a number of its gates: `2 failed`.
    fn counted(self, one: bool) -> &'static str {
        match self {
            Self::Warnings if one => "warning",
            Self::Noted => "noted",
            _ => self.title(),
        }
    }

    /// Whether the check's own advice fits: it is for a demand that was broken, and not for one that was never held.
    pub(super) fn takes_help(self) -> bool {
        self.is_open() && !matches!(self, Self::Errors | Self::NoBaseline)
    }

    /// Whether its gates need somebody's attention.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Failed | Self::Errors | Self::Inconclusive | Self::NoBaseline | Self::Warnings)
    }
}

/// Whether its table of groups is for the record, to be shown whatever was found.
pub(super) fn is_record(gate: &GateResult) -> bool {
    gate.severity == Severity::Note && !gate.groups.is_empty()
}

/// What there is to read about a gate: its check, and the rate of groups that it is about.
pub(super) fn topics(gate: &GateResult) -> impl Iterator<Item = &str> {
    let rate = gate.subject.get("rate").and_then(|rate| rate.split('@').next());
    // That something can be measured is not explained on a page.
    std::iter::once(gate.check.as_str()).filter(|check| *check != MEASURED).chain(rate)
}

/// The gates of `report` by section, in the order of the config within each; empty sections are left out.
pub(super) fn sections(report: &Report) -> Vec<(Section, Vec<&GateResult>)> {
    Section::ALL
        .into_iter()
        .map(|section| (section, report.gates.iter().filter(|gate| Section::of(gate) == section).collect::<Vec<_>>()))
        .filter(|(_, gates)| !gates.is_empty())
        .collect()
}

/// The headline in its parts: `2 of 14 gates failed`, `1 inconclusive`, `11 passed`, `1 note`.
pub(super) fn headline(sections: &[(Section, Vec<&GateResult>)], notes: &[Note]) -> Vec<String> {
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
    let rest = rest.iter().map(|(section, gates)| format!("{} {}", gates.len(), section.counted(gates.len() == 1)));
    let notes = (!notes.is_empty()).then(|| counted(notes.len() as u64, "note"));
    std::iter::once(lead).chain(rest).chain(notes).collect()
}

/// Gates that say the same, so that it is said once: a lost column is named once, whatever is demanded of it.
pub(super) fn by_message<'a>(gates: &[&'a GateResult]) -> Vec<Vec<&'a GateResult>> {
    let mut order: Vec<Vec<&GateResult>> = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    for gate in gates {
        let key = (gate.message.as_str(), gate.help.as_str());
        match seen.get(&key) {
            // Without a message there is nothing to say once.
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
