//! Settings that concern several gates: the baseline's place, the seed, the template, the guard itself.

use super::demands::{DemandChange, DemandChangeKind, DemandPlace, Demands};
use super::shown::path;
use crate::config::{BaselineConfig, BaselinePlace, BaselineSource, Config, GuardConfig, OnLoosened, Span, Spanned};

/// The effect of a loosened demand where a config sets none.
pub const DEFAULT: OnLoosened = OnLoosened::Warn;

const START: Span = Span { start: 0, end: 0 };

/// Returns the differences of the two configs' settings.
pub(super) fn compare(theirs: Demands<'_>, ours: Demands<'_>) -> Vec<DemandChange> {
    let mut found = Vec::new();
    guard(theirs.config, ours.config, &mut found);
    baseline("baseline", theirs.config.baseline.as_ref(), ours.config.baseline.as_ref(), &mut found);
    let reference = |config: &Config| config.reference.as_ref().and_then(|reference| reference.baseline.clone());
    let (before, after) = (reference(theirs.config), reference(ours.config));
    baseline("reference", before.as_ref(), after.as_ref(), &mut found);
    if theirs.config.seed != ours.config.seed {
        let sides = [theirs.config.seed.to_string(), ours.config.seed.to_string()];
        found.push(change("seed", DemandChangeKind::Changed, sides, "other samples decide", START));
    }
    policies(theirs, ours, &mut found);
    comment(theirs.config, ours.config, &mut found);
    template(theirs, ours, &mut found);
    found
}

fn change(gate: &str, kind: DemandChangeKind, [from, to]: [String; 2], why: &str, at: Span) -> DemandChange {
    let value = |text: String| Some(text).filter(|text| !text.is_empty());
    DemandChange {
        gate: gate.to_owned(),
        kind,
        from: value(from),
        to: value(to),
        why: why.to_owned(),
        place: DemandPlace::Ours(at),
    }
}

fn guard(theirs: &Config, ours: &Config, found: &mut Vec<DemandChange>) {
    let effect = |config: &Config| config.guard.as_ref().and_then(|guard| guard.on_loosened).unwrap_or(DEFAULT);
    let at = ours.guard.as_ref().map_or(START, |guard| guard.span);
    let (before, after) = (effect(theirs), effect(ours));
    if before != after {
        let (kind, why) = if after < before {
            (DemandChangeKind::Loosened, "the guard does less from the next change on")
        } else {
            (DemandChangeKind::Tightened, "the guard does more from the next change on")
        };
        let sides = [before, after].map(|effect| effect.name().to_owned());
        found.push(change("guard.on_loosened", kind, sides, why, at));
    }
    let against = |config: &Config| {
        let named = config.guard.as_ref().and_then(|GuardConfig { against, .. }| against.as_ref());
        named.map_or("merge-base", |against| against.value.as_str()).to_owned()
    };
    let sides = [against(theirs), against(ours)];
    if sides[0] != sides[1] {
        found.push(change(
            "guard.against",
            DemandChangeKind::Loosened,
            sides,
            "the guard compares with another side",
            at,
        ));
    }
}

fn baseline(key: &str, theirs: Option<&BaselineConfig>, ours: Option<&BaselineConfig>, found: &mut Vec<DemandChange>) {
    let places = |config: &BaselineConfig| config.from.iter().map(shown).collect::<Vec<_>>().join(", ");
    let (before, after) = match (theirs, ours) {
        (None, None) => return,
        (None, Some(ours)) => {
            let sides = [String::new(), places(ours)];
            found.push(change(key, DemandChangeKind::Added, sides, "a stored baseline", ours.span));
            return;
        }
        (Some(theirs), None) => {
            let sides = [places(theirs), String::new()];
            found.push(change(key, DemandChangeKind::Removed, sides, "no stored baseline any more", START));
            return;
        }
        (Some(theirs), Some(ours)) => (theirs, ours),
    };
    let source = |place: &BaselinePlace| match &place.source {
        BaselineSource::Path(at) => BaselineSource::Path(path(at)),
        other => other.clone(),
    };
    let sources = |config: &BaselineConfig| config.from.iter().map(source).collect::<Vec<_>>();
    if sources(before) != sources(after) {
        let why = "a baseline from another place";
        found.push(change(key, DemandChangeKind::Loosened, [places(before), places(after)], why, after.span));
    } else {
        for (before, after) in before.from.iter().zip(&after.from) {
            let key = format!("{key}.from");
            let why =
                ["the next place is tried where git finds none here", "the search ends where git finds none here"];
            required(&key, before.required, after.required, why, after.span, found);
        }
    }
    let why = ["a run without a baseline is no error", "a run without a baseline is an error"];
    required(&format!("{key}.required"), before.required, after.required, why, after.span, found);
    let age = |config: &BaselineConfig| config.max_age.map_or_else(|| "any age".to_owned(), days);
    let oldest = |config: &BaselineConfig| config.max_age.unwrap_or(u64::MAX);
    if oldest(before) != oldest(after) {
        let (kind, why) = if oldest(after) > oldest(before) {
            (DemandChangeKind::Loosened, "an older baseline is accepted")
        } else {
            (DemandChangeKind::Tightened, "a baseline is called old earlier")
        };
        found.push(change(&format!("{key}.max_age"), kind, [age(before), age(after)], why, after.span));
    }
    if before.rows != after.rows {
        let sides = [before.rows, after.rows].map(|rows| rows.to_string());
        let (kind, why) = if before.rows {
            (DemandChangeKind::Loosened, "later changes are not paired with the baseline's rows")
        } else {
            (DemandChangeKind::Tightened, "later changes are paired with the baseline's rows")
        };
        found.push(change(&format!("{key}.rows"), kind, sides, why, after.span));
    }
}

fn required(key: &str, before: bool, after: bool, why: [&str; 2], at: Span, found: &mut Vec<DemandChange>) {
    if before != after {
        let (kind, why) =
            if before { (DemandChangeKind::Loosened, why[0]) } else { (DemandChangeKind::Tightened, why[1]) };
        found.push(change(key, kind, [before, after].map(|required| format!("required: {required}")), why, at));
    }
}

fn policies(theirs: Demands<'_>, ours: Demands<'_>, found: &mut Vec<DemandChange>) {
    let missing = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|policy| !other.contains(policy)).cloned().collect()
    };
    let (gone, new) = (missing(theirs.policies, ours.policies), missing(ours.policies, theirs.policies));
    let at = ours.config.policy.first().map_or(START, |policy| policy.span);
    if !gone.is_empty() {
        let sides = [gone.join(", "), new.join(", ")];
        let why = if new.is_empty() { "the config is not held to it any more" } else { "another policy" };
        let kind = if new.is_empty() { DemandChangeKind::Removed } else { DemandChangeKind::Changed };
        found.push(change("policy", kind, sides, why, at));
    } else if !new.is_empty() {
        found.push(change(
            "policy",
            DemandChangeKind::Added,
            [String::new(), new.join(", ")],
            "held to one more policy",
            at,
        ));
    }
}

/// Returns an age in its largest whole unit, as a config would write it.
fn days(age: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = units.into_iter().find(|(seconds, _)| age.is_multiple_of(*seconds));
    unit.map_or_else(|| format!("{age}s"), |(seconds, unit)| format!("{}{unit}", age / seconds))
}

fn shown(place: &BaselinePlace) -> String {
    place.source.shown()
}

/// Compares the verdicts that are posted, because one that is not posted is overlooked.
fn comment(theirs: &Config, ours: &Config, found: &mut Vec<DemandChange>) {
    let at = |setting: Option<&Spanned<String>>| setting.map_or(START, |setting| setting.span);
    let mode = |config: &Config| config.comment.mode.as_ref().map_or("update", |mode| mode.value.as_str()).to_owned();
    let rank = |mode: &str| match mode {
        "off" => 0,
        "on-failure" => 1,
        _ => 2,
    };
    let modes = [mode(theirs), mode(ours)];
    let [before, after] = [rank(&modes[0]), rank(&modes[1])];
    if before != after {
        let (kind, why) = if after < before {
            (DemandChangeKind::Loosened, "fewer verdicts are posted to the pull request")
        } else {
            (DemandChangeKind::Tightened, "more verdicts are posted to the pull request")
        };
        found.push(change("comment.mode", kind, modes, why, at(ours.comment.mode.as_ref())));
    }
    let key = |config: &Config| config.comment.key.as_ref().map(|key| key.value.clone()).unwrap_or_default();
    let keys = [key(theirs), key(ours)];
    if keys[0] != keys[1] {
        let why = "another comment, status and check run; those of the other key keep their last verdict";
        found.push(change("comment.key", DemandChangeKind::Changed, keys, why, at(ours.comment.key.as_ref())));
    }
}

fn template(theirs: Demands<'_>, ours: Demands<'_>, found: &mut Vec<DemandChange>) {
    let path = |side: Demands<'_>| side.config.comment.template.as_ref().map(|path| path.value.clone());
    let (before, after) = (path(theirs), path(ours));
    if after.is_none() || (before == after && theirs.template == ours.template) {
        return;
    }
    let at = ours.config.comment.template.as_ref().map_or(START, |path| path.span);
    let why = if before == after {
        "the template of the comment was rewritten"
    } else {
        "a template of the change's own speaks for the gate"
    };
    let sides = [before, after].map(Option::unwrap_or_default);
    found.push(change("comment.template", DemandChangeKind::Changed, sides, why, at));
}
