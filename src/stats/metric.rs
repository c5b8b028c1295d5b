//! The metrics: names, definitions, and the value of each on one side.

use super::{Confusion, Loss, Side, State, Undefined};

/// A metric of a binary classifier, by scikit-learn's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "see `definition`")]
pub enum Metric {
    Accuracy,
    Precision,
    Recall,
    F1,
    RocAuc,
    LogLoss,
    BrierScore,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Direction {
    HigherIsBetter,
    LowerIsBetter,
}

/// What a metric is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The confusion table.
    Counts,
    /// The mean of a loss over the rows.
    Loss(Loss),
    /// The ranks of the scores.
    Ranks,
}

impl Metric {
    /// All metrics.
    pub const ALL: [Self; 7] =
        [Self::Accuracy, Self::Precision, Self::Recall, Self::F1, Self::RocAuc, Self::LogLoss, Self::BrierScore];

    /// Its name in a config: scikit-learn's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::RocAuc => "roc_auc",
            Self::LogLoss => "log_loss",
            Self::BrierScore => "brier_score",
        }
    }

    /// How it is computed, in one clause.
    pub fn definition(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy: rows predicted right, over all rows",
            Self::Precision => "precision: true positives, over rows predicted positive",
            Self::Recall => "recall: true positives, over positive labels",
            Self::F1 => "f1: harmonic mean of precision and recall",
            Self::RocAuc => "roc_auc: chance that a positive row scores higher than a negative one, ties count half",
            Self::LogLoss => "log_loss: mean of −ln P(true class), in nats, P moved off 0 and 1 by the score's epsilon",
            Self::BrierScore => "brier_score: mean of (score − label)²",
        }
    }

    /// Which way is better.
    pub fn direction(self) -> Direction {
        match self {
            Self::Accuracy | Self::Precision | Self::Recall | Self::F1 | Self::RocAuc => Direction::HigherIsBetter,
            Self::LogLoss | Self::BrierScore => Direction::LowerIsBetter,
        }
    }

    /// The smallest and the largest value it can have.
    pub fn range(self) -> (Option<f64>, Option<f64>) {
        match self {
            Self::LogLoss => (Some(0.0), None),
            _ => (Some(0.0), Some(1.0)),
        }
    }

    /// What it is computed from.
    pub fn basis(self) -> Basis {
        match self {
            Self::Accuracy | Self::Precision | Self::Recall | Self::F1 => Basis::Counts,
            Self::RocAuc => Basis::Ranks,
            Self::LogLoss => Basis::Loss(Loss::Log),
            Self::BrierScore => Basis::Loss(Loss::Brier),
        }
    }

    /// Whether predicted classes are not enough.
    pub fn needs_score(self) -> bool {
        self.basis() != Basis::Counts
    }

    /// Its value on one side, with its own denominator.
    ///
    /// # Errors
    ///
    /// Why there is no value. scikit-learn would warn and answer 0.
    pub fn value(self, state: &State, side: Side) -> Result<(f64, u64), Undefined> {
        match (self.basis(), state) {
            (Basis::Counts, State::Contingency(table)) => self.of_counts(&table.confusion(side, None)),
            (Basis::Loss(_), State::Loss(moments)) => {
                Ok((moments.mean(side).ok_or(Undefined::NoRows)?, moments.rows()))
            }
            (Basis::Ranks, State::Ranks(ranks)) => Ok((ranks.auc(side)?, ranks.rows())),
            _ => Err(Undefined::OtherState),
        }
    }

    /// Its value and denominator on a confusion table.
    ///
    /// # Errors
    ///
    /// The denominator is zero, or the metric is not one of counts.
    pub fn of_counts(self, counts: &Confusion) -> Result<(f64, u64), Undefined> {
        let (numerator, denominator, empty) = match self {
            Self::Accuracy => (counts.tp + counts.tn, counts.rows(), Undefined::NoRows),
            Self::Precision => (counts.tp, counts.tp + counts.fp, Undefined::NoPredictedPositives),
            Self::Recall => (counts.tp, counts.tp + counts.fn_, Undefined::NoPositives),
            Self::F1 => (2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn_, Undefined::NothingPositive),
            Self::RocAuc | Self::LogLoss | Self::BrierScore => return Err(Undefined::OtherState),
        };
        let value = share(numerator, denominator).ok_or(empty)?;
        // The rows behind an f1 are those that are positive on either account.
        let n = if self == Self::F1 { counts.tp + counts.fp + counts.fn_ } else { denominator };
        Ok((value, n))
    }

    /// Numerator and denominator of a metric of counts; both are sums over rows.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
    pub(super) fn fraction(self, counts: &Confusion) -> Option<(f64, f64)> {
        let (numerator, denominator) = match self {
            Self::F1 => (2 * counts.tp, 2 * counts.tp + counts.fp + counts.fn_),
            _ => self.proportion(counts)?,
        };
        Some((numerator as f64, denominator as f64))
    }

    /// The fraction that a metric of counts is, where it is one of independent rows.
    pub(super) fn proportion(self, counts: &Confusion) -> Option<(u64, u64)> {
        match self {
            Self::Accuracy => Some((counts.tp + counts.tn, counts.rows())),
            Self::Precision => Some((counts.tp, counts.tp + counts.fp)),
            Self::Recall => Some((counts.tp, counts.tp + counts.fn_)),
            Self::F1 | Self::RocAuc | Self::LogLoss | Self::BrierScore => None,
        }
    }
}

/// A fraction of counts, where there is anything to divide by.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
pub(super) fn share(numerator: u64, denominator: u64) -> Option<f64> {
    (denominator > 0).then(|| numerator as f64 / denominator as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(tp: u64, fp: u64, fn_: u64, tn: u64) -> Confusion {
        Confusion { tp, fp, fn_, tn }
    }

    #[test]
    fn values_by_hand() {
        let table = counts(3, 1, 2, 4);
        assert_eq!(Metric::Accuracy.of_counts(&table), Ok((0.7, 10)));
        assert_eq!(Metric::Precision.of_counts(&table), Ok((0.75, 4)));
        assert_eq!(Metric::Recall.of_counts(&table), Ok((0.6, 5)));
        assert_eq!(Metric::F1.of_counts(&table), Ok((6.0 / 9.0, 6)));
    }

    #[test]
    fn undefined_is_never_zero() {
        assert_eq!(Metric::Precision.of_counts(&counts(0, 0, 3, 1)), Err(Undefined::NoPredictedPositives));
        assert_eq!(Metric::Recall.of_counts(&counts(0, 3, 0, 1)), Err(Undefined::NoPositives));
        assert_eq!(Metric::F1.of_counts(&counts(0, 0, 0, 5)), Err(Undefined::NothingPositive));
        assert_eq!(Metric::Accuracy.of_counts(&counts(0, 0, 0, 0)), Err(Undefined::NoRows));
        // Positives that are all missed are a recall of 0, which is a number.
        assert_eq!(Metric::Recall.of_counts(&counts(0, 0, 3, 1)), Ok((0.0, 3)));
        assert_eq!(Metric::F1.of_counts(&counts(0, 0, 3, 1)), Ok((0.0, 3)));
    }
}
