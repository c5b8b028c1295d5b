//! Drift: changes in the distribution of a column's values.
//!
//! The baseline defines the bins of numbers, both sides those of categories. Distances compare the two sides' counts,
//! and samples of the counts show the noise that this many rows have without any change.

mod bracket;
mod cells;
mod chi_square;
mod distance;
mod distribution;
mod estimate;
mod numbers;
#[cfg(test)]
mod simulation;
mod values;

pub use cells::{Grid, NumericCells, Sorted};
pub use chi_square::ChiSquare;
pub use distance::{Distance, Empty};
pub use distribution::Distribution;
pub use estimate::{Drift, Samples, benjamini_hochberg, estimate};
pub use numbers::BinnedNumbers;
pub use values::Values;

/// Both sides' counts over the same bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    /// The content of each bin: an interval, or a value.
    pub names: Vec<String>,
    /// The baseline's rows in each bin.
    pub baseline: Vec<u64>,
    /// The candidate's rows in each bin.
    pub candidate: Vec<u64>,
    /// The positions of the bins' numbers on a scale; `None` for categories.
    pub scale: Option<Scale>,
    /// The last bin where it holds many values, divided into parts that neither side chose: the rows of baseline and
    /// candidate in each part.
    pub parts: Vec<[u64; 2]>,
}

/// Edges, sums and standard deviation of a column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// The upper edge of each bin but the last, which is open.
    pub edges: Vec<f64>,
    /// The sum of the baseline's numbers in each bin.
    pub baseline_sums: Vec<f64>,
    /// The sum of the candidate's numbers in each bin.
    pub candidate_sums: Vec<f64>,
    /// The baseline's standard deviation.
    pub spread: f64,
}

impl Cells {
    /// Returns the rows of both sides: baseline, candidate.
    pub fn rows(&self) -> [u64; 2] {
        [self.baseline.iter().sum(), self.candidate.iter().sum()]
    }
}

/// Returns bins that are named by their numbers.
#[cfg(test)]
pub(crate) fn cells(baseline: &[u64], candidate: &[u64]) -> Cells {
    let names = (0..baseline.len()).map(|index| index.to_string()).collect();
    Cells { names, baseline: baseline.to_vec(), candidate: candidate.to_vec(), scale: None, parts: Vec::new() }
}
