//! Power analysis: the outcomes of a gate on many samples of the same rows, under the null hypothesis of no change.

use super::judge::{Change, Evidence, Outcome, Units};
use super::limit::Limit;
use super::margin::ChangeKind;
use super::verdict::Verdict;
use crate::stats::{Estimate, quantile};

/// The required power: the probability of a correct verdict.
pub const POWER: f64 = 0.8;

/// The smallest reported number of rows: an interval is proportional to 1/√n only for large n.
const FEWEST: u64 = 100;

/// The power of a gate: its behaviour without a change, and the change or the number of rows that it needs to decide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// The denominator of the gate's number.
    pub n: u64,
    /// The proportion of samples in which the gate fails: the false-alarm rate, if the gate passes on the rows
    /// themselves.
    pub fails: f64,
    /// The proportion of samples in which the gate is inconclusive.
    pub inconclusive: f64,
    /// The proportion of samples in which the gate passes.
    pub passes: f64,
    /// The smallest loss, in the number's own unit, on which the gate fails in [`POWER`] of all samples; of a gain that
    /// may be too large, the smallest gain. `None` if both sides are the same model, which gives no variance of a
    /// difference, and if the number is not one of all rows.
    pub catches: Option<f64>,
    /// The number of rows with which the gate would pass in [`POWER`] of all samples, if its interval is proportional
    /// to 1/√n; at least 100. `None` if no number of rows is enough, and if rows belong to clusters.
    pub rows: Option<u64>,
    /// The number of clusters behind the gate's number, if rows belong to clusters: more rows of the same clusters add
    /// little information.
    pub clusters: Option<u64>,
    /// Like `rows`, in clusters.
    pub clusters_needed: Option<u64>,
}

/// The interval of one sample as damage: larger is worse, and 0 is the limit.
struct Reach {
    low: f64,
    high: f64,
}

/// Returns the power of a gate with an interval, and `None` for all other gates. `now` is the outcome on the rows
/// themselves.
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
    // The true distance within the limit: the whole margin of a comparison, because nothing changed, and otherwise the
    // distance on the rows themselves.
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
    // With a loss of this size, the lower end of the interval is beyond the limit.
    let catches = at(&|reach| -reach.low);
    // The upper end is this far from the truth, and may be as far as the limit.
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

/// Returns the distance by which a change is beyond the limit.
fn damage(of: &Change, change: f64) -> f64 {
    let (gain, margin) = (of.gain(change), of.tolerance.amount);
    match of.demand.kind {
        ChangeKind::LossAtMost => -gain - margin,
        ChangeKind::GainAtLeast => margin - gain,
        ChangeKind::GainAtMost => gain - margin,
    }
}

/// Returns the distance by which a number is beyond its limit.
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
