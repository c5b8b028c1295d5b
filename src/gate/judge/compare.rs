//! Estimated numbers: the verdict comes from an interval against a limit, and there are three.

use super::super::Limit;
use super::super::bound::Bound;
use super::super::verdict::Verdict;
use super::{Evidence, Names, Outcome};
use crate::stats::drift::{self, Cells, Distance, benjamini_hochberg};
use crate::stats::{Estimate, Metric, Side, State, Undefined, estimate, rows_to_decide};

/// The share of columns that may be called moved without having moved.
const FALSE_DRIFTS: f64 = 0.05;

/// The number is within the limit with all of its interval, beyond it with all of it, or neither.
pub(super) fn three_way(interval: [f64; 2], limit: Limit) -> Verdict {
    let [low, high] = interval;
    match limit {
        Limit::AtLeast(least) if low >= least => Verdict::Pass,
        Limit::AtLeast(least) if high < least => Verdict::Fail,
        Limit::AtMost(most) if high <= most => Verdict::Pass,
        Limit::AtMost(most) if low > most => Verdict::Fail,
        // A NaN ends here too: it shows nothing.
        _ => Verdict::Inconclusive,
    }
}

/// About how many rows would decide, if the number stays where it is.
pub(super) fn deciding(estimate: &Estimate, limit: Limit, verdict: Verdict) -> Option<u64> {
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    let [low, high] = estimate.interval;
    let reach = if estimate.value < at { high - estimate.value } else { estimate.value - low };
    if verdict == Verdict::Inconclusive { rows_to_decide(estimate.n, reach, (estimate.value - at).abs()) } else { None }
}

/// A metric against a fixed limit.
pub(super) fn metric(metric: Metric, state: &State, limit: Limit, level: f64, seed: u64) -> Result<Outcome, String> {
    let estimate = estimate(metric, state, Side::Candidate, level, seed)
        .map_err(|why| format!("{} is undefined: {why}", metric.name()))?;
    let verdict = three_way(estimate.interval, limit);
    let rows_to_decide = deciding(&estimate, limit, verdict);
    Ok(Outcome { verdict, evidence: Evidence::Metric { metric, estimate, limit, rows_to_decide, one_of: None } })
}

/// A column's values against the baseline's. The verdict waits for [`settle_drift`].
pub(super) fn drift(distance: Distance, cells: &Cells, most: f64, level: f64, seed: u64) -> Result<Outcome, String> {
    let drift = drift::estimate(distance, cells, level, seed).map_err(|why| match why {
        Undefined::NoRows => "one of the sides has no values to compare".to_owned(),
        why => format!("{} is undefined: {why}", distance.name()),
    })?;
    let chance = drift.chance;
    Ok(Outcome { verdict: Verdict::Inconclusive, evidence: Evidence::Drift { distance, drift, chance, most } })
}

/// Gives all drift gates of a run their verdicts. A gate fails when the distance lies beyond the limit with all of its
/// interval and is more than noise, where noise is told for all of them together: of many columns that did not
/// move, one in twenty would look as if it had.
pub(super) fn settle_drift(outcomes: &mut [Outcome]) {
    let mut gates: Vec<&mut Outcome> =
        outcomes.iter_mut().filter(|outcome| matches!(outcome.evidence, Evidence::Drift { .. })).collect();
    let chances: Vec<f64> = gates
        .iter()
        .filter_map(|outcome| match &outcome.evidence {
            Evidence::Drift { drift, .. } => Some(drift.chance),
            _ => None,
        })
        .collect();
    for (outcome, adjusted) in gates.iter_mut().zip(benjamini_hochberg(&chances)) {
        let Evidence::Drift { drift, chance, most, .. } = &mut outcome.evidence else { continue };
        *chance = adjusted;
        outcome.verdict = match three_way(drift.interval, Limit::AtMost(*most)) {
            Verdict::Fail if adjusted > FALSE_DRIFTS => Verdict::Inconclusive,
            verdict => verdict,
        };
    }
}

/// The columns that have moved for certain: by more than `each` with all of their interval, and more than noise over all of
/// them together.
pub(super) fn moved(
    columns: &[(&str, &Cells)],
    each: f64,
    bound: &Bound,
    level: f64,
    seed: u64,
) -> Result<Outcome, String> {
    let mut drifts = Vec::with_capacity(columns.len());
    for (column, cells) in columns {
        match drift::estimate(Distance::TotalVariation, cells, level, seed) {
            Ok(drift) => drifts.push((*column, drift)),
            Err(why) => return Err(format!("`{column}` cannot be compared: {why}")),
        }
    }
    let chances: Vec<f64> = drifts.iter().map(|(_, drift)| drift.chance).collect();
    let adjusted = benjamini_hochberg(&chances);
    let has_moved =
        drifts.iter().zip(adjusted).filter(|((_, drift), chance)| drift.interval[0] > each && *chance <= FALSE_DRIFTS);
    let broken: Vec<String> = has_moved.map(|((column, _), _)| (*column).to_owned()).collect();
    #[expect(clippy::cast_precision_loss, reason = "a number of columns")]
    let (hits, among) = (broken.len() as f64, columns.len() as f64);
    let holds = bound.holds(if bound.in_rows { hits } else { hits / among }, None);
    Ok(super::exact::outcome(holds, Evidence::Names(Names { broken, columns: columns.len() as u64 })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_decides_only_with_all_of_itself() {
        let least = Limit::AtLeast(0.8);
        assert_eq!(three_way([0.8, 0.9], least), Verdict::Pass);
        assert_eq!(three_way([0.7, 0.79], least), Verdict::Fail);
        assert_eq!(three_way([0.7, 0.8], least), Verdict::Inconclusive);
        let most = Limit::AtMost(0.1);
        assert_eq!(three_way([0.0, 0.1], most), Verdict::Pass);
        assert_eq!(three_way([0.11, 0.2], most), Verdict::Fail);
        assert_eq!(three_way([0.1, 0.2], most), Verdict::Inconclusive);
    }

    #[test]
    fn not_a_number_decides_nothing() {
        assert_eq!(three_way([f64::NAN, f64::NAN], Limit::AtMost(1.0)), Verdict::Inconclusive);
    }
}
