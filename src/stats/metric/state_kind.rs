//! Kinds of states that metrics are computed from.

use super::{Average, ClassName, Metric, Real};
use crate::stats::Measure;
use crate::stats::state::loss::Loss;
use serde::{Deserialize, Serialize};

/// Kind of state. Metrics of one kind share one state, so a plan collects kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateKind {
    /// Labels against the predicted classes of both sides.
    Counts,
    /// Hits and misses.
    Hits(Hit),
    /// The mean of a loss over the rows.
    Loss(Loss),
    /// The mean of a value over the queries.
    Queries(QueryValue),
    /// The mean over graded rows of a value between 0 and 1.
    Grades(GradeValue),
    /// The ranks of a binary classifier's scores.
    Ranks,
    /// The state of this metric alone.
    Own(Metric),
    /// A state of one class of several, as the positive one of two.
    Class(ClassName, ClassState),
}

/// Kind of state that is built from one class against all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassState {
    /// Labels against the predicted classes of both sides.
    Counts,
    /// The mean of a loss over the rows.
    Loss(Loss),
    /// The ranks of the class's scores.
    Ranks,
    /// The state of this metric alone.
    Own(Metric),
}

impl ClassState {
    /// Returns true if scores of 0 and 1 are moved off their ends by the epsilon of their type.
    fn moves_scores(self) -> bool {
        match self {
            Self::Loss(loss) => loss == Loss::Log,
            Self::Own(metric) => {
                matches!(metric.measure, Measure::LogLoss | Measure::CalibrationSlope | Measure::CalibrationIntercept)
            }
            Self::Counts | Self::Ranks => false,
        }
    }

    fn of(kind: StateKind) -> Self {
        match kind {
            StateKind::Loss(loss) => Self::Loss(loss),
            StateKind::Ranks => Self::Ranks,
            StateKind::Own(metric) => Self::Own(metric),
            // No metric of two classes has another one.
            StateKind::Counts
            | StateKind::Hits(_)
            | StateKind::Queries(_)
            | StateKind::Grades(_)
            | StateKind::Class(..) => Self::Counts,
        }
    }

    /// Returns the kind of state, of two classes.
    pub fn of_two(self) -> StateKind {
        match self {
            Self::Counts => StateKind::Counts,
            Self::Loss(loss) => StateKind::Loss(loss),
            Self::Ranks => StateKind::Ranks,
            Self::Own(metric) => StateKind::Own(metric),
        }
    }
}

impl StateKind {
    /// Returns true if scores of 0 and 1 are moved off their ends by the epsilon of their type.
    pub fn moves_scores(self) -> bool {
        match self {
            Self::Class(_, state) => state.moves_scores(),
            kind => ClassState::of(kind).moves_scores(),
        }
    }

    /// Returns the class whose rows are the positive ones, all others being negative, before the state is built.
    pub fn class(self) -> Option<ClassName> {
        match self {
            Self::Class(class, _) => Some(class),
            _ => None,
        }
    }
}

impl Metric {
    /// Returns the kind of state that the metric is computed from. Metrics of one kind share one state.
    pub fn state_kind(self) -> StateKind {
        use Measure as M;
        if let Some(class) = self.class {
            return StateKind::Class(class, ClassState::of(self.without_class().state_kind()));
        }
        match self.measure {
            M::Accuracy
            | M::BalancedAccuracy
            | M::BalancedAccuracyAdjusted
            | M::Precision
            | M::Recall
            | M::F1
            | M::FBeta
            | M::Jaccard
            | M::Specificity
            | M::NegativePredictiveValue
            | M::FalsePositiveRate
            | M::FalseNegativeRate
            | M::PredictedPositiveRate
            | M::FalseDiscoveryRate
            | M::FalseOmissionRate
            | M::Prevalence
            | M::Informedness
            | M::Markedness
            | M::GeometricMean
            | M::FowlkesMallows
            | M::PositiveLikelihoodRatio
            | M::NegativeLikelihoodRatio
            | M::AverageOdds
            | M::MatthewsCorrelation
            | M::CohenKappa
            | M::CohenKappaLinear
            | M::CohenKappaQuadratic
            | M::ZeroOneLoss
            | M::FlipRate
            | M::BrokenRate
            | M::FixedRate
            | M::GeneralizedEntropy
            | M::TheilIndex => StateKind::Counts,
            M::HammingLoss => StateKind::Loss(Loss::Hamming),
            M::TopKAccuracy => StateKind::Hits(Hit::TopK(self.count())),
            M::IntervalCoverage => StateKind::Hits(Hit::Interval),
            M::Gini => StateKind::Ranks,
            M::RocAuc if self.average == Average::None => StateKind::Ranks,
            M::LogLoss => StateKind::Loss(Loss::Log),
            M::BrierScore => StateKind::Loss(Loss::Brier),
            M::MeanAbsoluteError => StateKind::Loss(Loss::Absolute),
            M::MeanSquaredError | M::RootMeanSquaredError => StateKind::Loss(Loss::Squared),
            M::MeanSquaredLogError | M::RootMeanSquaredLogError => StateKind::Loss(Loss::SquaredLog),
            M::MeanAbsolutePercentageError => StateKind::Loss(Loss::Percentage),
            M::SymmetricPercentageError => StateKind::Loss(Loss::SymmetricPercentage),
            M::MeanBiasError => StateKind::Loss(Loss::Bias),
            M::MeanPrediction => StateKind::Loss(Loss::Prediction),
            M::PinballLoss => StateKind::Loss(Loss::Pinball(self.at.unwrap_or(Real(0.5)))),
            M::HuberLoss => StateKind::Loss(Loss::Huber(self.at.unwrap_or(Real(1.0)))),
            M::PoissonDeviance => StateKind::Loss(Loss::Tweedie(Real(1.0))),
            M::GammaDeviance => StateKind::Loss(Loss::Tweedie(Real(2.0))),
            M::TweedieDeviance => StateKind::Loss(Loss::Tweedie(self.at.unwrap_or(Real(0.0)))),
            M::IntervalWidth => StateKind::Loss(Loss::Width),
            M::IntervalScore => StateKind::Loss(Loss::IntervalScore(self.at.unwrap_or(Real(0.5)))),
            M::Ndcg => StateKind::Queries(QueryValue::Ndcg(self.count())),
            M::Dcg => StateKind::Queries(QueryValue::Dcg(self.count())),
            M::MeanAveragePrecision => StateKind::Queries(QueryValue::AveragePrecision),
            M::ReciprocalRank => StateKind::Queries(QueryValue::ReciprocalRank),
            M::PrecisionAtK => StateKind::Queries(QueryValue::Precision(self.count())),
            M::RecallAtK => StateKind::Queries(QueryValue::Recall(self.count())),
            M::HitRate => StateKind::Queries(QueryValue::Hit(self.count())),
            M::Mean => StateKind::Loss(Loss::Prediction),
            M::PassRate => StateKind::Grades(GradeValue::Pass),
            M::WinRate => StateKind::Grades(GradeValue::Win),
            M::ShareAtLeast => StateKind::Grades(GradeValue::AtLeast(self.at.unwrap_or(Real(0.0)))),
            M::ShareAtMost => StateKind::Grades(GradeValue::AtMost(self.at.unwrap_or(Real(0.0)))),
            M::PassAtK => StateKind::Grades(GradeValue::PassAt(self.count())),
            M::PassHatK => StateKind::Grades(GradeValue::PassAll(self.count())),
            M::RocAuc
            | M::RocAucOvr
            | M::RocAucOvo
            | M::AveragePrecision
            | M::KolmogorovSmirnov
            | M::RecallAtPrecision
            | M::PrecisionAtTop
            | M::LiftAtTop
            | M::ExpectedCalibrationError
            | M::CalibrationSlope
            | M::CalibrationIntercept
            | M::MedianAbsoluteError
            | M::MaxError
            | M::WeightedPercentageError
            | M::R2
            | M::ExplainedVariance
            | M::ScaledError
            | M::RootMeanSquaredScaledError
            | M::PartialRocAuc
            | M::PrecisionAtRecall
            | M::RecallAtFalsePositiveRate
            | M::RecallAtSpecificity
            | M::SpecificityAtRecall
            | M::BestF1
            | M::RecallAtTop
            | M::D2LogLoss
            | M::D2Brier
            | M::QuantileCalibrationError
            | M::TopLabelCalibrationError
            | M::ClasswiseCalibrationError
            | M::MaximumCalibrationError
            | M::NormalizedRootMeanSquaredError
            | M::StandardizedRootMeanSquaredError
            | M::D2AbsoluteError
            | M::D2Pinball
            | M::D2Tweedie
            | M::Pearson
            | M::Spearman
            | M::Kendall
            | M::LabelRankingPrecision
            | M::LabelRankingLoss
            | M::CoverageError
            | M::Median
            | M::GradeQuantile => StateKind::Own(Self { toward: None, ..self }),
        }
    }
}

/// Definition of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// The row's class is among the k with the highest scores.
    TopK(usize),
    /// The row's label lies within the forecast interval.
    Interval,
}

/// Value of a graded row, from 0 to 1: of its grade, or of the grades of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradeValue {
    /// The proportion of the samples that are a pass.
    Pass,
    /// The mean of wins (1), ties (0.5) and losses (0).
    Win,
    /// The proportion of the samples of at least this grade.
    AtLeast(Real),
    /// The proportion of the samples of at most this grade.
    AtMost(Real),
    /// The probability that at least one of this many samples is a pass.
    PassAt(usize),
    /// The probability that all of this many samples are a pass.
    PassAll(usize),
}

/// Value of a query, from 0 to 1 unless its own comment says otherwise. Tied scores are averaged over all orders of the
/// tied rows (McSherry and Najork 2008). `usize::MAX` stands for all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "see `Metric::definition`")]
pub enum QueryValue {
    Ndcg(usize),
    /// At least 0, without an upper end.
    Dcg(usize),
    AveragePrecision,
    ReciprocalRank,
    Precision(usize),
    Recall(usize),
    Hit(usize),
}
