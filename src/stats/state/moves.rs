//! Power sums of the influences of independent units (rows or clusters) on a difference of two values: they give its
//! variance, its tails and its skew.

use serde::{Deserialize, Serialize};

use crate::stats::numeric::exact_sum::ExactSum;
use crate::stats::numeric::quantile::{float, t};

/// The highest power whose sums are kept.
const HIGHEST: usize = 4;

/// With fewer units than this, one that was not seen may be as far off as those that were.
const FEW_UNITS: f64 = 40.0;

/// With fewer degrees of freedom than 30, but for rounding, few units carry the variance.
const FEW_CARRY: f64 = 30.0 * (1.0 - 1e-9);

/// Units for each square of their skewness with which the skewness moves a tail of 2.5 % by less than 0.4 percentage points.
const ENOUGH: f64 = 500.0 * (1.0 - 1e-9);

/// Mixed power sums of each unit's influence on the difference of the sides and on the baseline.
///
/// The sums give the moments of candidate − weight · baseline for any weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moves {
    units: u64,
    /// The number of equal-sized units with the same information (Kish 1965).
    effective: f64,
    /// At `[i][j]` the sum of changeⁱ · baselineʲ.
    sums: [[f64; HIGHEST + 1]; HIGHEST + 1],
}

/// Power sums of one side, as stored in a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredMoves {
    /// The number of independent units.
    pub units: u64,
    /// The number of equal-sized units with the same information.
    pub effective: f64,
    /// Sums of the second, third and fourth powers of the units' influences.
    pub sums: [f64; 3],
}

/// Accumulates the influences of units, in any order.
#[derive(Debug, Default)]
pub(crate) struct Mover {
    units: u64,
    size: ExactSum,
    size_squared: ExactSum,
    sums: [[ExactSum; HIGHEST + 1]; HIGHEST + 1],
}

/// Dispersion of a difference: its variance, and the shape of its distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Dispersion {
    pub(crate) variance: f64,
    pub(crate) units: u64,
    pub(crate) effective: f64,
    /// The degrees of freedom of the variance, from the kurtosis of the units (Satterthwaite 1946).
    freedom: f64,
    skewness: f64,
    /// Fewest of Johnson's corrections by which the end on the side of the longer tail moves out.
    corrections: f64,
}

/// Returns the reach, in standard errors, of a change of which few units carry the variance: t with as many degrees of freedom as they leave, and one
/// such unit more. With many it is nothing.
pub(crate) fn of_few_carriers(freedom: f64, most: f64, level: f64) -> f64 {
    if freedom < FEW_CARRY { t(freedom.min(most).max(1.0), level) * (1.0 + 2.0 / freedom).sqrt() } else { 0.0 }
}

impl Mover {
    /// Adds a unit of this size with its influence on the change and on the baseline.
    pub(crate) fn add(&mut self, size: f64, change: f64, baseline: f64) {
        self.units += 1;
        self.size.add(size);
        self.size_squared.add(size * size);
        let powers = |base: f64| [1.0, base, base * base, base * base * base, base * base * (base * base)];
        let (ours, theirs) = (powers(change), powers(baseline));
        for (i, change) in ours.iter().enumerate() {
            for (j, baseline) in theirs.iter().enumerate().take(HIGHEST + 1 - i) {
                let term = change * baseline;
                if i + j >= 2 && term != 0.0 {
                    self.sums[i][j].add(term);
                }
            }
        }
    }

    pub(crate) fn moves(&self) -> Moves {
        let squares = self.size_squared.value();
        let size = self.size.value();
        let effective = if squares > 0.0 { (size * size / squares).min(float(self.units)) } else { float(self.units) };
        let sums = self.sums.each_ref().map(|row| row.each_ref().map(ExactSum::value));
        Moves { units: self.units, effective, sums }
    }
}

impl Moves {
    /// Returns the candidate's side, whose influence is the sum of the change's and the baseline's.
    pub(crate) fn to_stored(self) -> StoredMoves {
        let side = self.turned(1.0, 1.0, 0.0);
        // Of a side that hardly spreads, rounding may leave less than nothing.
        let sums = [side.sums[2][0].max(0.0), side.sums[3][0], side.sums[4][0].max(0.0)];
        StoredMoves { units: self.units, effective: self.effective, sums }
    }

    /// Creates the sums of one side; `None` if no units could have these numbers.
    pub(crate) fn from_stored(stored: &StoredMoves) -> Option<Self> {
        let StoredMoves { units, effective, sums: [second, third, fourth] } = *stored;
        let is_finite = [effective, second, third, fourth].iter().all(|number| number.is_finite());
        let is_sound = is_finite && units > 0 && effective >= 0.0 && second >= 0.0 && fourth >= 0.0;
        let mut sums = [[0.0; HIGHEST + 1]; HIGHEST + 1];
        sums[2][0] = second;
        sums[3][0] = third;
        sums[4][0] = fourth;
        is_sound.then_some(Self { units, effective, sums })
    }

    /// Creates the sums of one side of which only the variance is known, as for a normal distribution.
    pub(crate) fn normal(variance: f64, units: u64) -> Self {
        let count = float(units);
        let second = if units > 1 { variance * (count - 1.0) / count } else { variance };
        let mut sums = [[0.0; HIGHEST + 1]; HIGHEST + 1];
        sums[2][0] = second;
        sums[4][0] = 3.0 * second * second / count.max(1.0);
        Self { units, effective: count, sums }
    }

    /// Returns the number of independent units.
    pub(crate) fn units(&self) -> u64 {
        self.units
    }

    /// Returns the number of equal-sized units with the same information.
    pub(crate) fn effective(&self) -> f64 {
        self.effective
    }

    /// Returns the dispersion of `change` times the difference plus `baseline` times the baseline.
    pub(crate) fn along(&self, change: f64, baseline: f64) -> Dispersion {
        let sum = |power: usize| -> f64 {
            let choose: &[f64] = match power {
                2 => &[1.0, 2.0, 1.0],
                3 => &[1.0, 3.0, 3.0, 1.0],
                _ => &[1.0, 4.0, 6.0, 4.0, 1.0],
            };
            (0_i32..)
                .zip(choose)
                .zip(0..=power)
                .map(|((of_baseline, times), j)| {
                    #[expect(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "at most 4")]
                    let of_change = power as i32 - of_baseline;
                    times * change.powi(of_change) * baseline.powi(of_baseline) * self.sums[power - j][j]
                })
                .sum()
        };
        let count = float(self.units);
        let [second, third, fourth] = [sum(2).max(0.0), sum(3), sum(4)].map(|sum| sum / count.max(1.0));
        // statsmodels' correction, which the other libraries' standard errors include.
        let correction = if self.units > 1 { count / (count - 1.0) } else { 1.0 };
        let kurtosis = fourth / (second * second);
        let freedom = if second > 0.0 && kurtosis > 1.0 { 2.0 * count / (kurtosis - 1.0) } else { f64::INFINITY };
        let skewness = if second > 0.0 { third / second.powf(1.5) } else { 0.0 };
        Dispersion {
            variance: second * count * correction,
            units: self.units,
            effective: self.effective,
            freedom: if freedom.is_nan() { f64::INFINITY } else { freedom },
            skewness: if skewness.is_nan() { 0.0 } else { skewness },
            corrections: 4.0,
        }
    }

    /// Returns the sums with the change replaced by `change` · change + `rest` · baseline, and the baseline by
    /// `baseline` · baseline.
    pub(crate) fn turned(&self, change: f64, rest: f64, baseline: f64) -> Self {
        let mut sums = [[0.0; HIGHEST + 1]; HIGHEST + 1];
        let choose =
            |n: usize, k: usize| -> f64 { (0..k).fold(1.0, |product, at| product * int(n - at) / int(at + 1)) };
        for (i, row) in sums.iter_mut().enumerate() {
            for (j, sum) in row.iter_mut().enumerate().take(HIGHEST + 1 - i) {
                // (change·a + rest·b)ⁱ · (baseline·b)ʲ.
                let parts = (0..=i).map(|k| {
                    choose(i, k) * power(change, i - k) * power(rest, k) * power(baseline, j) * self.sums[i - k][j + k]
                });
                *sum = parts.sum();
            }
        }
        Self { sums, ..*self }
    }
}

fn power(base: f64, exponent: usize) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

#[expect(clippy::cast_precision_loss, reason = "at most 4")]
fn int(number: usize) -> f64 {
    number as f64
}

impl Dispersion {
    pub(crate) fn standard_error(&self) -> f64 {
        self.variance.max(0.0).sqrt()
    }

    /// Returns the degrees of freedom of the units. The skew is estimated as well as the mean, which takes one more.
    fn own(&self) -> f64 {
        (self.effective - 2.0).max(1.0)
    }

    /// Returns the quantile for a symmetric interval: t with the degrees of freedom of the units, limited by their
    /// kurtosis.
    pub(crate) fn quantile(&self, level: f64) -> f64 {
        t(self.own().min(self.freedom).max(1.0), level)
    }

    /// Of the mean of this many rows.
    pub(crate) fn of_mean(variance: f64, rows: u64, skewness: f64, freedom: f64) -> Self {
        Self { variance, units: rows, effective: float(rows), freedom, skewness, corrections: 1.0 }
    }

    /// Returns the spread with no more degrees of freedom than another spread of the same units leaves where few carry it.
    pub(crate) fn carried_by(self, other: &Self) -> Self {
        if other.freedom < FEW_CARRY { Self { freedom: self.freedom.min(other.freedom), ..self } } else { self }
    }

    /// The spread of the difference with its sign changed.
    pub(crate) fn mirrored(self) -> Self {
        Self { skewness: -self.skewness, ..self }
    }

    /// Returns true if the units are too few for their skewness: then the mean's own distribution is skewed so far that t does not hold.
    pub(crate) fn is_skewed(&self) -> bool {
        self.effective < ENOUGH * self.unbiased_skewness().powi(2)
    }

    /// The skewness with Fisher's correction for few units.
    fn unbiased_skewness(&self) -> f64 {
        let units = float(self.units);
        if self.units > 2 { self.skewness * (units * (units - 1.0)).sqrt() / (units - 2.0) } else { 0.0 }
    }

    /// Returns the standard errors by which the ends move out, down and up. The tail of skewed units is longer, and their variance is underestimated just
    /// when the tail is missed, so it is more than Johnson's (1978) correction: influences of few clusters miss it most often.
    fn lean(&self, level: f64) -> [f64; 2] {
        let quantile = t(self.own(), level);
        let johnson =
            self.unbiased_skewness().abs() * (1.0 + 2.0 * quantile * quantile) / (6.0 * float(self.units).sqrt());
        let growing = johnson + 8.0 * johnson * johnson;
        let lean = growing.max(self.corrections * johnson).min(self.quantile(level));
        if self.skewness > 0.0 { [0.0, lean] } else { [lean, 0.0] }
    }

    /// Returns the standard errors by which the ends move out where the units are too few for their skewness; else none.
    pub(crate) fn leans(&self, level: f64) -> [f64; 2] {
        if self.is_skewed() { self.lean(level) } else { [0.0; 2] }
    }

    /// By how much one more unit raises the standard error, where few of them carry it.
    fn one_more(&self) -> f64 {
        let units = if self.effective < FEW_UNITS { 1.0 / self.effective.max(1.0) } else { 0.0 };
        let carriers = if self.freedom < FEW_CARRY { 2.0 / self.freedom } else { 0.0 };
        (1.0 + units.max(carriers)).sqrt()
    }

    /// Returns the reach of the change of a mean, in standard errors.
    pub(crate) fn of_carriers(&self, level: f64) -> f64 {
        let most = (float(self.units) - 1.0).max(1.0);
        t(most, level).max(of_few_carriers(self.freedom, most, level))
    }

    /// Returns the distance of the interval's lower and upper end. The tail of skewed units is longer, and their
    /// variance is underestimated exactly when the tail is missed, so the end on that side moves out by four times
    /// Johnson's (1978) correction.
    pub(crate) fn reaches(&self, level: f64) -> [f64; 2] {
        let quantile = self.quantile(level);
        let error = self.standard_error() * self.one_more();
        self.lean(level).map(|lean| (quantile + lean) * error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(units: &[(f64, f64, f64)]) -> Moves {
        let mut mover = Mover::default();
        units.iter().for_each(|(size, change, baseline)| mover.add(*size, *change, *baseline));
        mover.moves()
    }

    #[test]
    fn moments_by_hand() {
        let moves = moves(&[(1.0, -1.0, 0.5), (1.0, -2.0, 0.5), (2.0, 3.0, -1.0)]);
        assert!((moves.effective() - 16.0 / 6.0).abs() < 1e-12);
        // Σ change² = 14, and n / (n − 1) = 1.5.
        assert!((moves.along(1.0, 0.0).variance - 21.0).abs() < 1e-12);
        // change + 2 · baseline: 0, −1, 1.
        assert!((moves.along(1.0, 2.0).variance - 3.0).abs() < 1e-12);
        let turned = moves.turned(1.0, 2.0, 3.0);
        assert!((turned.along(1.0, 0.0).variance - 3.0).abs() < 1e-12);
        // 9 · Σ baseline² = 13.5.
        assert!((turned.along(0.0, 1.0).variance - 1.5 * 13.5).abs() < 1e-12);
    }

    #[test]
    fn ends_move_out_only_where_units_are_too_few_for_their_skewness() {
        let leans = |rows, skewness| Dispersion::of_mean(1.0, rows, skewness, f64::INFINITY).leans(0.95);
        assert_eq!(leans(600, 1.0), [0.0; 2]);
        let [down, up] = leans(400, 1.0);
        // J = (1 + 2 · 1.966²) / (6 · 20) is 0.073.
        assert!(down == 0.0 && (up - 0.116).abs() < 2e-3, "{down} {up}");
        assert!(leans(20, -3.0)[0] > 2.0 && leans(20, -3.0)[1] == 0.0);
    }

    #[test]
    fn a_long_tail_takes_the_end_on_its_side_farther() {
        let of = |last: f64| {
            let mut units = vec![(1.0, -1.0, 0.0); 19];
            units.push((1.0, last, 0.0));
            moves(&units).along(1.0, 0.0)
        };
        let [down, up] = of(19.0).reaches(0.95);
        assert!(up > 1.2 * down, "{down} {up}");
        // One outlier leaves the variance fewer degrees of freedom than twenty normal units do.
        assert!(of(19.0).quantile(0.95) > 3.0 && of(-1.0).quantile(0.95) < 2.2);
    }
}
