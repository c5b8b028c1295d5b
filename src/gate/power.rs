//! What a gate can tell: from its outcomes on many samples of the same rows, between which nothing has changed.

use super::Limit;
use super::judge::{Change, Evidence, Outcome, Units};
use super::margin::ChangeKind;
use super::verdict::Verdict;
use crate::stats::{Estimate, quantile};

/// The chance with which something is to be shown.
pub const POWER: f64 = 0.8;

/// Fewer rows than this are not asked for: what shrinks with their root does so only where there are many.
const FEWEST: u64 = 100;

/// What a gate does when nothing has changed, and what it takes to make it fail or pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// The rows behind the gate's number: its own denominator.
    pub n: u64,
    /// The share of samples in which it fails: its false alarms, where it passes on the rows themselves.
    pub fails: f64,
    /// The share in which it is undecided.
    pub inconclusive: f64,
    /// The share in which it passes.
    pub passes: f64,
    /// The smallest worsening (of a gain that may be too large: the smallest gain), in the number's own unit, that it fails on in [`POWER`] of all samples. None where the two sides
    /// are one model, which says nothing of how a changed one would differ, and where the number is not one of all rows.
    pub catches: Option<f64>,
    /// The rows with which it would pass in [`POWER`] of all samples, if its interval shrinks with their root; at least 100. None where
    /// no number of rows would do, and where rows belong to clusters.
    pub rows: Option<u64>,
    /// The clusters behind the gate's number, where rows belong to clusters: more rows of the same clusters say little more.
    pub clusters: Option<u64>,
    /// Like `rows`, in clusters.
    pub clusters_needed: Option<u64>,
}

/// What one sample says, larger being worse and 0 being the limit.
struct Reach {
    low: f64,
    high: f64,
}

/// The power of a gate with an interval. `now` is its outcome on the rows themselves.
///
/// # Errors
///
/// Why no sample was judged.
pub fn power(now: &Outcome, samples: &[&Outcome]) -> Result<Power, String> {
    let is_decided =
        |outcome: &&&Outcome| matches!(outcome.verdict, Verdict::Pass | Verdict::Fail | Verdict::Inconclusive);
    let lost = matches!(now.verdict, Verdict::Error | Verdict::NoBaseline).then_some(now);
    let lost = lost
        .or_else(|| if samples.iter().any(|outcome| is_decided(&outcome)) { None } else { samples.first().copied() });
    if let Some(Outcome { evidence, .. }) = lost {
        return Err(match evidence {
            Evidence::Reason(why) => why.clone(),
            _ => "its number is undefined".to_owned(),
        });
    }
    let share = |wanted: Verdict| {
        let hits = samples.iter().filter(|outcome| outcome.verdict == wanted).count();
        if samples.is_empty() { 0.0 } else { float(hits) / float(samples.len()) }
    };
    let plain = Power {
        n: rows(&now.evidence),
        fails: share(Verdict::Fail),
        inconclusive: share(Verdict::Inconclusive),
        passes: share(Verdict::Pass),
        catches: None,
        rows: None,
        clusters: units(&now.evidence).filter(|units| units.are_clusters()).map(|units| units.count),
        clusters_needed: None,
    };
    let reaches: Vec<Reach> = samples.iter().filter_map(|outcome| reach(&outcome.evidence)).collect();
    // How far within the limit it is in truth: without a change by all of a margin, and else as the rows themselves say.
    let slack = match &now.evidence {
        Evidence::Change(change) => -damage(change, 0.0),
        Evidence::Metric { estimate, limit, .. } => -beyond(*limit, estimate.value),
        _ => return Ok(plain),
    };
    let is_one_model = matches!(&now.evidence, Evidence::Change(change) if is_exactly_nothing(&change.change));
    if is_one_model || reaches.is_empty() {
        return Ok(plain);
    }
    let at = |of: &dyn Fn(&Reach) -> f64| {
        let mut all: Vec<f64> = reaches.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        quantile(&all, POWER)
    };
    // Worse by so much, the lower end lies beyond the limit.
    let catches = at(&|reach| -reach.low);
    // The upper end stands this far from the truth, and may stand as far as the limit.
    let stretch = at(&|reach| reach.high + slack);
    let needed = float_rows(plain.clusters.unwrap_or(plain.n)) * (stretch / slack).powi(2);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
    let needed = (slack > 0.0 && stretch > 0.0 && needed < 1e15).then(|| (needed.ceil() as u64).max(FEWEST));
    let (rows, clusters_needed) = if plain.clusters.is_some() { (None, needed) } else { (needed, None) };
    Ok(Power { catches: catches.is_finite().then_some(catches), rows, clusters_needed, ..plain })
}

fn is_exactly_nothing(change: &Estimate) -> bool {
    change.standard_error == 0.0 && change.value == 0.0
}

fn units(evidence: &Evidence) -> Option<&Units> {
    match evidence {
        Evidence::Change(change) => Some(&change.units),
        Evidence::Metric { units, .. } => Some(units),
        Evidence::Groups(found) => Some(&found.units),
        _ => None,
    }
}

fn rows(evidence: &Evidence) -> u64 {
    match evidence {
        Evidence::Change(change) => change.change.n,
        Evidence::Metric { estimate, .. } => estimate.n,
        Evidence::Slices(found) => found.judged.iter().map(|slice| slice.candidate.n).min().unwrap_or(0),
        Evidence::Groups(found) => found.candidate.value.as_ref().map_or(0, |estimate| estimate.n),
        _ => 0,
    }
}

fn reach(evidence: &Evidence) -> Option<Reach> {
    let [left, right] = match evidence {
        Evidence::Change(change) => change.change.interval.map(|end| damage(change, end)),
        Evidence::Metric { estimate, limit, .. } => estimate.interval.map(|end| beyond(*limit, end)),
        _ => return None,
    };
    (left.is_finite() && right.is_finite()).then(|| Reach { low: left.min(right), high: left.max(right) })
}

/// How far such a change would lie beyond what is demanded.
fn damage(of: &Change, change: f64) -> f64 {
    let (gain, margin) = (of.gain(change), of.tolerance.amount);
    match of.demand.kind {
        ChangeKind::LossAtMost => -gain - margin,
        ChangeKind::GainAtLeast => margin - gain,
        ChangeKind::GainAtMost => gain - margin,
    }
}

/// How far a number lies beyond its limit.
fn beyond(limit: Limit, value: f64) -> f64 {
    match limit {
        Limit::AtLeast(least) => least - value,
        Limit::AtMost(most) => value - most,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of samples")]
fn float(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn float_rows(rows: u64) -> f64 {
    rows as f64
}
