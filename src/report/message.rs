//! Evidence → the sentence that a person reads. Names from outside stand between backticks; renderers make them safe.

mod change;
mod drift;
mod groups;
mod reported;
mod table;
mod waiver;

use self::change::change;
use self::groups::groups;
pub(super) use self::groups::unit_of_groups;
use self::reported::reported;
use self::table::{columns, exact, explained, summary, values};
pub(super) use self::waiver::{renew, waived};
use super::build::Kept;
use super::model::Unit;
use super::number::{Style, about, rows};
use crate::gate::bound::Bound;
use crate::gate::judge::{Evidence, JudgedSlice, Outcome, Slices};
use crate::gate::verdict::{Severity, Verdict};
use crate::gate::{Gate, Limit, Task};
use crate::stats::Estimate;

/// As many columns or groups as a sentence names.
const NAMED: usize = 5;

/// What was found, in one sentence.
pub(super) fn message(gate: &Gate, outcome: &Outcome, unit: Unit, (min_cell, kept): (u64, &[Option<Kept>])) -> String {
    let style = Style::of(unit);
    match &outcome.evidence {
        Evidence::Reason(why) => why.clone(),
        Evidence::Exact { candidate, baseline, gap } => {
            exact(gate, (*candidate, *baseline), *gap, outcome.verdict, style)
        }
        Evidence::Summary { candidate, baseline } => summary(gate, *candidate, *baseline, outcome.verdict, style),
        Evidence::Values(changes) => values(gate, changes, outcome.verdict, min_cell),
        Evidence::Names(names) => {
            let named: Vec<String> = names.broken.iter().map(|name| format!("`{name}`")).collect();
            let detail = if named.is_empty() { "none".to_owned() } else { listed(named) };
            gate.message.replace("{detail}", &detail).replace("{n}", &rows(names.columns))
        }
        Evidence::Explained(found) => explained(gate, found, outcome.verdict),
        Evidence::Type(found) => {
            let wanted = if let Ok(Task::Type { wanted, .. }) = &gate.task { wanted.as_str() } else { "" };
            let fact = gate.message.replace("{type}", found);
            if outcome.verdict == Verdict::Pass { fact } else { format!("{fact}, not {wanted}") }
        }
        Evidence::Columns(changes) => gate.message.replace("{detail}", &columns(gate, changes)),
        Evidence::Metric { metric, estimate, limit, rows_to_decide, one_of } => {
            let style = style.telling_apart(&between(estimate, *limit));
            let fact =
                gate.message.replace("{subject}", metric.name()).replace("{value}", &style.value(estimate.value));
            match one_of {
                Some(tests) => fact + &against(gate, style, estimate, *limit, Verdict::Fail, None) + &among(*tests),
                None => fact + &against(gate, style, estimate, *limit, outcome.verdict, *rows_to_decide),
            }
        }
        Evidence::Slices(found) => slices(gate, found, outcome.verdict, style, min_cell),
        Evidence::Reported(found) => reported(gate, found, outcome.verdict, style),
        Evidence::Change(found) => change(gate, found, outcome.verdict, style),
        Evidence::Drift { distance, drift, most, .. } => {
            drift::distance(gate, *distance, drift, (*most, outcome.verdict), style, min_cell)
        }
        Evidence::ChiSquare(found) => drift::chi_square(gate, found, outcome.verdict),
        Evidence::Drifted(found) => drift::dataset(gate, found, outcome.verdict),
        Evidence::Groups(found) => groups(gate, found, outcome.verdict, style, kept),
    }
}

/// "1 row", "2,000 rows".
fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", rows(number), if number == 1 { "" } else { "s" })
}

/// Where to look first.
pub(super) fn at_rows(first: &[u64]) -> String {
    match first {
        [] => String::new(),
        [only] => format!("; see row {}", rows(*only)),
        several => {
            let numbers: Vec<String> = several.iter().map(|row| rows(*row)).collect();
            format!("; see rows {}", numbers.join(", "))
        }
    }
}

/// A bound in words that can stand in a sentence.
fn demand(bound: &Bound) -> String {
    if bound.text == "0" { "none".to_owned() } else { bound.text.clone() }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn ratio(hits: u64, n: u64) -> Option<f64> {
    (n > 0).then(|| hits as f64 / n as f64)
}

/// The first few names of a list, and how many more there are.
fn listed(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// What has to look different: the limit, and each number that is held against it.
fn between(estimate: &Estimate, limit: Limit) -> [(f64, f64); 3] {
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    [(estimate.value, at), (estimate.interval[0], at), (estimate.interval[1], at)]
}

fn against(
    gate: &Gate,
    style: Style,
    estimate: &Estimate,
    limit: Limit,
    verdict: Verdict,
    rows: Option<u64>,
) -> String {
    let trust = trust(gate);
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    let [low, high] = estimate.interval.map(|end| style.value(end));
    let at = style.value(at);
    // A note demands nothing: it puts a number forward.
    let demanded = if gate.severity == Severity::Note { "the mark is" } else { "demanded is" };
    match (verdict, limit) {
        (Verdict::Pass, Limit::AtLeast(_)) => format!(", at least {low} {trust}; {demanded} at least {at}"),
        (Verdict::Pass, Limit::AtMost(_)) => format!(", at most {high} {trust}; {demanded} at most {at}"),
        (Verdict::Fail, Limit::AtLeast(_)) => format!(", at most {high} {trust}; {demanded} at least {at}"),
        (Verdict::Fail, Limit::AtMost(_)) => format!(", at least {low} {trust}; {demanded} at most {at}"),
        _ => format!(
            "; its {}% interval {} holds the limit {at}{}",
            gate.confidence * 100.0,
            style.interval(estimate.interval),
            decide(estimate.n, rows)
        ),
    }
}

/// What the near end of an interval is worth.
fn trust(gate: &Gate) -> String {
    format!("({}% interval)", gate.confidence * 100.0)
}

/// Why what would fail alone does not.
fn among(tests: usize) -> String {
    format!("; alone it would fail, but of {tests} gates on these rows one may by chance (Holm)")
}

fn decide(n: u64, enough: Option<u64>) -> String {
    match enough {
        Some(enough) => format!(", so n = {} cannot decide; about {} would", rows(n), about(enough)),
        None => format!(", so n = {} cannot decide", rows(n)),
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
    let mut text = match verdict {
        Verdict::Fail => format!("{metric} fails in {} of {}: {}", failed.len(), counted(all, "slice"), listed(failed)),
        Verdict::Inconclusive if open.is_empty() => {
            format!("{metric} keeps it in {}, and not all could be compared", counted(all, "slice"))
        }
        Verdict::Inconclusive => {
            format!("{metric} is not decided in {} of {}: {}", open.len(), counted(all, "slice"), listed(open.clone()))
        }
        _ => format!(
            "{metric} keeps it in {}; worst is {}",
            counted(all, "slice"),
            found.judged.first().map_or_else(String::new, told)
        ),
    };
    if verdict == Verdict::Fail && !open.is_empty() {
        text = format!("{text}; not decided in {}", listed(open));
    }
    if !found.small.is_empty() {
        let small = found.small.iter().map(|(name, _)| format!("`{name}`")).collect();
        text = format!("{text}; fewer than {} rows: {}", rows(gate.min_n), listed(small));
    }
    let named = |names: &[String]| listed(names.iter().map(|name| format!("`{name}`")).collect());
    if !found.appeared.is_empty() {
        text = format!("{text}; new, and compared with nothing: {}", named(&found.appeared));
    }
    if !found.vanished.is_empty() {
        text = format!("{text}; gone: {}", named(&found.vanished));
    }
    format!("{text}; demanded is {}", gate.bound)
}
