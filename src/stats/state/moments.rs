//! Count, sum, standard deviation and extremes of a column of numbers, without intermediate rounding.

use crate::stats::numeric::exact_sum::two_product;
use crate::stats::{Digits, ExactSum, Undefined};

/// The largest number that is added up; squares of larger ones leave the range of a float.
const LARGEST: f64 = 1e150;

/// The sufficient statistic of the mean, the standard deviation, the sum and the extremes of numbers.
///
/// The state merges; every result is the same float for any order and any split of the numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    n: u64,
    sum: ExactSum,
    squares: ExactSum,
    smallest: f64,
    largest: f64,
    exact: Option<ExactNumbers>,
}

/// Sum and extremes of whole numbers or decimals, with digits that a float may not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactNumbers {
    /// The sum.
    pub sum: Digits,
    /// The smallest number.
    pub smallest: Digits,
    /// The largest number.
    pub largest: Digits,
}

impl Default for Moments {
    fn default() -> Self {
        let (sum, squares) = (ExactSum::default(), ExactSum::default());
        Self { n: 0, sum, squares, smallest: f64::INFINITY, largest: f64::NEG_INFINITY, exact: None }
    }
}

impl Moments {
    /// Adds a finite number.
    pub fn add(&mut self, number: f64) {
        self.n += 1;
        self.smallest = self.smallest.min(number);
        self.largest = self.largest.max(number);
        if number.abs() <= LARGEST {
            self.sum.add(number);
            let (square, rest) = two_product(number, number);
            self.squares.add(square);
            self.squares.add(rest);
        }
    }

    /// Adds all numbers of another state.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
        self.smallest = self.smallest.min(other.smallest);
        self.largest = self.largest.max(other.largest);
        self.exact = None;
    }

    /// Sets the exact sum and extremes of all its numbers.
    #[must_use]
    pub fn with_exact(self, exact: Option<ExactNumbers>) -> Self {
        Self { exact, ..self }
    }

    /// Returns the sum and the extremes with all their digits, for whole numbers and decimals.
    pub fn exact(&self) -> Option<&ExactNumbers> {
        self.exact.as_ref()
    }

    /// Tells whether floats are precise enough for this standard deviation: with numbers of more digits than a float
    /// holds, it must be far above the rounding error.
    fn tells_spread(&self, deviation: f64) -> bool {
        let Some(exact) = &self.exact else { return true };
        let largest = self.smallest.abs().max(self.largest.abs());
        let is_rounded = !exact.smallest.is_float() || !exact.largest.is_float() || !exact.sum.is_float();
        !is_rounded || deviation >= (largest.next_up() - largest) * f64::from(1 << 20)
    }

    /// Returns the count of numbers.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Returns the smallest number.
    ///
    /// # Errors
    ///
    /// Returns an error if there are no numbers.
    pub fn minimum(&self) -> Result<f64, Undefined> {
        if self.n == 0 { Err(Undefined::NoRows) } else { Ok(self.smallest) }
    }

    /// Returns the largest number.
    ///
    /// # Errors
    ///
    /// Returns an error if there are no numbers.
    pub fn maximum(&self) -> Result<f64, Undefined> {
        if self.n == 0 { Err(Undefined::NoRows) } else { Ok(self.largest) }
    }

    /// Returns the sum. It is undefined for no numbers, because a missing column must not look like a small one.
    ///
    /// # Errors
    ///
    /// Returns an error if there are no numbers, or if one is too large to add.
    pub fn sum(&self) -> Result<f64, Undefined> {
        self.summable()?;
        Ok(self.sum.value())
    }

    /// Returns the arithmetic mean.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::sum`].
    pub fn mean(&self) -> Result<f64, Undefined> {
        Ok(self.sum()? / float(self.n))
    }

    /// Returns the sample standard deviation, with the divisor n − 1.
    ///
    /// n·Σx² − (Σx)² is computed without rounding, so nothing cancels, however far the mean is from 0.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::sum`], and for a single number.
    pub fn standard_deviation(&self) -> Result<f64, Undefined> {
        self.summable()?;
        if self.n < 2 {
            return Err(Undefined::OneRow);
        }
        let n = float(self.n);
        let mut spread = ExactSum::default();
        for square in self.squares.partials() {
            add_product(&mut spread, n, *square);
        }
        for left in self.sum.partials() {
            for right in self.sum.partials() {
                add_product(&mut spread, -left, *right);
            }
        }
        let deviation = (spread.value().max(0.0) / n / (n - 1.0)).sqrt();
        if self.tells_spread(deviation) { Ok(deviation) } else { Err(Undefined::TooLarge) }
    }

    fn summable(&self) -> Result<(), Undefined> {
        if self.n == 0 {
            return Err(Undefined::NoRows);
        }
        if self.smallest.abs().max(self.largest.abs()) > LARGEST {
            return Err(Undefined::TooLarge);
        }
        Ok(())
    }

    /// Returns the state as numbers, to be sent from one worker to another.
    pub fn to_numbers(&self) -> Vec<f64> {
        let mut numbers = vec![f64::from_bits(self.n), self.smallest, self.largest];
        let sum = self.sum.expansion();
        numbers.push(float(sum.len() as u64));
        numbers.extend(sum);
        numbers.extend(self.squares.expansion());
        numbers
    }

    /// Reads the numbers that [`Self::to_numbers`] wrote; `None` for any others.
    pub fn from_numbers(numbers: &[f64]) -> Option<Self> {
        let [n, smallest, largest, split, partials @ ..] = numbers else { return None };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of partials")]
        let (sum, squares) = partials.split_at_checked(*split as usize)?;
        let of = |partials: &[f64]| {
            let mut sum = ExactSum::default();
            partials.iter().for_each(|partial| sum.add(*partial));
            sum
        };
        let (smallest, largest) = (*smallest, *largest);
        Some(Self { n: n.to_bits(), sum: of(sum), squares: of(squares), smallest, largest, exact: None })
    }
}

fn add_product(sum: &mut ExactSum, left: f64, right: f64) {
    let (product, rest) = two_product(left, right);
    sum.add(product);
    sum.add(rest);
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn float(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    fn of(numbers: &[f64]) -> Moments {
        let mut moments = Moments::default();
        numbers.iter().for_each(|number| moments.add(*number));
        moments
    }

    #[test]
    fn a_far_away_mean_does_not_swallow_the_spread() {
        // numpy 2.4.6: np.std([1e9 + 1, 1e9 + 2, 1e9 + 3], ddof=1) is 1.0; Σx² − n·mean² in floats is 0.
        let moments = of(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]);
        assert_eq!(moments.standard_deviation(), Ok(1.0));
        assert_eq!(moments.mean(), Ok(1e9 + 2.0));
        assert_eq!((moments.minimum(), moments.maximum()), (Ok(1e9 + 1.0), Ok(1e9 + 3.0)));
    }

    #[test]
    fn what_has_no_value_says_why() {
        assert_eq!(of(&[]).mean(), Err(Undefined::NoRows));
        assert_eq!(of(&[3.0]).standard_deviation(), Err(Undefined::OneRow));
        assert_eq!(of(&[1e200, 1.0]).mean(), Err(Undefined::TooLarge));
        assert_eq!(of(&[1e200, 1.0]).maximum(), Ok(1e200));
    }

    proptest! {
        #[test]
        fn order_and_splits_change_nothing(mut numbers in prop::collection::vec(-1e12..1e12_f64, 2..60), at in 0..60_usize) {
            let whole = of(&numbers);
            numbers.reverse();
            let (left, right) = numbers.split_at(at.min(numbers.len()));
            let mut merged = of(right);
            merged.merge(&Moments::from_numbers(&of(left).to_numbers()).unwrap());
            prop_assert_eq!(whole.mean(), merged.mean());
            prop_assert_eq!(whole.standard_deviation(), merged.standard_deviation());
            prop_assert_eq!(whole.sum(), merged.sum());
        }

        #[test]
        fn a_constant_has_no_spread(number in -1e100..1e100_f64, n in 2..40_usize) {
            prop_assert_eq!(of(&vec![number; n]).standard_deviation(), Ok(0.0));
        }
    }
}
