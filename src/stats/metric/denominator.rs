//! The source of a metric's denominator: labels, predictions, or all rows.

use super::{Average, Measure, Metric};

impl Metric {
    /// True where the denominator is the number of labels of one class: rows without any are too few of them, whatever is predicted.
    pub fn counts_labels(self) -> bool {
        use Measure::{FalseNegativeRate, FalsePositiveRate, Recall, Specificity};
        self.is_of_one_class() && matches!(self.measure, Recall | Specificity | FalsePositiveRate | FalseNegativeRate)
    }

    /// True where predictions have a part in the denominator: a model makes it small by predicting the class less often.
    pub fn counts_predictions(self) -> bool {
        use Measure::{F1, FBeta, Jaccard, NegativePredictiveValue, Precision};
        self.is_of_one_class() && matches!(self.measure, Precision | NegativePredictiveValue | F1 | FBeta | Jaccard)
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
            // The mean of the classes is one of all rows.
            (Metric::RECALL.averaged(Average::Macro), false, false),
            (Metric::PRECISION.averaged(Average::Class(1)), false, true),
        ] {
            assert_eq!((metric.counts_labels(), metric.counts_predictions()), (labels, predictions), "{metric}");
        }
    }
}
