//! Estimated numbers: an interval against a limit gives one of three verdicts.

use super::super::limit::Limit;
use super::super::verdict::Verdict;
use super::units::{UnitColumns, Units};
use super::{Evidence, Outcome};
use crate::stats::{Estimate, Metric, Side, State, estimate, rows_to_decide};

/// Returns pass if the whole interval is within the limit, fail if all of it is beyond, and otherwise inconclusive.
pub(super) fn three_way(interval: [f64; 2], limit: Limit) -> Verdict {
    let [low, high] = interval;
    match limit {
        Limit::AtLeast(least) if low >= least => Verdict::Pass,
        Limit::AtLeast(least) if high < least => Verdict::Fail,
        Limit::AtMost(most) if high <= most => Verdict::Pass,
        Limit::AtMost(most) if low > most => Verdict::Fail,
        // A NaN is inconclusive, too.
        _ => Verdict::Inconclusive,
    }
}

/// Returns the approximate number of units that would be enough to decide, if the estimate stays the same.
pub(super) fn deciding(estimate: &Estimate, units: &Units, limit: Limit, verdict: Verdict) -> Option<u64> {
    let (Limit::AtLeast(at) | Limit::AtMost(at)) = limit;
    let [low, high] = estimate.interval;
    let reach = if estimate.value < at { high - estimate.value } else { estimate.value - low };
    if verdict == Verdict::Inconclusive {
        rows_to_decide(units.count, reach, (estimate.value - at).abs())
    } else {
        None
    }
}

/// Returns the number of units that would be enough to decide; for a quantile that the rows do not bound, the fewest
/// that do.
pub(super) fn enough(
    (metric, level): (Metric, f64),
    estimate: &Estimate,
    units: &Units,
    limit: Limit,
    verdict: Verdict,
) -> Option<u64> {
    let is_open = verdict == Verdict::Inconclusive && estimate.interval.iter().any(|end| end.is_infinite());
    let fewest = || metric.fewest_rows(level).filter(|fewest| is_open && *fewest > units.count);
    deciding(estimate, units, limit, verdict).or_else(fewest)
}

/// Judges a metric against a fixed limit.
pub(super) fn metric(
    metric: Metric,
    state: &State,
    limit: Limit,
    (level, seed): (f64, u64),
    columns: UnitColumns<'_>,
) -> Result<Outcome, String> {
    let estimate =
        estimate(metric, state, Side::Candidate, level, seed).map_err(|why| format!("{metric} is undefined: {why}"))?;
    let verdict = three_way(estimate.interval, limit);
    let units = Units::of(metric, state.clusters(), estimate.n, columns);
    let enough = enough((metric, level), &estimate, &units, limit, verdict);
    Ok(Outcome { verdict, evidence: Evidence::Metric { metric, estimate, limit, units, enough, one_of: None } })
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
