//! The guard: the demands of a change's config beside those of the other side, gate by gate.
//!
//! Pure: independent of files, of git and of the clock. Both configs are bound before they are compared, so that a pattern
//! counts by the columns that it reaches.

mod demands;
mod difference;
mod limit;
mod meaning;
mod removed;
pub mod setting;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use crate::gate::Gate;
use demands::Aspect;
pub use demands::{DemandChange, DemandChangeKind, DemandPlace, Demands};

/// Returns the differences of all demands: settings first, then gates in the order of the other side's config, then
/// added gates.
///
/// `lost` holds the columns that only the other side's data have, by dataset.
pub fn compare(theirs: Demands<'_>, ours: Demands<'_>, lost: &BTreeSet<(String, String)>) -> Vec<DemandChange> {
    let mut changes = setting::compare(theirs, ours);
    let known: BTreeMap<&str, &Gate> = ours.gates.iter().map(|gate| (gate.id.as_str(), gate)).collect();
    let before: BTreeSet<&str> = theirs.gates.iter().map(|gate| gate.id.as_str()).collect();
    let added: Vec<&Gate> = ours.gates.iter().filter(|gate| !before.contains(gate.id.as_str())).collect();
    for gate in theirs.gates {
        match known.get(gate.id.as_str()) {
            Some(here) => changes.extend(joined(here, difference::between((theirs, gate), (ours, here)))),
            None => changes.push(DemandChange {
                gate: gate.id.clone(),
                kind: DemandChangeKind::Removed,
                from: Some(gate.bound.clone()),
                to: None,
                why: removed::why((theirs, gate), ours, &added, lost),
                place: DemandPlace::Theirs(gate.at),
            }),
        }
    }
    for gate in added {
        let why = if gate.waiver.is_some() { "a new gate, with a waiver" } else { "a new gate" };
        changes.push(DemandChange {
            gate: gate.id.clone(),
            kind: DemandChangeKind::Added,
            from: None,
            to: Some(gate.bound.clone()),
            why: why.to_owned(),
            place: DemandPlace::Ours(gate.at),
        });
    }
    changes
}

/// Returns the differences of one gate.
pub fn of_gate(theirs: (Demands<'_>, &Gate), ours: (Demands<'_>, &Gate)) -> Vec<DemandChange> {
    joined(ours.1, difference::between(theirs, ours))
}

/// Joins the aspects of a gate to one change of each kind.
fn joined(gate: &Gate, aspects: Vec<Aspect>) -> Vec<DemandChange> {
    let mut changes: Vec<DemandChange> = Vec::new();
    for Aspect { kind, from, to, why } in aspects {
        match changes.iter_mut().find(|change| change.kind == kind) {
            Some(change) => {
                for (text, more) in [(&mut change.from, from), (&mut change.to, to)] {
                    if let Some(text) = text.as_mut().filter(|_| !more.is_empty()) {
                        *text = if text.is_empty() { more } else { format!("{text}, {more}") };
                    }
                }
                change.why = format!("{}; {why}", change.why);
            }
            None => {
                let at = match (&gate.waiver, kind) {
                    (Some(waiver), DemandChangeKind::Waived) => waiver.at,
                    _ => gate.at,
                };
                let (from, to, place) = (Some(from), Some(to), DemandPlace::Ours(at));
                changes.push(DemandChange { gate: gate.id.clone(), kind, from, to, why, place });
            }
        }
    }
    changes.sort_by_key(|change| change.kind);
    changes
}

/// Returns the number of gates and of settings among the differences that can let a worse change pass.
pub fn weakened<'a>(changes: impl IntoIterator<Item = (&'a str, DemandChangeKind)>) -> (usize, usize) {
    let weak = changes.into_iter().filter(|(_, kind)| kind.weakens()).map(|(gate, _)| gate);
    let names: BTreeSet<&str> = weak.collect();
    let gates = names.iter().filter(|name| is_gate(name)).count();
    (gates, names.len() - gates)
}

/// Returns true for the id of a gate, false for the key of a setting.
fn is_gate(name: &str) -> bool {
    name.starts_with("data.") || name.starts_with("models.")
}
