//! The best slices of all: exact enumeration, level by level.

use std::cmp::Ordering;
use std::sync::atomic::{AtomicUsize, Ordering as Memory};

use super::frame::{Frame, RARE};
use super::score::{Scorer, SliceScore, SliceSums, scaled};
use super::{FeatureValue, SearchRows};
use crate::workers;

/// Limits of the enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchLimits {
    /// The most values that describe a slice, at least 1.
    pub depth: usize,
    /// The fewest rows of a slice, at least 1.
    pub min_n: u64,
    /// The number of slices to return.
    pub most: usize,
    /// The number of threads. The result does not depend on it.
    pub threads: usize,
}

/// A slice and its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The values that describe it, in the order of the features.
    pub values: Vec<FeatureValue>,
    /// The number of its rows.
    pub rows: u64,
    /// Its score; the amounts are rounded to 2⁻³⁰ of the largest one or finer.
    pub score: f64,
}

impl Candidate {
    /// Orders by score, the best first; of equal ones the shorter first, then by features and values.
    fn before(&self, other: &Self) -> Ordering {
        let by_length = || self.values.len().cmp(&other.values.len());
        other.score.total_cmp(&self.score).then_with(by_length).then_with(|| self.values.cmp(&other.values))
    }
}

/// Returns the slices with the highest scores among these rows, and the number of slices that were looked at.
///
/// Only slices whose amounts add up to more than 0 count. The result does not depend on the order of the rows. Whatever
/// is not looked at is too small, or can be shown not to be among the best.
pub fn best(rows: SearchRows<'_>, within: &[u32], score: SliceScore, limits: SearchLimits) -> (Vec<Candidate>, u64) {
    let amount = |row: &u32| rows.amounts[*row as usize] * rows.weight(*row as usize);
    let amounts = scaled(within.iter().map(amount), within.len());
    let is_hopeless = match score {
        SliceScore::Line { .. } => amounts.iter().sum::<i64>() <= 0,
        SliceScore::Damage => amounts.iter().all(|amount| *amount <= 0),
    };
    if is_hopeless || (within.len() as u64) < limits.min_n {
        return (Vec::new(), 0);
    }
    let scorer = Scorer::new(score, &amounts, limits.min_n);
    let codes = rows.features.iter().map(|feature| {
        let mut seen = vec![0_u64; feature.values as usize];
        let codes: Vec<u32> = within.iter().map(|row| feature.codes[*row as usize]).collect();
        codes.iter().for_each(|code| seen[*code as usize] += 1);
        codes.into_iter().map(|code| if seen[code as usize] < limits.min_n { RARE } else { code }).collect()
    });
    let frame = Frame { first: 0, codes: codes.collect(), amounts };
    let values = rows.features.iter().map(|feature| feature.values as usize).collect();
    Search { frame, values, scorer, limits }.run()
}

/// An enumeration of the slices of some rows.
struct Search {
    frame: Frame,
    /// The number of values of each feature.
    values: Vec<usize>,
    scorer: Scorer,
    limits: SearchLimits,
}

/// The best slices that one thread has found.
struct BestSlices {
    most: usize,
    best: Vec<Candidate>,
    /// The score below which none is kept.
    least: f64,
    searched: u64,
}

impl BestSlices {
    fn new(most: usize, least: f64) -> Self {
        Self { most, best: Vec::new(), least, searched: 0 }
    }

    fn add(&mut self, prefix: &[FeatureValue], last: FeatureValue, sums: &SliceSums, scorer: &Scorer) {
        self.searched += 1;
        let Some(score) = scorer.of(sums).filter(|score| *score >= self.least) else { return };
        let values = prefix.iter().copied().chain([last]).collect();
        self.best.push(Candidate { values, rows: sums.rows, score });
        if self.best.len() >= 2 * self.most.max(8) {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        self.best.sort_unstable_by(Candidate::before);
        self.best.truncate(self.most);
        if self.best.len() == self.most {
            self.least = self.best.last().map_or(self.least, |last| last.score.max(self.least));
        }
    }

    fn merge(&mut self, other: Self) {
        self.searched += other.searched;
        self.best.extend(other.best);
        self.shorten();
    }
}

impl Search {
    fn run(&self) -> (Vec<Candidate>, u64) {
        let mut top = BestSlices::new(self.limits.most, f64::NEG_INFINITY);
        for depth in 1..=self.limits.depth.min(self.values.len()) {
            let found = self.level(depth, top.least);
            found.into_iter().for_each(|found| top.merge(found));
        }
        (top.best, top.searched)
    }

    /// Looks at all slices of `depth` values, but for those inside of others whose bound is below `least`. That is the best
    /// of the levels before, so what is looked at does not depend on the threads.
    fn level(&self, depth: usize, least: f64) -> Vec<BestSlices> {
        let features = self.values.len();
        if depth == 1 {
            let mut top = BestSlices::new(self.limits.most, least);
            (0..features).for_each(|feature| self.leaves(&self.frame, feature, &[], &mut top));
            return vec![top];
        }
        let starts: Vec<FeatureValue> = (0..=features - depth)
            .flat_map(|feature| {
                let sums = self.frame.sums(feature, self.values[feature]);
                let wanted = sums.into_iter().zip(0..).filter(|(sums, _)| self.is_promising(sums, least));
                wanted.map(|(_, value)| (feature, value)).collect::<Vec<_>>()
            })
            .collect();
        let next = AtomicUsize::new(0);
        workers::each(self.limits.threads.max(1), || {
            let mut top = BestSlices::new(self.limits.most, least);
            while let Some(start @ (feature, value)) = starts.get(next.fetch_add(1, Memory::Relaxed)) {
                let frame = self.frame.with(*feature, *value);
                self.descend(&frame, &mut vec![*start], depth - 1, least, &mut top);
            }
            top
        })
    }

    fn descend(&self, frame: &Frame, prefix: &mut Vec<FeatureValue>, depth: usize, least: f64, top: &mut BestSlices) {
        for feature in frame.first..=self.values.len() - depth {
            if depth == 1 {
                self.leaves(frame, feature, prefix, top);
                continue;
            }
            let sums = frame.sums(feature, self.values[feature]);
            let is_wanted = |value: usize| self.is_promising(&sums[value], least);
            for (value, inner) in frame.split(feature, &sums, is_wanted) {
                prefix.push((feature, value));
                self.descend(&inner, prefix, depth - 1, least, top);
                prefix.pop();
            }
        }
    }

    fn leaves(&self, frame: &Frame, feature: usize, prefix: &[FeatureValue], top: &mut BestSlices) {
        let sums = frame.sums(feature, self.values[feature]);
        for (value, sums) in (0..).zip(&sums).filter(|(_, sums)| sums.rows >= self.limits.min_n) {
            top.add(prefix, (feature, value), sums, &self.scorer);
        }
    }

    fn is_promising(&self, sums: &SliceSums, least: f64) -> bool {
        sums.rows >= self.limits.min_n && self.scorer.bound(sums) >= least
    }
}
