//! The source of a metric's denominator: labels, predictions, or all rows.

use super::{Average, Measure, Metric};

impl Metric {
    /// Returns true if the denominator counts labels of one class: too few rows of that class make it small, whatever
    /// is predicted.
    pub fn counts_labels(self) -> bool {
        use Measure::{FalseNegativeRate, FalsePositiveRate, Recall, Specificity};
        self.is_of_one_class() && matches!(self.measure, Recall | Specificity | FalsePositiveRate | FalseNegativeRate)
    }

    /// Returns true if the denominator counts predictions: a model can make it small by predicting the class less
    /// often.
    pub fn counts_predictions(self) -> bool {
        use Measure::{F1, FBeta, FalseDiscoveryRate, FalseOmissionRate, Jaccard, NegativePredictiveValue, Precision};
        self.is_of_one_class()
            && matches!(
                self.measure,
                Precision | NegativePredictiveValue | FalseDiscoveryRate | FalseOmissionRate | F1 | FBeta | Jaccard
            )
    }

    fn is_of_one_class(self) -> bool {
        matches!(self.average, Average::None | Average::Class(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denominator_is_one_of_labels_of_predictions_or_of_all_rows() {
        for (metric, labels, predictions) in [
            (Metric::RECALL, true, false),
            (Metric::PRECISION, false, true),
            (Metric::F1, false, true),
            (Metric::ACCURACY, false, false),
            (Metric::ROC_AUC, false, false),
            // A mean over classes has all rows as its denominator.
            (Metric::RECALL.averaged(Average::Macro), false, false),
            (Metric::PRECISION.averaged(Average::Class(1)), false, true),
        ] {
            assert_eq!((metric.counts_labels(), metric.counts_predictions()), (labels, predictions), "{metric}");
        }
    }
}
