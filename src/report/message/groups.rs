//! What was found between groups, in one sentence.

use super::super::build::Kept;
use super::super::model::Unit;
use super::super::number::Style;
use super::{NAMED, against, among, between, decide, listed, trust};
use crate::gate::judge::Groups;
use crate::gate::verdict::Verdict;
use crate::gate::{Gate, GroupDemand, Limit};
use crate::stats::{End, Estimate, GroupComparison, GroupMeasure, GroupRate, Reduction, Reference, Who};

/// The unit of the groups' own numbers.
pub(in crate::report) fn unit_of_groups(measure: GroupMeasure) -> Unit {
    match measure {
        GroupMeasure::Metric(_) => Unit::Metric,
        GroupMeasure::Rate(_) | GroupMeasure::EqualizedOdds => Unit::Share,
    }
}

pub(super) fn groups(gate: &Gate, found: &Groups, verdict: Verdict, style: Style, kept: &[Option<Kept>]) -> String {
    let Ok(estimate) = &found.candidate.value else {
        return String::new();
    };
    let told = match (found.demand, &found.change) {
        (GroupDemand::Limit(limit), _) => {
            let style = style.telling_apart(&between(estimate, limit));
            let judged = if found.one_of.is_some() { Verdict::Fail } else { verdict };
            let enough = found.rows_to_decide.filter(|_| found.one_of.is_none());
            detail(found, style, kept) + &against(gate, style, estimate, limit, judged, enough)
        }
        (GroupDemand::Growth(margin), Some(change)) => grown(gate, found, (estimate, change, margin), verdict, style),
        (GroupDemand::Growth(_), None) => String::new(),
        (GroupDemand::Impact(least), _) => {
            let style = style.telling_apart(&between(estimate, Limit::AtLeast(least)));
            detail(found, style, kept) + &adverse(gate, found, (estimate, least), verdict, style, kept)
        }
    };
    let chance = found.one_of.map_or_else(String::new, among);
    format!("{}{chance}{}", gate.message.replace("{detail}", &told), left_out(gate, &found.candidate))
}

/// The two numbers that decide, and what they come to.
fn detail(found: &Groups, style: Style, kept: &[Option<Kept>]) -> String {
    let compared = &found.candidate;
    let (Ok(estimate), Some(ends)) = (&compared.value, compared.ends) else { return String::new() };
    let (lower, upper) = (name(found, ends.lower, kept), name(found, ends.upper, kept));
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
        Reduction::Spread => format!("lowest is {lower}, highest is {upper}, spread beyond noise {value}"),
        Reduction::Gap(Reference::Highest) | Reduction::Ratio(Reference::Highest) => {
            format!("{rate}lowest is {lower}, highest is {upper}, {what} {value}")
        }
        Reduction::Gap(reference) | Reduction::Ratio(reference) => {
            let is_reference = |who: Who| match (who.who, reference) {
                (End::Rest | End::Overall, _) => true,
                (End::Group(at), Reference::Named(key)) => compared.groups[at].key == *key,
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

/// Whose a number is, and the number unless it would tell of a few persons.
fn name(found: &Groups, who: Who, kept: &[Option<Kept>]) -> String {
    let number = Style::of(unit_of_groups(found.measure)).value(who.value);
    match who.who {
        End::Rest => format!("everyone else {number}"),
        End::Overall => format!("all rows {number}"),
        End::Group(at) => found.candidate.groups.get(at).map_or_else(String::new, |group| {
            let name = group.key.join(" × ");
            if kept.get(at).copied().flatten().is_some() { format!("`{name}`") } else { format!("`{name}` {number}") }
        }),
    }
}

fn grown(
    gate: &Gate,
    found: &Groups,
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
    let allowed = format!("allowed is {} by {allowed}", if is_ratio { "a fall" } else { "a growth" });
    let fact = format!("{what} {levels}, a change of {moved}");
    match verdict {
        Verdict::Pass => format!("{fact}, at worst {far} {}; {allowed}", trust(gate)),
        Verdict::Fail => format!("{fact}, at best {near} {}; {allowed}", trust(gate)),
        _ if found.one_of.is_some() => format!("{fact}, at best {near} {}; {allowed}", trust(gate)),
        _ => format!(
            "{fact}; its {}% interval {} holds that limit ({allowed}){}",
            gate.confidence * 100.0,
            style.change_interval(change.interval),
            decide(change.n, found.rows_to_decide)
        ),
    }
}

fn adverse(
    gate: &Gate,
    found: &Groups,
    (estimate, least): (&Estimate, f64),
    verdict: Verdict,
    style: Style,
    kept: &[Option<Kept>],
) -> String {
    let limit = style.value(least);
    let below: Vec<String> = found
        .impacts
        .iter()
        .filter(|impact| impact.ratio < least)
        .map(|impact| {
            let group = &found.candidate.groups[impact.group];
            let name = group.key.join(" × ");
            if kept.get(impact.group).copied().flatten().is_some() {
                return format!("`{name}`");
            }
            let persons = if impact.turns_on_one { ", and one selection would turn it" } else { "" };
            format!(
                "`{name}` {} ({}{persons})",
                style.value(impact.ratio),
                chance(impact.z, impact.p_value, impact.is_exact)
            )
        })
        .collect();
    match verdict {
        Verdict::Pass => {
            format!(", at least {} {}; the rule is {limit}", style.value(estimate.interval[0]), trust(gate))
        }
        Verdict::Fail => format!("; below {limit}: {}", listed(below)),
        _ if below.is_empty() => format!(
            "; no group is below {limit}, and the {}% interval {} does not rule it out{}",
            gate.confidence * 100.0,
            style.interval(estimate.interval),
            decide(estimate.n, found.rows_to_decide)
        ),
        _ => format!("; below {limit}, and chance or one person may explain it: {}", listed(below)),
    }
}

/// "z = −3.21, p = 0.0013", "p = 0.21 by Fisher's test".
pub(in crate::report) fn chance(z: f64, p_value: f64, is_exact: bool) -> String {
    let p = if p_value < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {p_value:.4}") };
    if is_exact {
        format!("{p} by Fisher's test")
    } else {
        format!("z = {}, {p}", format!("{z:.2}").replace('-', "−"))
    }
}

/// The groups that decide nothing: too small, or large enough and without a number all the same.
fn left_out(gate: &Gate, compared: &GroupComparison) -> String {
    let named = |is_wanted: &dyn Fn(&GroupRate) -> bool| -> Vec<String> {
        let groups = compared.groups.iter().filter(|group| !group.takes_part && is_wanted(group));
        groups
            .map(|group| match group.of {
                Some(rate) => format!("`{}` ({rate})", group.key.join(" × ")),
                None => format!("`{}`", group.key.join(" × ")),
            })
            .collect()
    };
    let lacks_number = |group: &GroupRate| group.rate.is_err() && group.rows >= gate.min_n;
    let (small, lacking) = (named(&|group| !lacks_number(group)), named(&lacks_number));
    let small = match small.len() {
        0 => String::new(),
        count if count > NAMED => format!("; {count} groups are too small to take part"),
        _ => format!("; too small to take part: {}", small.join(", ")),
    };
    if lacking.is_empty() { small } else { format!("{small}; undefined in {}", listed(lacking)) }
}
