//! Columns against the baseline's: a drift fails beyond its limit and beyond the noise, where noise is told for all columns of
//! the run together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::bound::Bound;
use super::super::verdict::Verdict;
use super::super::{Gate, Gates, Limit, Task};
use super::compare::three_way;
use super::{ChiSquared, Drifted, Evidence, Judge, Outcome};
use crate::measurement::{Measurement, Measurements, State};
use crate::stats::drift::{Cells, ChiSquare, Distance, Samples, benjamini_hochberg};
use crate::stats::{Undefined, drift};
use crate::workers;

/// The share of columns that may be said to have drifted without having done so.
const FALSE_DRIFTS: f64 = 0.05;

/// What a chi-square test is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Significance {
    /// The chance below which a difference is none of noise.
    pub(super) level: f64,
    /// The strength from which on a difference matters.
    pub(super) effect: f64,
}

/// The gates on drift by their places, on all cores. The gates on one column share its samples.
pub(super) fn all(all: &Gates, measurements: &Measurements, seed: u64) -> BTreeMap<usize, Outcome> {
    let gates = &all.gates;
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut of_column: BTreeMap<&Measurement, usize> = BTreeMap::new();
    for (index, gate) in gates.iter().enumerate() {
        match &gate.task {
            Ok(Task::Drift { cells, .. }) => {
                let group = *of_column.entry(cells).or_insert(groups.len());
                if group == groups.len() {
                    groups.push(Vec::new());
                }
                groups[group].push(index);
            }
            Ok(Task::ChiSquare { .. } | Task::DatasetDrift { .. }) => groups.push(vec![index]),
            _ => {}
        }
    }
    let next = AtomicUsize::new(0);
    let judged = workers::each(workers::cores().min(groups.len()), || {
        let mut judge = Judge::new(all, measurements, seed);
        let mut judged = Vec::new();
        while let Some(group) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            judged.extend(of_group(&mut judge, gates, group));
        }
        judged
    });
    judged.into_iter().flatten().collect()
}

fn of_group(judge: &mut Judge<'_>, gates: &[Gate], group: &[usize]) -> Vec<(usize, Outcome)> {
    let mut samples: Option<Samples<'_>> = None;
    let mut outcomes = Vec::with_capacity(group.len());
    for index in group {
        let gate = &gates[*index];
        let outcome = match &gate.task {
            Ok(Task::Drift { distance: of, cells, most }) => match judge.state(cells) {
                Ok(State::Cells(cells)) => {
                    let samples = samples.get_or_insert_with(|| Samples::new(cells, judge.seed));
                    distance(*of, samples, *most, gate.confidence).unwrap_or_else(error)
                }
                _ => judge.gate(gate),
            },
            _ => judge.gate(gate),
        };
        outcomes.push((*index, outcome));
    }
    outcomes
}

fn error(why: String) -> Outcome {
    Outcome { verdict: Verdict::Error, evidence: Evidence::Reason(why) }
}

/// A column's distance from the baseline's. The verdict waits for [`settle`].
pub(super) fn distance(distance: Distance, samples: &Samples<'_>, most: f64, level: f64) -> Result<Outcome, String> {
    let drift = samples.estimate(distance, level).map_err(|why| undefined(distance.name(), &why))?;
    let chance = drift.chance;
    Ok(Outcome { verdict: Verdict::Inconclusive, evidence: Evidence::Drift { distance, drift, chance, most } })
}

/// The chi-square test of a column. The verdict waits for [`settle`].
pub(super) fn chi_square(cells: &Cells, demand: Significance) -> Result<Outcome, String> {
    let test = ChiSquare::new(cells).map_err(|why| undefined("chi-square", &why))?;
    let rows = cells.rows();
    let Significance { level, effect } = demand;
    let detectable = test.detectable(rows, level);
    let found = ChiSquared { test, rows, chance: test.chance, tests: 1, level, effect, detectable };
    Ok(Outcome { verdict: Verdict::Inconclusive, evidence: Evidence::ChiSquare(found) })
}

fn undefined(name: &str, why: &Undefined) -> String {
    match why {
        Undefined::NoRows => "one of the sides has no values to compare".to_owned(),
        why => format!("{name} is undefined: {why}"),
    }
}

/// Gives all drift gates of a run their verdicts. A gate fails when the distance lies beyond the limit with all of its
/// interval and is more than noise, where noise is told for all of them together: of many columns that did not
/// move, one in twenty would look as if it had.
pub(super) fn settle(outcomes: &mut [Outcome]) {
    let chance = |outcome: &Outcome| match &outcome.evidence {
        Evidence::Drift { drift, .. } => Some(drift.chance),
        Evidence::ChiSquare(found) => Some(found.test.chance),
        _ => None,
    };
    let mut gates: Vec<&mut Outcome> = outcomes.iter_mut().filter(|outcome| chance(outcome).is_some()).collect();
    let chances: Vec<f64> = gates.iter().filter_map(|outcome| chance(outcome)).collect();
    for (outcome, adjusted) in gates.iter_mut().zip(benjamini_hochberg(&chances)) {
        match &mut outcome.evidence {
            Evidence::Drift { drift, chance, most, .. } => {
                *chance = adjusted;
                outcome.verdict = match three_way(drift.interval, Limit::AtMost(*most)) {
                    Verdict::Fail if adjusted > FALSE_DRIFTS => Verdict::Inconclusive,
                    verdict => verdict,
                };
            }
            Evidence::ChiSquare(found) => {
                found.chance = adjusted;
                found.tests = chances.len();
                outcome.verdict = tested(found);
            }
            _ => {}
        }
    }
}

fn tested(found: &ChiSquared) -> Verdict {
    if found.test.is_constant {
        return Verdict::Pass;
    }
    let Some(detectable) = found.detectable else { return Verdict::Inconclusive };
    if found.chance < found.level {
        // A difference that is there and that does not matter.
        return if found.test.strength < found.effect { Verdict::Pass } else { Verdict::Fail };
    }
    // Nothing was found; that says something only where it would have been.
    let would_show = detectable <= found.effect || found.effect <= 0.0;
    if would_show { Verdict::Pass } else { Verdict::Inconclusive }
}

/// How many columns have drifted for certain: by more than `each` with all of their interval, and more than noise over all of
/// them together. Columns of which that is not certain, and neither the opposite, leave the verdict open where they could
/// turn it.
pub(super) fn dataset(
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
            Err(why) => return Err(format!("`{column}` cannot be compared: {}", undefined("tv", &why))),
        }
    }
    let chances: Vec<f64> = drifts.iter().map(|(_, drift)| drift.chance).collect();
    let mut found = Drifted { columns: columns.len() as u64, ..Drifted::default() };
    for ((column, drift), chance) in drifts.into_iter().zip(benjamini_hochberg(&chances)) {
        match three_way(drift.interval, Limit::AtMost(each)) {
            Verdict::Pass => {}
            Verdict::Fail if chance <= FALSE_DRIFTS => found.certain.push((column.to_owned(), drift.value)),
            _ => found.open.push(column.to_owned()),
        }
    }
    found.certain.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    #[expect(clippy::cast_precision_loss, reason = "a number of columns")]
    let holds = |drifted: usize| {
        let (drifted, all) = (drifted as f64, columns.len() as f64);
        bound.holds(if bound.in_rows { drifted } else { drifted / all }, None)
    };
    let verdict = match (holds(found.certain.len()), holds(found.certain.len() + found.open.len())) {
        (true, true) => Verdict::Pass,
        (false, false) => Verdict::Fail,
        _ => Verdict::Inconclusive,
    };
    Ok(Outcome { verdict, evidence: Evidence::Drifted(found) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::stats::drift::cells;

    /// Judges one column that is another altogether among so many that did not move.
    fn among(still: usize, one: Outcome, others: impl Fn() -> Outcome) -> Vec<Verdict> {
        let mut outcomes = vec![one];
        outcomes.extend((0..still).map(|_| others()));
        settle(&mut outcomes);
        outcomes.iter().map(|outcome| outcome.verdict).collect()
    }

    #[test]
    fn one_column_of_hundreds_that_moved_is_found() {
        let tv = |candidate: &[u64]| {
            let cells = cells(&[5_000, 5_000], candidate);
            distance(Distance::TotalVariation, &Samples::new(&cells, 0), 0.1, 0.95)
        };
        let verdicts = among(400, tv(&[9_000, 1_000]).unwrap(), || tv(&[5_010, 4_990]).unwrap());
        assert_eq!(verdicts[0], Verdict::Fail);
        assert!(verdicts[1..].iter().all(|verdict| *verdict == Verdict::Pass));
    }

    #[test]
    fn a_test_fails_on_what_is_significant_and_matters() {
        let verdict = |baseline: &[u64], candidate: &[u64], effect| {
            let demand = Significance { level: 0.01, effect };
            among(0, chi_square(&cells(baseline, candidate), demand).unwrap(), || unreachable!())[0]
        };
        let (even, tilted) = ([5_000, 5_000], [5_300, 4_700]);
        assert_eq!(verdict(&even, &[8_000, 2_000], 0.1), Verdict::Fail);
        // Significant, with a V of 0.03.
        assert_eq!(verdict(&even, &tilted, 0.1), Verdict::Pass);
        assert_eq!(verdict(&even, &tilted, 0.0), Verdict::Fail);
        assert_eq!(verdict(&even, &[5_010, 4_990], 0.1), Verdict::Pass);
        // Twenty rows show nothing below a V of 0.7.
        assert_eq!(verdict(&[10, 10], &[12, 8], 0.1), Verdict::Inconclusive);
        assert_eq!(verdict(&[10, 10], &[12, 8], 0.0), Verdict::Pass);
        assert_eq!(verdict(&[2, 1], &[1, 2], 0.0), Verdict::Inconclusive);
        // A constant that stayed one.
        assert_eq!(verdict(&[20, 0], &[30, 0], 0.1), Verdict::Pass);
    }

    #[test]
    fn columns_that_nobody_knows_of_leave_the_verdict_open() {
        let (still, moved) = (cells(&[5_000, 5_000], &[5_010, 4_990]), cells(&[5_000, 5_000], &[9_000, 1_000]));
        let few = cells(&[5, 5], &[6, 4]);
        let verdict = |columns: &[(&str, &Cells)], bound: &str| {
            dataset(columns, 0.1, &Bound::parse(bound).unwrap(), 0.95, 0).unwrap().verdict
        };
        assert_eq!(verdict(&[("a", &still), ("b", &moved)], "<= 50%"), Verdict::Pass);
        assert_eq!(verdict(&[("a", &still), ("b", &moved)], "0"), Verdict::Fail);
        assert_eq!(verdict(&[("a", &still), ("b", &few)], "0"), Verdict::Inconclusive);
        assert_eq!(verdict(&[("a", &still), ("b", &few)], "<= 1 column"), Verdict::Pass);
        assert_eq!(verdict(&[("a", &moved), ("b", &few)], "0"), Verdict::Fail);
    }
}
