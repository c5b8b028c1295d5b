//! The section of the guard: what the change does to its own demands, right below the verdict.

use std::fmt::Write as _;

use super::document::{GuardChange, GuardResult, Note};
use super::safe;
use super::safe::{code_span, prose};
use super::size::size;
use super::text::layout::wrap;
use crate::gate::verdict::Effect;
use crate::guard::{DemandChangeKind, weakened};

/// Maximum number of listed differences of a page.
const LISTED: usize = 40;
/// Maximum number of gates that are named with one difference.
const FEW_GATES: usize = 12;
/// Maximum width of prose.
const WIDTH: usize = 80;

/// Returns the finding in one sentence without a full stop: `this change loosens 2 gates and 1 setting`; `None` if
/// nothing was weakened.
pub(super) fn headline(guard: &GuardResult) -> Option<String> {
    let of = |kinds: &[DemandChangeKind]| {
        let changes = guard.changes.iter().filter(|change| kinds.contains(&change.kind));
        match weakened(changes.map(|change| (change.gate.as_str(), change.kind))) {
            (0, 0) => None,
            (gates, 0) => Some(counted(gates, "gate")),
            (0, settings) => Some(counted(settings, "setting")),
            (gates, settings) => Some(format!("{} and {}", counted(gates, "gate"), counted(settings, "setting"))),
        }
    };
    let loosened = of(&[DemandChangeKind::Removed, DemandChangeKind::Loosened, DemandChangeKind::Waived]);
    let changed = of(&[DemandChangeKind::Changed]);
    match (loosened, changed) {
        (Some(loosened), Some(changed)) => {
            Some(format!("this change loosens {loosened}, and changes the meaning of {changed}"))
        }
        (Some(loosened), None) => Some(format!("this change loosens {loosened}")),
        (None, Some(changed)) => Some(format!("this change changes the meaning of {changed}")),
        (None, None) if guard.effect != Effect::None => {
            Some("the demands of this change could not be compared with those of the other side".to_owned())
        }
        (None, None) => None,
    }
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Returns the notes that the guard does not tell of itself.
pub(super) fn beside<'a>(guard: Option<&GuardResult>, notes: &'a [Note]) -> Vec<&'a Note> {
    notes.iter().filter(|note| guard.is_none_or(|guard| !guard.tells(note))).collect()
}

/// Returns what the end of the page says of a guard that has no section: its side, or the reason it did not look.
pub(super) fn remarks(guard: Option<&GuardResult>) -> Vec<String> {
    let Some(guard) = guard.filter(|guard| guard.changes.is_empty() && guard.effect == Effect::None) else {
        return Vec::new();
    };
    match &guard.against {
        Some(against) if guard.notes.is_empty() => vec![format!("no demand differs from those of {against}")],
        _ => guard.notes.clone(),
    }
}

/// The differences of one kind, value and reason, with their gates.
struct Told<'a> {
    first: &'a GuardChange,
    gates: Vec<&'a str>,
}

impl<'a> Told<'a> {
    /// Groups differences that say the same, those that weaken the gate first.
    fn all(guard: &'a GuardResult) -> Vec<Self> {
        let mut told: Vec<Self> = Vec::new();
        let mut places = std::collections::BTreeMap::new();
        for change in &guard.changes {
            let key = (change.kind, &change.from, &change.to, &change.why);
            let at = *places.entry(key).or_insert_with(|| {
                told.push(Self { first: change, gates: Vec::new() });
                told.len() - 1
            });
            told[at].gates.push(&change.gate);
        }
        told.sort_by_key(|told| (!told.first.kind.weakens(), told.first.kind));
        told
    }

    /// Returns the gates' names, each through `name`.
    fn named(&self, name: impl Fn(&str) -> String) -> String {
        let mut names: Vec<String> = self.gates.iter().take(FEW_GATES).map(|gate| name(gate)).collect();
        if self.gates.len() > FEW_GATES {
            names.push(format!("and {} more", self.gates.len() - FEW_GATES));
        }
        names.join(", ")
    }

    /// Returns the demand on both sides and the reason, each value through `value` and the reason through `words`.
    fn finding(&self, value: impl Fn(&str) -> String, words: impl Fn(&str) -> String) -> String {
        let side = |side: &Option<String>| side.as_deref().filter(|text| !text.is_empty()).map(&value);
        let sides = match (side(&self.first.from), side(&self.first.to)) {
            (Some(from), Some(to)) => format!(" {from} → {to};"),
            (Some(from), None) => format!(" was {from};"),
            (None, Some(to)) => format!(" {to};"),
            (None, None) => String::new(),
        };
        format!("{}:{sides} {}", kind(self.first.kind), words(&self.first.why))
    }
}

/// Returns a difference in one line of plain text: `loosened: >= 4 → >= 1; a wider limit`.
pub fn guard_finding(change: &GuardChange) -> String {
    Told { first: change, gates: Vec::new() }.finding(str::to_owned, str::to_owned)
}

fn kind(kind: DemandChangeKind) -> &'static str {
    match kind {
        DemandChangeKind::Added => "added",
        DemandChangeKind::Removed => "removed",
        DemandChangeKind::Tightened => "tightened",
        DemandChangeKind::Loosened => "loosened",
        DemandChangeKind::Waived => "waived",
        DemandChangeKind::Changed => "changed",
    }
}

/// Returns the differences, those that weaken the gate first: the gates, and the finding with its values in backticks.
pub(super) fn listed(guard: &GuardResult) -> Vec<(Vec<&str>, String)> {
    let value = |value: &str| format!("`{}`", value.replace('`', "'"));
    Told::all(guard).into_iter().map(|told| (told.gates.clone(), told.finding(value, str::to_owned))).collect()
}

/// Returns the section in Markdown, at most `budget` UTF-16 units; empty if there is nothing to tell. No line starts with
/// text of the report.
pub fn guard_markdown(guard: &GuardResult, budget: usize) -> String {
    let told = Told::all(guard);
    if told.is_empty() && guard.effect == Effect::None {
        return String::new();
    }
    let mut page = match headline(guard) {
        Some(words) => format!("**{}**", sentence(&words)),
        None => "The demands of this change are no weaker than those of the other side.".to_owned(),
    };
    if let Some(against) = &guard.against {
        let _ = write!(page, " Compared with {}.", code_span(against, false));
    }
    page += "\n";
    for note in &guard.notes {
        let _ = write!(page, "\n- {}", prose(note, false));
    }
    let mut left = 0;
    for (place, told) in told.iter().enumerate() {
        let names = told.named(|gate| code_span(gate, false));
        let item = format!("\n- {names}<br>{}", told.finding(|value| code_span(value, false), |why| prose(why, false)));
        if place >= LISTED || size(&page) + size(&item) > budget {
            left += told.gates.len();
        } else {
            page += &item;
        }
    }
    if left > 0 {
        let _ = write!(page, "\n- and {left} more, in the JSON report");
    }
    page
}

/// Returns the section for a terminal; empty if there is nothing to tell.
pub fn guard_text(guard: &GuardResult) -> String {
    text_lines(guard).join("\n")
}

pub(super) fn text_lines(guard: &GuardResult) -> Vec<String> {
    let told = Told::all(guard);
    let mut lines = Vec::new();
    if told.is_empty() && guard.effect == Effect::None {
        return lines;
    }
    lines.push("guard".to_owned());
    let words = headline(guard)
        .unwrap_or_else(|| "the demands of this change are no weaker than those of the other side".to_owned());
    let against = guard.against.as_ref().map(|against| format!(" (compared with {against})")).unwrap_or_default();
    let mut say = |text: &str, lead: &str| {
        for line in wrap(&safe::sentence(text), WIDTH - 6) {
            lines.push(format!("{lead}{line}"));
        }
    };
    say(&format!("{words}{against}"), "  · ");
    for note in &guard.notes {
        say(note, "    │ ");
    }
    for told in told.iter().take(LISTED) {
        let mark = if told.first.effect == Effect::None { "  · " } else { "  ! " };
        say(&told.named(str::to_owned), mark);
        say(&told.finding(str::to_owned, str::to_owned), "    │ ");
    }
    let left: usize = told.iter().skip(LISTED).map(|told| told.gates.len()).sum();
    if left > 0 {
        lines.push(format!("  · and {left} more, in the JSON report"));
    }
    lines
}

/// Returns words as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).chain(['.']).collect()
}
