//! Means over rows.

use std::collections::BTreeMap;

use super::influence;
use crate::stats::{ClassTable, Contingency, Joint, LossMoments, Rows, State};

/// Builds a table of hits and misses in which every label is positive, so that its accuracy is the proportion of hits.
pub(crate) fn of_hits(rows: &Rows, hits: (Vec<bool>, Option<Vec<bool>>)) -> State {
    let (ours, theirs) = hits;
    let before = |row: usize| theirs.as_ref().is_some_and(|theirs| theirs[row]);
    if rows.is_plain() {
        return State::Contingency(contingency(rows, |row| (true, ours[row], before(row))));
    }
    State::Table(table(rows, 2, |row| [1, u32::from(ours[row]), u32::from(before(row))]))
}

/// Builds the state of a mean over rows; `scale` is the scale for errors that are all 0.
pub(crate) fn mean(
    rows: &Rows,
    ours: &[f64],
    theirs: Option<&[f64]>,
    (is_one_model, scale): (bool, Option<f64>),
) -> State {
    if rows.is_plain() {
        let mut moments = LossMoments::default();
        for (row, loss) in ours.iter().enumerate() {
            moments.add(*loss, theirs.map(|losses| losses[row]));
        }
        let moments = moments.with_scale(scale);
        return State::Loss(if is_one_model { moments.with_identical_scores() } else { moments });
    }
    let influence = |losses: &[f64]| influence::mean(rows, losses);
    let joint = Joint::new(rows, rows.len() as u64, influence(ours), theirs.map(influence));
    State::Joint(joint.with_scale(scale).with_unchanged(is_one_model))
}

/// Builds a binary table with one group; `cell` returns label, candidate and baseline of a row.
pub(super) fn contingency(rows: &Rows, cell: impl Fn(usize) -> (bool, bool, bool)) -> Contingency {
    let mut counts = [0; 8];
    for row in 0..rows.len() {
        let (label, ours, theirs) = cell(row);
        counts[usize::from(label) * 4 + usize::from(ours) * 2 + usize::from(theirs)] += 1;
    }
    let paired = rows.columns().baseline.is_some();
    let table = Contingency::from_cells(paired, BTreeMap::from([(Vec::new(), counts)]));
    if rows.is_one_model() { table.with_identical_scores() } else { table }
}

pub(crate) fn table(rows: &Rows, classes: u32, cell: impl Fn(usize) -> [u32; 3]) -> ClassTable {
    let columns = rows.columns();
    let (weights, clusters) = (&columns.weights, &columns.clusters);
    let mut table = ClassTable::new(classes, columns.baseline.is_some(), weights.is_some(), clusters.is_some());
    for row in 0..rows.len() {
        table.add(cell(row), rows.weight(row), clusters.as_ref().map(|codes| codes[row]));
    }
    if rows.is_one_model() { table.with_identical_scores() } else { table }
}
