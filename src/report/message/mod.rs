//! Evidence → a message. Untrusted names are between backticks; renderers make them safe.

mod change;
mod drift;
mod groups;
mod left_out;
mod reported;
mod table;
mod undecided;
mod waiver;

use self::change::change;
use self::groups::groups;
pub(super) use self::groups::unit_of_groups;
pub(super) use self::left_out::{listed as left_out_listed, of_gate as left_out_of_gate};
use self::reported::reported;
use self::table::{columns, exact, summary, values};
pub(super) use self::undecided::undecided;
pub(super) use self::waiver::{renew, waived};
use super::model::Unit;
use super::number::{Style, about, rows};
use crate::catalog::Severity;
use crate::gate::judge::{Absence, Evidence, JudgedSlice, Outcome, Slices, Units};
use crate::gate::verdict::Verdict;
use crate::gate::{Constraint, Gate, Limit};
use crate::measurement::BrokenValues;
use crate::plural::{after_one, counted};
use crate::report::assemble::Suppression;
use crate::stats::Estimate;

/// Maximum number of columns or groups that a sentence names.
const NAMED: usize = 5;

/// Returns the message of a gate: one sentence.
pub(super) fn message(
    gate: &Gate,
    outcome: &Outcome,
    unit: Unit,
    (min_cell, kept): (u64, &[Option<Suppression>]),
) -> String {
    let style = Style::of(unit);
    match &outcome.evidence {
        Evidence::Reason(why) => why.clone(),
        Evidence::Exact { candidate, baseline, gap } => {
            exact(gate, (*candidate, *baseline), *gap, outcome.verdict, style)
        }
        Evidence::Summary { candidate, baseline } => {
            summary(gate, candidate, baseline.as_ref(), outcome.verdict, style)
        }
        Evidence::Values(changes) => values(gate, changes, outcome.verdict, min_cell),
        Evidence::Names(names) => {
            let named: Vec<String> = names.broken.iter().map(|name| format!("`{name}`")).collect();
            let detail = if named.is_empty() { "none".to_owned() } else { listed(named) };
            filled(gate, &[("detail", &detail), ("n", &rows(names.columns))])
        }
        Evidence::Type(found) => {
            let wanted = if let Ok(Constraint::Type { wanted, .. }) = &gate.task { wanted.as_str() } else { "" };
            let fact = filled(gate, &[("type", found)]);
            if outcome.verdict == Verdict::Pass { fact } else { format!("{fact}, not {wanted}") }
        }
        Evidence::Columns(changes) => filled(gate, &[("detail", &columns(gate, changes))]),
        Evidence::Metric { metric, estimate, limit, units, enough, one_of } => {
            let style = style.telling_apart(&between(estimate, *limit));
            let fact = filled(gate, &[("subject", &metric.to_string()), ("value", &style.value(estimate.value))]);
            match one_of {
                Some(tests) => {
                    fact + &against(gate, style, (estimate, units), *limit, Verdict::Fail, None) + &among(*tests)
                }
                None => fact + &against(gate, style, (estimate, units), *limit, outcome.verdict, *enough),
            }
        }
        Evidence::Slices(found) => slices(gate, found, outcome.verdict, style, min_cell),
        Evidence::Reported(found) => reported(gate, found, outcome.verdict, style),
        Evidence::Change(found) => change(gate, found, outcome.verdict, style),
        Evidence::Drift { distance, drift, chance, most } => {
            drift::distance(gate, *distance, drift, (*most, *chance, outcome.verdict), style, min_cell)
        }
        Evidence::ChiSquare(found) => drift::chi_square(gate, found, outcome.verdict),
        Evidence::Drifted(found) => drift::dataset(gate, found, outcome.verdict),
        Evidence::Groups(found) => groups(gate, found, outcome.verdict, style, kept),
    }
}

/// Returns the message of a gate's page with its placeholders filled in, each once: what is filled in may look like one.
fn filled(gate: &Gate, found: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = gate.message.clone();
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let named = after.split_once('}').and_then(|(name, behind)| {
            let of_line = || gate.texts.get(name).map(String::as_str);
            let value = found.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).or_else(of_line);
            value.map(|value| (value, behind))
        });
        rest = match named {
            // A page writes for many: `{n} rows`. Of `2 of 1 rows` that is right.
            Some((value, behind)) => {
                let is_part =
                    text.strip_suffix(" of ").is_some_and(|text| text.ends_with(|c: char| c.is_ascii_digit()));
                text.push_str(value);
                if value == "1" && !is_part { after_one(behind) } else { behind.to_owned() }
            }
            None => {
                text.push('{');
                after.to_owned()
            }
        };
    }
    text + &rest
}

/// Returns the values that fail a check, with their rows.
pub(super) fn of_values(found: &BrokenValues) -> String {
    if found.values.is_empty() {
        return String::new();
    }
    let named = found.values.iter().map(|(value, count)| format!("`{value}` ({})", counted(*count, "row")));
    let named = named.collect::<Vec<_>>().join(", ");
    match found.others {
        0 => format!("; values: {named}"),
        others => format!("; values: {named} and {} more", rows(others)),
    }
}

/// Returns the place of the first rows to look at.
pub(super) fn at_rows(first: &[u64]) -> String {
    match first {
        [] => String::new(),
        [only] => format!("; first at row {}", rows(*only)),
        several => {
            let numbers: Vec<String> = several.iter().map(|row| rows(*row)).collect();
            format!("; first at rows {}", numbers.join(", "))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn ratio(hits: u64, n: u64) -> Option<f64> {
    (n > 0).then(|| hits as f64 / n as f64)
}

/// Returns the first names of a list, and the number of the others.
fn listed(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Returns the pairs of numbers that must look different: the limit, and each number that is compared with it.
fn between(estimate: &Estimate, limit: Limit) -> [(f64, f64); 3] {
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    [(estimate.value, at), (estimate.interval[0], at), (estimate.interval[1], at)]
}

fn against(
    gate: &Gate,
    style: Style,
    (estimate, units): (&Estimate, &Units),
    limit: Limit,
    verdict: Verdict,
    enough: Option<u64>,
) -> String {
    let trust = trust(gate);
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    let [low, high] = estimate.interval.map(|end| style.value(end));
    let at = style.value(at);
    // A note has no limit but a mark.
    let limited = if gate.severity == Severity::Note { "mark" } else { "limit" };
    match (verdict, limit) {
        (Verdict::Pass, Limit::AtLeast(_)) => format!(", at least {low} {trust}; {limited}: at least {at}"),
        (Verdict::Pass, Limit::AtMost(_)) => format!(", at most {high} {trust}; {limited}: at most {at}"),
        (Verdict::Fail, Limit::AtLeast(_)) => format!(", at most {high} {trust}; {limited}: at least {at}"),
        (Verdict::Fail, Limit::AtMost(_)) => format!(", at least {low} {trust}; {limited}: at most {at}"),
        _ => format!(
            "; its {}% interval {} contains the limit {at}{}",
            gate.confidence * 100.0,
            style.interval(estimate.interval),
            decide(units, enough)
        ),
    }
}

/// Returns the confidence of an interval's end.
fn trust(gate: &Gate) -> String {
    format!("({}% interval)", gate.confidence * 100.0)
}

/// Returns the reason a gate that fails on its own is inconclusive.
fn among(tests: usize) -> String {
    format!(
        "; fails on its own, but not after Holm's correction for {} on the same rows",
        counted(tests as u64, "gate")
    )
}

/// Returns the clause on too few units, and the approximate number that would be enough.
fn decide(units: &Units, enough: Option<u64>) -> String {
    let are = if units.count == 1 { "is" } else { "are" };
    let enough = enough.map_or_else(String::new, |enough| format!("; about {} would be enough", about(enough)));
    format!("; {units} {are} too few to decide{enough}")
}

fn slices(gate: &Gate, found: &Slices, verdict: Verdict, style: Style, min_cell: u64) -> String {
    let told = |slice: &JudgedSlice| {
        if slice.rows < min_cell || slice.candidate.n < min_cell {
            return format!("`{}`", slice.name);
        }
        match slice.baseline {
            Some(before) => {
                let style = style.telling_apart(&[(before.value, slice.candidate.value)]);
                format!("`{}` {} → {}", slice.name, style.value(before.value), style.value(slice.candidate.value))
            }
            None => format!("`{}` {}", slice.name, style.value(slice.candidate.value)),
        }
    };
    let all = found.judged.len() as u64;
    let named = |wanted: Verdict| -> Vec<String> {
        found.judged.iter().filter(|slice| slice.verdict == wanted).map(told).collect()
    };
    let (failed, open) = (named(Verdict::Fail), named(Verdict::Inconclusive));
    let metric = found.metric;
    let fails = format!("{metric} fails in {} of {}: {}", failed.len(), counted(all, "slice"), listed(failed.clone()));
    let left_out: Vec<(String, &Absence)> =
        found.left_out.iter().map(|slice| (format!("`{}`", slice.name), &slice.why)).collect();
    let small: Vec<String> =
        left_out.iter().filter(|(_, why)| **why == Absence::Small).map(|(name, _)| name.clone()).collect();
    let of_all = found.judged.len() + found.left_out.len() - small.len();
    let mut text = match verdict {
        Verdict::Error => match left_out::undefined(&left_out, of_all, "slice") {
            Some(why) if failed.is_empty() => why,
            Some(why) => format!("{why}; {fails}"),
            None if small.is_empty() => {
                let names: Vec<String> = left_out.iter().map(|(name, _)| name.clone()).collect();
                format!("the sides have no slice in common; on one side only: {}", left_out::listed(&names))
            }
            None => format!("no slice has {} in the denominator of {metric}", counted(gate.min_n, "row")),
        },
        Verdict::Fail => fails,
        Verdict::Inconclusive if open.is_empty() => {
            format!("{metric} is within the limit in {}, but not all slices could be compared", counted(all, "slice"))
        }
        Verdict::Inconclusive => {
            format!("{metric} is undecided in {} of {}: {}", open.len(), counted(all, "slice"), listed(open.clone()))
        }
        _ => format!(
            "{metric} is within the limit in {}; worst: {}",
            counted(all, "slice"),
            found.judged.first().map_or_else(String::new, told)
        ),
    };
    if found.judged.is_empty() {
        return text;
    }
    if verdict == Verdict::Fail && !open.is_empty() {
        text = format!("{text}; undecided in {}", listed(open));
    }
    if !small.is_empty() {
        text = format!("{text}; fewer than {}: {}", counted(gate.min_n, "row"), left_out::listed(&small));
    }
    format!("{text}{}; limit: {}", left_out::missed(&left_out, gate.min_n), gate.bound)
}
