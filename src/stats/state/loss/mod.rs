//! Losses of a row, and their moments on both sides.

mod cubes;
mod tails;

use serde::{Deserialize, Serialize};

use crate::stats::{ExactSum, Real, Side};
use cubes::Cubes;

/// Beyond this, third and fourth powers leave the range of a float.
const LARGEST: f64 = 1e75;

/// A loss of one row. `row_loss` computes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// −ln P(true class), in nats.
    Log,
    /// (score − label)², summed over the classes where there are several.
    Brier,
    /// The proportion of the labels that are predicted wrong.
    Hamming,
    /// |prediction − label|.
    Absolute,
    /// (prediction − label)².
    Squared,
    /// (ln(1 + prediction) − ln(1 + label))².
    SquaredLog,
    /// |prediction − label| / |label|.
    Percentage,
    /// 2·|prediction − label| / (|prediction| + |label|).
    SymmetricPercentage,
    /// prediction − label.
    Bias,
    /// The prediction itself.
    Prediction,
    /// The pinball loss at this quantile.
    Pinball(Real),
    /// Upper − lower end of a forecast interval.
    Width,
    /// Half of the squared error up to this size of the error, and linear beyond.
    Huber(Real),
    /// The deviance of a Tweedie distribution of this power.
    Tweedie(Real),
    /// The width of a forecast interval for this coverage, and a penalty for a label outside of it.
    IntervalScore(Real),
}

impl Loss {
    /// Returns the loss of a row with this label and this P(positive), from 0 to 1; the squared loss unless it is
    /// [`Self::Log`].
    ///
    /// The log loss clips the score to the epsilon of a 64-bit float, as scikit-learn does since 1.5: a certain but
    /// wrong prediction costs 36.04 nats, not infinity.
    pub fn row(self, label: bool, score: f64) -> f64 {
        if self == Self::Log {
            let score = score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
            return -(if label { score } else { 1.0 - score }).ln();
        }
        let miss = score - f64::from(u8::from(label));
        miss * miss
    }
}

/// Moments of one side's row losses, as stored in a baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredLoss {
    /// The number of rows.
    pub rows: u64,
    /// The sum of the losses.
    pub sum: ExactSum,
    /// The sum of their squares.
    pub squares: ExactSum,
    /// The mean loss of predicting 0; of a proportion over graded rows, the passes and fails that a row is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
}

/// Moments of the row losses of both sides, and of their difference. Merging is adding.
#[derive(Debug, Clone, PartialEq)]
pub struct LossMoments {
    rows: u64,
    paired: bool,
    candidate: ExactSum,
    candidate_squared: ExactSum,
    baseline: ExactSum,
    baseline_squared: ExactSum,
    // The difference is summed separately, because between two good models it is far smaller than either loss.
    change: ExactSum,
    change_squared: ExactSum,
    change_times_baseline: ExactSum,
    change_fourth: ExactSum,
    /// Sums of third powers, from which the skewness is read; a stored side has none.
    cubes: Option<Cubes>,
    /// True if both sides gave every row the same score. Losses may be equal without that.
    identical_scores: bool,
    /// The mean loss of predicting 0: the scale for errors that are 0 in every row.
    scale: Option<f64>,
}

impl Default for LossMoments {
    fn default() -> Self {
        let sum = ExactSum::new;
        Self {
            rows: 0,
            paired: false,
            candidate: sum(),
            candidate_squared: sum(),
            baseline: sum(),
            baseline_squared: sum(),
            change: sum(),
            change_squared: sum(),
            change_times_baseline: sum(),
            change_fourth: sum(),
            cubes: Some(Cubes::default()),
            identical_scores: false,
            scale: None,
        }
    }
}

impl LossMoments {
    /// Adds a row's losses.
    pub fn add(&mut self, candidate: f64, baseline: Option<f64>) {
        self.rows += 1;
        self.candidate.add(candidate);
        self.candidate_squared.add(candidate * candidate);
        if let Some(baseline) = baseline {
            let change = candidate - baseline;
            self.paired = true;
            self.baseline.add(baseline);
            self.baseline_squared.add(baseline * baseline);
            self.change.add(change);
            self.change_squared.add(change * change);
            self.change_times_baseline.add(change * baseline);
            if change.abs() <= LARGEST {
                self.change_fourth.add(change * change * (change * change));
            }
        }
        if candidate.abs().max(baseline.unwrap_or(0.0).abs()) > LARGEST {
            self.cubes = None;
        } else if let Some(cubes) = &mut self.cubes {
            cubes.add(candidate, baseline);
        }
    }

    /// Adds all rows of another state.
    pub fn merge(&mut self, other: &Self) {
        self.identical_scores = match (self.rows, other.rows) {
            (_, 0) => self.identical_scores,
            (0, _) => other.identical_scores,
            _ => self.identical_scores && other.identical_scores,
        };
        self.rows += other.rows;
        self.paired |= other.paired;
        self.candidate.merge(&other.candidate);
        self.candidate_squared.merge(&other.candidate_squared);
        self.baseline.merge(&other.baseline);
        self.baseline_squared.merge(&other.baseline_squared);
        self.change.merge(&other.change);
        self.change_squared.merge(&other.change_squared);
        self.change_times_baseline.merge(&other.change_times_baseline);
        self.change_fourth.merge(&other.change_fourth);
        self.cubes = match (self.cubes.take(), &other.cubes) {
            (Some(ours), Some(theirs)) => Some(ours.merged(theirs)),
            _ => None,
        };
        self.scale = match (self.scale, other.scale) {
            (Some(ours), Some(theirs)) => Some(ours.max(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
    }

    /// Marks both sides as one model: they gave every row the same score.
    #[must_use]
    pub(crate) fn with_identical_scores(self) -> Self {
        Self { identical_scores: true, ..self }
    }

    /// Sets the scale for errors that are 0 in every row: the mean loss of predicting 0.
    #[must_use]
    pub(crate) fn with_scale(self, scale: Option<f64>) -> Self {
        Self { scale, ..self }
    }

    /// Returns the scale for errors that are 0 in every row.
    pub(crate) fn scale(&self) -> Option<f64> {
        self.scale
    }

    /// Returns true if both sides are one model.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.paired && self.identical_scores
    }

    /// Returns the candidate's moments.
    pub fn to_stored(&self) -> StoredLoss {
        let (sum, squares) = (self.candidate.clone(), self.candidate_squared.clone());
        StoredLoss { rows: self.rows, sum, squares, scale: self.scale }
    }

    /// Creates the moments of one side; `None` if no rows could have these numbers.
    pub fn from_stored(stored: &StoredLoss) -> Option<Self> {
        let StoredLoss { rows, sum, squares, scale } = stored;
        let is_empty = *rows == 0 && (sum.value() != 0.0 || squares.value() != 0.0);
        // The square of a sum is at most n times the sum of the squares.
        let is_impossible = squares.value() < 0.0
            || sum.value() * sum.value() > squares.value() * (1.0 + 1e-9) * Self { rows: *rows, ..Self::default() }.n();
        (!is_empty && !is_impossible).then(|| Self {
            rows: *rows,
            candidate: sum.clone(),
            candidate_squared: squares.clone(),
            scale: scale.filter(|scale| scale.is_finite() && *scale >= 0.0),
            cubes: None,
            ..Self::default()
        })
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns true if the state includes a baseline's losses.
    pub fn is_paired(&self) -> bool {
        self.paired
    }

    /// Returns the mean loss of a side.
    pub fn mean(&self, side: Side) -> Option<f64> {
        let sum = match side {
            Side::Candidate => &self.candidate,
            Side::Baseline if self.paired => &self.baseline,
            Side::Baseline => return None,
        };
        (self.rows > 0).then(|| sum.value() / self.n())
    }

    /// Returns the sample variance of a side's row losses; `None` for a single row.
    pub fn variance(&self, side: Side) -> Option<f64> {
        match side {
            Side::Candidate => self.covariance(&self.candidate, &self.candidate, &self.candidate_squared),
            Side::Baseline => self.covariance(&self.baseline, &self.baseline, &self.baseline_squared),
        }
    }

    /// Returns mean and sample variance of candidate − `weight` · baseline.
    pub fn contrast(&self, weight: f64) -> Option<(f64, f64)> {
        if !self.paired || self.rows == 0 {
            return None;
        }
        // Equals the difference plus a multiple of the baseline, which keeps a small difference exact.
        let rest = 1.0 - weight;
        let mean = (self.change.value() + rest * self.baseline.value()) / self.n();
        let variance = self.covariance(&self.change, &self.change, &self.change_squared)?
            + 2.0 * rest * self.covariance(&self.change, &self.baseline, &self.change_times_baseline)?
            + rest * rest * self.covariance(&self.baseline, &self.baseline, &self.baseline_squared)?;
        Some((mean, variance.max(0.0)))
    }

    fn covariance(&self, left: &ExactSum, right: &ExactSum, product: &ExactSum) -> Option<f64> {
        (self.rows > 1).then(|| (product.value() - left.value() * right.value() / self.n()) / (self.n() - 1.0))
    }

    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    fn n(&self) -> f64 {
        self.rows as f64
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    fn moments(rows: &[(f64, f64)]) -> LossMoments {
        let mut moments = LossMoments::default();
        rows.iter().for_each(|(candidate, baseline)| moments.add(*candidate, Some(*baseline)));
        moments
    }

    #[test]
    fn a_wrong_certainty_costs_what_scikit_learn_says() {
        // scikit-learn 1.9.1: log_loss([1], [0.0], labels=[0, 1]) == 36.04365338911715
        assert!((Loss::Log.row(true, 0.0) - 36.043_653_389_117_15).abs() < 1e-12);
        assert!((Loss::Log.row(false, 0.25) - 0.287_682_072_451_780_85).abs() < 1e-15);
        assert_eq!(Loss::Brier.row(true, 0.25), 0.5625);
    }

    #[test]
    fn moments_by_hand() {
        let moments = moments(&[(1.0, 2.0), (2.0, 4.0), (6.0, 3.0)]);
        assert_eq!(moments.mean(Side::Candidate), Some(3.0));
        assert_eq!(moments.variance(Side::Candidate), Some(7.0));
        // Differences −1, −2, 3: mean 0, variance 7.
        assert_eq!(moments.contrast(1.0), Some((0.0, 7.0)));
        // candidate − 0.5 · baseline: 0, 0, 4.5.
        let (mean, variance) = moments.contrast(0.5).unwrap();
        assert!((mean - 1.5).abs() < 1e-15 && (variance - 6.75).abs() < 1e-12);
    }

    #[test]
    fn one_row_has_no_variance() {
        assert_eq!(moments(&[(1.0, 2.0)]).contrast(1.0), None);
        assert_eq!(moments(&[(1.0, 2.0)]).mean(Side::Candidate), Some(1.0));
        assert_eq!(LossMoments::default().mean(Side::Candidate), None);
    }

    proptest! {
        #[test]
        fn neither_order_nor_splitting_matters(rows in prop::collection::vec((0.0f64..36.0, 0.0f64..36.0), 0..40), cut in 0usize..40) {
            let whole = moments(&rows);
            let cut = cut.min(rows.len());
            let mut merged = moments(&rows[cut..]);
            merged.merge(&moments(&rows[..cut]));
            prop_assert_eq!(merged, whole);
        }
    }
}
