//! The search and its price: one half of the rows proposes slices, the other half confirms them.

use super::best::{Candidate, SearchLimits, best};
use super::confirm::{mean, p_value};
use super::explain::{Yardstick, damage, mean_square, rows_of};
use super::score::SliceScore;
use super::{SearchRows, SliceTerm};
use crate::stats::holm;

/// The level at which a slice is named, shared by both halves.
const LEVEL: f64 = 0.05;

/// The number of slices of the search among which those that explain are chosen.
const PROPOSED: usize = 200;

/// The weight of the mean against the size, as SliceLine's authors set it.
const ALPHA: f64 = 0.95;

/// A search for slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceSearch {
    /// The most values that describe a slice.
    pub depth: usize,
    /// The fewest rows of a slice.
    pub min_n: u64,
    /// The most slices to name.
    pub most: usize,
    /// True if the amounts are changes; false if they are losses, which are never negative.
    pub is_change: bool,
    /// The number of threads. The result does not depend on it.
    pub threads: usize,
}

/// A slice that is damaged, with the search paid for.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundSlice {
    /// The terms that describe it, in the order of the features.
    pub terms: Vec<SliceTerm>,
    /// Its rows, in ascending order.
    pub rows: Vec<u32>,
    /// The p-value after Holm's correction for all slices that were proposed, of both halves.
    pub p_adjusted: f64,
    /// Its score among all rows.
    pub score: f64,
}

/// The result of a search.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundSlices {
    /// The slices, the most certain damage first.
    pub slices: Vec<FoundSlice>,
    /// The number of slices that were looked at.
    pub searched: u64,
}

/// Finds the slices in which the amounts are larger than in the rest, and, of changes, larger than 0.
///
/// `is_first` says for each row which half it belongs to; rows of one cluster belong to one half. If no slice differs from
/// the rest, a slice is named in at most 5 % of all searches.
pub fn find(rows: SearchRows<'_>, is_first: &[bool], search: SliceSearch) -> FoundSlices {
    let all: Vec<u32> = (0..rows.len()).filter_map(|row| u32::try_from(row).ok()).collect();
    let (first, second): (Vec<u32>, Vec<u32>) = all.iter().partition(|row| is_first[**row as usize]);
    let mut found = FoundSlices::default();
    let mut confirmed: Vec<(Vec<SliceTerm>, f64)> = Vec::new();
    for (one, other) in [(&first, &second), (&second, &first)] {
        let (proposed, searched) = propose(rows, one, search);
        found.searched += searched;
        let p_values: Vec<f64> = proposed
            .iter()
            .map(|slice| {
                let (inside, outside): (Vec<u32>, Vec<u32>) =
                    other.iter().partition(|row| rows.is_in(slice, **row as usize));
                p_value(&rows, &inside, &outside, search.is_change)
            })
            .collect();
        // Each half has half of the level.
        let adjusted = holm(&p_values).into_iter().map(|p| (2.0 * p).min(1.0));
        confirmed.extend(proposed.into_iter().zip(adjusted).filter(|(_, p)| *p <= LEVEL));
    }
    found.slices = named(rows, &all, confirmed, search);
    found
}

/// Returns the slices that one half of the rows proposes.
fn propose(rows: SearchRows<'_>, half: &[u32], search: SliceSearch) -> (Vec<Vec<SliceTerm>>, u64) {
    let Some(above) = reference(rows, half, search.is_change) else { return (Vec::new(), 0) };
    propose_above(rows, half, above, search)
}

/// Returns the slices of one half whose amounts exceed a reference most clearly.
pub(super) fn propose_above(
    rows: SearchRows<'_>,
    half: &[u32],
    above: f64,
    search: SliceSearch,
) -> (Vec<Vec<SliceTerm>>, u64) {
    let min_n = search.min_n.div_ceil(2);
    let limits = SearchLimits { depth: search.depth, min_n, most: PROPOSED, threads: search.threads };
    let (found, searched) = ranked(rows, half, search.is_change, above, limits);
    let found = found.into_iter().map(|found| found.values.into_iter().map(SliceTerm::of).collect());
    (Yardstick { above, min_n }.distinct(&rows, found, half, search.most), searched)
}

/// Returns the amount that a damaged slice exceeds: the mean of all rows, and of changes at least 0.
pub(super) fn reference(rows: SearchRows<'_>, among: &[u32], is_change: bool) -> Option<f64> {
    let mean = mean(&rows, among.iter().copied())?;
    Some(if is_change { mean.max(0.0) } else { mean })
}

fn ranked(
    rows: SearchRows<'_>,
    among: &[u32],
    is_change: bool,
    above: f64,
    limits: SearchLimits,
) -> (Vec<Candidate>, u64) {
    if !is_change {
        return best(rows, among, SliceScore::Line { alpha: ALPHA }, limits);
    }
    let amounts: Vec<f64> = rows.amounts.iter().map(|amount| amount - above).collect();
    best(SearchRows { amounts: &amounts, ..rows }, among, SliceScore::Damage, limits)
}

/// Orders what both halves confirmed by the damage of all rows, and leaves out what the slices before explain.
fn named(
    rows: SearchRows<'_>,
    all: &[u32],
    confirmed: Vec<(Vec<SliceTerm>, f64)>,
    search: SliceSearch,
) -> Vec<FoundSlice> {
    let Some(above) = reference(rows, all, search.is_change) else { return Vec::new() };
    let square = mean_square(&rows, all, above);
    let mut found: Vec<(f64, &Vec<SliceTerm>)> =
        confirmed.iter().map(|(slice, _)| (damage(&rows, &rows_of(&rows, slice, all), above, square), slice)).collect();
    found.sort_by(|ours, theirs| theirs.0.total_cmp(&ours.0).then_with(|| ours.1.cmp(theirs.1)));
    let found = found.into_iter().map(|(_, slice)| slice.clone());
    let kept = Yardstick { above, min_n: search.min_n }.distinct(&rows, found, all, search.most);
    kept.into_iter()
        .map(|terms| {
            let inside = rows_of(&rows, &terms, all);
            // Among all rows, a slice may be wider than the one that was confirmed.
            let p = |(confirmed, p): &(Vec<SliceTerm>, f64)| {
                terms.iter().all(|term| confirmed.iter().any(|inner| term.contains(inner))).then_some(*p)
            };
            FoundSlice {
                p_adjusted: confirmed.iter().filter_map(p).fold(1.0, f64::min),
                score: score(rows, &inside, all, (above, search.is_change, square)),
                rows: inside,
                terms,
            }
        })
        .collect()
}

/// Returns the score of a slice among all rows.
fn score(rows: SearchRows<'_>, inside: &[u32], all: &[u32], (above, is_change, square): (f64, bool, f64)) -> f64 {
    if is_change {
        return damage(&rows, inside, above, square);
    }
    let Some(ours) = mean(&rows, inside.iter().copied()) else { return 0.0 };
    #[expect(clippy::cast_precision_loss, reason = "a quotient of numbers of rows")]
    let others = all.len() as f64 / inside.len() as f64;
    ALPHA * (ours / above - 1.0) - (1.0 - ALPHA) * (others - 1.0)
}
