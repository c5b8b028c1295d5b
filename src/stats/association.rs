//! Association of a label with one column: the proportion of the label's variance that lies between the column's cells.
//!
//! For classes this is Goodman and Kruskal's τ (1954), for numbers the correlation ratio η² (Pearson 1905); with two
//! classes both are equal. Many cells explain some variance by chance, so both are corrected as Kelley's ε² (1935) is:
//! 1 − (1 − proportion) · (n − 1) / (n − cells), which is around 0 without an association.

use std::collections::BTreeMap;

use super::{ExactSum, Undefined};

/// The fewest rows per cell, on average, for an association. With fewer, chance explains nearly all variance now and
/// then, because a row that is alone in its cell always agrees with it.
const FEWEST_PER_CELL: u64 = 5;

/// Counts of rows by cell and class. Merging is adding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassCells {
    counts: BTreeMap<(usize, usize), u64>,
}

impl ClassCells {
    /// Adds rows of a cell that have a class.
    pub fn add(&mut self, cell: usize, class: usize, rows: u64) {
        *self.counts.entry((cell, class)).or_default() += rows;
    }

    /// Adds all rows of another state.
    pub fn merge(&mut self, other: &Self) {
        for ((cell, class), rows) in &other.counts {
            self.add(*cell, *class, *rows);
        }
    }

    /// Returns Goodman and Kruskal's τ, corrected for chance: the proportion of the classes' variance that the cells
    /// explain, at most 1.
    ///
    /// # Errors
    ///
    /// There is one class only, or there are too few rows for this many cells.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    pub fn explained(&self) -> Result<f64, Undefined> {
        let (mut cells, mut classes) = (BTreeMap::new(), BTreeMap::new());
        for ((cell, class), rows) in self.counts.iter().filter(|(_, rows)| **rows > 0) {
            *cells.entry(*cell).or_insert(0_u64) += rows;
            *classes.entry(*class).or_insert(0_u64) += rows;
        }
        let n: u64 = cells.values().sum();
        enough(n, cells.len())?;
        let all = n as f64;
        let squares: f64 = classes.values().map(|rows| (*rows as f64 / all).powi(2)).sum();
        if classes.len() < 2 {
            return Err(Undefined::OneClass);
        }
        let within: f64 = self
            .counts
            .iter()
            .filter_map(|((cell, _), rows)| Some((*rows as f64).powi(2) / *cells.get(cell)? as f64))
            .sum();
        Ok(corrected((within / all - squares) / (1.0 - squares), n, cells.len()))
    }
}

/// Sums of a numeric label by cell. Merging is adding, without rounding.
#[derive(Debug, Clone, Default)]
pub struct NumberCells {
    cells: Vec<(u64, ExactSum, ExactSum)>,
}

impl NumberCells {
    /// Adds a row of a cell; `distance` is from its label to a number near the mean of all labels, the same number for
    /// all rows.
    pub fn add(&mut self, cell: usize, distance: f64) {
        if self.cells.len() <= cell {
            self.cells.resize(cell + 1, <(u64, ExactSum, ExactSum)>::default());
        }
        let (rows, sum, squares) = &mut self.cells[cell];
        *rows += 1;
        sum.add(distance);
        squares.add(distance * distance);
    }

    /// Adds all rows of another state whose distances are from the same number.
    pub fn merge(&mut self, other: &Self) {
        if self.cells.len() < other.cells.len() {
            self.cells.resize(other.cells.len(), <(u64, ExactSum, ExactSum)>::default());
        }
        for (ours, theirs) in self.cells.iter_mut().zip(&other.cells) {
            ours.0 += theirs.0;
            ours.1.merge(&theirs.1);
            ours.2.merge(&theirs.2);
        }
    }

    /// Returns the correlation ratio η², corrected for chance: the proportion of the label's variance that the cells
    /// explain, at most 1.
    ///
    /// # Errors
    ///
    /// The label never varies, or there are too few rows for this many cells.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    pub fn explained(&self) -> Result<f64, Undefined> {
        let cells: Vec<(f64, f64)> = self
            .cells
            .iter()
            .filter(|(rows, ..)| *rows > 0)
            .map(|(rows, sum, _)| (*rows as f64, sum.value()))
            .collect();
        let n: u64 = self.cells.iter().map(|(rows, ..)| rows).sum();
        enough(n, cells.len())?;
        let (mut sum, mut squares) = (ExactSum::default(), ExactSum::default());
        for (_, of_cell, squares_of_cell) in &self.cells {
            sum.merge(of_cell);
            squares.merge(squares_of_cell);
        }
        let mean = sum.value() / n as f64;
        let total = squares.value() - n as f64 * mean * mean;
        if total <= squares.value() * 1e-12 {
            return Err(Undefined::OneClass);
        }
        let between: f64 = cells.iter().map(|(rows, sum)| rows * (sum / rows - mean).powi(2)).sum();
        Ok(corrected(between / total, n, cells.len()))
    }
}

fn enough(n: u64, cells: usize) -> Result<(), Undefined> {
    if n < FEWEST_PER_CELL * cells as u64 { Err(Undefined::TooFewRows) } else { Ok(()) }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn corrected(share: f64, n: u64, cells: usize) -> f64 {
    let (n, cells) = (n as f64, cells as f64);
    1.0 - (1.0 - share).max(0.0) * (n - 1.0) / (n - cells)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use super::*;

    /// 16 rows of a column with three values and a label with three classes.
    const ROWS: [(usize, usize); 16] = [
        (0, 0),
        (0, 0),
        (0, 1),
        (0, 0),
        (0, 0),
        (1, 1),
        (1, 1),
        (1, 2),
        (1, 1),
        (2, 2),
        (2, 2),
        (2, 0),
        (2, 2),
        (2, 2),
        (2, 2),
        (0, 2),
    ];

    #[test]
    fn classes_by_hand() {
        let mut table = ClassCells::default();
        ROWS.iter().for_each(|(cell, class)| table.add(*cell, *class, 1));
        // scikit-learn 1.9.1: r2_score(one_hot, means_of_cells, multioutput="variance_weighted") = 0.405 622 489 959 839,
        // and 1 − (1 − that) · 15 / 13
        let share = 0.405_622_489_959_839_35;
        let wanted = 1.0 - (1.0 - share) * 15.0 / 13.0;
        assert!((table.explained().unwrap_or(f64::NAN) - wanted).abs() < 1e-12, "{:?}", table.explained());
    }

    #[test]
    fn with_two_classes_both_are_one() {
        let (mut classes, mut numbers) = (ClassCells::default(), NumberCells::default());
        for (cell, class) in ROWS.map(|(cell, class)| (cell, class.min(1))) {
            classes.add(cell, class, 1);
            numbers.add(cell, if class == 1 { 0.5 } else { -0.5 });
        }
        let (left, right) = (classes.explained().unwrap_or(f64::NAN), numbers.explained().unwrap_or(f64::NAN));
        assert!((left - right).abs() < 1e-12, "{left} {right}");
    }

    #[test]
    fn the_label_itself_explains_all_of_it() {
        let mut table = ClassCells::default();
        (0..20).for_each(|row| table.add(row % 2, row % 2, 1));
        assert_eq!(table.explained(), Ok(1.0));
    }

    #[test]
    fn too_little_is_no_number() {
        let mut table = ClassCells::default();
        // One value for every one or two rows, as in an identifier.
        (0..20).for_each(|row| table.add(row / 2, row % 2, 1));
        assert_eq!(table.explained(), Err(Undefined::TooFewRows));
        let mut table = ClassCells::default();
        table.add(0, 0, 20);
        table.add(1, 0, 20);
        assert_eq!(table.explained(), Err(Undefined::OneClass));
        let mut numbers = NumberCells::default();
        (0..30).for_each(|row| numbers.add(row % 2, 0.25));
        assert_eq!(numbers.explained(), Err(Undefined::OneClass));
    }

    /// Columns without an association with the label: the mean proportion is 0 for every number of cells, and none
    /// comes near the limit.
    #[test]
    fn chance_explains_nothing() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        for (n, cells, rare) in [(20, 4, 2), (40, 2, 2), (50, 10, 8), (100, 20, 16), (640, 64, 32), (1000, 200, 2)] {
            let trials = 400;
            let (mut sum, mut largest) = (0.0, f64::MIN);
            for _ in 0..trials {
                let mut table = ClassCells::default();
                for row in 0..n {
                    table.add(row % cells, usize::from(random.next_u32() % rare == 0), 1);
                }
                let share = table.explained().unwrap_or(0.0);
                sum += share;
                largest = share.max(largest);
            }
            // The standard deviation of ε² is about √(2 · cells) / (n − cells); with a rare class, a little more.
            let spread = (2.0 * cells as f64).sqrt() / (n - cells) as f64;
            assert!((sum / f64::from(trials)).abs() < 5.0 * spread / f64::from(trials).sqrt(), "{n} {cells}: {sum}");
            assert!(largest < 0.9, "{n} {cells}: {largest}");
        }
    }

    proptest! {
        #[test]
        fn splits_change_nothing(rows in prop::collection::vec((0..5_usize, -1e3..1e3_f64), 20..80), at in 0..80_usize) {
            let of = |rows: &[(usize, f64)]| {
                let mut cells = NumberCells::default();
                rows.iter().for_each(|(cell, label)| cells.add(*cell, *label));
                cells
            };
            let (left, right) = rows.split_at(at.min(rows.len()));
            let mut merged = of(right);
            merged.merge(&of(left));
            prop_assert_eq!(merged.explained(), of(&rows).explained());
        }
    }
}
