//! Bins of numbers. They come from the baseline alone: if the candidate influenced them, one outlier would move all of
//! them.

use super::super::ExactSum;

/// The number of bins of a column of numbers; repeated numbers may add some.
const MOST_CELLS: usize = 64;

/// Upper edges of all bins but the last. A value is in the first bin whose edge is not below it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grid {
    edges: Vec<f64>,
}

impl Grid {
    /// Creates bins from the baseline's numbers, sorted. A few distinct numbers have a bin each; otherwise the bins
    /// have about the same number of rows, and a number frequent enough to fill a bin has a bin of its own.
    pub fn new(sorted: &[f64]) -> Self {
        Self::of(sorted, MOST_CELLS)
    }

    /// Creates about `most` bins, and up to twice as many where numbers repeat.
    fn of(sorted: &[f64], most: usize) -> Self {
        let mut different = Vec::new();
        for value in sorted {
            if different.last() != Some(value) {
                different.push(*value);
            }
            if different.len() > most {
                break;
            }
        }
        if different.len() <= most {
            return Self { edges: different };
        }
        let mut edges: Vec<f64> = Vec::with_capacity(2 * most);
        // A last quantile that equals no number.
        let mut quantiles: Vec<f64> = (1..most).map(|cell| sorted[cell * sorted.len() / most]).collect();
        quantiles.push(f64::INFINITY);
        for pair in quantiles.windows(2) {
            let edge = pair[0];
            if edges.last() == Some(&edge) {
                continue;
            }
            // Two quantiles on one number: it fills a bin.
            if edge == pair[1] {
                edges.extend([edge.next_down(), edge]);
            } else {
                let above = sorted[sorted.partition_point(|number| *number <= edge)..].first();
                edges.push(above.map_or(edge, |above| shortest(edge, *above)));
            }
        }
        edges.dedup();
        Self { edges }
    }

    /// Returns the bins of these edges; `None` if the edges do not increase strictly or are not finite.
    pub fn from_edges(edges: Vec<f64>) -> Option<Self> {
        let fits = edges.iter().all(|edge| edge.is_finite()) && edges.is_sorted_by(|left, right| left < right);
        fits.then_some(Self { edges })
    }

    /// Returns the bins for rounded numbers: each edge is rounded as the numbers were, so that a number on an edge
    /// stays on it.
    ///
    /// `below` returns the next number under a rounded one. A bin of a single number stays one.
    pub fn rounded(&self, round: impl Fn(f64) -> f64, below: impl Fn(f64) -> f64) -> Self {
        let next = self.edges.iter().skip(1).map(Some).chain([None]);
        let edges = self.edges.iter().zip(next).map(|(edge, next)| match next {
            Some(next) if edge.next_up() == *next => below(round(*next)),
            _ => round(*edge),
        });
        Self { edges: edges.collect() }
    }

    /// Returns the upper edges of all bins but the last.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Returns the number of bins.
    pub fn cells(&self) -> usize {
        self.edges.len() + 1
    }

    /// Returns the bin of a finite number.
    pub fn cell(&self, value: f64) -> usize {
        self.edges.partition_point(|edge| *edge < value)
    }
}

/// The baseline's numbers in ascending order. Sums in a fixed order are repeatable without being exact.
#[derive(Debug, Clone, PartialEq)]
pub struct Sorted(Vec<f64>);

impl Sorted {
    /// Sorts finite numbers.
    pub fn new(numbers: impl Iterator<Item = f64>) -> Self {
        // Integers that order like the floats sort in half the time.
        let mut keys: Vec<u64> = numbers
            .map(|number| {
                let bits = (number + 0.0).to_bits();
                if bits >> 63 == 1 { !bits } else { bits | (1 << 63) }
            })
            .collect();
        keys.sort_unstable();
        let back = |key: u64| f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key });
        Self(keys.into_iter().map(back).collect())
    }

    /// Returns the bins that these numbers define.
    pub fn grid(&self) -> Grid {
        Grid::new(&self.0)
    }

    /// Returns true if the numbers are so large and so close together that rounding to floats may have made them equal:
    /// integers such as 64-bit keys.
    pub fn collapses(&self) -> bool {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else { return false };
        let largest = first.abs().max(last.abs());
        // A grid of a million steps is fine enough to compare distributions.
        largest >= EXACT && (last - first) < (largest.next_up() - largest) * f64::from(1 << 20)
    }

    /// Returns bins of about `rows` rows each, or more.
    pub fn coarse_grid(&self, rows: usize) -> Grid {
        Grid::of(&self.0, (self.0.len() / rows.max(1)).clamp(1, MOST_CELLS))
    }

    /// Counts these numbers in their own bins.
    pub fn cells(&self) -> NumericCells {
        let grid = self.grid();
        let mut cells = NumericCells::new(&grid);
        let mut rest = self.0.as_slice();
        for (index, edge) in grid.edges.iter().chain([&f64::INFINITY]).enumerate() {
            let (cell, after) = rest.split_at(rest.partition_point(|number| number <= edge));
            cells.counts[index] = cell.len() as u64;
            cells.sums[index].add(compensated(cell.iter().copied()));
            rest = after;
        }
        cells
    }

    /// Returns the sample standard deviation; 0 for fewer than two numbers.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    pub fn standard_deviation(&self) -> f64 {
        let n = self.0.len() as f64;
        if n < 2.0 {
            return 0.0;
        }
        let mean = compensated(self.0.iter().copied()) / n;
        let squares = compensated(self.0.iter().map(|number| (number - mean) * (number - mean)));
        (squares / (n - 1.0)).sqrt()
    }
}

/// Sums terms with compensation for rounding errors (Neumaier 1974).
fn compensated(terms: impl Iterator<Item = f64>) -> f64 {
    let (sum, lost) = terms.fold((0.0_f64, 0.0_f64), |(sum, lost), term| {
        let next = sum + term;
        let (large, small) = if sum.abs() >= term.abs() { (sum, term) } else { (term, sum) };
        (next, lost + ((large - next) + small))
    });
    let total = sum + lost;
    if total.is_finite() { total } else { sum }
}

/// Counts and sums of numbers in the bins of a grid. Merging is adding.
#[derive(Debug, Clone, PartialEq)]
pub struct NumericCells {
    counts: Vec<u64>,
    sums: Vec<ExactSum>,
}

impl NumericCells {
    /// Creates bins without numbers.
    pub fn new(grid: &Grid) -> Self {
        let cells = grid.edges.len() + 1;
        Self { counts: vec![0; cells], sums: vec![ExactSum::default(); cells] }
    }

    /// Adds a finite number.
    #[cfg(test)]
    pub fn add(&mut self, grid: &Grid, number: f64) {
        self.add_as(grid, number, number);
    }

    /// Adds a finite number to the bin of `place`, such as the number after rounding.
    pub fn add_as(&mut self, grid: &Grid, place: f64, number: f64) {
        let cell = grid.cell(place);
        self.counts[cell] += 1;
        self.sums[cell].add(number);
    }

    /// Adds all numbers of another state on the same grid.
    pub fn merge(&mut self, other: &Self) {
        for (ours, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *ours += theirs;
        }
        for (ours, theirs) in self.sums.iter_mut().zip(&other.sums) {
            ours.merge(theirs);
        }
    }

    /// Returns the rows of each bin.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Returns the sum of each bin's numbers.
    pub fn sums(&self) -> impl Iterator<Item = f64> {
        self.sums.iter().map(ExactSum::value)
    }
}

/// Returns the number with the fewest digits that is at least `low` and below `high`: as an edge it splits the numbers
/// as `low` does.
fn shortest(low: f64, high: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "an exponent")]
    let exponent = low.abs().log10().floor() as i32;
    let fits = |number: &f64| (low..high).contains(number);
    let mut digits = (0..16).filter_map(|digits| {
        let place = exponent - digits;
        let scaled = if place < 0 { low * 10_f64.powi(-place) } else { low / 10_f64.powi(place) };
        // Parses the text, so that the result is the nearest float and prints with as few digits.
        format!("{:.0}e{place}", scaled.ceil()).parse().ok().filter(fits)
    });
    if low == 0.0 { low } else { digits.next().unwrap_or(low) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_numbers_have_a_cell_each() {
        let grid = Grid::new(&[1.0, 1.0, 2.0, 5.0]);
        assert_eq!(grid.edges, [1.0, 2.0, 5.0]);
        assert_eq!([0.5, 1.0, 1.5, 2.0, 5.0, 5.1].map(|value| grid.cell(value)), [0, 0, 1, 1, 2, 3]);
    }

    #[test]
    fn a_frequent_number_among_many_gets_a_cell_of_its_own() {
        let mut numbers: Vec<f64> = (0..1000).map(f64::from).collect();
        numbers.extend([500.0; 500]);
        numbers.sort_by(f64::total_cmp);
        let grid = Grid::new(&numbers);
        let cell = grid.cell(500.0);
        assert_ne!(grid.cell(499.9), cell);
        assert_ne!(grid.cell(500.1), cell);
        assert!(grid.edges.is_sorted());
    }

    #[test]
    fn rounded_numbers_stay_in_their_cells() {
        let narrow = |number: f64| f64::from(number as f32);
        let below = |number: f64| f64::from((number as f32).next_down());
        let mut numbers: Vec<f64> = (0..1000).map(|number| f64::from(number) / 100.0 + 0.001).collect();
        numbers.extend([0.7; 500]);
        let of = |numbers: &[f64], grid: &Grid| {
            let mut cells = NumericCells::new(grid);
            numbers.iter().for_each(|number| cells.add(grid, *number));
            cells.counts
        };
        let rounded: Vec<f64> = numbers.iter().map(|number| narrow(*number)).collect();
        let (wide, other) = (Sorted::new(numbers.iter().copied()), Sorted::new(rounded.iter().copied()));
        assert_eq!(of(&rounded, &wide.grid().rounded(narrow, below)), wide.cells().counts);
        assert_eq!(of(&rounded, &other.grid().rounded(narrow, below)), other.cells().counts);
    }

    #[test]
    fn keys_of_64_bits_collapse_and_nanoseconds_do_not() {
        let of = |numbers: &[i64]| Sorted::new(numbers.iter().map(|number| *number as f64)).collapses();
        assert!(of(&[1 << 60, (1 << 60) + 300]));
        assert!(!of(&[1_700_000_000_000_000_000, 1_700_000_100_000_000_000]));
        assert!(!of(&[5, 5]) && !of(&[]) && !of(&[0, 1 << 60]));
    }

    #[test]
    fn edges_have_few_digits() {
        assert_eq!(shortest(1.234_567, 1.239), 1.235);
        assert_eq!(shortest(-0.001_234, -0.001_2), -0.001_23);
        assert_eq!(shortest(1_700_000_000_123_456.0, 1_700_000_060_000_000.0), 1_700_000_010_000_000.0);
        assert_eq!(shortest(0.5, 0.5_f64.next_up()), 0.5);
        assert_eq!([shortest(0.0, 1.0), shortest(7.0, 8.0), shortest(-3.0, 5.0)], [0.0, 7.0, -3.0]);
        assert_eq!(shortest(f64::MAX, f64::INFINITY), f64::MAX);
    }

    #[test]
    fn sorted_numbers_count_themselves() {
        let sorted = Sorted::new([3.0, -1.0, 0.0, -0.0, 2.5, -7.0].into_iter());
        assert_eq!(sorted.0, [-7.0, -1.0, 0.0, 0.0, 2.5, 3.0]);
        let mut cells = NumericCells::new(&sorted.grid());
        sorted.0.iter().for_each(|number| cells.add(&sorted.grid(), *number));
        assert_eq!(cells, sorted.cells());
        // numpy 2.4.6: np.std([3, -1, 0, 0, 2.5, -7], ddof=1)
        assert!((sorted.standard_deviation() - 3.583_527_126_542_6).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn splits_change_nothing(numbers in prop::collection::vec(-1e6..1e6_f64, 1..300), at in 0..300_usize) {
            let mut sorted = numbers.clone();
            sorted.sort_by(f64::total_cmp);
            let grid = Grid::new(&sorted);
            let of = |numbers: &[f64]| {
                let mut cells = NumericCells::new(&grid);
                numbers.iter().for_each(|number| cells.add(&grid, *number));
                cells
            };
            let (left, right) = numbers.split_at(at.min(numbers.len()));
            let mut merged = of(right);
            merged.merge(&of(left));
            prop_assert_eq!(merged, of(&numbers));
            prop_assert!(grid.edges.is_sorted_by(|left, right| left < right));
        }
    }
}
