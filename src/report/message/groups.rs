//! The messages of group comparisons.

use std::sync::LazyLock;

use super::super::number::{Style, unit_of_groups};
use super::left_out;
use super::phrases::{against, among, between, decide, filled, listed, trust};
use crate::gate::judge::{Absence, JudgedGroups, group_name};
use crate::gate::verdict::Verdict;
use crate::gate::{Gate, GroupDemand, Limit};
use crate::report::suppression::Suppression;
use crate::stats::{End, Estimate, GroupComparison, GroupReference, Reduction, Who};

pub(super) fn groups(
    gate: &Gate,
    found: &JudgedGroups,
    verdict: Verdict,
    style: Style,
    kept: &[Option<Suppression>],
) -> String {
    let by = gate.subject.get("by").map(String::as_str);
    let parts = parts(found, by, kept);
    if verdict == Verdict::Error {
        let small = parts.iter().filter(|(_, why)| **why == Absence::Small).count();
        let of_all = found.candidate.groups.len() - small;
        let why = left_out::undefined(&parts, of_all, "group").or_else(|| found.trouble.clone());
        return why.unwrap_or_default();
    }
    let Ok(estimate) = &found.candidate.value else {
        return String::new();
    };
    // A gate that only a missing group keeps from passing has the message of a passing gate, and then the missing
    // group's.
    let verdict = if found.is_held_back { Verdict::Pass } else { verdict };
    let told = match (found.demand, &found.change) {
        (GroupDemand::Limit(limit), _) => {
            let style = style.telling_apart(&between(estimate, limit));
            let judged = if found.one_of.is_some() { Verdict::Fail } else { verdict };
            let enough = found.enough.filter(|_| found.one_of.is_none());
            detail(found, style, (by, kept)) + &against(gate, style, (estimate, &found.units), limit, judged, enough)
        }
        (GroupDemand::Growth(margin), Some(change)) => grown(gate, found, (estimate, change, margin), verdict, style),
        (GroupDemand::Growth(_), None) => String::new(),
        (GroupDemand::Impact(least), _) => {
            let style = style.telling_apart(&between(estimate, Limit::AtLeast(least)));
            detail(found, style, (by, kept)) + &adverse(gate, found, (estimate, least), verdict, style, kept)
        }
    };
    let corrected = found.one_of.map_or_else(String::new, among);
    let missed = left_out::missed(&parts, gate.min_n);
    format!("{}{corrected}{}{missed}", filled(gate, &[("detail", &told)]), small(gate, found, &parts))
}

/// Returns the two numbers that decide, and their difference or ratio.
fn detail(found: &JudgedGroups, style: Style, told: (Option<&str>, &[Option<Suppression>])) -> String {
    let compared = &found.candidate;
    let (Ok(estimate), Some(ends)) = (&compared.value, compared.ends) else { return String::new() };
    let (lower, upper) = (name(found, ends.lower, told), name(found, ends.upper, told));
    let rate = rate_of(compared, ends.lower).or(rate_of(compared, ends.upper));
    let rate = rate.map_or_else(String::new, |rate| format!("of {rate}, "));
    let value = style.value(estimate.value);
    let what = match &found.reduction {
        Reduction::Ratio(_) => "ratio",
        _ => "gap",
    };
    match &found.reduction {
        Reduction::Lowest => format!("lowest is {lower}"),
        Reduction::Highest => format!("highest is {upper}"),
        Reduction::Spread => format!("lowest is {lower}, highest is {upper}, standard deviation beyond noise {value}"),
        Reduction::Gap(GroupReference::Highest) | Reduction::Ratio(GroupReference::Highest) => {
            format!("{rate}lowest is {lower}, highest is {upper}, {what} {value}")
        }
        Reduction::Gap(reference) | Reduction::Ratio(reference) => {
            let is_reference = |who: Who| match (who.who, reference) {
                (End::Rest | End::Overall, _) => true,
                (End::Group(at), GroupReference::Named(key)) => compared.groups[at].key == *key,
                (End::Group(at), _) => compared.groups[at].against.is_none(),
            };
            let (one, other) = if is_reference(ends.lower) { (upper, lower) } else { (lower, upper) };
            format!("{rate}farthest is {one} from {other}, {what} {value}")
        }
    }
}

fn rate_of(compared: &GroupComparison, who: Who) -> Option<&'static str> {
    match who.who {
        End::Group(at) => compared.groups.get(at)?.of,
        End::Rest | End::Overall => None,
    }
}

/// Returns the name of a group or reference, with its number unless the number is suppressed.
fn name(found: &JudgedGroups, who: Who, (by, kept): (Option<&str>, &[Option<Suppression>])) -> String {
    let number = Style::of(unit_of_groups(found.measure)).value(who.value);
    match who.who {
        End::Rest => format!("everyone else {number}"),
        End::Overall => format!("all rows {number}"),
        End::Group(at) => found.candidate.groups.get(at).map_or_else(String::new, |group| {
            let name = group_name(by, &group.key);
            if kept.get(at).copied().flatten().is_some() { format!("`{name}`") } else { format!("`{name}` {number}") }
        }),
    }
}

fn grown(
    gate: &Gate,
    found: &JudgedGroups,
    (estimate, change, margin): (&Estimate, &Estimate, f64),
    verdict: Verdict,
    style: Style,
) -> String {
    let is_ratio = found.reduction.is_ratio();
    let what = if is_ratio { "ratio" } else { "gap" };
    let before = found.baseline.as_ref().and_then(|before| before.value.ok());
    let style = style.telling_apart(&change.interval.map(|end| (end, margin)));
    let levels = before.map_or_else(
        || style.value(estimate.value),
        |before| format!("{} → {}", style.value(before.value), style.value(estimate.value)),
    );
    let [low, high] = change.interval.map(|end| style.change(end));
    let (near, far) = if is_ratio { (high, low) } else { (low, high) };
    let (moved, allowed) = (style.change(change.value), style.size(margin));
    let allowed = format!("allowed {}: {allowed}", if is_ratio { "decrease" } else { "increase" });
    let fact = format!("{what} {levels}, a change of {moved}");
    match verdict {
        Verdict::Pass => format!("{fact}, at worst {far} {}; {allowed}", trust(gate)),
        Verdict::Fail => format!("{fact}, at best {near} {}; {allowed}", trust(gate)),
        _ if found.one_of.is_some() => format!("{fact}, at best {near} {}; {allowed}", trust(gate)),
        _ => format!(
            "{fact}; its {}% interval {} contains the limit ({allowed}){}",
            gate.confidence * 100.0,
            style.change_interval(change.interval),
            decide(&found.units, found.enough)
        ),
    }
}

fn adverse(
    gate: &Gate,
    found: &JudgedGroups,
    (estimate, least): (&Estimate, f64),
    verdict: Verdict,
    style: Style,
    kept: &[Option<Suppression>],
) -> String {
    let limit = style.value(least);
    let below: Vec<String> = found
        .impacts
        .iter()
        .filter(|impact| impact.ratio < least)
        .map(|impact| {
            let group = &found.candidate.groups[impact.group];
            let name = group_name(gate.subject.get("by").map(String::as_str), &group.key);
            if kept.get(impact.group).copied().flatten().is_some() {
                return format!("`{name}`");
            }
            let persons =
                if impact.turns_on_one { ", and moving one selection would lift it to the limit" } else { "" };
            format!(
                "`{name}` {} ({}{persons})",
                style.value(impact.ratio),
                chance(impact.z, impact.p_value, impact.is_exact)
            )
        })
        .collect();
    match verdict {
        Verdict::Pass => {
            format!(", at least {} {}; limit: at least {limit}", style.value(estimate.interval[0]), trust(gate))
        }
        Verdict::Fail => format!("; below {limit}: {}", listed(below)),
        _ if below.is_empty() => format!(
            "; no group is below {limit}, but the {}% interval {} contains it{}",
            gate.confidence * 100.0,
            style.interval(estimate.interval),
            decide(&found.units, found.enough)
        ),
        _ => format!("; below {limit}, but not significantly, or only by one selection: {}", listed(below)),
    }
}

/// Returns the clause on the significance test: "z = −3.21, p = 0.0013", "p = 0.21 by Fisher's test".
pub(in crate::report) fn chance(z: f64, p_value: f64, is_exact: bool) -> String {
    let p = if p_value < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {p_value:.4}") };
    if is_exact {
        format!("{p} by Fisher's test")
    } else {
        format!("z = {}, {p}", format!("{z:.2}").replace('-', "−"))
    }
}

/// Returns the groups that take no part, with their names. The reason a number is undefined may reveal individuals.
fn parts<'a>(found: &'a JudgedGroups, by: Option<&str>, kept: &[Option<Suppression>]) -> Vec<(String, &'a Absence)> {
    static UNTOLD: LazyLock<Absence> = LazyLock::new(|| Absence::Undefined("its number is undefined".to_owned()));
    let name = |at: usize| {
        let group = &found.candidate.groups[at];
        let name = group_name(by, &group.key);
        group.of.map_or_else(|| format!("`{name}`"), |rate| format!("`{name}` ({rate})"))
    };
    let is_kept = |at: usize| kept.get(at).copied().flatten().is_some();
    let told = |at: usize, why: &'a Absence| match why {
        Absence::Undefined(_) if is_kept(at) => &*UNTOLD,
        why => why,
    };
    found.left_out.iter().map(|(at, why)| (name(*at), told(*at, why))).collect()
}

/// Returns the clause on groups that are too small, and on large groups with an empty denominator.
fn small(gate: &Gate, found: &JudgedGroups, parts: &[(String, &Absence)]) -> String {
    let lacks_number = |at: usize| {
        let group = &found.candidate.groups[at];
        group.rate.is_err() && group.rows >= gate.min_n
    };
    let named = |is_lacking: bool| -> Vec<String> {
        let all = found.left_out.iter().zip(parts);
        let small = all.filter(|((at, why), _)| *why == Absence::Small && lacks_number(*at) == is_lacking);
        small.map(|(_, (name, _))| name.clone()).collect()
    };
    let (small, lacking) = (named(false), named(true));
    let small = match small.len() {
        0 => String::new(),
        _ => format!("; too small to take part: {}", left_out::listed(&small)),
    };
    if lacking.is_empty() { small } else { format!("{small}; undefined in {}", left_out::listed(&lacking)) }
}
