//! Critical values of the largest of several noisy deviations.

use super::super::Undefined;
use crate::stats::numeric::quantile::{normal_quantile, quantile};

/// The number of draws in a tail below which the tail is extrapolated with a normal distribution.
const FEWEST: f64 = 20.0;

/// Critical values of the largest of several standardised deviations.
#[derive(Debug, Clone)]
pub(super) struct Critical {
    sorted: Vec<f64>,
    pairs: f64,
}

impl Critical {
    /// Creates critical values from the largest deviation of each draw; `drawn` also counts the draws without any.
    pub(super) fn of(mut deviations: Vec<f64>, pairs: usize, drawn: usize) -> Result<Self, Undefined> {
        if deviations.len() < 2 || deviations.len() * 20 < drawn * 19 {
            return Err(Undefined::Unstable);
        }
        deviations.sort_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "a number of pairs")]
        let pairs = pairs as f64;
        Ok(Self { sorted: deviations, pairs })
    }

    /// Returns the value that one more draw exceeds with this probability: among n draws there are n + 1 positions for
    /// it.
    fn exceeded(&self, tail: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand draws")]
        let draws = self.sorted.len() as f64;
        quantile(&self.sorted, (((1.0 - tail) * (draws + 1.0) - 1.0) / (draws - 1.0)).clamp(0.0, 1.0))
    }

    /// Returns the value that the largest deviation exceeds with this probability.
    pub(super) fn at(&self, tail: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand draws")]
        let smallest = FEWEST / self.sorted.len() as f64;
        if tail >= smallest {
            return self.exceeded(tail);
        }
        // Too few draws lie in this tail: a normal distribution extrapolates from the last reliable one.
        let normal = |tail: f64| normal_quantile(1.0 - tail / self.pairs);
        let known = smallest.min(0.5);
        self.exceeded(known) * normal(tail) / normal(known)
    }
}
