//! The metrics: names, parameters, and what is known of each.

mod denominator;
mod known;
mod measure;
mod parameter;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use known::{KnownNumber, known_number};
pub use measure::Measure;
pub use parameter::{Parameter, Real};

use super::{Hit, Loss, QueryValue, StateKind, Task};

/// How the classes or labels become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Average {
    /// There is nothing to average: the positive class of a binary task, or a measure of all classes at once.
    None,
    /// Over the sum of all classes' tables.
    Micro,
    /// The plain mean of the classes.
    Macro,
    /// The mean of the classes, each weighing as many rows as have it.
    Weighted,
    /// Of each row's labels, then the mean over the rows.
    Samples,
    /// This class alone, against all others.
    Class(u32),
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Direction {
    HigherIsBetter,
    LowerIsBetter,
    /// Neither: the best is a value in between, or there is none.
    Neither,
}

/// What of a side's answers a metric is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Predicted classes.
    Classes,
    /// Predicted classes of both sides.
    BothSides,
    /// Scores of any unit; of a regression, the predicted number.
    Scores,
    /// Scores between 0 and 1.
    Probabilities,
    /// The ends of a forecast interval.
    Interval,
}

/// A metric with all that its value depends on.
///
/// It is written `measure[_average][@number]`: `f1`, `f1_macro`, `fbeta_weighted@2`, `ndcg@10`, `mean_pinball_loss@0.9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Metric {
    /// What is measured.
    pub measure: Measure,
    /// How classes become one number.
    pub average: Average,
    /// The number that the measure takes.
    pub at: Option<Real>,
}

/// Why a text is no metric.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum BadMetric {
    #[error("there is no such metric")]
    Unknown,
    #[error("`{0}` is not averaged")]
    NotAveraged(&'static str),
    #[error("`{0}` takes no number")]
    TakesNoNumber(&'static str),
    #[error("`{0}` needs a number: {demand}", demand = .1.demand())]
    NeedsNumber(&'static str, Parameter),
    #[error("the number of `{0}` must be {demand}", demand = .1.demand())]
    BadNumber(&'static str, Parameter),
}

const AVERAGES: [(&str, Average); 4] = [
    ("_micro", Average::Micro),
    ("_macro", Average::Macro),
    ("_weighted", Average::Weighted),
    ("_samples", Average::Samples),
];

impl Metric {
    #![allow(missing_docs, reason = "the names say it")]
    pub const ACCURACY: Self = Self::of(Measure::Accuracy);
    pub const PRECISION: Self = Self::of(Measure::Precision);
    pub const RECALL: Self = Self::of(Measure::Recall);
    pub const F1: Self = Self::of(Measure::F1);
    pub const ROC_AUC: Self = Self::of(Measure::RocAuc);
    pub const LOG_LOSS: Self = Self::of(Measure::LogLoss);
    pub const BRIER_SCORE: Self = Self::of(Measure::BrierScore);

    /// The metrics of a binary classifier that need nothing but a label and a score.
    pub const ALL: [Self; 7] =
        [Self::ACCURACY, Self::PRECISION, Self::RECALL, Self::F1, Self::ROC_AUC, Self::LOG_LOSS, Self::BRIER_SCORE];

    /// A measure that is not averaged and takes no number.
    pub const fn of(measure: Measure) -> Self {
        Self { measure, average: Average::None, at: None }
    }

    /// The same, averaged so.
    #[must_use]
    pub const fn averaged(self, average: Average) -> Self {
        Self { average, ..self }
    }

    /// A metric of this measure, with its average and number checked and its defaults filled in.
    ///
    /// # Errors
    ///
    /// What does not go together.
    pub fn new(measure: Measure, average: Average, at: Option<f64>) -> Result<Self, BadMetric> {
        let facts = measure.facts();
        if average != Average::None && !facts.is_averaged {
            return Err(BadMetric::NotAveraged(facts.name));
        }
        match at {
            Some(_) if facts.parameter == Parameter::None => return Err(BadMetric::TakesNoNumber(facts.name)),
            Some(number) if !facts.parameter.allows(number) => {
                return Err(BadMetric::BadNumber(facts.name, facts.parameter));
            }
            None if !facts.parameter.is_optional() => {
                return Err(BadMetric::NeedsNumber(facts.name, facts.parameter));
            }
            _ => {}
        }
        Ok(Self { measure, average, at: at.or(facts.parameter.default_value()).map(Real) })
    }

    /// Reads `measure[_average][@number]`.
    ///
    /// # Errors
    ///
    /// There is no such measure, or its parts do not go together.
    pub fn parse(text: &str) -> Result<Self, BadMetric> {
        let (name, at) = match text.split_once('@') {
            // No measure takes what is no number, and each says what it takes.
            Some((name, number)) => (name, Some(number.parse().unwrap_or(f64::NAN))),
            None => (text, None),
        };
        let named = |name: &str| {
            Measure::all().find(|measure| {
                let facts = measure.facts();
                facts.name == name || facts.aliases.contains(&name)
            })
        };
        // `precision@5` is a ranking's, as everybody writes it.
        let at_k = match name {
            _ if at.is_none() => None,
            "precision" => Some(Measure::PrecisionAtK),
            "recall" => Some(Measure::RecallAtK),
            "hit_rate" => Some(Measure::HitRate),
            _ => None,
        };
        if let Some(measure) = at_k.or_else(|| named(name)) {
            return Self::new(measure, Average::None, at);
        }
        for (ending, average) in AVERAGES {
            if let Some(measure) = name.strip_suffix(ending).and_then(named) {
                return Self::new(measure, average, at);
            }
        }
        Err(BadMetric::Unknown)
    }

    /// All names that [`Self::parse`] takes before the `@`, without the short ones: for suggestions.
    pub fn names() -> Vec<String> {
        let mut names = Vec::new();
        for measure in Measure::all() {
            names.push(measure.name().to_owned());
            if measure.facts().is_averaged {
                names.extend(AVERAGES.iter().map(|(ending, _)| format!("{}{ending}", measure.name())));
            }
        }
        names
    }

    /// The measure's name, without average and number; [`fmt::Display`] writes all of it.
    pub fn name(self) -> &'static str {
        self.measure.name()
    }

    /// Its name and how it is computed, in one clause.
    pub fn definition(self) -> String {
        format!("{self}: {}", self.measure.facts().definition)
    }

    /// Which way is better.
    pub fn direction(self) -> Direction {
        self.measure.facts().direction
    }

    /// The smallest and the largest value it can have.
    pub fn range(self) -> (Option<f64>, Option<f64>) {
        self.measure.facts().range
    }

    /// Whether it speaks of such a task, averaged as it is.
    pub fn applies_to(self, task: Task) -> bool {
        let facts = self.measure.facts();
        let average = match (self.average, task) {
            _ if !facts.is_averaged => true,
            (Average::None, task) => task == Task::Binary,
            (Average::Samples, task) => {
                use Measure::{F1, FBeta, Jaccard, Precision, Recall};
                task == Task::Multilabel && matches!(self.measure, Precision | Recall | F1 | FBeta | Jaccard)
            }
            (Average::Micro, Task::Multiclass) => {
                !matches!(self.measure, Measure::RocAucOvr | Measure::RocAucOvo | Measure::AveragePrecision)
            }
            (Average::Class(_), _) if self.measure == Measure::RocAucOvo => false,
            (_, task) => task != Task::Binary || facts.needs == Needs::Classes,
        };
        average && facts.tasks.contains(&task)
    }

    /// What it needs of a side's answers.
    pub fn needs(self) -> Needs {
        self.measure.facts().needs
    }

    /// Whether predicted classes are not enough.
    pub fn needs_score(self) -> bool {
        matches!(self.needs(), Needs::Scores | Needs::Probabilities)
    }

    /// The number that its measure takes.
    pub fn parameter(self) -> Parameter {
        self.measure.facts().parameter
    }

    /// The number as a whole one: k, bins, season.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked by `new`")]
    pub(super) fn count(self) -> usize {
        self.at.map_or(usize::MAX, |at| at.0 as usize)
    }

    /// What it is computed from. Metrics of one kind share one state.
    pub fn state_kind(self) -> StateKind {
        use Measure as M;
        match self.measure {
            M::Accuracy
            | M::BalancedAccuracy
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
            M::IntervalWidth => StateKind::Loss(Loss::Width),
            M::Ndcg => StateKind::Queries(QueryValue::Ndcg(self.count())),
            M::MeanAveragePrecision => StateKind::Queries(QueryValue::AveragePrecision),
            M::ReciprocalRank => StateKind::Queries(QueryValue::ReciprocalRank),
            M::PrecisionAtK => StateKind::Queries(QueryValue::Precision(self.count())),
            M::RecallAtK => StateKind::Queries(QueryValue::Recall(self.count())),
            M::HitRate => StateKind::Queries(QueryValue::Hit(self.count())),
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
            | M::ScaledError => StateKind::Own(self),
        }
    }
}

impl From<Metric> for String {
    fn from(metric: Metric) -> Self {
        metric.to_string()
    }
}

impl TryFrom<String> for Metric {
    type Error = BadMetric;

    fn try_from(text: String) -> Result<Self, BadMetric> {
        Self::parse(&text)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())?;
        match self.average {
            Average::None => {}
            Average::Class(code) => write!(out, "_class_{code}")?,
            average => {
                let ending = AVERAGES.iter().find(|(_, known)| *known == average).map_or("", |(ending, _)| ending);
                out.write_str(ending)?;
            }
        }
        match self.at {
            Some(at) => write!(out, "@{}", at.0),
            None => Ok(()),
        }
    }
}
