//! Metrics that are arithmetic on the rates of a confusion matrix.

use super::class_margins::{MarginForm, Margins, Slopes, fraction, of_one};
use crate::stats::{Measure, Metric, Undefined};

/// A rate with its derivatives by the rows of its class.
struct RateOfClass {
    value: f64,
    slopes: MarginForm,
    class: usize,
}

impl Margins {
    /// Returns the rate of a class.
    fn rate(&self, measure: Measure, class: usize) -> Result<RateOfClass, Undefined> {
        let (above, below, empty) = fraction(Metric::of(measure)).ok_or(Undefined::OtherState)?;
        let (value, slopes) = of_one((above, below), self.rows_of(class)).ok_or(empty)?;
        Ok(RateOfClass { value, slopes, class })
    }

    /// Returns the value of a metric of two classes that combines two rates of the positive one, and adds its influence.
    ///
    /// A likelihood ratio r is returned as r / (1 + r), which lies between 0 and 1.
    pub(super) fn combined(&self, measure: Measure, slopes: &mut Slopes) -> Result<f64, Undefined> {
        use Measure as M;
        let positive = self.truth.len().checked_sub(1).ok_or(Undefined::OtherState)?;
        let (left, right) = match measure {
            M::Informedness => (M::Recall, M::Specificity),
            M::Markedness => (M::Precision, M::NegativePredictiveValue),
            M::FowlkesMallows => (M::Precision, M::Recall),
            M::PositiveLikelihoodRatio | M::AverageOdds => (M::Recall, M::FalsePositiveRate),
            M::NegativeLikelihoodRatio => (M::FalseNegativeRate, M::Specificity),
            _ => return Err(Undefined::OtherState),
        };
        let (left, right) = (self.rate(left, positive)?, self.rate(right, positive)?);
        let (a, b) = (left.value, right.value);
        let (value, by_left, by_right) = match measure {
            M::Informedness | M::Markedness => (a + b - 1.0, 1.0, 1.0),
            M::AverageOdds => (f64::midpoint(a, b), 0.5, 0.5),
            M::FowlkesMallows => {
                let root = (a * b).sqrt();
                // At 0 the root has no slope; rows that were not seen keep it off there.
                if root > 0.0 { (root, b / (2.0 * root), a / (2.0 * root)) } else { (0.0, 0.0, 0.0) }
            }
            M::PositiveLikelihoodRatio if b <= 0.0 => return Err(Undefined::NoFalsePositives),
            M::NegativeLikelihoodRatio if b <= 0.0 => return Err(Undefined::NoTrueNegatives),
            _ => (a / (a + b), b / ((a + b) * (a + b)), -a / ((a + b) * (a + b))),
        };
        slopes.add(&left, by_left);
        slopes.add(&right, by_right);
        Ok(value)
    }

    /// Returns the mean of the recalls of the classes that occur in the labels, moved and scaled so that guessing is 0,
    /// or their geometric mean; and adds its influence.
    pub(super) fn of_recalls(&self, measure: Measure, slopes: &mut Slopes) -> Result<f64, Undefined> {
        let labelled: Vec<usize> = (0..self.truth.len()).filter(|class| self.truth[*class] > 0.0).collect();
        let recalls: Vec<RateOfClass> =
            labelled.into_iter().map(|class| self.rate(Measure::Recall, class)).collect::<Result<_, _>>()?;
        #[expect(clippy::cast_precision_loss, reason = "a number of classes")]
        let count = recalls.len() as f64;
        if measure == Measure::BalancedAccuracyAdjusted {
            if recalls.len() < 2 {
                return Err(Undefined::OneClass);
            }
            recalls.iter().for_each(|recall| slopes.add(recall, 1.0 / (count - 1.0)));
            let sum: f64 = recalls.iter().map(|recall| recall.value).sum();
            return Ok((sum - 1.0) / (count - 1.0));
        }
        if recalls.is_empty() {
            return Err(Undefined::NoRows);
        }
        let value = recalls.iter().map(|recall| recall.value.powf(1.0 / count)).product::<f64>();
        if value > 0.0 {
            recalls.iter().for_each(|recall| slopes.add(recall, value / (count * recall.value)));
        }
        Ok(value)
    }
}

impl Slopes {
    fn add(&mut self, rate: &RateOfClass, times: f64) {
        self.truth[rate.class] += times * rate.slopes[0];
        self.predicted[rate.class] += times * rate.slopes[1];
        self.right[rate.class] += times * rate.slopes[2];
        self.all += times * rate.slopes[3];
    }
}

impl Measure {
    /// Returns true if the recalls of all classes weigh alike in the measure.
    pub(crate) fn is_of_recalls(self) -> bool {
        use Measure::{BalancedAccuracy, BalancedAccuracyAdjusted, GeometricMean, Informedness};
        matches!(self, BalancedAccuracy | BalancedAccuracyAdjusted | GeometricMean | Informedness)
    }
}
