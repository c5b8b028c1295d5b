//! The messages of checks on tables.

use super::super::document::Unit;
use super::super::number::{Style, rows};
use super::phrases::{filled, listed, ratio};
use crate::catalog::ColumnChange;
use crate::gate::judge::{ColumnChanges, Count, ValueChanges};
use crate::gate::verdict::Verdict;
use crate::gate::{Constraint, Gate};
use crate::measurement::summary::{Associations, Summarised};
use crate::measurement::{Gap, Measurement, TableMeasure};
use crate::plural::counted;

/// Maximum number of decimals of an exact number that are shown where its limit is far away.
const MOST_EXACT_DECIMALS: usize = 20;

pub(super) fn exact(
    gate: &Gate,
    (candidate, baseline): (Count, Option<Count>),
    gap: Option<Gap>,
    verdict: Verdict,
    style: Style,
) -> String {
    let Ok(Constraint::Exact { bound, candidate: measured, .. }) = &gate.task else {
        return String::new();
    };
    let (later, apart) = later(measured, gap);
    let n = candidate.among.unwrap_or(candidate.hits);
    let mut text = filled(gate, &[("hits", &rows(candidate.hits)), ("n", &rows(n)), ("detail", &later)]);
    let share = |count: Count| count.among.filter(|_| !bound.in_rows).and_then(|n| ratio(count.hits, n));
    let (now, before) = (share(candidate), baseline.and_then(share));
    let mut pairs: Vec<(f64, f64)> = bound.literals().filter_map(|limit| Some((now?, limit))).collect();
    pairs.extend(now.zip(before));
    let style = style.telling_apart(&pairs);
    if let Some(now) = now.filter(|now| *now > 0.0) {
        text = format!("{text} ({})", style.value(now));
    }
    if let Some(baseline) = baseline {
        let before = before.map_or_else(|| rows(baseline.hits), |before| style.value(before));
        text = format!("{text}, {before} in the baseline");
    }
    text += &apart;
    if verdict == Verdict::Fail {
        text = format!("{text}; limit: {}", bound.text);
    }
    text
}

/// Returns the required order of rows after another dataset, and their distance from its end.
fn later(measured: &Measurement, found: Option<Gap>) -> (String, String) {
    let gap = match measured {
        Measurement::Table(_, measure) => match measure.parts().1 {
            TableMeasure::NotAfter { gap, .. } => *gap,
            _ => None,
        },
        _ => None,
    };
    let Some(least) = gap else {
        return ("later than".to_owned(), String::new());
    };
    let unit = if matches!(least, Gap::Time(_)) { Unit::Seconds } else { Unit::Number };
    let (least, found) = (least.size(), found.map(Gap::size));
    let style = Style::of(unit).telling_apart(&found.map(|found| (found, least)).into_iter().collect::<Vec<_>>());
    let apart = match found {
        Some(0.0) => ", and there is no gap".to_owned(),
        Some(found) if found < 0.0 => format!(", and they overlap by {}", style.value(-found)),
        Some(found) => format!(", and the gap is {}", style.value(found)),
        None => String::new(),
    };
    (format!("at least {} after", style.value(least)), apart)
}

pub(super) fn summary(
    gate: &Gate,
    candidate: &Summarised,
    baseline: Option<&Summarised>,
    verdict: Verdict,
    style: Style,
) -> String {
    let Ok(Constraint::Summary { bound, .. }) = &gate.task else {
        return String::new();
    };
    let mut pairs: Vec<(f64, f64)> = bound.literals().map(|limit| (candidate.value, limit)).collect();
    pairs.extend(baseline.map(|baseline| (candidate.value, baseline.value)));
    let style = style.telling_apart(&pairs);
    // The numbers that decided are shown: digits that a float does not hold, and differences that look like rounding
    // errors.
    let looks_equal =
        |value: f64| pairs.iter().any(|(_, other)| *other != value && style.value(*other) == style.value(value));
    let is_near = |value: f64| pairs.iter().any(|(_, other)| style.value(*other) == style.value(value));
    // A quotient has any number of decimals, most of which say nothing.
    let is_told = |exact: &str, value: f64| {
        exact.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= MOST_EXACT_DECIMALS) || is_near(value)
    };
    let told = |number: &Summarised| match &number.exact {
        Some(exact) if !exact.is_float() && is_told(&exact.to_string(), number.value) => {
            exact.to_string().replacen('-', "−", 1)
        }
        _ if verdict == Verdict::Fail && looks_equal(number.value) => number.value.to_string().replacen('-', "−", 1),
        _ => style.value(number.value),
    };
    let Associations { columns, unknown } = &candidate.associations;
    let detail = columns.iter().take(3).map(|(column, share)| format!("`{column}` {}", style.value(*share)));
    let detail = detail.collect::<Vec<_>>().join(", ");
    let subject = gate.subject.get("column").map_or_else(String::new, |column| format!("`{column}`"));
    let (value, n) = (told(candidate), rows(candidate.n));
    let mut text = filled(gate, &[("value", &value), ("n", &n), ("detail", &detail), ("subject", &subject)]);
    if let Some(baseline) = baseline {
        text = format!("{text}, {} in the baseline", told(baseline));
    }
    if verdict == Verdict::Fail {
        text = format!("{text}; limit: {bound}");
    }
    if unknown.is_empty() {
        return text;
    }
    let unknown = unknown.iter().map(|column| format!("`{column}`")).collect();
    format!("{text}; undecided, too few rows: {}", listed(unknown))
}

pub(super) fn values(gate: &Gate, changes: &ValueChanges, verdict: Verdict, min_cell: u64) -> String {
    let Ok(Constraint::Values { bound, .. }) = &gate.task else {
        return String::new();
    };
    let hits: u64 = changes.values.iter().map(|(_, count)| count).sum();
    let mut text = filled(gate, &[("hits", &rows(hits)), ("n", &rows(changes.n))]);
    if let Some(share) = ratio(hits, changes.n).filter(|share| *share > 0.0) {
        text = format!("{text} ({})", Style::of(Unit::Share).value(share));
    }
    // A value of few rows may identify an individual.
    let shown: Vec<String> = changes
        .values
        .iter()
        .filter(|(_, count)| *count >= min_cell)
        .map(|(value, count)| format!("`{value}` {}", rows(*count)))
        .collect();
    let kinds = changes.values.len();
    if !shown.is_empty() {
        text = format!("{text}: {}", listed(shown));
    } else if kinds > 0 {
        text = format!("{text}, {} in fewer than {} each", counted(kinds as u64, "value"), counted(min_cell, "row"));
    }
    if verdict == Verdict::Fail { format!("{text}; limit: {}", bound.text) } else { text }
}

pub(super) fn columns(gate: &Gate, changes: &ColumnChanges) -> String {
    let compares_nulls =
        matches!(&gate.task, Ok(Constraint::Columns { counted, .. }) if counted.contains(&ColumnChange::Relaxed));
    let mut parts = Vec::new();
    if !changes.removed.is_empty() {
        let names = changes.removed.iter().map(|column| format!("`{}`", column.name)).collect();
        parts.push(format!("removed {}", listed(names)));
    }
    if !changes.added.is_empty() {
        let names = changes.added.iter().map(|column| format!("`{}` ({})", column.name, column.data_type)).collect();
        parts.push(format!("added {}", listed(names)));
    }
    if !changes.retyped.is_empty() {
        let names = changes
            .retyped
            .iter()
            .map(|(before, after)| format!("`{}` from {} to {}", after.name, before.data_type, after.data_type))
            .collect();
        parts.push(format!("retyped {}", listed(names)));
    }
    if !changes.relaxed.is_empty() {
        let names = changes.relaxed.iter().map(|column| format!("`{}`", column.name)).collect();
        parts.push(format!("relaxed {} from required to optional", listed(names)));
    }
    let text =
        if parts.is_empty() { format!("{}, unchanged", counted(changes.columns, "column")) } else { parts.join("; ") };
    if !compares_nulls || changes.half_declared.is_empty() {
        return text;
    }
    let names = changes.half_declared.iter().map(|column| format!("`{}`", column.name)).collect();
    format!("{text}; only one side declares whether {} may hold nulls", listed(names))
}
