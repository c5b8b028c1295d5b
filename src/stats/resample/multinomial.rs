//! Sampling of rows with replacement, as one multinomial draw of their counts.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution, StandardNormal};

/// The variance from which on a binomial is drawn as a rounded normal. Its skewness is then below 1 in 100, which no
/// quantile of some thousand draws shows, and a draw takes a tenth of the time.
const SMOOTH: f64 = 10_000.0;

/// Draws `rows` rows from these counts into `drawn`, cell by cell: each cell is a binomial draw from the remaining
/// rows.
///
/// `drawn` has as many cells as `counts`.
#[expect(clippy::cast_precision_loss, reason = "counts of rows, exact up to 2^53")]
pub(crate) fn multinomial(counts: &[u64], rows: u64, random: &mut ChaCha8Rng, drawn: &mut [u64]) {
    let (mut left, mut mass): (u64, u64) = (rows, counts.iter().sum());
    for (cell, count) in drawn.iter_mut().zip(counts) {
        *cell = if *count == 0 || left == 0 {
            0
        } else if *count == mass {
            left
        } else {
            binomial(left, *count as f64 / mass as f64, random)
        };
        left -= *cell;
        mass -= count;
    }
}

/// Draws the number of successes among `trials`; `share` is their probability, between 0 and 1.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and the trials"
)]
pub(crate) fn binomial(trials: u64, share: f64, random: &mut ChaCha8Rng) -> u64 {
    let most = trials as f64;
    let variance = most * share * (1.0 - share);
    if variance < SMOOTH {
        // The constructor only needs a probability, which a ratio of two counts is.
        return Binomial::new(trials, share).map_or(0, |binomial| binomial.sample(random));
    }
    let normal: f64 = StandardNormal.sample(random);
    (most * share + normal * variance.sqrt()).round().clamp(0.0, most) as u64
}

#[cfg(test)]
mod tests {
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    /// Returns the mean, the variance, and the proportion below the mean − 1.96 standard deviations, of the first
    /// cell's draws.
    fn moments(counts: &[u64], rows: u64) -> [f64; 3] {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut drawn = vec![0; counts.len()];
        let total: u64 = counts.iter().sum();
        let share = counts[0] as f64 / total as f64;
        let (mean, deviation) = (rows as f64 * share, (rows as f64 * share * (1.0 - share)).sqrt());
        let draws: Vec<f64> = (0..40_000)
            .map(|_| {
                multinomial(counts, rows, &mut random, &mut drawn);
                assert_eq!(drawn.iter().sum::<u64>(), rows);
                (drawn[0] as f64 - mean) / deviation
            })
            .collect();
        let of = |statistic: &dyn Fn(f64) -> f64| draws.iter().map(|draw| statistic(*draw)).sum::<f64>() / 40_000.0;
        [of(&|draw| draw), of(&|draw| draw * draw), of(&|draw| f64::from(u8::from(draw < -1.96)))]
    }

    #[test]
    fn a_draw_has_the_binomials_moments_whether_it_is_smooth_or_not() {
        // Below and above the variance from which on the draws are normal.
        for rows in [40_000, 1_000_000] {
            let [mean, variance, below] = moments(&[30, 50, 20], rows);
            // Standard errors: 0.005, 0.007, 0.0008.
            assert!(
                mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03 && (below - 0.025).abs() < 0.003,
                "{rows}: {mean} {variance} {below}"
            );
        }
    }

    #[test]
    fn empty_cells_stay_empty_and_the_last_takes_what_is_left() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut drawn = [9; 4];
        multinomial(&[0, 1_000_000, 0, 0], 77, &mut random, &mut drawn);
        assert_eq!(drawn, [0, 77, 0, 0]);
        multinomial(&[0, 0, 0, 0], 0, &mut random, &mut drawn);
        assert_eq!(drawn, [0; 4]);
    }
}
