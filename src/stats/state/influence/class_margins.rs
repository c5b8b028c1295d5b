//! Metrics of predicted classes as functions of each class's rows: labelled, predicted, and both. Gives their value and
//! their influence.
//!
//! The influence of a row is the derivative of the metric by that row's weight. Its square, summed over the rows, is
//! the metric's variance (the infinitesimal jackknife, Jaeckel 1972; the delete-one jackknife's limit), and the
//! products of two sides' influences are their covariance.

use crate::stats::state::influence::inequality::{entropy, order};
use crate::stats::{Average, Measure, Metric, Undefined};

/// Weights of each class's rows on one side.
#[derive(Debug, Clone, Default)]
pub(crate) struct Margins {
    /// Rows with this label.
    pub(crate) truth: Vec<f64>,
    /// Rows with this prediction.
    pub(crate) predicted: Vec<f64>,
    /// Rows with both.
    pub(crate) right: Vec<f64>,
    /// All rows.
    pub(crate) all: f64,
    /// The sum of the penalties of a weighted kappa.
    pub(crate) penalties: f64,
}

/// Influence of a row on a metric, by its label and its prediction.
#[derive(Debug, Clone)]
pub(crate) struct Slopes {
    pub(super) truth: Vec<f64>,
    pub(super) predicted: Vec<f64>,
    pub(super) right: Vec<f64>,
    pub(super) all: f64,
    penalty: f64,
    measure: Measure,
}

impl Slopes {
    /// Returns the influence of a row.
    pub(crate) fn at(&self, label: u32, predicted: u32) -> f64 {
        let mut slope = self.all + self.truth[label as usize] + self.predicted[predicted as usize];
        if label == predicted {
            slope += self.right[label as usize];
        } else if self.penalty != 0.0 {
            slope += self.penalty * penalty(self.measure, label, predicted);
        }
        slope
    }
}

/// Returns the penalty of a weighted kappa for a wrong prediction.
pub(crate) fn penalty(measure: Measure, label: u32, predicted: u32) -> f64 {
    let off = f64::from(label.abs_diff(predicted));
    match measure {
        Measure::CohenKappaLinear => off,
        Measure::CohenKappaQuadratic => off * off,
        _ => f64::from(u8::from(label != predicted)),
    }
}

/// A linear form of a class's rows: labelled, predicted, both, and all rows.
pub(crate) type MarginForm = [f64; 4];

/// Returns numerator and denominator of a measure that is a ratio for each class, and the reason for a denominator of
/// 0.
pub(crate) fn fraction(metric: Metric) -> Option<(MarginForm, MarginForm, Undefined)> {
    use Measure as M;
    let beta = metric.at.map_or(1.0, |at| at.0);
    let square = beta * beta;
    Some(match metric.measure {
        M::Precision => ([0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0], Undefined::NoPredictedPositives),
        M::Recall => ([0.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0], Undefined::NoPositives),
        M::F1 => ([0.0, 0.0, 2.0, 0.0], [1.0, 1.0, 0.0, 0.0], Undefined::NothingPositive),
        M::FBeta => ([0.0, 0.0, 1.0 + square, 0.0], [square, 1.0, 0.0, 0.0], Undefined::NothingPositive),
        M::Jaccard => ([0.0, 0.0, 1.0, 0.0], [1.0, 1.0, -1.0, 0.0], Undefined::NothingPositive),
        M::Specificity => ([-1.0, -1.0, 1.0, 1.0], [-1.0, 0.0, 0.0, 1.0], Undefined::NoNegatives),
        M::NegativePredictiveValue => ([-1.0, -1.0, 1.0, 1.0], [0.0, -1.0, 0.0, 1.0], Undefined::NoPredictedNegatives),
        M::FalsePositiveRate => ([0.0, 1.0, -1.0, 0.0], [-1.0, 0.0, 0.0, 1.0], Undefined::NoNegatives),
        M::FalseNegativeRate => ([1.0, 0.0, -1.0, 0.0], [1.0, 0.0, 0.0, 0.0], Undefined::NoPositives),
        M::PredictedPositiveRate => ([0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], Undefined::NoRows),
        M::FalseDiscoveryRate => ([0.0, 1.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0], Undefined::NoPredictedPositives),
        M::FalseOmissionRate => ([1.0, 0.0, -1.0, 0.0], [0.0, -1.0, 0.0, 1.0], Undefined::NoPredictedNegatives),
        M::Prevalence => ([1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], Undefined::NoRows),
        _ => return None,
    })
}

fn apply(form: MarginForm, truth: f64, predicted: f64, right: f64, all: f64) -> f64 {
    form[0] * truth + form[1] * predicted + form[2] * right + form[3] * all
}

/// Returns a ratio's value and its derivatives by the four kinds of rows.
pub(crate) fn of_one((above, below): (MarginForm, MarginForm), rows: MarginForm) -> Option<(f64, MarginForm)> {
    let [truth, predicted, right, all] = rows;
    let denominator = apply(below, truth, predicted, right, all);
    if denominator <= 0.0 {
        return None;
    }
    let value = apply(above, truth, predicted, right, all) / denominator;
    let mut slopes = [0.0; 4];
    for (slope, (above, below)) in slopes.iter_mut().zip(above.iter().zip(below)) {
        *slope = (above - value * below) / denominator;
    }
    Some((value, slopes))
}

impl Margins {
    fn classes(&self) -> usize {
        self.truth.len()
    }

    fn is_active(&self, class: usize) -> bool {
        self.truth[class] > 0.0 || self.predicted[class] > 0.0
    }

    pub(super) fn rows_of(&self, class: usize) -> MarginForm {
        [self.truth[class], self.predicted[class], self.right[class], self.all]
    }

    /// Returns the metric's value and its influence; of a likelihood ratio r, those of r / (1 + r).
    pub(crate) fn linear(&self, metric: Metric) -> Result<(f64, Slopes), Undefined> {
        if self.all <= 0.0 {
            return Err(Undefined::NoRows);
        }
        let classes = self.classes();
        let zero = || vec![0.0; classes];
        let mut slopes =
            Slopes { truth: zero(), predicted: zero(), right: zero(), all: 0.0, penalty: 0.0, measure: metric.measure };
        let value = match metric.measure {
            Measure::Accuracy | Measure::ZeroOneLoss => {
                let accuracy = self.right.iter().sum::<f64>() / self.all;
                let sign = if metric.measure == Measure::Accuracy { 1.0 } else { -1.0 };
                slopes.right.fill(sign / self.all);
                slopes.all = -sign * accuracy / self.all;
                if sign > 0.0 { accuracy } else { 1.0 - accuracy }
            }
            Measure::BalancedAccuracy => {
                let recall = Metric { measure: Measure::Recall, ..metric };
                let of_labels: Vec<usize> = (0..classes).filter(|class| self.truth[*class] > 0.0).collect();
                self.mean_of(recall, &of_labels, &mut slopes)?
            }
            Measure::GeneralizedEntropy | Measure::TheilIndex => self.benefits(metric, &mut slopes)?,
            Measure::MatthewsCorrelation => self.correlation(&mut slopes)?,
            Measure::BalancedAccuracyAdjusted | Measure::GeometricMean => {
                self.of_recalls(metric.measure, &mut slopes)?
            }
            Measure::Informedness
            | Measure::Markedness
            | Measure::FowlkesMallows
            | Measure::PositiveLikelihoodRatio
            | Measure::NegativeLikelihoodRatio
            | Measure::AverageOdds => self.combined(metric.measure, &mut slopes)?,
            Measure::CohenKappa => self.kappa(&mut slopes)?,
            Measure::CohenKappaLinear | Measure::CohenKappaQuadratic => self.weighted_kappa(&mut slopes)?,
            _ => self.averaged(metric, &mut slopes)?,
        };
        Ok((value, slopes))
    }

    fn averaged(&self, metric: Metric, slopes: &mut Slopes) -> Result<f64, Undefined> {
        let (above, below, empty) = fraction(metric).ok_or(Undefined::OtherState)?;
        let active: Vec<usize> = (0..self.classes()).filter(|class| self.is_active(*class)).collect();
        match metric.average {
            Average::None => self.mean_of(metric, &[self.classes() - 1], slopes),
            Average::Class(class) if (class as usize) < self.classes() => {
                self.mean_of(metric, &[class as usize], slopes)
            }
            Average::Class(_) | Average::Samples => Err(Undefined::OtherState),
            Average::Macro => self.mean_of(metric, &active, slopes).map_err(|why| {
                let lacks = |class: &&usize| of_one((above, below), self.rows_of(**class)).is_none();
                of_a_class(why, active.iter().find(lacks).copied().unwrap_or_default())
            }),
            Average::Micro => {
                let sum = |of: &[f64]| active.iter().map(|class| of[*class]).sum::<f64>();
                #[expect(clippy::cast_precision_loss, reason = "a number of classes")]
                let times = active.len() as f64;
                let rows = [sum(&self.truth), sum(&self.predicted), sum(&self.right), self.all * times];
                let (value, of) = of_one((above, below), rows).ok_or(empty)?;
                for class in active {
                    slopes.truth[class] = of[0];
                    slopes.predicted[class] = of[1];
                    slopes.right[class] = of[2];
                }
                slopes.all = of[3] * times;
                Ok(value)
            }
            Average::Weighted => {
                let mut value = 0.0;
                let labelled: Vec<usize> = active.into_iter().filter(|class| self.truth[*class] > 0.0).collect();
                let mut values = Vec::with_capacity(labelled.len());
                for class in &labelled {
                    let (of_class, of) =
                        of_one((above, below), self.rows_of(*class)).ok_or(of_a_class(empty, *class))?;
                    let share = self.truth[*class] / self.all;
                    value += share * of_class;
                    values.push(of_class);
                    slopes.truth[*class] += share * of[0];
                    slopes.predicted[*class] += share * of[1];
                    slopes.right[*class] += share * of[2];
                    slopes.all += share * of[3];
                }
                for (class, of_class) in labelled.iter().zip(values) {
                    slopes.truth[*class] += (of_class - value) / self.all;
                }
                Ok(value)
            }
        }
    }

    /// Returns the unweighted mean of the measure over these classes.
    fn mean_of(&self, metric: Metric, classes: &[usize], slopes: &mut Slopes) -> Result<f64, Undefined> {
        let (above, below, empty) = fraction(metric).ok_or(Undefined::OtherState)?;
        #[expect(clippy::cast_precision_loss, reason = "a number of classes")]
        let share = 1.0 / classes.len() as f64;
        let mut value = 0.0;
        for class in classes {
            let (of_class, of) = of_one((above, below), self.rows_of(*class)).ok_or(empty)?;
            value += of_class;
            slopes.truth[*class] += share * of[0];
            slopes.predicted[*class] += share * of[1];
            slopes.right[*class] += share * of[2];
            slopes.all += share * of[3];
        }
        Ok(value * share)
    }

    /// Returns the entropy of the benefits of a binary task.
    fn benefits(&self, metric: Metric, slopes: &mut Slopes) -> Result<f64, Undefined> {
        let order = order(metric).ok_or(Undefined::OtherState)?;
        let [.., positive] = self.truth.as_slice() else { return Err(Undefined::OtherState) };
        let class = self.classes() - 1;
        let missed = (positive - self.right[class]) / self.all;
        let wrong = (self.predicted[class] - self.right[class]) / self.all;
        let (value, [along_missed, along_wrong]) = entropy(order, missed, wrong)?;
        slopes.truth[class] = along_missed / self.all;
        slopes.predicted[class] = along_wrong / self.all;
        slopes.right[class] = -(along_missed + along_wrong) / self.all;
        slopes.all = -(along_missed * missed + along_wrong * wrong) / self.all;
        Ok(value)
    }

    /// Returns Matthews' correlation of several classes (Gorodkin 2004).
    fn correlation(&self, slopes: &mut Slopes) -> Result<f64, Undefined> {
        let right: f64 = self.right.iter().sum();
        let (of_truth, of_predicted, both) = self.squares();
        let square = self.all * self.all;
        let (truth, predicted) = (square - of_truth, square - of_predicted);
        if truth <= 0.0 || predicted <= 0.0 {
            return Err(Undefined::NoSpread);
        }
        let root = truth.sqrt() * predicted.sqrt();
        let value = (right * self.all - both) / root;
        for class in 0..self.classes() {
            slopes.truth[class] = -self.predicted[class] / root + value * self.truth[class] / truth;
            slopes.predicted[class] = -self.truth[class] / root + value * self.predicted[class] / predicted;
            slopes.right[class] = self.all / root;
        }
        slopes.all = right / root - value * self.all * (1.0 / truth + 1.0 / predicted);
        Ok(value)
    }

    fn kappa(&self, slopes: &mut Slopes) -> Result<f64, Undefined> {
        let right: f64 = self.right.iter().sum();
        let (_, _, both) = self.squares();
        let most = self.all * self.all - both;
        if most <= 0.0 {
            return Err(Undefined::NoSpread);
        }
        let value = (right * self.all - both) / most;
        for class in 0..self.classes() {
            slopes.truth[class] = (value - 1.0) * self.predicted[class] / most;
            slopes.predicted[class] = (value - 1.0) * self.truth[class] / most;
            slopes.right[class] = self.all / most;
        }
        slopes.all = (right - 2.0 * value * self.all) / most;
        Ok(value)
    }

    fn weighted_kappa(&self, slopes: &mut Slopes) -> Result<f64, Undefined> {
        let charge = |of: &[f64], class: usize| -> f64 {
            (0..).zip(of).map(|(other, rows)| rows * penalty(slopes.measure, index(class), other)).sum()
        };
        let of_truth: Vec<f64> = (0..self.classes()).map(|class| charge(&self.predicted, class)).collect();
        let of_predicted: Vec<f64> = (0..self.classes()).map(|class| charge(&self.truth, class)).collect();
        let by_chance: f64 = of_truth.iter().zip(&self.truth).map(|(charge, rows)| charge * rows).sum();
        if by_chance <= 0.0 {
            return Err(Undefined::NoSpread);
        }
        let loss = self.penalties * self.all / by_chance;
        for class in 0..self.classes() {
            slopes.truth[class] = loss * of_truth[class] / by_chance;
            slopes.predicted[class] = loss * of_predicted[class] / by_chance;
        }
        slopes.penalty = -self.all / by_chance;
        slopes.all = -self.penalties / by_chance;
        Ok(1.0 - loss)
    }

    /// Returns sums over the classes: labelled squared, predicted squared, and their product.
    fn squares(&self) -> (f64, f64, f64) {
        let product = |left: &[f64], right: &[f64]| left.iter().zip(right).map(|(left, right)| left * right).sum();
        (
            product(&self.truth, &self.truth),
            product(&self.predicted, &self.predicted),
            product(&self.truth, &self.predicted),
        )
    }
}

/// Names the class in a reason that holds for one class only, so that a reader can place it.
fn of_a_class(why: Undefined, class: usize) -> Undefined {
    match why {
        Undefined::NoPredictedPositives => Undefined::ClassNeverPredicted(index(class)),
        Undefined::NoPositives => Undefined::ClassWithoutRows(index(class)),
        why => why,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a class is a 32-bit code")]
fn index(class: usize) -> u32 {
    class as u32
}
