//! Slice finding: the subsets of rows, described by a few values of their features, where a model got worse.
//!
//! [`best::best`] enumerates all conjunctions of values exactly, in the way of SliceLine (Sagadeeva and Boehm, *SliceLine: Fast,
//! Linear-Algebra-based Slice Finding for ML Model Debugging*, SIGMOD 2021): level by level, pruned by the size of a slice
//! and by an upper bound of the score of everything inside of it. [`find()`] pays for the search: each half of the rows
//! proposes slices, and the other half confirms them.

mod attribute;
mod best;
mod confirm;
mod explain;
mod find;
mod frame;
mod halves;
mod score;
#[cfg(test)]
mod tests;
mod worst;

pub use attribute::{Contribution, contributions};
pub use find::{SliceSearch, find};
pub use halves::halves;
pub use worst::{ProposedSlice, worst};

/// A feature, whose values describe slices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchFeature {
    /// The number of its values or bins, including that of missing ones.
    pub values: u32,
    /// The number of bins that follow each other, the first of the values; 0 of categories.
    pub ordered: u32,
    /// The value of each row, below `values`.
    pub codes: Vec<u32>,
}

/// A value of a feature: the indices of both.
pub type FeatureValue = (usize, u32);

/// One value of a feature, or bins that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SliceTerm {
    /// The index of the feature.
    pub feature: usize,
    /// The first value.
    pub from: u32,
    /// The last value, `from` of a category.
    pub to: u32,
}

impl SliceTerm {
    fn of((feature, value): FeatureValue) -> Self {
        Self { feature, from: value, to: value }
    }

    /// Returns true if all values of another term are among those of this one.
    fn contains(&self, other: &Self) -> bool {
        self.feature == other.feature && self.from <= other.from && other.to <= self.to
    }
}

/// The rows that a slice is searched in, with the amount that each contributes.
#[derive(Debug, Clone, Copy)]
pub struct SearchRows<'a> {
    /// Their features, all of the same length.
    pub features: &'a [SearchFeature],
    /// The loss of each row, or its change from the baseline to the candidate. Finite.
    pub amounts: &'a [f64],
    /// The weight of each row; 1 without.
    pub weights: Option<&'a [f64]>,
    /// The cluster of each row; each row is its own without.
    pub clusters: Option<&'a [u32]>,
}

impl SearchRows<'_> {
    fn len(&self) -> usize {
        self.amounts.len()
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Returns true if all terms hold for a row.
    fn is_in(&self, slice: &[SliceTerm], row: usize) -> bool {
        slice.iter().all(|term| (term.from..=term.to).contains(&self.features[term.feature].codes[row]))
    }
}
