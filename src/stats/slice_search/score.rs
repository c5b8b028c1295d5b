//! Scores of slices, and what no slice inside of another one can exceed.

use crate::stats::numeric::quantile::float;

/// The sums of a slice that its score is computed from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    /// The number of rows.
    pub(super) rows: u64,
    /// The sum of the scaled amounts.
    pub(super) sum: i64,
    /// The largest scaled amount, or the sum of their squares.
    pub(super) second: i64,
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
    /// Σx / √Σx², of changes that may have either sign: the self-normalised sum, which is Student's t but for its degrees of
    /// freedom. The changes of all rows may add up to 0, and SliceLine's quotient does not exist there.
    Damage,
}

/// A score of rows whose totals are known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scorer {
    score: SliceScore,
    rows: f64,
    mean: f64,
    least: f64,
}

impl Scorer {
    /// Creates the scorer of slices of at least `least` rows among rows with these totals.
    pub(super) fn new(score: SliceScore, all: Sums, least: u64) -> Self {
        let rows = float(all.rows);
        Self { score, rows, mean: signed(all.sum) / rows, least: float(least) }
    }

    /// Adds an amount to the sums.
    pub(super) fn add(&self, sums: &mut Sums, amount: i64) {
        sums.rows += 1;
        sums.sum += amount;
        match self.score {
            SliceScore::Line { .. } => sums.second = sums.second.max(amount),
            SliceScore::Damage => sums.second += amount * amount,
        }
    }

    /// Returns the score, or `None` where there is no damage.
    pub(super) fn of(&self, sums: &Sums) -> Option<f64> {
        if sums.sum <= 0 {
            return None;
        }
        Some(match self.score {
            SliceScore::Line { alpha } => self.line(alpha, signed(sums.sum), float(sums.rows)),
            SliceScore::Damage => signed(sums.sum) / signed(sums.second).sqrt(),
        })
    }

    /// Returns an upper bound of the scores of all slices inside of this one.
    pub(super) fn bound(&self, sums: &Sums) -> f64 {
        match self.score {
            SliceScore::Line { alpha } => {
                let (rows, sum, largest) = (float(sums.rows), signed(sums.sum), signed(sums.second));
                if sum <= 0.0 {
                    return f64::NEG_INFINITY;
                }
                // The score is monotone between these sizes, so that one of them has the largest.
                [self.least, (sum / largest).max(self.least).min(rows), rows]
                    .into_iter()
                    .map(|size| self.line(alpha, (size * largest).min(sum), size))
                    .fold(f64::NEG_INFINITY, f64::max)
            }
            // By Cauchy and Schwarz, Σx ≤ √n · √Σx².
            SliceScore::Damage => float(sums.rows).sqrt(),
        }
    }

    fn line(&self, alpha: f64, sum: f64, rows: f64) -> f64 {
        alpha * (sum / rows / self.mean - 1.0) - (1.0 - alpha) * (self.rows / rows - 1.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rounding of the 16th digit, the same for all slices")]
fn signed(sum: i64) -> f64 {
    sum as f64
}

/// The amounts as whole numbers, whose sums do not depend on the order of the rows.
///
/// The scale is a power of two, so whole losses such as 0 and 1 are exact. The step is at most 2⁻²⁰ of the largest amount up
/// to four million rows.
pub(super) fn scaled(score: SliceScore, amounts: impl Iterator<Item = f64> + Clone, rows: usize) -> Vec<i64> {
    let largest = amounts.clone().fold(0.0, |largest: f64, amount| largest.max(amount.abs()));
    if largest == 0.0 {
        return vec![0; rows];
    }
    let of_rows = i32::try_from(usize::BITS - rows.leading_zeros()).unwrap_or(i32::MAX);
    let bits = match score {
        SliceScore::Line { .. } => 62 - of_rows,
        SliceScore::Damage => (62 - of_rows) / 2,
    };
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

    fn sums(scorer: &Scorer, amounts: &[i64]) -> Sums {
        let mut sums = Sums::default();
        amounts.iter().for_each(|amount| scorer.add(&mut sums, *amount));
        sums
    }

    proptest! {
        #[test]
        fn no_part_of_a_slice_exceeds_its_bound(
            amounts in prop::collection::vec(0_i64..1000, 4..40),
            outside in prop::collection::vec(0_i64..1000, 0..40),
            part in prop::collection::vec(any::<bool>(), 40),
            alpha in 0.05_f64..1.0,
            is_line in any::<bool>(),
        ) {
            let score = if is_line { SliceScore::Line { alpha } } else { SliceScore::Damage };
            let all = Sums {
                rows: (amounts.len() + outside.len()) as u64,
                sum: amounts.iter().chain(&outside).sum::<i64>().max(1),
                second: 0,
            };
            let scorer = Scorer::new(score, all, 4);
            let kept: Vec<i64> = amounts.iter().zip(&part).filter(|(_, kept)| **kept).map(|(amount, _)| *amount).collect();
            prop_assume!(kept.len() >= 4);
            if let Some(found) = scorer.of(&sums(&scorer, &kept)) {
                prop_assert!(found <= scorer.bound(&sums(&scorer, &amounts)) + 1e-9);
            }
        }
    }

    #[test]
    fn whole_losses_are_exact() {
        let score = SliceScore::Line { alpha: 0.95 };
        let scaled = scaled(score, [0.0, 1.0, 1.0, 0.0].into_iter(), 4);
        assert_eq!((scaled[0], scaled[1], scaled[1] % 1024), (0, scaled[2], 0));
    }
}
