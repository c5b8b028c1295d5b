//! Reasons why a value is undefined.

use super::ClassName;

/// Reason why a value is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum Undefined {
    #[error("no rows")]
    NoRows,
    #[error("no positive labels")]
    NoPositives,
    #[error("no negative labels")]
    NoNegatives,
    #[error("no rows predicted positive")]
    NoPredictedPositives,
    #[error("no rows predicted negative")]
    NoPredictedNegatives,
    #[error("neither positive labels nor rows predicted positive")]
    NothingPositive,
    #[error("every row is a positive that is missed, so there is no benefit to share")]
    NoBenefit,
    #[error("the labels hold one class only")]
    OneClass,
    #[error("a class is never predicted")]
    ClassNeverPredicted(u32),
    #[error("a class that is predicted has no rows with this label")]
    ClassWithoutRows(u32),
    #[error("a class has no rows with this label")]
    ClassWithoutLabels(u32),
    #[error("labels and predictions agree by chance alone: one of them never varies")]
    NoSpread,
    #[error("all labels are the same number")]
    ConstantLabels,
    #[error("a label is 0, so there is no percentage of it")]
    ZeroLabel,
    #[error("all labels are 0")]
    ZeroLabels,
    #[error("a number is −1 or less, so 1 plus it has no logarithm")]
    BelowMinusOne,
    #[error("a prediction is 0 or less, and this deviance is of predictions above 0")]
    PredictionNotPositive,
    #[error("a label is 0 or less, and this deviance is of labels above 0")]
    LabelNotPositive,
    #[error("a label is below 0, and this deviance is of labels of at least 0")]
    NegativeLabel,
    #[error("all predictions are the same number")]
    ConstantPredictions,
    #[error("the labels' mean is 0, so there is nothing to scale by")]
    ZeroMean,
    #[error("there are no false positives, so the ratio has no denominator")]
    NoFalsePositives,
    #[error("there are no true negatives, so the ratio has no denominator")]
    NoTrueNegatives,
    #[error("the naive forecast is never wrong, so there is nothing to scale by")]
    NaiveIsPerfect,
    #[error("no row has one of the same series a season before")]
    NoSeason,
    #[error("no threshold reaches this precision")]
    PrecisionNotReached,
    #[error("the scores separate the classes, so the slope is infinite")]
    Separated,
    #[error("no query has a relevant row")]
    NoRelevantRows,
    #[error("a grade is neither 0 nor 1, so it is neither a fail nor a pass")]
    NotPassOrFail,
    #[error("a grade is none of 0, 0.5 and 1, so it is not a loss, tie or win")]
    NotPreference,
    #[error(
        "k is larger than the {0} samples of a question; if a row is a sample, name the column of questions, as in `query: question`"
    )]
    TooFewSamples(u32),
    #[error("one of the sides makes no errors at all")]
    NoErrors,
    #[error("there are fewer rows than values")]
    TooFewRows,
    #[error("a single row has no variance")]
    OneRow,
    #[error("a single cluster has no variance")]
    OneCluster,
    #[error("a number beyond 1e150 is too large to be added up")]
    TooLarge,
    #[error("the baseline never varies, so there is no unit to measure a distance in")]
    Constant,
    #[error("the rate is 0 in every group, so there is no ratio")]
    AllZero,
    #[error("a number below 0 has no ratio")]
    NegativeRatio,
    #[error("no group is large enough")]
    NoGroups,
    #[error("fewer than two groups are large enough to compare")]
    TooFewGroups,
    #[error("the group that the others are compared with is not there, or too small")]
    NoReference,
    #[error("it is undefined in too many resamples")]
    Unstable,
    #[error("there is no baseline on the same rows")]
    NoBaseline,
    #[error("it already compares both sides, so it has no change")]
    OfBothSides,
    #[error("the state does not hold what this number needs")]
    OtherState,
}

impl Undefined {
    /// Returns the reason with the name of the class that is compared with all others, if it is about the two sides of
    /// that comparison.
    pub fn of_one_class(self, class: ClassName) -> Option<String> {
        Some(match self {
            Self::NoPositives => format!("no label is `{class}`"),
            Self::NoNegatives => format!("every label is `{class}`"),
            Self::NoPredictedPositives => format!("`{class}` is never predicted"),
            Self::NoPredictedNegatives => format!("every prediction is `{class}`"),
            Self::NothingPositive => format!("`{class}` is neither a label nor predicted"),
            Self::OneClass => format!("either every label is `{class}`, or none is"),
            _ => return None,
        })
    }

    /// Returns the reason with the name of its class, if it is about one class; classes are named in the order of their
    /// codes.
    pub fn of_class(self, classes: &[String]) -> Option<String> {
        let name = |class: u32| classes.get(class as usize);
        match self {
            Self::ClassNeverPredicted(class) => name(class).map(|name| format!("`{name}` is never predicted")),
            Self::ClassWithoutRows(class) => {
                name(class).map(|name| format!("no label is `{name}`, which is predicted"))
            }
            Self::ClassWithoutLabels(class) => name(class).map(|name| format!("no label is `{name}`")),
            _ => None,
        }
    }
}
