//! The messages of drift gates.

use super::super::document::Unit;
use super::super::number::{Style, rows};
use super::phrases::{filled, listed, trust};
use crate::gate::judge::{ChiSquared, Drifted};
use crate::gate::verdict::Verdict;
use crate::gate::{Constraint, Gate};
use crate::plural::counted;
use crate::stats::drift::{Distance, Drift};

pub(super) fn distance(
    gate: &Gate,
    distance: Distance,
    drift: &Drift,
    (most, adjusted, verdict): (f64, f64, Verdict),
    style: Style,
    min_cell: u64,
) -> String {
    let [low, high] = drift.interval;
    let style = style.telling_apart(&[(drift.value, most), (low, most), (high, most)]);
    let is_of_nulls = matches!(&gate.task, Ok(Constraint::Drift { cells, .. }) if cells.is_of_nulls());
    let write = |number: f64| if is_of_nulls { style.size(number) } else { style.value(number) };
    let mut fact = filled(gate, &[("subject", distance.name()), ("value", &write(drift.value))]);
    if let Some(at_most) = drift.at_most.map(write)
        && at_most != write(drift.value)
    {
        let least =
            if distance == Distance::Wasserstein { "from the sums of the bins," } else { "at the edges of the bins," };
        fact = format!("{fact} {least} at most {at_most} between them");
    }
    let is_beyond = low > most;
    let (low, high, most) = (write(low), write(high), write(most));
    let (trust, limit) = (trust(gate), format!("limit: at most {most}"));
    let noise = format!(
        "without any drift, 95% of samples of {} and {} rows stay below {}",
        rows(drift.rows[0]),
        rows(drift.rows[1]),
        write(drift.floor)
    );
    let (name, [before, after]) = &drift.worst;
    #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
    let rows_of = |share: f64, index: usize| share * drift.rows[index] as f64;
    // A value of few rows may identify an individual.
    let tells = rows_of(*before, 0).max(rows_of(*after, 1)) >= min_cell as f64;
    let shares = Style::of(Unit::Share);
    let worst = if tells && verdict != Verdict::Pass && before.total_cmp(after).is_ne() {
        format!("; most changed: `{name}`, {} → {}", shares.value(*before), shares.value(*after))
    } else {
        String::new()
    };
    match verdict {
        Verdict::Pass => format!("{fact}, at most {high} {trust}; {limit}"),
        Verdict::Fail => format!("{fact}, at least {low} {trust}; {limit}{worst}"),
        _ if is_beyond => format!(
            "{fact}, at least {low} {trust}; {limit}; not significant after adjusting for all drift gates ({}): {noise}{worst}",
            chance(adjusted)
        ),
        _ => format!(
            "{fact}; its {}% interval [{low}, {high}] contains the limit {most}; {noise}{worst}",
            gate.confidence * 100.0
        ),
    }
}

/// Formats a p-value with enough digits to differ from 0.
fn chance(p: f64) -> String {
    if p < 1e-6 {
        "p < 0.000001".to_owned()
    } else if p < 0.001 {
        format!("p = {p:.6}")
    } else {
        format!("p = {p:.4}")
    }
}

pub(super) fn chi_square(gate: &Gate, found: &ChiSquared, verdict: Verdict) -> String {
    let [n, m] = found.rows.map(rows);
    if found.test.is_constant {
        return "both sides hold a single value, the same one".to_owned();
    }
    let Some(detectable) = found.detectable else {
        return format!("{n} and {m} rows are too few to test: fewer than 5 are expected in every bin but one");
    };
    let style = Style::of(Unit::Metric);
    let test = found.test;
    let detail = format!(
        "chi-square {:.2} with {} of freedom, {}{}, Cramér's V {}",
        test.statistic,
        counted(test.degrees, "degree"),
        chance(test.chance),
        if found.tests > 1 {
            format!(" ({} adjusted for {} drift gates)", chance(found.chance), found.tests)
        } else {
            String::new()
        },
        style.value(test.strength)
    ) + &match test.ways {
        1 => String::new(),
        ways => {
            format!("; rare values were merged in {ways} ways, and p is {ways} times the smallest of their p-values")
        }
    };
    let fact = filled(gate, &[("detail", &detail)]);
    let (level, effect) = (format!("p >= {}", found.level), style.value(found.effect));
    let shows = style.value(detectable);
    match verdict {
        Verdict::Fail => format!("{fact}; limit: {level}"),
        Verdict::Pass if found.chance < found.level => {
            format!("{fact}; a significant difference, but its V is below {effect}, from which on it matters")
        }
        Verdict::Pass => format!("{fact}; with {n} and {m} rows the smallest detectable V is {shows}"),
        _ => {
            format!("{fact}; with {n} and {m} rows the smallest detectable V is {shows}, and {effect} already matters")
        }
    }
}

pub(super) fn dataset(gate: &Gate, found: &Drifted, verdict: Verdict) -> String {
    let style = Style::of(Unit::Metric);
    let certain: Vec<String> =
        found.certain.iter().map(|(column, value)| format!("`{column}` {}", style.value(*value))).collect();
    let detail = if certain.is_empty() { "none".to_owned() } else { listed(certain) };
    let mut text = filled(gate, &[("detail", &detail), ("n", &rows(found.columns))]);
    if !found.open.is_empty() {
        let open = found.open.iter().map(|column| format!("`{column}`")).collect();
        text = format!("{text}; undecided, too few rows: {}", listed(open));
    }
    match &gate.task {
        Ok(Constraint::DatasetDrift { bound, .. }) if verdict != Verdict::Pass => {
            format!("{text}; limit: {}", bound.text)
        }
        _ => text,
    }
}
