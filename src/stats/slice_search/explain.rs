//! Which of several slices that overlap explains the damage.

use super::confirm::mean;
use super::{SearchRows, SliceTerm};
use crate::stats::ExactSum;
use crate::stats::numeric::quantile::float;

/// The score that rows outside of the slices before must have by themselves, of a slice that adds something.
const LEAST_SCORE: f64 = 2.0;

/// A slice whose rows have at most this share of others beside those of a shorter slice is that slice.
const SAME_ROWS: f64 = 0.05;

/// Returns the rows of a slice, in their order.
pub(super) fn rows_of(rows: &SearchRows<'_>, slice: &[SliceTerm], among: &[u32]) -> Vec<u32> {
    among.iter().copied().filter(|row| rows.is_in(slice, *row as usize)).collect()
}

/// Returns Σx / √Σx² of some rows whose amounts are `above` a reference, their sum in their own standard errors; 0 without rows.
fn own_score(rows: &SearchRows<'_>, of: &[u32], above: f64) -> f64 {
    let (mut sum, mut squares) = (ExactSum::new(), ExactSum::new());
    for row in of {
        let row = *row as usize;
        let amount = rows.weight(row) * (rows.amounts[row] - above);
        sum.add(amount);
        squares.add(amount * amount);
    }
    let squares = squares.value();
    if squares > 0.0 { sum.value() / squares.sqrt() } else { 0.0 }
}

/// Returns the mean of the squares of some rows whose amounts are `above` a reference.
pub(super) fn mean_square(rows: &SearchRows<'_>, of: &[u32], above: f64) -> f64 {
    let mut squares = ExactSum::new();
    for row in of {
        let row = *row as usize;
        squares.add((rows.weight(row) * (rows.amounts[row] - above)).powi(2));
    }
    squares.value() / float(of.len().max(1) as u64)
}

/// Returns Σx / (σ·√n) of some rows whose amounts are `above` a reference, as [`SliceScore::Damage`](super::score::SliceScore) has it.
pub(super) fn damage(rows: &SearchRows<'_>, of: &[u32], above: f64, mean_square: f64) -> f64 {
    let mut sum = ExactSum::new();
    for row in of {
        let row = *row as usize;
        sum.add(rows.weight(row) * (rows.amounts[row] - above));
    }
    let error = (mean_square * float(of.len() as u64)).sqrt();
    if error > 0.0 { sum.value() / error } else { 0.0 }
}

/// The measure by which a slice is compared with rows beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Yardstick {
    /// The amount that a damaged slice exceeds.
    pub(super) above: f64,
    /// The fewest rows of a slice.
    pub(super) min_n: u64,
}

impl Yardstick {
    /// Returns the damage of rows beside a slice as a share of the slice's own, if they belong to it: they are damaged at least
    /// half as much, which is as far from no damage as from the same. Few rows belong to it in any case.
    fn share(self, rows: &SearchRows<'_>, slice: &[u32], beside: &[u32]) -> Option<f64> {
        let [ours, theirs] = [slice, beside].map(|of| mean(rows, of.iter().copied()));
        let share = (theirs? - self.above) / (ours? - self.above);
        #[expect(clippy::cast_precision_loss, reason = "a share of rows")]
        let is_same = beside.len() as f64 <= SAME_ROWS * slice.len() as f64;
        (is_same || (share >= 0.5 && beside.len() as u64 >= self.min_n / 4)).then_some(share)
    }

    /// Leaves out the terms that do not matter: those without which the additional rows belong to the slice. A slice whose damage
    /// comes from fewer values is found with any other value added.
    fn shorten(self, rows: &SearchRows<'_>, mut slice: Vec<SliceTerm>, among: &[u32]) -> Vec<SliceTerm> {
        while slice.len() > 1 {
            let inside = rows_of(rows, &slice, among);
            let shorter = (0..slice.len()).filter_map(|without| {
                let mut shorter = slice.clone();
                let term = [shorter.remove(without)];
                let mut added = rows_of(rows, &shorter, among);
                added.retain(|row| !rows.is_in(&term, *row as usize));
                Some((self.share(rows, &inside, &added)?, shorter))
            });
            let Some((_, best)) = shorter.max_by(|ours, theirs| ours.0.total_cmp(&theirs.0)) else { break };
            slice = best;
        }
        slice
    }

    /// Adds the bins beside those of a term as long as their rows belong to the slice, the most damaged first.
    fn widen(self, rows: &SearchRows<'_>, mut slice: Vec<SliceTerm>, among: &[u32]) -> Vec<SliceTerm> {
        loop {
            let inside = rows_of(rows, &slice, among);
            let wider = (0..slice.len()).flat_map(|at| {
                let SliceTerm { feature, from, to } = slice[at];
                let last = rows.features[feature].ordered;
                let below = from.checked_sub(1).filter(|_| to < last).map(|bin| (bin, bin, to));
                let above = (to + 1 < last).then(|| (to + 1, from, to + 1));
                [below, above].into_iter().flatten().map(move |found| (at, found))
            });
            let wider = wider.filter_map(|(at, (bin, from, to))| {
                let mut beside = slice.clone();
                (beside[at].from, beside[at].to) = (bin, bin);
                let share = self.share(rows, &inside, &rows_of(rows, &beside, among))?;
                Some((share, at, from, to))
            });
            let Some((_, at, from, to)) = wider.max_by(|ours, theirs| ours.0.total_cmp(&theirs.0)) else {
                return slice;
            };
            (slice[at].from, slice[at].to) = (from, to);
        }
    }

    /// Keeps the slices that add something to those before: enough rows of their own, which are damaged by themselves.
    pub(super) fn distinct(
        self,
        rows: &SearchRows<'_>,
        found: impl IntoIterator<Item = Vec<SliceTerm>>,
        among: &[u32],
        most: usize,
    ) -> Vec<Vec<SliceTerm>> {
        let mut left = among.to_vec();
        let mut kept: Vec<Vec<SliceTerm>> = Vec::new();
        for slice in found {
            if kept.len() == most {
                break;
            }
            let own = rows_of(rows, &slice, &left);
            if (own.len() as u64) < self.min_n || own_score(rows, &own, self.above) < LEAST_SCORE {
                continue;
            }
            let slice = self.shorten(rows, self.widen(rows, slice, &left), &left);
            left.retain(|row| !rows.is_in(&slice, *row as usize));
            kept.push(slice);
        }
        kept
    }
}
