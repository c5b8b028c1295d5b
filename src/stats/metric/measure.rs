//! Facts about each measure: name, definition, direction, range, and requirements.

use super::super::Task;
use super::{Direction, Needs, Parameter};

/// A measure, before its average and its parameter are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "see `definition`")]
pub enum Measure {
    Accuracy,
    BalancedAccuracy,
    BalancedAccuracyAdjusted,
    Precision,
    Recall,
    F1,
    FBeta,
    Jaccard,
    Specificity,
    NegativePredictiveValue,
    FalsePositiveRate,
    FalseNegativeRate,
    PredictedPositiveRate,
    FalseDiscoveryRate,
    FalseOmissionRate,
    Prevalence,
    MatthewsCorrelation,
    CohenKappa,
    CohenKappaLinear,
    CohenKappaQuadratic,
    Informedness,
    Markedness,
    GeometricMean,
    FowlkesMallows,
    PositiveLikelihoodRatio,
    NegativeLikelihoodRatio,
    AverageOdds,
    ZeroOneLoss,
    HammingLoss,
    LabelRankingPrecision,
    LabelRankingLoss,
    CoverageError,
    TopKAccuracy,
    FlipRate,
    BrokenRate,
    FixedRate,
    GeneralizedEntropy,
    TheilIndex,
    RocAuc,
    Gini,
    PartialRocAuc,
    RocAucOvr,
    RocAucOvo,
    AveragePrecision,
    KolmogorovSmirnov,
    RecallAtPrecision,
    PrecisionAtRecall,
    RecallAtFalsePositiveRate,
    RecallAtSpecificity,
    SpecificityAtRecall,
    BestF1,
    PrecisionAtTop,
    RecallAtTop,
    LiftAtTop,
    LogLoss,
    BrierScore,
    D2LogLoss,
    D2Brier,
    ExpectedCalibrationError,
    QuantileCalibrationError,
    TopLabelCalibrationError,
    ClasswiseCalibrationError,
    MaximumCalibrationError,
    CalibrationSlope,
    CalibrationIntercept,
    MeanAbsoluteError,
    MeanSquaredError,
    RootMeanSquaredError,
    MeanSquaredLogError,
    RootMeanSquaredLogError,
    MedianAbsoluteError,
    MaxError,
    NormalizedRootMeanSquaredError,
    StandardizedRootMeanSquaredError,
    HuberLoss,
    PoissonDeviance,
    GammaDeviance,
    TweedieDeviance,
    MeanAbsolutePercentageError,
    SymmetricPercentageError,
    WeightedPercentageError,
    MeanBiasError,
    MeanPrediction,
    R2,
    ExplainedVariance,
    D2AbsoluteError,
    D2Pinball,
    D2Tweedie,
    Pearson,
    Spearman,
    Kendall,
    PinballLoss,
    ScaledError,
    RootMeanSquaredScaledError,
    IntervalCoverage,
    IntervalWidth,
    IntervalScore,
    Ndcg,
    Dcg,
    MeanAveragePrecision,
    ReciprocalRank,
    PrecisionAtK,
    RecallAtK,
    HitRate,
    Mean,
    PassRate,
    ShareAtLeast,
    ShareAtMost,
    Median,
    GradeQuantile,
    PassAtK,
    PassHatK,
    WinRate,
}

/// A row of the table of measures.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) measure: Measure,
    /// The name: scikit-learn's if it has one.
    pub(super) name: &'static str,
    /// Short names that are accepted too.
    pub(super) aliases: &'static [&'static str],
    pub(super) definition: &'static str,
    pub(super) direction: Direction,
    pub(super) range: (Option<f64>, Option<f64>),
    pub(super) tasks: &'static [Task],
    pub(super) needs: Needs,
    pub(super) parameter: Parameter,
    /// True for a measure that is computed for each class or label and then averaged.
    pub(super) is_averaged: bool,
}

use Direction::{HigherIsBetter as Up, LowerIsBetter as Down, Neither};
use Needs::{BothSides, Classes, Interval, Probabilities, Scores};
use Parameter as P;

const SHARE: (Option<f64>, Option<f64>) = (Some(0.0), Some(1.0));
const CORRELATION: (Option<f64>, Option<f64>) = (Some(-1.0), Some(1.0));
const POSITIVE: (Option<f64>, Option<f64>) = (Some(0.0), None);
const FREE: (Option<f64>, Option<f64>) = (None, None);

const BINARY: &[Task] = &[Task::Binary];
const SINGLE: &[Task] = &[Task::Binary, Task::Multiclass];
const ALL_CLASSES: &[Task] = &[Task::Binary, Task::Multiclass, Task::Multilabel];
const MULTICLASS: &[Task] = &[Task::Multiclass];
const MULTILABEL: &[Task] = &[Task::Multilabel];
const NUMBERS: &[Task] = &[Task::Regression];
const RANKING: &[Task] = &[Task::Ranking];
const GRADED: &[Task] = &[Task::Score];

/// Returns a measure without average, parameter and aliases.
const fn plain(
    measure: Measure,
    name: &'static str,
    definition: &'static str,
    direction: Direction,
    range: (Option<f64>, Option<f64>),
    tasks: &'static [Task],
    needs: Needs,
) -> Facts {
    let (aliases, parameter, is_averaged) = (&[], P::None, false);
    Facts { measure, name, aliases, definition, direction, range, tasks, needs, parameter, is_averaged }
}

const fn averaged(facts: Facts) -> Facts {
    Facts { is_averaged: true, ..facts }
}

const fn with(parameter: Parameter, facts: Facts) -> Facts {
    Facts { parameter, ..facts }
}

const fn also(aliases: &'static [&'static str], facts: Facts) -> Facts {
    Facts { aliases, ..facts }
}

use Measure as M;

/// Table of all measures, in the order of [`Measure`].
#[rustfmt::skip]
const FACTS: [Facts; 113] = [
    plain(M::Accuracy, "accuracy", "rows predicted right, over all rows", Up, SHARE, ALL_CLASSES, Classes),
    plain(M::BalancedAccuracy, "balanced_accuracy", "mean recall of the classes that occur in the labels", Up, SHARE, SINGLE, Classes),
    plain(M::BalancedAccuracyAdjusted, "balanced_accuracy_adjusted", "balanced_accuracy, moved and scaled so that guessing is 0 and being always right is 1", Up, CORRELATION, SINGLE, Classes),
    averaged(plain(M::Precision, "precision", "true positives, over rows predicted positive", Up, SHARE, ALL_CLASSES, Classes)),
    averaged(plain(M::Recall, "recall", "true positives, over positive labels", Up, SHARE, ALL_CLASSES, Classes)),
    averaged(plain(M::F1, "f1", "harmonic mean of precision and recall", Up, SHARE, ALL_CLASSES, Classes)),
    averaged(with(P::Beta, plain(M::FBeta, "fbeta", "(1 + β²)·TP over (1 + β²)·TP + β²·FN + FP", Up, SHARE, ALL_CLASSES, Classes))),
    averaged(plain(M::Jaccard, "jaccard", "true positives, over rows with a positive label or prediction", Up, SHARE, ALL_CLASSES, Classes)),
    averaged(plain(M::Specificity, "specificity", "true negatives, over negative labels", Up, SHARE, ALL_CLASSES, Classes)),
    averaged(plain(M::NegativePredictiveValue, "negative_predictive_value", "true negatives, over rows predicted negative", Up, SHARE, ALL_CLASSES, Classes)),
    averaged(plain(M::FalsePositiveRate, "false_positive_rate", "false positives, over negative labels", Down, SHARE, ALL_CLASSES, Classes)),
    averaged(plain(M::FalseNegativeRate, "false_negative_rate", "false negatives, over positive labels", Down, SHARE, ALL_CLASSES, Classes)),
    averaged(plain(M::PredictedPositiveRate, "predicted_positive_rate", "rows predicted positive, over all rows", Neither, SHARE, ALL_CLASSES, Classes)),
    also(&["fdr"], averaged(plain(M::FalseDiscoveryRate, "false_discovery_rate", "false positives, over rows predicted positive", Down, SHARE, ALL_CLASSES, Classes))),
    also(&["for"], averaged(plain(M::FalseOmissionRate, "false_omission_rate", "false negatives, over rows predicted negative", Down, SHARE, ALL_CLASSES, Classes))),
    averaged(plain(M::Prevalence, "prevalence", "positive labels, over all rows", Neither, SHARE, ALL_CLASSES, Classes)),
    also(&["mcc"], plain(M::MatthewsCorrelation, "matthews_corrcoef", "correlation of labels and predictions", Up, CORRELATION, SINGLE, Classes)),
    plain(M::CohenKappa, "cohen_kappa", "agreement of labels and predictions beyond chance, over the largest possible", Up, CORRELATION, SINGLE, Classes),
    plain(M::CohenKappaLinear, "cohen_kappa_linear", "cohen_kappa with linear weights: an error counts by its distance in classes", Up, CORRELATION, SINGLE, Classes),
    plain(M::CohenKappaQuadratic, "cohen_kappa_quadratic", "cohen_kappa with quadratic weights: an error counts by its squared distance in classes", Up, CORRELATION, SINGLE, Classes),
    also(&["youden_j"], plain(M::Informedness, "informedness", "recall + specificity − 1, Youden's J", Up, CORRELATION, BINARY, Classes)),
    plain(M::Markedness, "markedness", "precision + negative_predictive_value − 1", Up, CORRELATION, BINARY, Classes),
    also(&["geometric_mean"], plain(M::GeometricMean, "g_mean", "geometric mean of the recalls of the classes that occur in the labels; of two, the root of recall times specificity", Up, SHARE, SINGLE, Classes)),
    plain(M::FowlkesMallows, "fowlkes_mallows_index", "geometric mean of precision and recall; not scikit-learn's index of two clusterings", Up, SHARE, BINARY, Classes),
    also(&["lr_plus"], plain(M::PositiveLikelihoodRatio, "positive_likelihood_ratio", "recall, over the false positive rate; undefined without false positives", Up, POSITIVE, BINARY, Classes)),
    also(&["lr_minus"], plain(M::NegativeLikelihoodRatio, "negative_likelihood_ratio", "false negative rate, over specificity; undefined without true negatives", Down, POSITIVE, BINARY, Classes)),
    plain(M::AverageOdds, "average_odds", "mean of recall and false positive rate; between two groups its gap is AIF360's average_odds_difference", Neither, SHARE, BINARY, Classes),
    plain(M::ZeroOneLoss, "zero_one_loss", "rows predicted wrong, over all rows", Down, SHARE, ALL_CLASSES, Classes),
    plain(M::HammingLoss, "hamming_loss", "labels predicted wrong, over all labels of all rows", Down, SHARE, ALL_CLASSES, Classes),
    also(&["lrap"], plain(M::LabelRankingPrecision, "label_ranking_average_precision", "mean over rows of the mean, over the row's labels, of the proportion of labels among those scored as high; a row with no label or all labels counts 1", Up, SHARE, MULTILABEL, Scores)),
    plain(M::LabelRankingLoss, "label_ranking_loss", "mean over rows of the proportion of pairs of a label and a missing label that are scored the wrong way round or alike; a row with no label or all labels counts 0", Down, SHARE, MULTILABEL, Scores),
    plain(M::CoverageError, "coverage_error", "mean over rows of how many labels score at least as high as the lowest of the row's labels; a row without labels counts 0", Down, POSITIVE, MULTILABEL, Scores),
    with(P::K, plain(M::TopKAccuracy, "top_k_accuracy", "rows whose class is among the k with the highest scores, over all rows; of tied scores the later class comes first", Up, SHARE, MULTICLASS, Scores)),
    plain(M::FlipRate, "flip_rate", "rows with another prediction than the baseline's, over all rows", Neither, SHARE, SINGLE, BothSides),
    plain(M::BrokenRate, "broken_rate", "rows that the baseline predicts right and the candidate wrong, over all rows", Down, SHARE, SINGLE, BothSides),
    plain(M::FixedRate, "fixed_rate", "rows that the baseline predicts wrong and the candidate right, over all rows", Up, SHARE, SINGLE, BothSides),
    with(P::Order, plain(M::GeneralizedEntropy, "generalized_entropy", "inequality of the benefit prediction − label + 1 among the rows: mean of ((b / mean b)^α − 1) / (α·(α − 1)) (Speicher et al. 2018)", Down, POSITIVE, BINARY, Classes)),
    also(&["theil"], plain(M::TheilIndex, "theil_index", "generalized_entropy of order 1: mean of b / mean b · ln(b / mean b) of the benefit b = prediction − label + 1", Down, POSITIVE, BINARY, Classes)),
    averaged(plain(M::RocAuc, "roc_auc", "probability that a positive row scores higher than a negative one, ties count half", Up, SHARE, &[Task::Binary, Task::Multilabel], Scores)),
    plain(M::Gini, "gini", "2 · roc_auc − 1", Up, CORRELATION, BINARY, Scores),
    also(&["pauc"], with(P::Share, plain(M::PartialRocAuc, "partial_roc_auc", "area under the ROC curve up to that false positive rate, scaled so that chance is 0.5 and a perfect ranking is 1 (McClish 1989); scikit-learn's max_fpr", Up, SHARE, BINARY, Scores))),
    averaged(plain(M::RocAucOvr, "roc_auc_ovr", "roc_auc of each class against all others", Up, SHARE, MULTICLASS, Scores)),
    averaged(plain(M::RocAucOvo, "roc_auc_ovo", "roc_auc of each pair of classes, both ways (Hand and Till 2001)", Up, SHARE, MULTICLASS, Scores)),
    averaged(plain(M::AveragePrecision, "average_precision", "precision at each score, weighted by the recall it adds; a sum of steps", Up, SHARE, ALL_CLASSES, Scores)),
    also(&["ks"], plain(M::KolmogorovSmirnov, "ks_statistic", "largest difference of recall and false positive rate over all thresholds", Up, SHARE, BINARY, Scores)),
    with(P::Share, plain(M::RecallAtPrecision, "recall_at_precision", "highest recall of all thresholds with at least that precision", Up, SHARE, BINARY, Scores)),
    with(P::Share, plain(M::PrecisionAtRecall, "precision_at_recall", "highest precision of all thresholds with at least that recall", Up, SHARE, BINARY, Scores)),
    also(&["recall_at_fpr", "tpr_at_fpr"], with(P::Rate, plain(M::RecallAtFalsePositiveRate, "recall_at_false_positive_rate", "highest recall of all thresholds with at most that false positive rate; 0 where no row may be predicted positive", Up, SHARE, BINARY, Scores))),
    also(&["sensitivity_at_specificity"], with(P::Rate, plain(M::RecallAtSpecificity, "recall_at_specificity", "highest recall of all thresholds with at least that specificity", Up, SHARE, BINARY, Scores))),
    also(&["specificity_at_sensitivity"], with(P::Share, plain(M::SpecificityAtRecall, "specificity_at_recall", "highest specificity of all thresholds with at least that recall", Up, SHARE, BINARY, Scores))),
    also(&["max_f1"], plain(M::BestF1, "best_f1", "highest f1 of all thresholds", Up, SHARE, BINARY, Scores)),
    with(P::Share, plain(M::PrecisionAtTop, "precision_at_top", "positive rows among that proportion of rows with the highest scores; rows tied at the edge count in part", Up, SHARE, BINARY, Scores)),
    with(P::Share, plain(M::RecallAtTop, "recall_at_top", "positive rows among that proportion of rows with the highest scores, over all positive rows; rows tied at the edge count in part", Up, SHARE, BINARY, Scores)),
    with(P::Share, plain(M::LiftAtTop, "lift_at_top", "precision_at_top, over the proportion of positive rows", Up, POSITIVE, BINARY, Scores)),
    plain(M::LogLoss, "log_loss", "mean of −ln P(true class), in nats, P moved off 0 and 1 by the score's epsilon", Down, POSITIVE, SINGLE, Probabilities),
    plain(M::BrierScore, "brier_score", "mean of (score − label)²", Down, (Some(0.0), Some(2.0)), SINGLE, Probabilities),
    plain(M::D2LogLoss, "d2_log_loss", "1 − log_loss over that of predicting every class by its proportion of the labels", Up, (None, Some(1.0)), SINGLE, Probabilities),
    plain(M::D2Brier, "d2_brier", "1 − brier_score over that of predicting every class by its proportion of the labels", Up, (None, Some(1.0)), SINGLE, Probabilities),
    also(&["ece"], with(P::Bins, plain(M::ExpectedCalibrationError, "expected_calibration_error", "mean distance of score and proportion of positives over bins (lo, hi] of equal width; for several classes, of the highest score and the proportion of rows right", Down, SHARE, SINGLE, Probabilities))),
    with(P::Bins, plain(M::QuantileCalibrationError, "quantile_calibration_error", "expected_calibration_error over bins that hold as many rows each, cut at the quantiles of the scores", Down, SHARE, SINGLE, Probabilities)),
    with(P::Bins, plain(M::TopLabelCalibrationError, "top_label_calibration_error", "expected_calibration_error of the highest score, over bins of its own for each predicted class (Gupta and Ramdas 2022)", Down, SHARE, MULTICLASS, Probabilities)),
    with(P::Bins, plain(M::ClasswiseCalibrationError, "classwise_calibration_error", "mean over the classes of the expected_calibration_error of the scores of each (Kull et al. 2019)", Down, SHARE, MULTICLASS, Probabilities)),
    also(&["mce"], with(P::Bins, plain(M::MaximumCalibrationError, "maximum_calibration_error", "largest distance of score and proportion of positives of all bins (lo, hi] of equal width that hold rows; for several classes, of the highest score and the proportion of rows right", Down, SHARE, SINGLE, Probabilities))),
    plain(M::CalibrationSlope, "calibration_slope", "slope of a logistic regression of the label on the score's log odds; 1 is calibrated", Neither, FREE, BINARY, Probabilities),
    plain(M::CalibrationIntercept, "calibration_intercept", "intercept of a logistic regression of the label with the score's log odds as offset; 0 is calibrated", Neither, FREE, BINARY, Probabilities),
    also(&["mae"], plain(M::MeanAbsoluteError, "mean_absolute_error", "mean of |prediction − label|", Down, POSITIVE, NUMBERS, Scores)),
    also(&["mse"], plain(M::MeanSquaredError, "mean_squared_error", "mean of (prediction − label)²", Down, POSITIVE, NUMBERS, Scores)),
    also(&["rmse"], plain(M::RootMeanSquaredError, "root_mean_squared_error", "root of the mean of (prediction − label)²", Down, POSITIVE, NUMBERS, Scores)),
    also(&["msle"], plain(M::MeanSquaredLogError, "mean_squared_log_error", "mean of (ln(1 + prediction) − ln(1 + label))²", Down, POSITIVE, NUMBERS, Scores)),
    also(&["rmsle"], plain(M::RootMeanSquaredLogError, "root_mean_squared_log_error", "root of the mean of (ln(1 + prediction) − ln(1 + label))²", Down, POSITIVE, NUMBERS, Scores)),
    also(&["medae"], plain(M::MedianAbsoluteError, "median_absolute_error", "median of |prediction − label|", Down, POSITIVE, NUMBERS, Scores)),
    plain(M::MaxError, "max_error", "largest |prediction − label| of these rows", Down, POSITIVE, NUMBERS, Scores),
    also(&["nrmse"], plain(M::NormalizedRootMeanSquaredError, "normalized_root_mean_squared_error", "root_mean_squared_error, over the size of the labels' mean", Down, POSITIVE, NUMBERS, Scores)),
    also(&["nrmse_std"], plain(M::StandardizedRootMeanSquaredError, "standardized_root_mean_squared_error", "root_mean_squared_error, over the standard deviation of the labels (divided by n)", Down, POSITIVE, NUMBERS, Scores)),
    with(P::Delta, plain(M::HuberLoss, "huber_loss", "mean of ½·error² where |error| is at most δ, and of δ·(|error| − ½·δ) beyond", Down, POSITIVE, NUMBERS, Scores)),
    plain(M::PoissonDeviance, "mean_poisson_deviance", "mean of 2·(label·ln(label / prediction) − label + prediction); labels at least 0, predictions above", Down, POSITIVE, NUMBERS, Scores),
    plain(M::GammaDeviance, "mean_gamma_deviance", "mean of 2·(ln(prediction / label) + label / prediction − 1); labels and predictions above 0", Down, POSITIVE, NUMBERS, Scores),
    with(P::Power, plain(M::TweedieDeviance, "mean_tweedie_deviance", "mean deviance of the Tweedie distribution of that power: 0 is the squared error, 1 Poisson, 2 gamma", Down, POSITIVE, NUMBERS, Scores)),
    also(&["mape"], plain(M::MeanAbsolutePercentageError, "mean_absolute_percentage_error", "mean of |prediction − label| / |label|, a proportion; undefined where a label is 0", Down, POSITIVE, NUMBERS, Scores)),
    also(&["smape"], plain(M::SymmetricPercentageError, "symmetric_mean_absolute_percentage_error", "mean of 2·|prediction − label| / (|prediction| + |label|), 0 to 2; a row that is 0 on both counts as 0", Down, (Some(0.0), Some(2.0)), NUMBERS, Scores)),
    also(&["wape"], plain(M::WeightedPercentageError, "weighted_absolute_percentage_error", "sum of |prediction − label|, over the sum of |label|", Down, POSITIVE, NUMBERS, Scores)),
    also(&["mbe", "calibration_in_the_large"], plain(M::MeanBiasError, "mean_bias_error", "mean of prediction − label; of two classes of score − label, so mean score − prevalence", Neither, FREE, &[Task::Binary, Task::Regression], Scores)),
    also(&["mean_score"], plain(M::MeanPrediction, "mean_prediction", "mean of the predictions; of two classes, of the scores", Neither, FREE, &[Task::Binary, Task::Regression], Scores)),
    plain(M::R2, "r2", "1 − sum of squared errors over the sum of squared distances of the labels from their mean", Up, (None, Some(1.0)), NUMBERS, Scores),
    plain(M::ExplainedVariance, "explained_variance", "1 − variance of the errors over the variance of the labels", Up, (None, Some(1.0)), NUMBERS, Scores),
    also(&["d2_absolute_error_score"], plain(M::D2AbsoluteError, "d2_absolute_error", "1 − mean_absolute_error over that of predicting the labels' median", Up, (None, Some(1.0)), NUMBERS, Scores)),
    with(P::Quantile, plain(M::D2Pinball, "d2_pinball", "1 − mean_pinball_loss over that of predicting the labels' quantile", Up, (None, Some(1.0)), NUMBERS, Scores)),
    with(P::Power, plain(M::D2Tweedie, "d2_tweedie", "1 − mean_tweedie_deviance over that of predicting the labels' mean", Up, (None, Some(1.0)), NUMBERS, Scores)),
    also(&["pearsonr"], plain(M::Pearson, "pearson", "correlation of predictions and labels", Up, CORRELATION, NUMBERS, Scores)),
    also(&["spearmanr"], plain(M::Spearman, "spearman", "correlation of the ranks of predictions and labels, ties have their mean rank", Up, CORRELATION, NUMBERS, Scores)),
    also(&["kendalltau"], plain(M::Kendall, "kendall", "pairs of rows that predictions and labels order alike, less those that they order differently, over the geometric mean of the pairs that each orders: tau-b", Up, CORRELATION, NUMBERS, Scores)),
    also(&["pinball"], with(P::Quantile, plain(M::PinballLoss, "mean_pinball_loss", "mean of q·(label − prediction) where the label lies above, (1 − q)·(prediction − label) where it lies below", Down, POSITIVE, NUMBERS, Scores))),
    also(&["mase"], with(P::Season, plain(M::ScaledError, "mean_absolute_scaled_error", "mean_absolute_error, over the mean of |label − label one season before| of the same series (Hyndman and Koehler 2006); over each row's naive error where that is given", Down, POSITIVE, NUMBERS, Scores))),
    also(&["rmsse"], with(P::Season, plain(M::RootMeanSquaredScaledError, "root_mean_squared_scaled_error", "root_mean_squared_error, over the root of the mean of (label − label one season before)² of the same series (Makridakis et al. 2022); over each row's naive error where that is given", Down, POSITIVE, NUMBERS, Scores))),
    plain(M::IntervalCoverage, "interval_coverage", "rows whose label lies within the forecast interval, ends included, over all rows", Neither, SHARE, NUMBERS, Interval),
    plain(M::IntervalWidth, "interval_width", "mean of upper − lower end of the forecast interval", Down, POSITIVE, NUMBERS, Interval),
    with(P::Quantile, plain(M::IntervalScore, "interval_score", "mean of the interval's width, and 2 / (1 − coverage) times the distance of a label outside of it; the number is the coverage that the interval is for (Gneiting and Raftery 2007)", Down, POSITIVE, NUMBERS, Interval)),
    with(P::OptionalK, plain(M::Ndcg, "ndcg", "mean over queries of DCG over the best possible; gains as given, discount 1 / log₂(1 + rank), ties averaged", Up, SHARE, RANKING, Scores)),
    with(P::OptionalK, plain(M::Dcg, "dcg", "mean over queries of the sum of gains over log₂(1 + rank), ties averaged", Up, POSITIVE, RANKING, Scores)),
    also(&["map"], plain(M::MeanAveragePrecision, "mean_average_precision", "mean over queries of average_precision; queries without relevant rows are left out, here and below", Up, SHARE, RANKING, Scores)),
    also(&["mrr"], plain(M::ReciprocalRank, "mean_reciprocal_rank", "mean over queries of 1 / rank of the first relevant row, ties averaged", Up, SHARE, RANKING, Scores)),
    with(P::K, plain(M::PrecisionAtK, "precision_at_k", "mean over queries of relevant rows among the first k, over k, ties averaged", Up, SHARE, RANKING, Scores)),
    with(P::K, plain(M::RecallAtK, "recall_at_k", "mean over queries of relevant rows among the first k, over all relevant rows, ties averaged", Up, SHARE, RANKING, Scores)),
    with(P::K, plain(M::HitRate, "hit_rate_at_k", "mean over queries of the probability that a relevant row is among the first k, ties averaged", Up, SHARE, RANKING, Scores)),
    plain(M::Mean, "mean", "mean of the grades; of questions with several samples, the mean over questions of the mean over samples", Neither, FREE, GRADED, Scores),
    plain(M::PassRate, "pass_rate", "grades that are a pass (1), over all grades; of questions with several samples, the mean over questions of that proportion", Up, SHARE, GRADED, Scores),
    with(P::Number, plain(M::ShareAtLeast, "share_at_least", "grades of at least that number, over all grades; of questions with several samples, the mean over questions of that proportion", Neither, SHARE, GRADED, Scores)),
    with(P::Number, plain(M::ShareAtMost, "share_at_most", "grades of at most that number, over all grades; of questions with several samples, the mean over questions of that proportion", Neither, SHARE, GRADED, Scores)),
    plain(M::Median, "median", "median of the grades", Neither, FREE, GRADED, Scores),
    with(P::Quantile, plain(M::GradeQuantile, "quantile", "quantile of the grades, interpolated between two rows as NumPy does; with weights, the inverse of the distribution function", Neither, FREE, GRADED, Scores)),
    with(P::K, plain(M::PassAtK, "pass_at_k", "mean over questions of the probability that at least one of k samples passes: 1 − C(n − c, k) / C(n, k) of n samples with c passes (Chen et al. 2021)", Up, SHARE, GRADED, Scores)),
    with(P::K, plain(M::PassHatK, "pass_hat_k", "mean over questions of the probability that all of k samples pass: C(c, k) / C(n, k) of n samples with c passes (Yao et al. 2024)", Up, SHARE, GRADED, Scores)),
    plain(M::WinRate, "win_rate", "pairwise preferences that are a win (1), plus half of the ties (0.5), over all; a loss is 0", Up, SHARE, GRADED, Scores),
];

impl Measure {
    pub(super) fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }

    /// Returns all measures.
    pub fn all() -> impl Iterator<Item = Self> {
        FACTS.iter().map(|facts| facts.measure)
    }

    /// Returns the measure's name: scikit-learn's if it has one.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// Returns short names that are accepted too.
    pub fn aliases(self) -> &'static [&'static str] {
        self.facts().aliases
    }

    /// Returns the definition in one clause.
    pub fn definition(self) -> &'static str {
        self.facts().definition
    }

    /// Returns the kinds of tasks for which the measure is defined.
    pub fn tasks(self) -> &'static [Task] {
        self.facts().tasks
    }

    /// Returns the parameter that the measure takes.
    pub fn parameter(self) -> Parameter {
        self.facts().parameter
    }

    /// Returns true if the measure is computed for each class or label and then averaged.
    pub fn is_averaged(self) -> bool {
        self.facts().is_averaged
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_measures_and_no_name_is_taken_twice() {
        let mut names = BTreeSet::new();
        for (index, facts) in FACTS.iter().enumerate() {
            assert_eq!(facts.measure as usize, index, "{}", facts.name);
            for name in facts.aliases.iter().chain([&facts.name]) {
                assert!(names.insert(*name), "{name}");
            }
            assert!(!facts.definition.ends_with('.') && !facts.tasks.is_empty());
        }
    }
}
