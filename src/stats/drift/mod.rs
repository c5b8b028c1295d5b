//! Whether a column's values are still distributed as they were: cells of numbers that the baseline fixes and cells of
//! categories that both sides fix, distances between the two sides' counts, and what so many rows would show if nothing had changed.

mod bracket;
mod cells;
mod chi_square;
mod distance;
mod distribution;
mod estimate;
#[cfg(test)]
mod simulation;
mod values;

pub use cells::{Grid, NumericCells, Sorted};
pub use chi_square::ChiSquare;
pub use distance::Distance;
pub use distribution::{Distribution, Numbers};
pub use estimate::{Drift, Samples, benjamini_hochberg, estimate};
pub use values::Values;

/// Both sides' counts over the same cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    /// What each cell holds: an interval, or a value.
    pub names: Vec<String>,
    /// The baseline's rows in each.
    pub baseline: Vec<u64>,
    /// The candidate's rows in each.
    pub candidate: Vec<u64>,
    /// Where the values of each cell lie on a scale, for numbers.
    pub scale: Option<Scale>,
    /// The last cell in parts that neither side chose, where it stands for many values: the rows of baseline and candidate in
    /// each.
    pub parts: Vec<[u64; 2]>,
}

/// What is known of a column of numbers besides its counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// The upper edge of each cell but the last, which is open.
    pub edges: Vec<f64>,
    /// The sum of the baseline's numbers in each cell.
    pub baseline_sums: Vec<f64>,
    /// The sum of the candidate's.
    pub candidate_sums: Vec<f64>,
    /// The baseline's standard deviation.
    pub spread: f64,
}

impl Cells {
    /// All rows of both sides: baseline, candidate.
    pub fn rows(&self) -> [u64; 2] {
        [self.baseline.iter().sum(), self.candidate.iter().sum()]
    }
}

/// Cells that are named by their numbers, for tests.
#[cfg(test)]
pub(crate) fn cells(baseline: &[u64], candidate: &[u64]) -> Cells {
    let names = (0..baseline.len()).map(|index| index.to_string()).collect();
    Cells { names, baseline: baseline.to_vec(), candidate: candidate.to_vec(), scale: None, parts: Vec::new() }
}
