//! Draws of normal errors of several groups.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use super::super::RESAMPLES;
use crate::workers;

/// Number of draws that a thread takes at a time.
const CHUNK: usize = 500;

/// Draws of independent normal errors, one for each group.
#[derive(Debug)]
pub(super) struct NormalDraws {
    width: usize,
    errors: Vec<f64>,
}

impl NormalDraws {
    /// Draws errors with these standard errors, in one stream of random numbers.
    pub(super) fn of(standard_errors: &[f64], seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let width = standard_errors.len();
        let mut errors = Vec::with_capacity(width * RESAMPLES);
        for _ in 0..RESAMPLES {
            errors.extend(standard_errors.iter().map(|error| {
                let normal: f64 = StandardNormal.sample(&mut random);
                normal * error
            }));
        }
        Self { width, errors }
    }

    /// Returns a statistic of every draw, in their order. It is computed on all cores.
    pub(super) fn map<T: Send>(&self, statistic: impl Fn(&[f64]) -> T + Sync) -> Vec<T> {
        let of_chunk = |chunk: usize| -> Vec<T> {
            let draws = chunk * CHUNK..RESAMPLES.min((chunk + 1) * CHUNK);
            draws.map(|draw| statistic(&self.errors[draw * self.width..(draw + 1) * self.width])).collect()
        };
        workers::map(RESAMPLES.div_ceil(CHUNK), of_chunk).into_iter().flatten().collect()
    }
}
