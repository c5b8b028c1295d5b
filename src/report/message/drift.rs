//! How far a column has moved, in words.

use super::super::model::Unit;
use super::super::number::{Style, rows};
use super::{demand, filled, listed, trust};
use crate::gate::judge::{ChiSquared, Drifted};
use crate::gate::verdict::Verdict;
use crate::gate::{Gate, Task};
use crate::plural::counted;
use crate::stats::drift::{Distance, Drift};

pub(super) fn distance(
    gate: &Gate,
    distance: Distance,
    drift: &Drift,
    (most, verdict): (f64, Verdict),
    style: Style,
    min_cell: u64,
) -> String {
    let [low, high] = drift.interval;
    let style = style.telling_apart(&[(drift.value, most), (low, most), (high, most)]);
    let mut fact = filled(gate, &[("subject", distance.name()), ("value", &style.value(drift.value))]);
    if let Some(at_most) = drift.at_most.map(|at_most| style.value(at_most))
        && at_most != style.value(drift.value)
    {
        let least =
            if distance == Distance::Wasserstein { "by the sums of the cells" } else { "at the edges of the cells" };
        fact = format!("{fact} {least} and at most {at_most} between them");
    }
    let (low, high, most) = (style.value(low), style.value(high), style.value(most));
    let (trust, demand) = (trust(gate), format!("allowed is {most}"));
    let noise = format!(
        "without any drift, {} and {} rows show up to {}",
        rows(drift.rows[0]),
        rows(drift.rows[1]),
        style.value(drift.floor)
    );
    let (name, [before, after]) = &drift.worst;
    #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
    let rows_of = |share: f64, index: usize| share * drift.rows[index] as f64;
    // A value that few rows have may name a person.
    let tells = rows_of(*before, 0).max(rows_of(*after, 1)) >= min_cell as f64;
    let shares = Style::of(Unit::Share);
    let worst = if tells && verdict != Verdict::Pass && before.total_cmp(after).is_ne() {
        format!("; most changed is `{name}`, {} → {}", shares.value(*before), shares.value(*after))
    } else {
        String::new()
    };
    match verdict {
        Verdict::Pass => format!("{fact}, at most {high} {trust}; {demand}"),
        Verdict::Fail => format!("{fact}, at least {low} {trust}; {demand}{worst}"),
        _ => format!(
            "{fact}; its {}% interval [{low}, {high}] holds the limit {most}, and {noise}{worst}",
            gate.confidence * 100.0
        ),
    }
}

/// A chance in as many digits as tell it apart from 0.
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
        return "both sides hold one and the same value".to_owned();
    }
    let Some(detectable) = found.detectable else {
        return format!("{n} and {m} rows are too few to test: fewer than 5 are expected in each cell but one");
    };
    let style = Style::of(Unit::Metric);
    let test = found.test;
    let detail = format!(
        "chi-square is {:.2} at {} of freedom, {}{}, with a Cramér's V of {}",
        test.statistic,
        counted(test.degrees, "degree"),
        chance(test.chance),
        if found.tests > 1 {
            format!(" ({} as one of {} drift gates)", chance(found.chance), found.tests)
        } else {
            String::new()
        },
        style.value(test.strength)
    ) + &match test.ways {
        1 => String::new(),
        ways => format!(
            "; rare values were put together in {ways} ways, and p is {ways} times that of the one that shows most"
        ),
    };
    let fact = filled(gate, &[("detail", &detail)]);
    let (level, effect) = (format!("p >= {}", found.level), style.value(found.effect));
    let shows = style.value(detectable);
    match verdict {
        Verdict::Fail => format!("{fact}; demanded is {level}"),
        Verdict::Pass if found.chance < found.level => {
            format!("{fact}: a difference, but below the V of {effect} that matters")
        }
        Verdict::Pass => format!("{fact}; {n} and {m} rows would show a V of {shows}"),
        _ => format!("{fact}; {n} and {m} rows show no V below {shows}, and {effect} matters"),
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
        text = format!("{text}; too few rows to say of {}", listed(open));
    }
    match &gate.task {
        Ok(Task::DatasetDrift { bound, .. }) if verdict != Verdict::Pass => {
            format!("{text}; demanded is {}", demand(bound))
        }
        _ => text,
    }
}
