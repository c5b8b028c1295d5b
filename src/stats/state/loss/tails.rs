//! Skewness and kurtosis of row losses, from sums of their third and fourth powers.

use super::LossMoments;
use crate::stats::{ExactSum, Side};

/// Sums of third powers of the row losses and of their difference.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cubes {
    candidate: ExactSum,
    baseline: ExactSum,
    change: ExactSum,
    change_squared_times_baseline: ExactSum,
}

impl Cubes {
    pub(super) fn add(&mut self, candidate: f64, baseline: Option<f64>) {
        self.candidate.add(candidate * candidate * candidate);
        if let Some(baseline) = baseline {
            let change = candidate - baseline;
            self.baseline.add(baseline * baseline * baseline);
            self.change.add(change * change * change);
            self.change_squared_times_baseline.add(change * change * baseline);
        }
    }

    pub(super) fn merged(mut self, other: &Self) -> Self {
        self.candidate.merge(&other.candidate);
        self.baseline.merge(&other.baseline);
        self.change.merge(&other.change);
        self.change_squared_times_baseline.merge(&other.change_squared_times_baseline);
        self
    }
}

impl LossMoments {
    /// The degrees of freedom of the variance of the differences (Satterthwaite 1946): 2n / (κ − 1), with their kurtosis κ around 0,
    /// and at most n − 1. Normal differences have all of them; k rows that differ by as much as each other, among many that do not,
    /// have about 2k.
    pub fn change_freedom(&self) -> Option<f64> {
        let squares = self.change_squared.value() / self.n();
        let kurtosis = self.change_fourth.value() / self.n() / (squares * squares);
        (squares > 0.0 && self.rows > 1).then(|| self.freedom(kurtosis).min(self.n() - 1.0))
    }

    /// The same with the kurtosis around the mean: rows that mostly differ by one amount do not count.
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

    /// The same side as a stored baseline would have it.
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
