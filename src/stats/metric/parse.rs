//! Reads metrics from their text form.

use super::{AVERAGES, Average, BadMetric, ClassName, Measure, Metric, Needs, Parameter};
use crate::stats::Task;

impl Metric {
    /// Reads `measure[_average][@number][@class]`. A class is everything after its `@`, whatever characters it has.
    ///
    /// A text that could be a number is one: [`Self::parse_for`] takes it for a class where the task has several.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such measure, or if its parts do not go together.
    pub fn parse(text: &str) -> Result<Self, BadMetric> {
        let (name, behind) = match text.split_once('@') {
            Some((name, behind)) => (name, Some(behind)),
            None if text.starts_with("pass^") => ("pass^", text.get(5..)),
            None => (text, None),
        };
        let number = behind.and_then(|behind| behind.parse::<f64>().ok());
        // By convention, `precision@5` is a metric of rankings.
        let at_k = match name {
            "precision" => Some(Measure::PrecisionAtK),
            "recall" => Some(Measure::RecallAtK),
            "hit_rate" => Some(Measure::HitRate),
            "pass" => Some(Measure::PassAtK),
            "pass^" => Some(Measure::PassHatK),
            _ => None,
        };
        if let (Some(measure), Some(_)) = (at_k, number) {
            return Self::new(measure, Average::None, number);
        }
        let (measure, average) =
            named(name).or(at_k.filter(|_| behind.is_some()).map(plain)).ok_or(BadMetric::Unknown)?;
        let Some(behind) = behind else { return Self::new(measure, average, None) };
        match (measure.parameter(), number) {
            (Parameter::None, Some(_)) => Self::new(measure, average, number),
            (Parameter::None, None) => of_class(Self::new(measure, average, None)?, behind),
            _ => numbered(measure, average, behind),
        }
    }

    /// Reads a metric of a task: in one of several classes or labels, `precision@5` is of the class `5`.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::parse`].
    pub fn parse_for(text: &str, task: Task) -> Result<Self, BadMetric> {
        let has_classes = matches!(task, Task::Multiclass | Task::Multilabel);
        if let (true, Some((name, class))) = (has_classes, text.split_once('@'))
            && let Some((measure, average)) = named(name)
            && measure.parameter() == Parameter::None
        {
            return of_class(Self::new(measure, average, None)?, class);
        }
        let metric = Self::parse(text)?;
        // Without several classes, what stands where a number may stand was meant to be one.
        let is_number = metric.parameter() != Parameter::None && text.matches('@').count() == 1;
        if metric.class.is_some() && is_number && !has_classes {
            return Err(BadMetric::BadNumber(metric.name(), metric.parameter()));
        }
        Ok(metric)
    }
}

fn plain(measure: Measure) -> (Measure, Average) {
    (measure, Average::None)
}

/// Returns the measure and the average of a name.
fn named(name: &str) -> Option<(Measure, Average)> {
    let of = |name: &str| Measure::all().find(|measure| measure.name() == name || measure.aliases().contains(&name));
    let averaged = || AVERAGES.iter().find_map(|(ending, average)| Some((of(name.strip_suffix(ending)?)?, *average)));
    of(name).map(plain).or_else(averaged)
}

/// Reads what stands behind the first `@` of a measure with a number: the number, and a class behind another `@`; or
/// the class alone, where the number has a default.
fn numbered(measure: Measure, average: Average, behind: &str) -> Result<Metric, BadMetric> {
    let (number, class) = behind.split_once('@').map_or((behind, None), |(number, class)| (number, Some(class)));
    match (number.parse::<f64>(), class) {
        (Ok(number), None) => Metric::new(measure, average, Some(number)),
        (Ok(number), Some(class)) => of_class(Metric::new(measure, average, Some(number))?, class),
        (Err(_), _) if measure.parameter().is_optional() && measure.is_of_a_class() => {
            of_class(Metric::new(measure, average, None)?, behind)
        }
        // No measure takes what is not a number, and each says what it takes.
        (Err(_), _) => Metric::new(measure, average, Some(f64::NAN)),
    }
}

fn of_class(metric: Metric, class: &str) -> Result<Metric, BadMetric> {
    let name = metric.name();
    if metric.average != Average::None {
        return Err(BadMetric::ClassAndAverage(name));
    }
    if !metric.measure.is_of_a_class() {
        return Err(BadMetric::NotOfOneClass(name));
    }
    if class.is_empty() { Err(BadMetric::NoClass(name)) } else { Ok(metric.of_class(ClassName::new(class))) }
}

impl Measure {
    /// Returns true if the measure can be of one class of several against all others: if it is defined for two classes
    /// and for one side alone.
    pub fn is_of_a_class(self) -> bool {
        self.tasks().contains(&Task::Binary) && self.facts().needs != Needs::BothSides
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_class_is_whatever_stands_behind_its_sign() {
        for (text, name, at, class) in [
            ("f1@fraud", "f1", None, Some("fraud")),
            ("recall@New York, NY", "recall", None, Some("New York, NY")),
            ("precision@a@b.c", "precision", None, Some("a@b.c")),
            ("fbeta@2@fraud", "fbeta", Some(2.0), Some("fraud")),
            ("recall_at_fpr@0.01@fraud", "recall_at_false_positive_rate", Some(0.01), Some("fraud")),
            ("ece@fraud", "expected_calibration_error", Some(15.0), Some("fraud")),
            ("ece@10@fraud", "expected_calibration_error", Some(10.0), Some("fraud")),
            ("precision@5", "precision_at_k", Some(5.0), None),
            ("ndcg@10", "ndcg", Some(10.0), None),
        ] {
            let metric = Metric::parse(text).unwrap();
            let found = (metric.name(), metric.at.map(|at| at.0), metric.class.map(ClassName::as_str));
            assert_eq!(found, (name, at, class), "{text}");
            assert_eq!(Metric::parse(&metric.to_string()).unwrap(), metric, "{text}");
        }
    }

    #[test]
    fn a_class_may_look_like_a_number() {
        for (text, written) in [("f1@1", "f1@1"), ("precision@5", "precision@5"), ("fbeta@2@3", "fbeta@2@3")] {
            let metric = Metric::parse_for(text, Task::Multiclass).unwrap();
            assert!(metric.class.is_some() && metric.applies_to(Task::Multiclass), "{text}");
            assert_eq!(metric.to_string(), written);
        }
        assert_eq!(Metric::parse_for("precision@5", Task::Ranking).unwrap().measure, Measure::PrecisionAtK);
        assert_eq!(Metric::parse_for("top_k_accuracy@2", Task::Multiclass).unwrap().class, None);
    }

    #[test]
    fn parts_that_do_not_go_together_are_refused() {
        for (text, why) in [
            ("f1@", BadMetric::NoClass("f1")),
            ("f1_macro@fraud", BadMetric::ClassAndAverage("f1")),
            ("roc_auc_ovr@fraud", BadMetric::NotOfOneClass("roc_auc_ovr")),
            ("flip_rate@fraud", BadMetric::NotOfOneClass("flip_rate")),
            ("f1@2", BadMetric::TakesNoNumber("f1")),
            ("fbeta@fraud", BadMetric::BadNumber("fbeta", Parameter::Beta)),
            ("ndcg@fraud", BadMetric::BadNumber("ndcg", Parameter::OptionalK)),
            ("fi@fraud", BadMetric::Unknown),
        ] {
            assert_eq!(Metric::parse(text), Err(why), "{text}");
        }
    }
}
