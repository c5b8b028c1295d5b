//! Metrics: names, parameters, and facts about each.

mod class_name;
mod denominator;
mod known;
mod measure;
mod parameter;
mod parse;
pub(crate) mod state_kind;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use class_name::ClassName;
pub use known::{KnownNumber, known_number};
pub use measure::Measure;
pub use parameter::{Parameter, Real};

use super::Task;

/// Average over classes or labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Average {
    /// No average: the positive class of a binary task, or a measure of all classes at once.
    None,
    /// The metric of the sum of all classes' confusion matrices.
    Micro,
    /// The unweighted mean over the classes.
    Macro,
    /// The mean over the classes, weighted by the rows of each.
    Weighted,
    /// The mean over the rows of the metric of each row's labels.
    Samples,
    /// A single class against all others.
    Class(u32),
}

/// Direction of improvement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Direction {
    HigherIsBetter,
    LowerIsBetter,
    /// Neither direction: the best value lies in between, or there is none.
    Neither,
}

/// Predictions that a metric is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Predicted classes.
    Classes,
    /// Predicted classes of both sides.
    BothSides,
    /// Scores in any unit; for a regression, the predicted number.
    Scores,
    /// Scores between 0 and 1.
    Probabilities,
    /// The ends of a forecast interval.
    Interval,
}

/// A metric with everything that its value depends on.
///
/// Its text form is `measure[_average][@number][@class]`: `f1`, `f1_macro`, `fbeta_weighted@2`, `ndcg@10`,
/// `mean_pinball_loss@0.9`, `recall@fraud`, `fbeta@2@fraud`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Metric {
    /// The measure.
    pub measure: Measure,
    /// The average over classes.
    pub average: Average,
    /// The measure's parameter.
    pub at: Option<Real>,
    /// The class that is compared with all others, as the positive one of two.
    pub class: Option<ClassName>,
    /// The better direction that the config gives a measure of grades; no part of the text form.
    pub toward: Option<Direction>,
}

/// Reason why a text is not a metric.
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
    #[error("`{0}` names no class after the `@`")]
    NoClass(&'static str),
    #[error("`{0}` is of one class and an average over the classes at once")]
    ClassAndAverage(&'static str),
    #[error("`{0}` is not defined for one class of several")]
    NotOfOneClass(&'static str),
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

    /// The metrics of a binary classifier that need only a label and a score.
    pub const ALL: [Self; 7] =
        [Self::ACCURACY, Self::PRECISION, Self::RECALL, Self::F1, Self::ROC_AUC, Self::LOG_LOSS, Self::BRIER_SCORE];

    /// Creates a metric without average and parameter.
    pub const fn of(measure: Measure) -> Self {
        Self { measure, average: Average::None, at: None, class: None, toward: None }
    }

    /// Sets the average.
    #[must_use]
    pub const fn averaged(self, average: Average) -> Self {
        Self { average, ..self }
    }

    /// Sets the class that is compared with all others.
    #[must_use]
    pub const fn of_class(self, class: ClassName) -> Self {
        Self { class: Some(class), ..self }
    }

    /// Returns the metric of two classes that the metric of one class of several is: that class against all others.
    #[must_use]
    pub const fn without_class(self) -> Self {
        Self { class: None, ..self }
    }

    /// Creates a metric after checking its average and its parameter and filling in the defaults.
    ///
    /// # Errors
    ///
    /// Returns an error if average or parameter do not fit the measure.
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
        Ok(Self { measure, average, at: at.or(facts.parameter.default_value()).map(Real), class: None, toward: None })
    }

    /// Returns all names that [`Self::parse`] accepts before the `@`, except aliases, for suggestions.
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

    /// Returns the measure's name, without average and parameter; [`fmt::Display`] writes the whole metric.
    pub fn name(self) -> &'static str {
        self.measure.name()
    }

    /// Returns name and definition, in one clause.
    pub fn definition(self) -> String {
        let of_class = self.class.map_or_else(String::new, |class| format!("; of `{class}` against all other classes"));
        format!("{self}: {}{of_class}", self.measure.facts().definition)
    }

    /// Returns the direction of improvement.
    pub fn direction(self) -> Direction {
        self.toward.unwrap_or(self.measure.facts().direction)
    }

    /// Sets the better direction of a measure of grades, whose name has none: `better` is that of the grades.
    #[must_use]
    pub fn toward(self, better: Option<Direction>) -> Self {
        let mirrored = |better| match better {
            Direction::HigherIsBetter => Direction::LowerIsBetter,
            Direction::LowerIsBetter => Direction::HigherIsBetter,
            Direction::Neither => Direction::Neither,
        };
        let toward = match self.measure {
            Measure::Mean | Measure::Median | Measure::GradeQuantile | Measure::ShareAtLeast => better,
            Measure::ShareAtMost => better.map(mirrored),
            _ => None,
        };
        Self { toward, ..self }
    }

    /// Returns the smallest and the largest possible value.
    pub fn range(self) -> (Option<f64>, Option<f64>) {
        self.measure.facts().range
    }

    /// Returns true if the metric, with its average, is defined for this kind of task.
    pub fn applies_to(self, task: Task) -> bool {
        let facts = self.measure.facts();
        if self.class.is_some() {
            return matches!(task, Task::Multiclass | Task::Multilabel) && self.measure.is_of_a_class();
        }
        let average = match (self.average, task) {
            _ if !facts.is_averaged => true,
            (Average::None, task) => task == Task::Binary,
            (Average::Samples, task) => {
                use Measure::{F1, FBeta, Jaccard, Precision, Recall};
                task == Task::Multilabel && matches!(self.measure, Precision | Recall | F1 | FBeta | Jaccard)
            }
            (Average::Micro, Task::Multiclass) => self.measure != Measure::RocAucOvo,
            (Average::Class(_), _) if self.measure == Measure::RocAucOvo => false,
            (_, task) => task != Task::Binary || facts.needs == Needs::Classes,
        };
        average && facts.tasks.contains(&task)
    }

    /// Returns the predictions that the metric needs.
    pub fn needs(self) -> Needs {
        self.measure.facts().needs
    }

    /// Returns true if predicted classes are not enough.
    pub fn needs_score(self) -> bool {
        matches!(self.needs(), Needs::Scores | Needs::Probabilities)
    }

    /// Returns the parameter that the measure takes.
    pub fn parameter(self) -> Parameter {
        self.measure.facts().parameter
    }

    /// Returns the parameter as an integer: k, bins or season.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked by `new`")]
    pub(super) fn count(self) -> usize {
        self.at.map_or(usize::MAX, |at| at.0 as usize)
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
        match (self.measure, self.at) {
            (Measure::PassAtK, Some(at)) => return write!(out, "pass@{}", at.0),
            (Measure::PassHatK, Some(at)) => return write!(out, "pass^{}", at.0),
            _ => out.write_str(self.name())?,
        }
        match self.average {
            Average::None => {}
            Average::Class(code) => write!(out, "_class_{code}")?,
            average => {
                let ending = AVERAGES.iter().find(|(_, known)| *known == average).map_or("", |(ending, _)| ending);
                out.write_str(ending)?;
            }
        }
        if let Some(at) = self.at {
            write!(out, "@{}", at.0)?;
        }
        match self.class {
            Some(class) => write!(out, "@{class}"),
            None => Ok(()),
        }
    }
}
