//! Rates of a confusion matrix.

use super::super::{Confusion, Metric, Undefined};

/// A rate of the confusion matrix, by Fairlearn's name where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "see `definition`")]
pub enum Rate {
    SelectionRate,
    BaseRate,
    TruePositiveRate,
    FalsePositiveRate,
    TrueNegativeRate,
    FalseNegativeRate,
    PositivePredictiveValue,
    NegativePredictiveValue,
    FalseDiscoveryRate,
    FalseOmissionRate,
    Accuracy,
    ScoringRate,
}

impl Rate {
    /// All rates.
    pub const ALL: [Self; 12] = [
        Self::SelectionRate,
        Self::BaseRate,
        Self::TruePositiveRate,
        Self::FalsePositiveRate,
        Self::TrueNegativeRate,
        Self::FalseNegativeRate,
        Self::PositivePredictiveValue,
        Self::NegativePredictiveValue,
        Self::FalseDiscoveryRate,
        Self::FalseOmissionRate,
        Self::Accuracy,
        Self::ScoringRate,
    ];

    /// Returns the rate's name in a config.
    pub fn name(self) -> &'static str {
        match self {
            Self::SelectionRate => "selection_rate",
            Self::BaseRate => "base_rate",
            Self::TruePositiveRate => "true_positive_rate",
            Self::FalsePositiveRate => "false_positive_rate",
            Self::TrueNegativeRate => "true_negative_rate",
            Self::FalseNegativeRate => "false_negative_rate",
            Self::PositivePredictiveValue => "positive_predictive_value",
            Self::NegativePredictiveValue => "negative_predictive_value",
            Self::FalseDiscoveryRate => "false_discovery_rate",
            Self::FalseOmissionRate => "false_omission_rate",
            Self::Accuracy => "accuracy",
            Self::ScoringRate => "scoring_rate",
        }
    }

    /// Returns the rate with this name, or with the name of the equal metric.
    pub fn named(name: &str) -> Option<Self> {
        let known = Self::ALL.into_iter().find(|rate| rate.name() == name);
        known.or(match name {
            "recall" => Some(Self::TruePositiveRate),
            "specificity" => Some(Self::TrueNegativeRate),
            "precision" => Some(Self::PositivePredictiveValue),
            "predicted_positive_rate" => Some(Self::SelectionRate),
            _ => None,
        })
    }

    /// Returns the definition in one clause.
    pub fn definition(self) -> &'static str {
        match self {
            Self::SelectionRate => "selection_rate: rows predicted positive, over all rows of the group",
            Self::BaseRate => "base_rate: positive labels, over all rows of the group",
            Self::TruePositiveRate => "true_positive_rate: rows predicted positive, over positive labels of the group",
            Self::FalsePositiveRate => {
                "false_positive_rate: rows predicted positive, over negative labels of the group"
            }
            Self::TrueNegativeRate => "true_negative_rate: rows predicted negative, over negative labels of the group",
            Self::FalseNegativeRate => {
                "false_negative_rate: rows predicted negative, over positive labels of the group"
            }
            Self::PositivePredictiveValue => {
                "positive_predictive_value: positive labels, over rows of the group predicted positive"
            }
            Self::NegativePredictiveValue => {
                "negative_predictive_value: negative labels, over rows of the group predicted negative"
            }
            Self::FalseDiscoveryRate => {
                "false_discovery_rate: negative labels, over rows of the group predicted positive"
            }
            Self::FalseOmissionRate => {
                "false_omission_rate: positive labels, over rows of the group predicted negative"
            }
            Self::Accuracy => "accuracy: rows predicted right, over all rows of the group",
            Self::ScoringRate => {
                "scoring_rate: rows that score above the median of all rows, over all rows of the group"
            }
        }
    }

    /// Returns an explanation for readers who do not know the term; "positive" is the class that the model decides for.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::SelectionRate => "how many of the group the model decides for, whether it is right or not",
            Self::BaseRate => {
                "how many of the group are positive by their label: what the data say, before any model; a model that learns from \
                 unequal labels repeats them"
            }
            Self::TruePositiveRate => {
                "of those in the group who are positive, how many the model finds; where it is low, the group is passed over"
            }
            Self::FalsePositiveRate => {
                "of those in the group who are not positive, how many the model takes for it; where it is high, the group is \
                 accused, or helped, for nothing"
            }
            Self::TrueNegativeRate => "of those in the group who are not positive, how many the model leaves alone",
            Self::FalseNegativeRate => "of those in the group who are positive, how many the model misses",
            Self::PositivePredictiveValue => {
                "of those in the group whom the model decides for, how many it is right about; where it is low, its yes means less"
            }
            Self::NegativePredictiveValue => {
                "of those in the group whom the model decides against, how many it is right about"
            }
            Self::FalseDiscoveryRate => "of those in the group whom the model decides for, how many it is wrong about",
            Self::FalseOmissionRate => {
                "of those in the group whom the model decides against, how many it is wrong about"
            }
            Self::Accuracy => "how many of the group the model is right about",
            Self::ScoringRate => {
                "how many of the group score above the middle of all rows: whom a ranking by score would favour, wherever the \
                 threshold is put"
            }
        }
    }

    /// Returns the rate's names elsewhere.
    pub fn other_names(self) -> &'static str {
        match self {
            Self::SelectionRate => {
                "positive rate, acceptance rate, predicted prevalence; `predicted_positive_rate` among the metrics"
            }
            Self::BaseRate => "prevalence, positive rate of the labels",
            Self::TruePositiveRate => {
                "recall, sensitivity, hit rate; equal across groups it is called equal opportunity"
            }
            Self::FalsePositiveRate => {
                "fall-out, false alarm rate; equal across groups it is called predictive equality"
            }
            Self::TrueNegativeRate => "specificity",
            Self::FalseNegativeRate => "miss rate",
            Self::PositivePredictiveValue => "precision; equal across groups it is called predictive parity",
            Self::NegativePredictiveValue => "NPV",
            Self::FalseDiscoveryRate => "FDR",
            Self::FalseOmissionRate => "FOR",
            Self::Accuracy => "1 − error rate",
            Self::ScoringRate => "the scoring rate of New York City's Local Law 144",
        }
    }

    /// Returns numerator and denominator, in rows. For a scoring rate, a row is predicted positive if it scores above
    /// the median.
    pub fn counts(self, table: &Confusion) -> (u64, u64) {
        let Confusion { tp, fp, fn_, tn } = *table;
        match self {
            Self::SelectionRate | Self::ScoringRate => (tp + fp, table.rows()),
            Self::BaseRate => (tp + fn_, table.rows()),
            Self::TruePositiveRate => (tp, tp + fn_),
            Self::FalsePositiveRate => (fp, fp + tn),
            Self::TrueNegativeRate => (tn, fp + tn),
            Self::FalseNegativeRate => (fn_, tp + fn_),
            Self::PositivePredictiveValue => (tp, tp + fp),
            Self::NegativePredictiveValue => (tn, tn + fn_),
            Self::FalseDiscoveryRate => (fp, tp + fp),
            Self::FalseOmissionRate => (fn_, tn + fn_),
            Self::Accuracy => (tp + tn, table.rows()),
        }
    }

    /// Returns the equal metric, which supports weights and clusters.
    pub fn as_metric(self) -> Option<Metric> {
        use super::super::Measure as M;
        let measure = match self {
            Self::SelectionRate => M::PredictedPositiveRate,
            Self::TruePositiveRate => M::Recall,
            Self::FalsePositiveRate => M::FalsePositiveRate,
            Self::TrueNegativeRate => M::Specificity,
            Self::FalseNegativeRate => M::FalseNegativeRate,
            Self::PositivePredictiveValue => M::Precision,
            Self::NegativePredictiveValue => M::NegativePredictiveValue,
            Self::Accuracy => M::Accuracy,
            Self::BaseRate => M::Prevalence,
            Self::FalseDiscoveryRate => M::FalseDiscoveryRate,
            Self::FalseOmissionRate => M::FalseOmissionRate,
            Self::ScoringRate => return None,
        };
        Some(Metric::of(measure))
    }

    /// Returns true if the denominator counts predictions: a model can make it small by predicting the class less
    /// often.
    pub fn counts_predictions(self) -> bool {
        use Rate::{FalseDiscoveryRate, FalseOmissionRate, NegativePredictiveValue, PositivePredictiveValue};
        matches!(self, PositivePredictiveValue | NegativePredictiveValue | FalseDiscoveryRate | FalseOmissionRate)
    }

    /// Returns the reason for a denominator of 0.
    pub(super) fn undefined(self) -> Undefined {
        match self {
            Self::SelectionRate | Self::BaseRate | Self::Accuracy | Self::ScoringRate => Undefined::NoRows,
            Self::TruePositiveRate | Self::FalseNegativeRate => Undefined::NoPositives,
            Self::FalsePositiveRate | Self::TrueNegativeRate => Undefined::NoNegatives,
            Self::PositivePredictiveValue | Self::FalseDiscoveryRate => Undefined::NoPredictedPositives,
            Self::NegativePredictiveValue | Self::FalseOmissionRate => Undefined::NoPredictedNegatives,
        }
    }
}
