//! Columns compared with the baseline's: a drift fails if it is beyond its limit and significant, with p-values
//! adjusted for all drift gates of the run.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::bound::Bound;
use super::super::constraint::ColumnCounts;
use super::super::limit::Limit;
use super::super::verdict::Verdict;
use super::super::{Constraint, Gate, Gates};
use super::compare::three_way;
use super::reading::Judge;
use super::{ChiSquared, Drifted, Evidence, Outcome};
use crate::measurement::{Measured, Measurements};
use crate::stats::drift::{Cells, ChiSquare, Distance, Empty, Samples, benjamini_hochberg};
use crate::stats::{Undefined, drift};
use crate::workers;

/// The false discovery rate of drifted columns.
const FALSE_DRIFTS: f64 = 0.05;

/// The thresholds of a chi-square test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Significance {
    /// The significance level.
    pub(super) level: f64,
    /// The smallest relevant effect size.
    pub(super) effect: f64,
}

/// Judges the drift gates on all cores, and returns outcomes by the gates' positions. Gates on one column share its
/// samples.
pub(super) fn all(all: &Gates, measurements: &Measurements, seed: u64) -> BTreeMap<usize, Outcome> {
    let gates = &all.gates;
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut of_column: BTreeMap<&ColumnCounts, usize> = BTreeMap::new();
    for (index, gate) in gates.iter().enumerate() {
        match &gate.task {
            Ok(Constraint::Drift { cells, .. }) => {
                let group = *of_column.entry(cells).or_insert(groups.len());
                if group == groups.len() {
                    groups.push(Vec::new());
                }
                groups[group].push(index);
            }
            Ok(Constraint::ChiSquare { .. } | Constraint::DatasetDrift { .. }) => groups.push(vec![index]),
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
    let cells = group.first().and_then(|index| match &gates[*index].task {
        Ok(Constraint::Drift { cells, .. }) => judge.cells(cells).ok(),
        _ => None,
    });
    let samples = cells.as_ref().map(|cells| Samples::new(cells, judge.seed));
    let mut outcomes = Vec::with_capacity(group.len());
    for index in group {
        let gate = &gates[*index];
        let outcome = match (&gate.task, &samples) {
            (Ok(Constraint::Drift { distance: of, empty, most, .. }), Some(samples))
                if judge.looks_at_rows(gate).is_ok() =>
            {
                distance((*of, *empty), samples, *most, gate.confidence).unwrap_or_else(error)
            }
            _ => judge.gate(gate),
        };
        outcomes.push((*index, outcome));
    }
    outcomes
}

impl<'a> Judge<'a> {
    /// Returns both sides' counts of a column, with a bin of the rows without a value if they are a value.
    pub(super) fn cells(&self, counts: &ColumnCounts) -> Result<Cow<'a, Cells>, String> {
        let of = |measurement| match self.state(measurement)? {
            Measured::Cells(cells) => Ok(cells),
            _ => Err("internal error: the measurement has the wrong state".to_owned()),
        };
        let cells = of(&counts.cells)?;
        Ok(match &counts.nulls {
            Some(nulls) => Cow::Owned(cells.with_nulls(of(nulls)?)),
            None => Cow::Borrowed(cells),
        })
    }
}

fn error(why: String) -> Outcome {
    Outcome { verdict: Verdict::Error, evidence: Evidence::Reason(why) }
}

/// Estimates a column's distance from the baseline's. The verdict is set by [`settle`].
pub(super) fn distance(
    (distance, empty): (Distance, Empty),
    samples: &Samples<'_>,
    most: f64,
    level: f64,
) -> Result<Outcome, String> {
    let drift = samples.estimate(distance, empty, level).map_err(|why| undefined(distance.name(), &why))?;
    let chance = drift.chance;
    Ok(Outcome {
        verdict: Verdict::Inconclusive,
        evidence: Evidence::Drift { distance, drift, chance, tests: 1, most },
    })
}

/// Computes the chi-square test of a column. The verdict is set by [`settle`].
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

/// Sets the verdicts of all drift gates of a run. A gate fails if the whole interval of the distance is beyond the
/// limit and the drift is significant. The p-values are adjusted for all gates together (Benjamini and Hochberg 1995):
/// of many unchanged columns, one in twenty would be significant on its own.
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
            Evidence::Drift { drift, chance, tests, most, .. } => {
                (*chance, *tests) = (adjusted, chances.len());
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
        // The difference is significant and may be too small to be relevant.
        return if found.test.strength < found.effect { Verdict::Pass } else { Verdict::Fail };
    }
    // Without a significant difference, the gate passes only if the test would have detected a relevant one.
    let would_show = detectable <= found.effect || found.effect <= 0.0;
    if would_show { Verdict::Pass } else { Verdict::Inconclusive }
}

/// Counts the columns that have certainly drifted: their whole interval is beyond `each`, and the drift is significant
/// after adjustment for all of them. Columns that have neither certainly drifted nor certainly not leave the verdict
/// open if they could change it.
pub(super) fn dataset(
    columns: &[(&str, Cow<'_, Cells>)],
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

    /// Judges one drifted column among `still` unchanged ones.
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
            distance((Distance::TotalVariation, Empty::HalfARow), &Samples::new(&cells, 0), 0.1, 0.95)
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
        // The difference is significant, with a V of 0.03.
        assert_eq!(verdict(&even, &tilted, 0.1), Verdict::Pass);
        assert_eq!(verdict(&even, &tilted, 0.0), Verdict::Fail);
        assert_eq!(verdict(&even, &[5_010, 4_990], 0.1), Verdict::Pass);
        // Twenty rows detect no V below 0.7.
        assert_eq!(verdict(&[10, 10], &[12, 8], 0.1), Verdict::Inconclusive);
        assert_eq!(verdict(&[10, 10], &[12, 8], 0.0), Verdict::Pass);
        assert_eq!(verdict(&[2, 1], &[1, 2], 0.0), Verdict::Inconclusive);
        // A constant column that stayed constant.
        assert_eq!(verdict(&[20, 0], &[30, 0], 0.1), Verdict::Pass);
    }

    #[test]
    fn columns_that_nobody_knows_of_leave_the_verdict_open() {
        let (still, moved) = (cells(&[5_000, 5_000], &[5_010, 4_990]), cells(&[5_000, 5_000], &[9_000, 1_000]));
        let few = cells(&[5, 5], &[6, 4]);
        let verdict = |columns: &[(&str, &Cells)], bound: &str| {
            let columns: Vec<_> = columns.iter().map(|(name, cells)| (*name, Cow::Borrowed(*cells))).collect();
            dataset(&columns, 0.1, &Bound::parse(bound).unwrap(), 0.95, 0).unwrap().verdict
        };
        assert_eq!(verdict(&[("a", &still), ("b", &moved)], "<= 50%"), Verdict::Pass);
        assert_eq!(verdict(&[("a", &still), ("b", &moved)], "0"), Verdict::Fail);
        assert_eq!(verdict(&[("a", &still), ("b", &few)], "0"), Verdict::Inconclusive);
        assert_eq!(verdict(&[("a", &still), ("b", &few)], "<= 1 column"), Verdict::Pass);
        assert_eq!(verdict(&[("a", &moved), ("b", &few)], "0"), Verdict::Fail);
    }
}
