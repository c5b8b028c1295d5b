//! BinnedNumbers in their own bins.

use super::cells::{Grid, NumericCells, Sorted};
use super::distance::added;
use super::{Cells, Scale};

/// BinnedNumbers in their own bins.
#[derive(Debug, Clone, PartialEq)]
pub struct BinnedNumbers {
    grid: Grid,
    counts: Vec<u64>,
    sums: Vec<f64>,
    spread: f64,
}

impl BinnedNumbers {
    /// Creates a distribution from counts and sums; `spread` is the standard deviation.
    ///
    /// Sums keep as many decimals as a distance can show, so that text of few digits reads back as the same numbers.
    pub fn new(grid: Grid, cells: &NumericCells, spread: f64) -> Self {
        let n: u64 = cells.counts().iter().sum();
        let sums = cells.sums().map(|sum| rounded(sum, n, spread)).collect();
        Self { grid, counts: cells.counts().to_vec(), sums, spread }
    }

    /// Creates a distribution from stored parts; `None` if they do not fit together.
    pub fn from_parts(edges: Vec<f64>, counts: Vec<u64>, sums: Vec<f64>, spread: f64) -> Option<Self> {
        let grid = Grid::from_edges(edges)?;
        let fits = counts.len() == grid.cells() && sums.len() == grid.cells();
        let finite = sums.iter().all(|sum| sum.is_finite()) && spread.is_finite() && spread >= 0.0;
        (fits && finite && added(&counts).is_some()).then_some(Self { grid, counts, sums, spread })
    }

    /// Returns the bins.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Returns the rows of each bin.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Returns the sum of each bin's numbers.
    pub fn sums(&self) -> &[f64] {
        &self.sums
    }

    /// Returns the standard deviation.
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// Pairs the baseline with a candidate that was counted in the same bins, which the config gives: no distance merges
    /// them.
    pub fn against_as_given(&self, candidate: &NumericCells) -> Cells {
        Cells { scale: None, ..self.against(candidate) }
    }

    /// Pairs the baseline with a candidate that was counted in the same bins.
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

impl Sorted {
    /// Returns the distribution that a candidate is compared with.
    pub fn distribution(&self) -> BinnedNumbers {
        BinnedNumbers::new(self.grid(), &self.cells(), self.standard_deviation())
    }
}

/// Rounds a sum to within 10⁻¹² of the rows' total deviation.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a number of decimals")]
pub(super) fn rounded(sum: f64, rows: u64, spread: f64) -> f64 {
    let step = (rows as f64 * spread * 1e-12).log10().floor();
    // Keeps all digits of a sum without a deviation, or of a size entirely different from it.
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
