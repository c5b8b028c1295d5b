//! One side of a column, counted over cells that it fixes itself: all that a comparison needs of the baseline.

use std::collections::BTreeMap;

use super::super::Frequencies;
use super::cells::{Grid, NumericCells};
use super::{Cells, Scale};

/// As many values as a column of categories tells apart; the rest is one cell.
const MOST_VALUES: usize = 200;
/// Up to so many different values are a list of categories, however few rows there are.
const SHORT_LIST: u64 = 20;

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
        }
    }
}

/// The most frequent values, and how many rows hold others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    listed: Vec<(String, u64)>,
    others: u64,
    different: u64,
}

impl Values {
    /// The values of a column. Those beyond the most frequent ones share one cell with values that are not known at all.
    pub fn new(frequencies: &Frequencies) -> Self {
        let different = frequencies.counts.len() as u64;
        let mut listed: Vec<(String, u64)> =
            frequencies.counts.iter().map(|(value, count)| (value.clone(), *count)).collect();
        listed.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
        let others = listed.iter().skip(MOST_VALUES).map(|(_, count)| count).sum();
        listed.truncate(MOST_VALUES);
        Self { listed, others, different }
    }

    /// The distribution of these parts; nothing when they do not fit together.
    pub fn from_parts(counts: BTreeMap<String, u64>, others: u64, different: u64) -> Option<Self> {
        let all: Vec<u64> = counts.values().copied().chain([others]).collect();
        added(&all)?;
        let Self { listed, others: beyond, different: known } = Self::new(&Frequencies { counts });
        let fits = beyond == 0 && different >= known && (different > known) == (others > 0);
        fits.then_some(Self { listed, others, different })
    }

    /// The values that have a cell of their own, the most frequent first, with their rows.
    pub fn listed(&self) -> &[(String, u64)] {
        &self.listed
    }

    /// The rows of all other values.
    pub fn others(&self) -> u64 {
        self.others
    }

    /// How many different values there are.
    pub fn different(&self) -> u64 {
        self.different
    }

    /// Whether the values name rows, and do not class them: then a list of them would be a list of rows.
    pub fn are_names(&self) -> bool {
        let rows: u64 = self.listed.iter().map(|(_, count)| count).sum::<u64>() + self.others;
        self.different > SHORT_LIST && self.different > rows / 2
    }

    /// With a candidate's rows: those of each listed value, then those of all others.
    pub fn against(&self, candidate: Vec<u64>) -> Cells {
        let mut names: Vec<String> = self.listed.iter().map(|(value, _)| value.clone()).collect();
        names.push(if self.others == 0 { "(unseen)" } else { "(other)" }.to_owned());
        let baseline = self.listed.iter().map(|(_, count)| *count).chain([self.others]).collect();
        Cells { names, baseline, candidate, scale: None }
    }
}

/// The sum of counts that came from outside, unless it is beyond all numbers.
fn added(counts: &[u64]) -> Option<u64> {
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

    fn of(counts: &[(&str, u64)]) -> Frequencies {
        Frequencies { counts: counts.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect() }
    }

    #[test]
    fn unseen_values_have_a_cell() {
        let cells = Values::new(&of(&[("b", 4), ("a", 1)])).against(vec![0, 3, 2]);
        assert_eq!(cells.names, ["b", "a", "(unseen)"]);
        assert_eq!((cells.baseline, cells.candidate), (vec![4, 1, 0], vec![0, 3, 2]));
    }

    #[test]
    fn rare_values_of_a_long_list_share_the_cell_of_unseen_ones() {
        let names: Vec<String> = (0..MOST_VALUES + 2).map(|value| format!("v{value:03}")).collect();
        let counts: Vec<(&str, u64)> =
            names.iter().enumerate().map(|(at, name)| (name.as_str(), at as u64 + 1)).collect();
        let values = Values::new(&of(&counts));
        assert_eq!((values.listed().len(), values.others()), (MOST_VALUES, 1 + 2));
        assert_eq!(values.listed()[0], ("v201".to_owned(), 202));
        assert_eq!(values.against(vec![0; MOST_VALUES + 1]).names.last().unwrap(), "(other)");
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(Numbers::from_parts(vec![1.0], vec![1, 2], vec![1.0, 4.0], 0.5).is_some());
        assert!(Numbers::from_parts(vec![1.0, 1.0], vec![1, 2, 3], vec![0.0; 3], 0.5).is_none());
        assert!(Numbers::from_parts(vec![1.0], vec![1], vec![1.0], 0.5).is_none());
        assert!(Numbers::from_parts(vec![1.0], vec![u64::MAX, 1], vec![1.0, 4.0], 0.5).is_none());
        assert!(Numbers::from_parts(vec![1.0], vec![1, 2], vec![1.0, 4.0], -0.5).is_none());
        assert!(Values::from_parts(of(&[("a", u64::MAX)]).counts, 1, 2).is_none());
        assert!(Values::from_parts(of(&[("a", 2)]).counts, 1, 1).is_none());
    }

    #[test]
    fn sums_keep_the_decimals_that_matter() {
        assert_eq!(rounded(1_234.567_890_123_456_7, 1000, 1.0), 1_234.567_890_123);
        assert_eq!(rounded(1_234_567_890_123_456.0, 1_000_000, 1e9), 1_234_567_890_123_000.0);
        assert_eq!(rounded(0.1 + 0.2, 10, 0.0), 0.1 + 0.2);
        assert_eq!(rounded(1e300, 10, 1e-3), 1e300);
    }

    #[test]
    fn a_list_of_names_is_none_of_categories() {
        let of = |different: usize, each: u64| {
            let names: Vec<String> = (0..different).map(|value| value.to_string()).collect();
            Values::new(&of(&names.iter().map(|name| (name.as_str(), each)).collect::<Vec<_>>())).are_names()
        };
        assert!(of(1_000, 1));
        assert!(!of(3, 1));
        assert!(!of(1_000, 2));
    }
}
