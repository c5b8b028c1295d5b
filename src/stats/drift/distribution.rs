//! One side of a column, counted over cells that it fixes itself: all that a comparison needs of the baseline.

use super::cells::{Grid, NumericCells};
use super::{Cells, Scale, Values};

/// How a column's values are distributed.
#[derive(Debug, Clone, PartialEq)]
pub enum Distribution {
    /// Numbers, days or moments.
    Numbers(Numbers),
    /// Categories.
    Values(Values),
    /// Rows without a value, and rows with one.
    Nulls(u64, u64),
}

/// Numbers over their own grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    grid: Grid,
    counts: Vec<u64>,
    sums: Vec<f64>,
    spread: f64,
}

impl Numbers {
    /// Counts and sums over a grid; `spread` is the standard deviation.
    ///
    /// Sums keep as many decimals as a distance can show, so that the same numbers come back from a text of few digits.
    pub fn new(grid: Grid, cells: &NumericCells, spread: f64) -> Self {
        let n: u64 = cells.counts().iter().sum();
        let sums = cells.sums().map(|sum| rounded(sum, n, spread)).collect();
        Self { grid, counts: cells.counts().to_vec(), sums, spread }
    }

    /// The distribution of these parts; nothing when they do not fit together.
    pub fn from_parts(edges: Vec<f64>, counts: Vec<u64>, sums: Vec<f64>, spread: f64) -> Option<Self> {
        let grid = Grid::from_edges(edges)?;
        let fits = counts.len() == grid.cells() && sums.len() == grid.cells();
        let finite = sums.iter().all(|sum| sum.is_finite()) && spread.is_finite() && spread >= 0.0;
        (fits && finite && added(&counts).is_some()).then_some(Self { grid, counts, sums, spread })
    }

    /// The cells.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The rows of each cell.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The sum of each cell's numbers.
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// The standard deviation.
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// With a candidate that was counted over the same grid.
    pub fn against(&self, candidate: &NumericCells) -> Cells {
        let edges = self.grid.edges();
        let mut names = Vec::with_capacity(self.counts.len());
        let mut below: Option<f64> = None;
        for edge in edges {
            names.push(match below {
                None => format!("up to {edge}"),
                Some(below) => format!("{below} to {edge}"),
            });
            below = Some(*edge);
        }
        names.push(below.map_or_else(String::new, |below| format!("above {below}")));
        Cells {
            names,
            baseline: self.counts.clone(),
            candidate: candidate.counts().to_vec(),
            scale: Some(Scale {
                edges: edges.to_vec(),
                baseline_sums: self.sums.clone(),
                candidate_sums: candidate.sums().collect(),
                spread: self.spread,
            }),
            parts: Vec::new(),
        }
    }
}

/// The sum of counts that came from outside, unless it is beyond all numbers.
pub(super) fn added(counts: &[u64]) -> Option<u64> {
    counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count))
}

/// A sum to within 10⁻¹² of what all rows spread over.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a number of decimals")]
fn rounded(sum: f64, rows: u64, spread: f64) -> f64 {
    let step = (rows as f64 * spread * 1e-12).log10().floor();
    // Without a spread, or with one of a whole other size than the sum, all digits count.
    if !step.is_finite() || sum == 0.0 || sum.abs().log10() - step > 16.0 {
        return sum;
    }
    let decimals = -(step as i32);
    let text = if let Ok(decimals) = usize::try_from(decimals) {
        format!("{sum:.decimals$}")
    } else {
        format!("{:.0}e{}", sum / 10_f64.powi(-decimals), -decimals)
    };
    text.parse().unwrap_or(sum)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(Numbers::from_parts(vec![1.0], vec![1, 2], vec![1.0, 4.0], 0.5).is_some());
        assert!(Numbers::from_parts(vec![1.0, 1.0], vec![1, 2, 3], vec![0.0; 3], 0.5).is_none());
        assert!(Numbers::from_parts(vec![1.0], vec![1], vec![1.0], 0.5).is_none());
        assert!(Numbers::from_parts(vec![1.0], vec![u64::MAX, 1], vec![1.0, 4.0], 0.5).is_none());
        assert!(Numbers::from_parts(vec![1.0], vec![1, 2], vec![1.0, 4.0], -0.5).is_none());
    }

    #[test]
    fn sums_keep_the_decimals_that_matter() {
        assert_eq!(rounded(1_234.567_890_123_456_7, 1000, 1.0), 1_234.567_890_123);
        assert_eq!(rounded(1_234_567_890_123_456.0, 1_000_000, 1e9), 1_234_567_890_123_000.0);
        assert_eq!(rounded(0.1 + 0.2, 10, 0.0), 0.1 + 0.2);
        assert_eq!(rounded(1e300, 10, 1e-3), 1e300);
    }
}
