//! Evidence → the sentence that a person reads. Names from outside stand between backticks; renderers make them safe.

use super::number::{counted, interval, pair, percent, percent_pair, plain, signed, whole};
use crate::gate::bound::Bound;
use crate::gate::judge::{ColumnChanges, Count, Drop, Evidence, Outcome};
use crate::gate::verdict::Verdict;
use crate::gate::{Gate, Limit, Task};
use crate::stats::{Direction, Estimate, GroupComparison, Reduction};

/// As many columns or groups as a sentence names.
const NAMED: usize = 5;

/// What was found, in one sentence.
pub(super) fn message(gate: &Gate, outcome: &Outcome) -> String {
    match &outcome.evidence {
        Evidence::Reason(why) => why.clone(),
        Evidence::Exact { candidate, baseline } => exact(gate, *candidate, *baseline, outcome.verdict),
        Evidence::Type(found) => {
            let wanted = if let Ok(Task::Type { wanted, .. }) = &gate.task { wanted.as_str() } else { "" };
            let fact = gate.message.replace("{type}", found);
            if outcome.verdict == Verdict::Pass { fact } else { format!("{fact}, not {wanted}") }
        }
        Evidence::Columns(changes) => gate.message.replace("{detail}", &columns(changes)),
        Evidence::Metric { metric, estimate, limit, rows_to_decide } => {
            let fact = gate.message.replace("{subject}", metric.name()).replace("{value}", &plain(estimate.value));
            fact + &against(estimate, *limit, outcome.verdict, *rows_to_decide)
        }
        Evidence::Drop(drop) => dropped(gate, drop, outcome.verdict),
        Evidence::Groups { candidate, reduction, limit, rows_to_decide, .. } => {
            groups(gate, candidate, *reduction, *limit, outcome.verdict, *rows_to_decide)
        }
    }
}

fn exact(gate: &Gate, candidate: Count, baseline: Option<Count>, verdict: Verdict) -> String {
    let in_rows = matches!(&gate.task, Ok(Task::Exact { bound, .. }) if bound.in_rows);
    let fact = gate
        .message
        .replace("{hits}", &whole(candidate.hits))
        .replace("{n} rows", &counted(candidate.among.unwrap_or(candidate.hits), "row"))
        .replace("{n}", &whole(candidate.among.unwrap_or(candidate.hits)));
    let share = |count: Count| count.among.and_then(|n| ratio(count.hits, n)).filter(|_| !in_rows);
    let mut text = fact;
    if let Some(share) = share(candidate).filter(|share| *share > 0.0) {
        text.push_str(&format_share(share, baseline.and_then(share_of)));
    }
    if let Some(baseline) = baseline {
        let before = share_of(baseline).map_or_else(|| whole(baseline.hits), |before| match share(candidate) {
            Some(now) => percent_pair(before, now).0,
            None => percent(before),
        });
        text.push_str(", ");
        text.push_str(&before);
        text.push_str(" in the baseline");
    }
    if verdict == Verdict::Fail {
        if let Ok(Task::Exact { bound, .. }) = &gate.task {
            text.push_str("; demanded is ");
            text.push_str(&demand(bound));
        }
    }
    text
}

fn share_of(count: Count) -> Option<f64> {
    count.among.and_then(|n| ratio(count.hits, n))
}

fn format_share(share: f64, other: Option<f64>) -> String {
    let text = other.map_or_else(|| percent(share), |other| percent_pair(share, other).0);
    format!(" ({text})")
}

/// A bound in words that can stand in a sentence.
fn demand(bound: &Bound) -> String {
    if bound.text == "0" { "none".to_owned() } else { bound.text.clone() }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn ratio(hits: u64, n: u64) -> Option<f64> {
    (n > 0).then(|| hits as f64 / n as f64)
}

fn columns(changes: &ColumnChanges) -> String {
    let listed = |names: Vec<String>| {
        let more = names.len().saturating_sub(NAMED);
        let shown = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{shown} and {more} more") } else { shown }
    };
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
    if parts.is_empty() { format!("the same {}", counted(changes.columns, "column")) } else { parts.join("; ") }
}

fn against(estimate: &Estimate, limit: Limit, verdict: Verdict, rows: Option<u64>) -> String {
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    let bound = plain(at);
    let between = interval(estimate.interval);
    match (verdict, limit) {
        (Verdict::Pass, Limit::AtLeast(_)) => format!(", at least {}", pair(estimate.interval[0], at).0),
        (Verdict::Pass, Limit::AtMost(_)) => format!(", at most {}", pair(estimate.interval[1], at).0),
        (Verdict::Fail, Limit::AtLeast(_)) => {
            let (most, at) = pair(estimate.interval[1], at);
            format!(", at most {most}; demanded is at least {at}")
        }
        (Verdict::Fail, Limit::AtMost(_)) => {
            let (least, at) = pair(estimate.interval[0], at);
            format!(", at least {least}; demanded is at most {at}")
        }
        _ => format!("; its interval {between} holds the limit {bound}{}", decide(estimate.n, rows)),
    }
}

fn decide(n: u64, rows: Option<u64>) -> String {
    match rows {
        Some(rows) => format!(", so n = {} cannot decide; about {} would", whole(n), counted(rounded(rows), "row")),
        None => format!(", so n = {} cannot decide", whole(n)),
    }
}

/// Two digits are all that such a guess is worth.
fn rounded(rows: u64) -> u64 {
    let digits = rows.checked_ilog10().unwrap_or(0);
    let step = 10u64.pow(digits.saturating_sub(1));
    rows.div_ceil(step) * step
}

fn dropped(gate: &Gate, drop: &Drop, verdict: Verdict) -> String {
    let (before, after) = pair(drop.baseline.value, drop.candidate.value);
    let fact = gate
        .message
        .replace("{subject}", drop.metric.name())
        .replace("{baseline}", &before)
        .replace("{value}", &after);
    // How much worse, whichever way worse lies.
    let worse = |value: f64| if drop.metric.direction() == Direction::HigherIsBetter { -value } else { value };
    let mut ends = drop.change.interval.map(worse);
    ends.sort_by(f64::total_cmp);
    let margin = plain(drop.margin);
    let relative = if matches!(&gate.task, Ok(Task::Drop { margin: crate::gate::bound::Amount::Relative(_), .. })) {
        format!(" ({} of the baseline)", gate.bound.rsplit(' ').next().unwrap_or_default())
    } else {
        String::new()
    };
    match verdict {
        Verdict::Pass if drop.change.standard_error == 0.0 && drop.change.value == 0.0 => {
            format!("{fact}: {}", drop.change.method)
        }
        Verdict::Pass => format!("{fact}, worse by at most {}; allowed is {margin}{relative}", plain(ends[1].max(0.0))),
        Verdict::Fail => {
            let (least, margin) = pair(ends[0], drop.margin);
            format!("{fact}, worse by at least {least}; allowed is {margin}{relative}")
        }
        _ => format!(
            "{fact}, a change of {} {}; allowed is a loss of {margin}{relative}. n = {} can show no less than {}{}",
            signed(drop.change.value),
            interval(drop.change.interval),
            whole(drop.change.n),
            plain(drop.detectable),
            drop.rows_to_decide
                .map_or_else(String::new, |rows| format!("; about {} would decide", counted(rounded(rows), "row"))),
        ),
    }
}

fn groups(
    gate: &Gate,
    compared: &GroupComparison,
    reduction: Reduction,
    limit: Limit,
    verdict: Verdict,
    rows: Option<u64>,
) -> String {
    let name = |index: Option<usize>| {
        index.and_then(|index| compared.groups.get(index)).map_or_else(String::new, |group| {
            let rate = group.rate.map_or_else(|why| why.to_string(), |estimate| plain(estimate.value));
            format!("`{}` {rate}", group.key.join(" × "))
        })
    };
    let Ok(estimate) = &compared.value else { return String::new() };
    let what = match reduction {
        Reduction::Ratio => "ratio",
        Reduction::Gap => "gap",
    };
    let detail = format!("{what} {}: lowest {}, highest {}", plain(estimate.value), name(compared.lowest), name(compared.highest));
    let small: Vec<String> =
        compared.groups.iter().filter(|group| !group.takes_part).map(|group| format!("`{}`", group.key.join(" × "))).collect();
    let left_out = match small.len() {
        0 => String::new(),
        _ if small.len() > NAMED => format!("; {} groups are too small to take part", small.len()),
        _ => format!("; too small to take part: {}", small.join(", ")),
    };
    let text = against(estimate, limit, verdict, rows);
    format!("{}{text}{left_out}", gate.message.replace("{detail}", &detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_rounded_to_two_digits() {
        assert_eq!(rounded(5_387), 5_400);
        assert_eq!(rounded(12_345_678), 13_000_000);
        assert_eq!(rounded(7), 7);
    }
}
