//! Counts over group × label × prediction × baseline's prediction: the sufficient statistic of count metrics and group
//! rates.

use std::collections::{BTreeMap, BTreeSet};

use crate::stats::state::spread::ClassVariance;
use crate::stats::{Metric, Side};

/// Confusion matrix of a binary classifier, in rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the field's standard names")]
pub struct Confusion {
    pub tp: u64,
    pub fp: u64,
    pub fn_: u64,
    pub tn: u64,
}

impl Confusion {
    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.tp + self.fp + self.fn_ + self.tn
    }

    /// Returns this matrix with the rows of one side of a group.
    fn with(self, side: Side, [c0, c1, c2, c3, c4, c5, c6, c7]: &[u64; 8]) -> Self {
        let Self { tp, fp, fn_, tn } = self;
        match side {
            Side::Candidate => Self { tn: tn + c0 + c1, fp: fp + c2 + c3, fn_: fn_ + c4 + c5, tp: tp + c6 + c7 },
            Side::Baseline => Self { tn: tn + c0 + c2, fp: fp + c1 + c3, fn_: fn_ + c4 + c6, tp: tp + c5 + c7 },
        }
    }

    /// Returns the sum of two matrices.
    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        let (tp, fp) = (self.tp + other.tp, self.fp + other.fp);
        Self { tp, fp, fn_: self.fn_ + other.fn_, tn: self.tn + other.tn }
    }
}

/// Counts of both sides' predictions on the same rows, by group.
///
/// A cell's index is label × 4 + candidate × 2 + baseline; without a baseline its bit is 0. Merging is adding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contingency {
    paired: bool,
    identical_scores: bool,
    groups: Vec<Vec<String>>,
    counts: Vec<[u64; 8]>,
}

impl Contingency {
    /// Creates a table from the counts of each group, in the order of their names; an ungrouped table has one group
    /// with an empty name.
    pub fn from_cells(paired: bool, cells: BTreeMap<Vec<String>, [u64; 8]>) -> Self {
        Self::from_groups(paired, cells)
    }

    /// Creates a table whose groups keep their own order, such as that of the bands of a number.
    pub fn from_groups(paired: bool, cells: impl IntoIterator<Item = (Vec<String>, [u64; 8])>) -> Self {
        let (groups, counts) = cells.into_iter().unzip();
        Self { paired, identical_scores: false, groups, counts }
    }

    /// Returns both tables with the groups of either, in this table's order; a group that one table does not have is
    /// empty there.
    #[must_use]
    pub fn aligned(&self, other: &Self) -> (Self, Self) {
        let known: BTreeSet<&Vec<String>> = self.groups.iter().collect();
        let more = other.groups.iter().filter(|key| !known.contains(key));
        let keys: Vec<&Vec<String>> = self.groups.iter().chain(more).collect();
        let of = |table: &Self| {
            let cells: BTreeMap<&Vec<String>, &[u64; 8]> = table.groups.iter().zip(&table.counts).collect();
            let groups = keys.iter().map(|key| ((*key).clone(), cells.get(*key).map_or([0; 8], |counts| **counts)));
            Self { identical_scores: table.identical_scores, ..Self::from_groups(table.paired, groups) }
        };
        (of(self), of(other))
    }

    /// Marks both sides as one model: they gave every row the same score.
    #[must_use]
    pub fn with_identical_scores(self) -> Self {
        Self { identical_scores: true, ..self }
    }

    /// Returns true if the baseline's predictions are counted too.
    pub fn is_paired(&self) -> bool {
        self.paired
    }

    /// Returns the groups' names, in the order of the counts.
    pub fn groups(&self) -> &[Vec<String>] {
        &self.groups
    }

    /// Returns all cells, group by group.
    pub fn cells(&self) -> impl Iterator<Item = u64> {
        self.counts.iter().flatten().copied()
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.cells().sum()
    }

    /// Returns one side's confusion matrix from counts in the order of [`Self::cells`].
    pub(crate) fn confusion_of(cells: &[u64], side: Side, group: Option<usize>) -> Confusion {
        let range = group.map_or(0..cells.len(), |group| group * 8..group * 8 + 8);
        cells[range].as_chunks().0.iter().fold(Confusion::default(), |sum, cells| sum.with(side, cells))
    }

    /// Returns one side's confusion matrix, of one group or of all.
    pub fn confusion(&self, side: Side, group: Option<usize>) -> Confusion {
        let counts = group.map_or(&self.counts[..], |group| &self.counts[group..=group]);
        counts.iter().fold(Confusion::default(), |sum, cells| sum.with(side, cells))
    }

    /// Returns true if both sides gave every row the same score and predict the same. Equal classes alone could differ
    /// in other rows.
    pub fn is_unchanged(&self) -> bool {
        self.paired
            && self.identical_scores
            && self.counts.iter().all(|cells| (0..8).all(|index| (index >> 1) & 1 == index & 1 || cells[index] == 0))
    }

    /// Returns the variances and the covariance of both sides' metric over samples of this many rows: the delta method
    /// on the multinomial, with half a row more in every cell, so that sides without a difference in these rows are not
    /// taken for identical ones.
    pub(crate) fn spread(&self, metric: Metric) -> Option<ClassVariance> {
        let mut cells = [0.5; 8];
        for counts in &self.counts {
            for (cell, count) in cells.iter_mut().zip(counts) {
                #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
                let rows = *count as f64;
                *cell += rows;
            }
        }
        let parts = |index: usize, side: Side| {
            let mut one = [0; 8];
            one[index] = 1;
            metric.fraction(&Self::confusion_of(&one, side, None))
        };
        let influence = |side: Side| -> Option<[f64; 8]> {
            let (mut over, mut under) = (0.0, 0.0);
            let mut each = [(0.0, 0.0); 8];
            for (index, rows) in cells.iter().enumerate() {
                let (numerator, denominator) = parts(index, side)?;
                each[index] = (numerator, denominator);
                over += rows * numerator;
                under += rows * denominator;
            }
            let value = over / under;
            Some(each.map(|(numerator, denominator)| (numerator - value * denominator) / under))
        };
        let (ours, theirs) = (influence(Side::Candidate)?, influence(Side::Baseline)?);
        let sum =
            |left: &[f64; 8], right: &[f64; 8]| (0..8).map(|index| cells[index] * left[index] * right[index]).sum();
        Some(ClassVariance {
            candidate: sum(&ours, &ours),
            baseline: sum(&theirs, &theirs),
            covariance: sum(&ours, &theirs),
        })
    }

    /// Returns the sum of two tables of the same kind.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mut cells: BTreeMap<Vec<String>, [u64; 8]> = BTreeMap::new();
        for (group, counts) in self.groups.iter().zip(&self.counts).chain(other.groups.iter().zip(&other.counts)) {
            let into = cells.entry(group.clone()).or_default();
            for (into, count) in into.iter_mut().zip(counts) {
                *into += count;
            }
        }
        Self {
            identical_scores: self.identical_scores && other.identical_scores,
            ..Self::from_cells(self.paired || other.paired, cells)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(cells: &[(u8, [u64; 8])]) -> Contingency {
        Contingency::from_cells(true, cells.iter().map(|(group, counts)| (vec![group.to_string()], *counts)).collect())
    }

    #[test]
    fn both_sides_are_read_from_one_table() {
        //                         label 0: --  -b  c-  cb   label 1: --  -b  c-  cb
        let table = table(&[(0, [10, 1, 2, 3, 4, 5, 6, 7])]);
        assert_eq!(table.confusion(Side::Candidate, None), Confusion { tn: 11, fp: 5, fn_: 9, tp: 13 });
        assert_eq!(table.confusion(Side::Baseline, None), Confusion { tn: 12, fp: 4, fn_: 10, tp: 12 });
        assert_eq!(table.rows(), 38);
        assert!(!table.is_unchanged());
    }

    #[test]
    fn unchanged_means_no_score_and_no_class_differs() {
        let same_classes = table(&[(0, [5, 0, 0, 2, 1, 0, 0, 9])]);
        assert!(!same_classes.is_unchanged());
        assert!(same_classes.with_identical_scores().is_unchanged());
        assert!(!table(&[(0, [5, 1, 0, 2, 1, 0, 0, 9])]).with_identical_scores().is_unchanged());
    }

    fn tables() -> impl Strategy<Value = Contingency> {
        prop::collection::btree_map(0u8..4, prop::array::uniform8(0u64..50), 0..4)
            .prop_map(|cells| table(&cells.into_iter().collect::<Vec<_>>()))
    }

    proptest! {
        #[test]
        fn merging_is_commutative_and_associative(a in tables(), b in tables(), c in tables()) {
            prop_assert_eq!(a.merged(&b), b.merged(&a));
            prop_assert_eq!(a.merged(&b).merged(&c), a.merged(&b.merged(&c)));
            prop_assert_eq!(a.merged(&table(&[])), a);
        }
    }
}
