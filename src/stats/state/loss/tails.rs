//! Skewness and kurtosis of row losses, from sums of their third and fourth powers.

use super::LossMoments;
use crate::stats::{ExactSum, Side};

impl LossMoments {
    /// The degrees of freedom of the variance of the differences (Satterthwaite 1946): 2n / (κ − 1), with their kurtosis κ around 0,
    /// and at most n − 1. Normal differences have all of them; k rows that differ by as much as each other, among many that do not,
    /// have about 2k.
    pub fn change_freedom(&self) -> Option<f64> {
        let squares = self.change_squared.value() / self.n();
        let kurtosis = self.change_fourth.value() / self.n() / (squares * squares);
        (squares > 0.0 && self.rows > 1).then(|| self.freedom(kurtosis).min(self.n() - 1.0))
    }

    /// Returns the degrees of freedom of the change, by the kurtosis around its mean: rows that mostly differ by one amount do not count.
    pub(crate) fn change_freedom_around_mean(&self) -> Option<f64> {
        let cubes = self.cubes.as_ref()?;
        let [mean, square, cube, fourth] =
            [&self.change, &self.change_squared, &cubes.change, &self.change_fourth].map(|sum| sum.value() / self.n());
        let variance = self.told_variance(mean, square)?;
        let fourth = fourth - 4.0 * mean * cube + 6.0 * mean * mean * square - 3.0 * mean.powi(4);
        Some(self.freedom(fourth / (variance * variance)))
    }

    fn freedom(&self, kurtosis: f64) -> f64 {
        if kurtosis > 1.0 { 2.0 * self.n() / (kurtosis - 1.0) } else { f64::INFINITY }
    }

    /// The variance of numbers with this mean and mean square; none where they lie so far from 0 that their third and fourth powers are
    /// rounded too far to tell anything of the rest.
    fn told_variance(&self, mean: f64, square: f64) -> Option<f64> {
        let variance = square - mean * mean;
        (variance > 1e-8 * mean * mean).then_some(variance)
    }

    /// The skewness of a side's row losses; a stored side does not have it.
    pub(crate) fn skewness(&self, side: Side) -> Option<f64> {
        let cubes = self.cubes.as_ref()?;
        let mean = self.mean(side)?;
        let (cubed, squared) = match side {
            Side::Candidate => (&cubes.candidate, &self.candidate_squared),
            Side::Baseline => (&cubes.baseline, &self.baseline_squared),
        };
        Some(self.skewness_of(mean, squared.value(), cubed.value()))
    }

    /// Returns the side as a stored baseline would have it.
    pub(crate) fn as_stored(&self) -> Self {
        Self { cubes: None, ..self.clone() }
    }

    /// The skewness of candidate − `weight` · baseline.
    pub(crate) fn change_skewness(&self, weight: f64) -> f64 {
        let (Some((mean, _)), Some(cubes)) = (self.contrast(weight), &self.cubes) else { return 0.0 };
        let rest = 1.0 - weight;
        let [change, product, baseline] =
            [&self.change_squared, &self.change_times_baseline, &self.baseline_squared].map(ExactSum::value);
        let squared = change + 2.0 * rest * product + rest * rest * baseline;
        let [change, mixed, baseline, candidate] =
            [&cubes.change, &cubes.change_squared_times_baseline, &cubes.baseline, &cubes.candidate]
                .map(ExactSum::value);
        // candidate³ is that of change + baseline, which leaves Σ change · baseline².
        let other = (candidate - change - baseline) / 3.0 - mixed;
        let cubed = change + 3.0 * rest * mixed + 3.0 * rest * rest * other + rest * rest * rest * baseline;
        self.skewness_of(mean, squared, cubed)
    }

    /// The skewness of numbers with this mean and these sums of squares and cubes.
    fn skewness_of(&self, mean: f64, squared: f64, cubed: f64) -> f64 {
        let (squared, cubed) = (squared / self.n(), cubed / self.n());
        let Some(variance) = self.told_variance(mean, squared) else { return 0.0 };
        let third = cubed - 3.0 * mean * squared + 2.0 * mean * mean * mean;
        let skewness = third / variance.powf(1.5);
        if skewness.is_finite() { skewness } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-12, "{left} is not {right}");
    }

    #[test]
    fn skewness_by_hand() {
        let mut moments = LossMoments::default();
        [(1.0, 2.0), (2.0, 4.0), (6.0, 3.0)].iter().for_each(|(ours, theirs)| moments.add(*ours, Some(*theirs)));
        // Distances from the mean −2, −1, 3, and differences −1, −2, 3: 6 / (14 / 3)^1.5.
        let skewness = 6.0 / (14.0_f64 / 3.0).powf(1.5);
        near(moments.skewness(Side::Candidate).unwrap_or(f64::NAN), skewness);
        near(moments.change_skewness(1.0), skewness);
        // candidate − 0.5 · baseline: 0, 0, 4.5.
        near(moments.change_skewness(0.5), 0.5_f64.sqrt());
        assert_eq!(moments.as_stored().skewness(Side::Candidate), None);
    }

    #[test]
    fn one_row_in_twenty_that_changes_leaves_two_degrees_of_freedom() {
        let mut moments = LossMoments::default();
        (0..20).for_each(|row| moments.add(if row == 0 { 2.0 } else { 1.0 }, Some(0.9)));
        // Of 19 rows at −0.05 and one at 0.95 the kurtosis is 18.05.
        near(moments.change_freedom_around_mean().unwrap_or(f64::NAN), 40.0 / 17.052_631_578_947_37);
    }

    #[test]
    fn far_from_nothing_third_powers_tell_nothing() {
        let mut moments = LossMoments::default();
        (0..9).for_each(|row| moments.add(1e6 + f64::from(row % 3) * 1e-3, None));
        assert_eq!(moments.skewness(Side::Candidate), Some(0.0));
    }
}
