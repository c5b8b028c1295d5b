//! Two demands of the same id: the aspects in which they differ.

use super::demands::{Aspect, DemandChangeKind, Demands};
use super::{limit, meaning};
use crate::catalog::{CheckSpec, PAGES, Severity};
use crate::gate::bound::{BoundTarget, Edge};
use crate::gate::verdict::OnInconclusive;
use crate::gate::waiver::Waiver;
use crate::gate::{Blocked, Constraint, Gate};

/// Returns the aspects in which the change's gate differs from the other side's gate of the same id.
pub(super) fn between(theirs: (Demands<'_>, &Gate), ours: (Demands<'_>, &Gate)) -> Vec<Aspect> {
    let mut found = parameters(theirs, ours);
    let spec = ours.0.catalog.get(ours.1.family, &ours.1.check);
    // A number of another program has no interval, whatever its check is.
    let has_interval =
        spec.is_none_or(|spec| spec.takes("confidence")) && !matches!(ours.1.task, Ok(Constraint::Reported { .. }));
    settings(theirs.1, ours.1, has_interval, &mut found);
    rows(theirs.1, ours.1, &mut found);
    filters(theirs.1, ours.1, &mut found);
    found.extend(waivers(theirs.1.waiver.as_ref(), ours.1.waiver.as_ref()));
    meanings(theirs, ours, &mut found);
    found
}

/// Returns true if mlgate itself defines a check.
pub(super) fn is_built_in(spec: &CheckSpec) -> bool {
    let page = format!("checks/{}/{}.md", spec.family.name(), spec.id);
    PAGES.iter().any(|(path, _)| *path == page)
}

fn parameters((theirs, before): (Demands<'_>, &Gate), (ours, after): (Demands<'_>, &Gate)) -> Vec<Aspect> {
    let specs = [theirs.catalog.get(before.family, &before.check), ours.catalog.get(after.family, &after.check)];
    let [Some(page), Some(spec)] = specs else { return Vec::new() };
    let is_built_in = is_built_in(spec);
    let mut found = Vec::new();
    for (name, value) in &before.params {
        match after.params.get(name) {
            Some(other) => found.extend(limit::compare(spec, is_built_in, name, [value, other])),
            None => found.push(Aspect::new(DemandChangeKind::Changed, name, "", format!("no `{name}` any more"))),
        }
    }
    if !is_built_in && definition(page) != definition(spec) {
        let why = format!("the page of `{}` defines it differently", spec.id);
        found.push(Aspect::new(DemandChangeKind::Changed, &page.definition, &spec.definition, why));
    }
    found
}

/// Returns the parts of a page that define its number and its words: without its prose, its advice, and the severity, which
/// is compared by itself.
fn definition(page: &CheckSpec) -> CheckSpec {
    let mut spec = CheckSpec { severity: Severity::Error, ..page.clone() };
    for text in [&mut spec.path, &mut spec.body, &mut spec.help, &mut spec.summary, &mut spec.since] {
        text.clear();
    }
    spec.params.iter_mut().for_each(|param| param.about.clear());
    spec
}

fn settings(theirs: &Gate, ours: &Gate, has_interval: bool, found: &mut Vec<Aspect>) {
    let mut ranked = |name: &str, [before, after]: [(u64, String); 2], why: [&str; 2]| {
        let kind = match after.0.cmp(&before.0) {
            std::cmp::Ordering::Less => (DemandChangeKind::Loosened, why[0]),
            std::cmp::Ordering::Greater => (DemandChangeKind::Tightened, why[1]),
            std::cmp::Ordering::Equal => return,
        };
        let shown = |value: String| format!("{name}: {value}");
        found.push(Aspect::new(kind.0, shown(before.1), shown(after.1), kind.1));
    };
    let severity = |gate: &Gate| match gate.severity {
        Severity::Error => (2, "error".to_owned()),
        Severity::Warning => (1, "warning".to_owned()),
        Severity::Note => (0, "note".to_owned()),
    };
    ranked("severity", [severity(theirs), severity(ours)], ["a lower severity", "a higher severity"]);
    let mode = |gate: &Gate| match gate.on_inconclusive {
        OnInconclusive::Fail => (2, "fail".to_owned()),
        OnInconclusive::Warn => (1, "warn".to_owned()),
        OnInconclusive::Pass => (0, "pass".to_owned()),
    };
    ranked(
        "on_inconclusive",
        [mode(theirs), mode(ours)],
        ["a softer `on_inconclusive`", "a stricter `on_inconclusive`"],
    );
    // More rows are needed for a slice or group to take part.
    let least = |gate: &Gate| (u64::MAX - gate.min_n, gate.min_n.to_string());
    ranked("min_n", [least(theirs), least(ours)], ["fewer groups take part", "more groups take part"]);
    if has_interval && theirs.confidence.to_bits() != ours.confidence.to_bits() {
        // A wider interval decides less. Where the undecided blocks, it is the narrower one that lets more pass.
        let blocks = ours.on_inconclusive == OnInconclusive::Fail && ours.severity == Severity::Error;
        let kind = if (ours.confidence > theirs.confidence) == blocks {
            DemandChangeKind::Tightened
        } else {
            DemandChangeKind::Loosened
        };
        let shown = |gate: &Gate| format!("confidence: {}", gate.confidence);
        found.push(Aspect::new(kind, shown(theirs), shown(ours), "another confidence"));
    }
}

/// Adds rows, slices and columns that only one of the gates looks at.
fn rows(theirs: &Gate, ours: &Gate, found: &mut Vec<Aspect>) {
    if let (Ok(_) | Err(Blocked::Error(_)), Err(Blocked::NotApplicable(why))) = (&theirs.task, &ours.task) {
        let why = format!("not applicable any more: {why}");
        found.push(Aspect::new(DemandChangeKind::Loosened, theirs.bound.clone(), "not applicable", why));
    }
    if let (Ok(Constraint::Sliced { except: before, .. }), Ok(Constraint::Sliced { except: after, .. })) =
        (&theirs.task, &ours.task)
    {
        let apart = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter().filter(|slice| !other.contains(slice)).map(|slice| format!("`{slice}`")).collect()
        };
        let (left, joined) = (apart(after, before), apart(before, after));
        if !left.is_empty() {
            let why = format!("{} has a line of its own", left.join(", "));
            found.push(Aspect::new(DemandChangeKind::Loosened, "", format!("without {}", left.join(", ")), why));
        }
        if !joined.is_empty() {
            let why = format!("{} has no line of its own any more", joined.join(", "));
            found.push(Aspect::new(DemandChangeKind::Tightened, format!("without {}", joined.join(", ")), "", why));
        }
    }
}

/// Adds a condition that only one of the gates has, or that differs.
fn filters(theirs: &Gate, ours: &Gate, found: &mut Vec<Aspect>) {
    let condition = |gate: &Gate| gate.filter.as_ref().map(|filter| filter.condition.clone());
    let shown =
        |condition: Option<String>| condition.map_or_else(|| "all rows".to_owned(), |rows| format!("where {rows}"));
    let (before, after) = (condition(theirs), condition(ours));
    let (kind, why) = match (&before, &after) {
        _ if before == after => return,
        (None, _) => (DemandChangeKind::Loosened, "looks at fewer rows"),
        // No row of more rows may fail: that is a harder demand. Any other number of theirs may be better.
        (Some(_), None) if allows_none(theirs) && allows_none(ours) => {
            (DemandChangeKind::Tightened, "looks at all rows")
        }
        (Some(_), None) => (DemandChangeKind::Changed, "looks at all rows"),
        (Some(before), Some(after)) if narrows(before, after) => (DemandChangeKind::Loosened, "looks at fewer rows"),
        (Some(_), Some(_)) => (DemandChangeKind::Changed, "looks at other rows"),
    };
    found.push(Aspect::new(kind, shown(before), shown(after), why));
}

/// Returns true for a gate that no single row may fail.
fn allows_none(gate: &Gate) -> bool {
    let Ok(Constraint::Exact { bound, .. } | Constraint::Values { bound, .. }) = &gate.task else { return false };
    let is_none = |edge: Edge| edge.inclusive && edge.at == BoundTarget::Literal(0.0);
    bound.low.is_none_or(is_none) && bound.high.is_some_and(is_none)
}

/// Returns true if a condition is another one with further parts, joined by `AND`.
fn narrows(before: &str, after: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (before, after) = (plain(before), plain(after));
    let is_joined = |text: &str| text.contains(" or ") || text.contains(" case ");
    let further = after.strip_prefix(&format!("{before} and ")).or(after.strip_suffix(&format!(" and {before}")));
    !is_joined(&before) && further.is_some_and(|further| !is_joined(further))
}

fn waivers(theirs: Option<&Waiver>, ours: Option<&Waiver>) -> Option<Aspect> {
    let shown = |waiver: &Waiver| format!("waived until {}", waiver.until);
    let by = |waiver: &Waiver| format!("{}: {}", waiver.owner, waiver.reason);
    match (theirs, ours) {
        (None, None) => None,
        (None, Some(waiver)) => Some(Aspect::new(DemandChangeKind::Waived, "", shown(waiver), by(waiver))),
        (Some(waiver), None) => Some(Aspect::new(DemandChangeKind::Tightened, shown(waiver), "", "the waiver is gone")),
        (Some(before), Some(after)) if after.until > before.until => {
            Some(Aspect::new(DemandChangeKind::Waived, shown(before), shown(after), by(after)))
        }
        (Some(before), Some(after)) if after.until < before.until => {
            Some(Aspect::new(DemandChangeKind::Tightened, shown(before), shown(after), "the waiver ends earlier"))
        }
        (Some(_), Some(_)) => None,
    }
}

fn meanings(theirs: (Demands<'_>, &Gate), ours: (Demands<'_>, &Gate), found: &mut Vec<Aspect>) {
    let (before, after) = (meaning::of(theirs.0, theirs.1), meaning::of(ours.0, ours.1));
    let names: std::collections::BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    for name in names {
        let (from, to) = (before.get(name), after.get(name));
        if from != to {
            let shown = |value: Option<&String>| format!("{name}: {}", value.map_or("none", String::as_str));
            found.push(Aspect::new(DemandChangeKind::Changed, shown(from), shown(to), format!("another `{name}`")));
        }
    }
    if theirs.1.compares() || ours.1.compares() {
        let (before, after) = (meaning::other_place(theirs.0, theirs.1), meaning::other_place(ours.0, ours.1));
        if before != after {
            let shown = |place: Option<String>| format!("baseline: {}", place.as_deref().unwrap_or("the stored one"));
            found.push(Aspect::new(
                DemandChangeKind::Loosened,
                shown(before),
                shown(after),
                "a baseline from another place",
            ));
        }
    }
}
