//! Evidence → a message. Untrusted names are between backticks; renderers make them safe.

mod change;
mod drift;
mod groups;
mod left_out;
mod phrases;
mod reported;
mod table;
mod undecided;
mod waiver;

use self::change::change;
use self::groups::groups;
pub(super) use self::left_out::{listed as left_out_listed, of_gate as left_out_of_gate};
use self::reported::reported;
use self::table::{columns, exact, summary, values};
pub(super) use self::undecided::undecided;
pub(super) use self::waiver::{renew, waived};
use super::document::{SelectedRowsResult, Unit};
use super::number::{Style, rows};
use crate::gate::judge::{Absence, Evidence, JudgedSlice, Outcome, Slices};
use crate::gate::verdict::Verdict;
use crate::gate::{Constraint, Gate};
use crate::measurement::BrokenValues;
use crate::plural::counted;
use crate::report::suppression::Suppression;
pub(super) use phrases::METRICS_ONLY;
use phrases::{against, among, between, filled, listed};

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
        Evidence::Drift { distance, drift, chance, most, .. } => {
            drift::distance(gate, *distance, drift, (*most, *chance, outcome.verdict), style, min_cell)
        }
        Evidence::ChiSquare(found) => drift::chi_square(gate, found, outcome.verdict),
        Evidence::Drifted(found) => drift::dataset(gate, found, outcome.verdict),
        Evidence::Groups(found) => groups(gate, found, outcome.verdict, style, kept),
    }
}

/// Returns the rows that a check looks at, if it does not look at all.
pub(super) fn of_selected(selected: Option<&SelectedRowsResult>) -> String {
    let Some(SelectedRowsResult { condition, rows: looked, null, of }) = selected else { return String::new() };
    let condition = condition.replace('`', "'");
    let text = format!("; looks at {} of {}, where `{condition}`", rows(*looked), counted(*of, "row"));
    match null {
        0 => text,
        null => format!("{text}, which is null for {}", counted(*null, "row")),
    }
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
