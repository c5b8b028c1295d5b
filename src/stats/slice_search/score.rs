//! Scores of slices, and what no slice inside of another one can exceed.

use crate::stats::numeric::quantile::float;

/// The sums of a slice that its score is computed from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SliceSums {
    /// The number of rows.
    pub(super) rows: u64,
    /// The sum of the scaled amounts.
    pub(super) sum: i64,
    /// The sum of those above 0.
    pub(super) positive: i64,
    /// The largest one.
    pub(super) largest: i64,
}

impl SliceSums {
    pub(super) fn add(&mut self, amount: i64) {
        self.rows += 1;
        self.sum += amount;
        self.positive += amount.max(0);
        self.largest = self.largest.max(amount);
    }
}

/// The score by which slices are ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SliceScore {
    /// α·(mean of the slice / mean of all − 1) − (1 − α)·(rows of all / rows of the slice − 1), of losses that are never
    /// negative. Source: SliceLine, equation 1.
    Line {
        /// The weight of the mean against the size, in (0, 1].
        alpha: f64,
    },
    /// Σx / (σ·√n), of changes that may have either sign, with σ² = the mean of x² over all rows: the sum in standard errors. The
    /// changes of all rows may add up to 0, and SliceLine's quotient does not exist there.
    Damage,
}

/// A score of rows whose totals are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scorer {
    score: SliceScore,
    rows: f64,
    mean: f64,
    deviation: f64,
    least: f64,
}

impl Scorer {
    /// Creates the scorer of slices of at least `least` rows among rows with these scaled amounts.
    pub(super) fn new(score: SliceScore, amounts: &[i64], least: u64) -> Self {
        let rows = float(amounts.len() as u64);
        // Squares of rounded numbers, whose sum in 128 bits does not depend on their order.
        let squares: u128 = amounts.iter().map(|amount| u128::from(amount.unsigned_abs()).pow(2)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a rounding of the 16th digit, the same for all slices")]
        let deviation = (squares as f64 / rows).sqrt();
        Self { score, rows, mean: signed(amounts.iter().sum()) / rows, deviation, least: float(least) }
    }

    /// Returns the score, or `None` where there is no damage.
    pub(super) fn of(&self, sums: &SliceSums) -> Option<f64> {
        (sums.sum > 0).then(|| self.at(signed(sums.sum), float(sums.rows)))
    }

    /// Returns an upper bound of the scores of all slices inside of this one.
    pub(super) fn bound(&self, sums: &SliceSums) -> f64 {
        if sums.positive <= 0 {
            return f64::NEG_INFINITY;
        }
        let (rows, positive, largest) = (float(sums.rows), signed(sums.positive), signed(sums.largest));
        // This many rows have at most min(size · largest, positive). Both scores are monotone between these sizes, so that one of
        // them has the largest score.
        [self.least, (positive / largest).max(self.least).min(rows), rows]
            .into_iter()
            .map(|size| self.at((size * largest).min(positive), size))
            .fold(f64::NEG_INFINITY, f64::max)
    }

    fn at(&self, sum: f64, rows: f64) -> f64 {
        match self.score {
            SliceScore::Line { alpha } => {
                alpha * (sum / rows / self.mean - 1.0) - (1.0 - alpha) * (self.rows / rows - 1.0)
            }
            SliceScore::Damage => sum / (self.deviation * rows.sqrt()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rounding of the 16th digit, the same for all slices")]
fn signed(sum: i64) -> f64 {
    sum as f64
}

/// The amounts as whole numbers, whose sums do not depend on the order of the rows.
///
/// The scale is a power of two, so whole losses such as 0 and 1 are exact. The step is at most 2⁻³⁰ of the largest amount, up
/// to four billion rows.
pub(super) fn scaled(amounts: impl Iterator<Item = f64> + Clone, rows: usize) -> Vec<i64> {
    let largest = amounts.clone().fold(0.0, |largest: f64, amount| largest.max(amount.abs()));
    if largest == 0.0 {
        return vec![0; rows];
    }
    let of_rows = i32::try_from(usize::BITS - rows.leading_zeros()).unwrap_or(i32::MAX);
    let bits = 62 - of_rows;
    // The largest is below 2^above, and stays so after division by a subnormal number.
    #[expect(clippy::cast_possible_truncation, reason = "an exponent")]
    let above = largest.log2().floor() as i32 + 1;
    #[expect(clippy::cast_possible_truncation, reason = "below 2^62")]
    amounts.map(|amount| (amount / 2_f64.powi(above) * 2_f64.powi(bits)).round() as i64).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sums(amounts: &[i64]) -> SliceSums {
        let mut sums = SliceSums::default();
        amounts.iter().for_each(|amount| sums.add(*amount));
        sums
    }

    proptest! {
        #[test]
        fn no_part_of_a_slice_exceeds_its_bound(
            amounts in prop::collection::vec(-300_i64..1000, 4..40),
            outside in prop::collection::vec(-300_i64..1000, 0..40),
            part in prop::collection::vec(any::<bool>(), 40),
            alpha in 0.05_f64..1.0,
            is_line in any::<bool>(),
        ) {
            let score = if is_line { SliceScore::Line { alpha } } else { SliceScore::Damage };
            let floor = if is_line { 0 } else { i64::MIN };
            let clipped = |amounts: &[i64]| amounts.iter().map(|amount| (*amount).max(floor)).collect::<Vec<i64>>();
            let (amounts, outside) = (clipped(&amounts), clipped(&outside));
            let all = [amounts.as_slice(), &outside, &[1]].concat();
            let scorer = Scorer::new(score, &all, 4);
            let kept: Vec<i64> = amounts.iter().zip(&part).filter(|(_, kept)| **kept).map(|(amount, _)| *amount).collect();
            prop_assume!(kept.len() >= 4);
            if let Some(found) = scorer.of(&sums(&kept)) {
                prop_assert!(found <= scorer.bound(&sums(&amounts)) + 1e-9);
            }
        }
    }

    #[test]
    fn whole_losses_are_exact() {
        let scaled = scaled([0.0, 1.0, 1.0, 0.0].into_iter(), 4);
        assert_eq!((scaled[0], scaled[1], scaled[1] % 1024), (0, scaled[2], 0));
    }
}
