//! Multinomial resampling of counts: a bootstrap of the rows whose cost is independent of their number.
//!
//! Drawing n rows with replacement and counting them is the same as one draw from the multinomial of the counts.

use std::sync::{Mutex, PoisonError};

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
    width: usize,
    cells: Vec<u64>,
}

impl Resamples {
    /// Draws from the multinomial of the table's counts. The same table and seed give the same draws on every machine.
    pub fn draw(table: &Contingency, seed: u64, draws: usize) -> Self {
        let counts: Vec<u64> = table.cells().collect();
        let width = counts.len();
        let mut cells = vec![0; width * draws];
        if width > 0 {
            let chunks = Mutex::new((0..).zip(cells.chunks_mut(width * CHUNK)));
            let next = || chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
            workers::each(workers::cores().min(draws.div_ceil(CHUNK)), || {
                while let Some((stream, chunk)) = next() {
                    fill(&counts, seed, stream, chunk);
                }
            });
        }
        Self { width, cells }
    }

    /// Returns a statistic of every draw, in the order of the draws; draws in which it is undefined are left out.
    pub fn map(&self, statistic: impl Fn(&[u64]) -> Option<f64>) -> Vec<f64> {
        if self.width == 0 {
            return Vec::new();
        }
        self.cells.chunks(self.width).filter_map(statistic).collect()
    }

    /// Calls `look` with every draw, in order.
    pub fn each(&self, look: impl FnMut(&[u64])) {
        if self.width > 0 {
            self.cells.chunks(self.width).for_each(look);
        }
    }

    /// Returns the number of draws.
    pub fn draws(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }

    /// Returns one side's confusion matrix of a draw.
    pub fn confusion(cells: &[u64], side: Side, group: Option<usize>) -> Confusion {
        Contingency::confusion_of(cells, side, group)
    }
}

fn fill(counts: &[u64], seed: u64, stream: u64, chunk: &mut [u64]) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    let total: u64 = counts.iter().sum();
    for draw in chunk.chunks_mut(counts.len()) {
        multinomial(counts, total, &mut random, draw);
    }
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
        let rows = draws.map(|cells| Some(cells.iter().sum::<u64>() as f64));
        assert!(rows.iter().all(|rows| *rows == 101.0));
        assert!(draws.map(|cells| Some(cells[1] as f64)).iter().all(|count| *count == 0.0));
    }

    #[test]
    fn mean_and_variance_are_the_multinomial_s() {
        let draws = Resamples::draw(&table([400, 0, 0, 0, 0, 0, 0, 600]), 1, 20_000);
        let hits = draws.map(|cells| Some(cells[0] as f64));
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
        assert_eq!(short.cells[..], long.cells[..500 * 8]);
    }

    #[test]
    fn an_empty_table_has_no_draws() {
        assert_eq!(Resamples::draw(&Contingency::from_cells(false, BTreeMap::new()), 0, 10).draws(), 0);
    }
}
