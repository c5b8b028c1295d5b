//! Multinomial resampling of counts: a bootstrap of the rows whose cost is independent of their number.
//!
//! Drawing n rows with replacement and counting them is the same as one draw from the multinomial of the counts.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::multinomial::multinomial;
use crate::stats::{Confusion, Contingency, Side};
use crate::workers;

/// Number of resamples behind every interval; 250 of them lie beyond each end of a 95 % interval.
pub const RESAMPLES: usize = 10_000;

/// Number of draws that share a stream of random numbers. It is fixed, so that the number of threads does not matter.
const CHUNK: usize = 500;

/// Resampled tables of counts, shared by all statistics of one table so that their errors are correlated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resamples {
    /// The number of cells of the table.
    width: usize,
    /// The cells with rows, in order; all others stay empty in every draw.
    filled: Vec<usize>,
    draws: usize,
    /// The counts of the filled cells, draw by draw, in parts of [`CHUNK`] draws.
    parts: Vec<DrawnCounts>,
}

/// Counts of rows in as few bytes as hold them: a table of a thousand groups has millions of them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum DrawnCounts {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Resamples {
    /// Draws from the multinomial of the table's counts. The same table and seed give the same draws on every machine.
    pub fn draw(table: &Contingency, seed: u64, draws: usize) -> Self {
        let counts: Vec<u64> = table.cells().collect();
        let width = counts.len();
        let draws = if width > 0 { draws } else { 0 };
        let (filled, counts): (Vec<usize>, Vec<u64>) =
            counts.into_iter().enumerate().filter(|(_, count)| *count > 0).unzip();
        let parts = workers::map(draws.div_ceil(CHUNK), |part| {
            drawn_counts(&counts, (seed, part as u64), CHUNK.min(draws - part * CHUNK))
        });
        Self { width, filled, draws, parts }
    }

    /// Returns a statistic of every draw, in the order of the draws. It is computed on all cores.
    pub fn map<T: Send>(&self, statistic: impl Fn(&[u64]) -> T + Sync) -> Vec<T> {
        let of_part = |part: usize| -> Vec<T> {
            let mut cells = vec![0; self.width];
            let length = self.filled.len();
            (0..CHUNK.min(self.draws - part * CHUNK))
                .map(|draw| {
                    let range = draw * length..(draw + 1) * length;
                    match &self.parts[part] {
                        DrawnCounts::Narrow(counts) => self.spread_out(&counts[range], &mut cells),
                        DrawnCounts::Wide(counts) => self.spread_out(&counts[range], &mut cells),
                    }
                    statistic(&cells)
                })
                .collect()
        };
        workers::map(self.parts.len(), of_part).into_iter().flatten().collect()
    }

    fn spread_out<T: Copy + Into<u64>>(&self, counts: &[T], cells: &mut [u64]) {
        for (cell, count) in self.filled.iter().zip(counts) {
            cells[*cell] = (*count).into();
        }
    }

    /// Returns the number of draws.
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// Returns one side's confusion matrix of a draw.
    pub fn confusion(cells: &[u64], side: Side, group: Option<usize>) -> Confusion {
        Contingency::confusion_of(cells, side, group)
    }
}

/// Draws this many times from the counts, none of which is 0, with a stream of random numbers.
fn drawn_counts(counts: &[u64], (seed, stream): (u64, u64), draws: usize) -> DrawnCounts {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    let total: u64 = counts.iter().sum();
    let mut drawn = vec![0; counts.len()];
    if total > u64::from(u32::MAX) {
        let mut all = Vec::with_capacity(counts.len() * draws);
        for _ in 0..draws {
            multinomial(counts, total, &mut random, &mut drawn);
            all.extend_from_slice(&drawn);
        }
        return DrawnCounts::Wide(all);
    }
    let mut all = Vec::with_capacity(counts.len() * draws);
    for _ in 0..draws {
        multinomial(counts, total, &mut random, &mut drawn);
        #[expect(clippy::cast_possible_truncation, reason = "at most the total")]
        all.extend(drawn.iter().map(|count| *count as u32));
    }
    DrawnCounts::Narrow(all)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn table(counts: [u64; 8]) -> Contingency {
        Contingency::from_cells(true, BTreeMap::from([(Vec::new(), counts)]))
    }

    #[test]
    fn every_draw_has_as_many_rows_and_no_new_cells() {
        let draws = Resamples::draw(&table([50, 0, 30, 20, 0, 0, 0, 1]), 7, 1200);
        assert_eq!(draws.draws(), 1200);
        let rows = draws.map(|cells| cells.iter().sum::<u64>() as f64);
        assert!(rows.iter().all(|rows| *rows == 101.0));
        assert!(draws.map(|cells| cells[1] as f64).iter().all(|count| *count == 0.0));
    }

    #[test]
    fn mean_and_variance_are_the_multinomial_s() {
        let draws = Resamples::draw(&table([400, 0, 0, 0, 0, 0, 0, 600]), 1, 20_000);
        let hits = draws.map(|cells| cells[0] as f64);
        let mean = hits.iter().sum::<f64>() / hits.len() as f64;
        let variance = hits.iter().map(|hit| (hit - mean).powi(2)).sum::<f64>() / hits.len() as f64;
        // Binomial(1000, 0.4): mean 400, variance 240; the standard errors here are 0.11 and 2.4.
        assert!((mean - 400.0).abs() < 0.5, "{mean}");
        assert!((variance - 240.0).abs() < 10.0, "{variance}");
    }

    #[test]
    fn the_seed_decides_and_nothing_else() {
        let counts = table([9, 8, 7, 6, 5, 4, 3, 2]);
        assert_eq!(Resamples::draw(&counts, 3, 1100), Resamples::draw(&counts, 3, 1100));
        assert_ne!(Resamples::draw(&counts, 3, 1100), Resamples::draw(&counts, 4, 1100));
        let (short, long) = (Resamples::draw(&counts, 3, 500), Resamples::draw(&counts, 3, 1100));
        assert_eq!(short.map(<[u64]>::to_vec)[..], long.map(<[u64]>::to_vec)[..500]);
    }

    /// The form in which counts are held is not seen from outside: the draws of a cell, one after the other.
    #[test]
    fn many_rows_are_held_as_exactly_as_few() {
        let few = Resamples::draw(&table([u64::from(u32::MAX) - 7, 0, 0, 7, 0, 0, 0, 0]), 3, 600);
        let many = Resamples::draw(&table([u64::from(u32::MAX) * 4, 0, 0, 7, 0, 0, 0, 0]), 3, 600);
        for (draws, rows) in [(few, u64::from(u32::MAX)), (many, u64::from(u32::MAX) * 4 + 7)] {
            assert!(draws.map(|cells| (cells.len(), cells.iter().sum::<u64>())).iter().all(|all| *all == (8, rows)));
        }
    }

    #[test]
    fn a_table_without_rows_has_draws_without_rows() {
        let draws = Resamples::draw(&table([0; 8]), 0, 10);
        assert_eq!(draws.map(<[u64]>::to_vec), vec![vec![0; 8]; 10]);
    }

    #[test]
    fn an_empty_table_has_no_draws() {
        assert_eq!(Resamples::draw(&Contingency::from_cells(false, BTreeMap::new()), 0, 10).draws(), 0);
    }
}
