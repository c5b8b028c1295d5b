//! The interpretation of a model's grades, and of rows that were not scored.

use std::collections::BTreeMap;

use super::super::param::share;
use super::Binder;
use crate::config::{Diagnostic, Model, Node, Spanned, Value, did_you_mean};
use crate::measurement::behaviour::{AnswerChange, Expected};
use crate::measurement::grading::{Grading, Unscored};
use crate::measurement::prediction_spec::PredictionSpec;
use crate::stats::{Direction, Measure, Metric, Task};

/// The words of `unscored`.
const UNSCORED: [&str; 3] = ["error", "wrong", "drop-pairs"];

impl Binder<'_> {
    /// Returns the interpretation of the grades; `None` for a task without grades, which may set nothing of it.
    pub(super) fn grading(&mut self, model: &Model, task: Task) -> Option<Grading> {
        let grades = &model.grades;
        if task != Task::Score {
            let keys = [("better", &grades.better), ("samples", &grades.samples)];
            let mut set: Vec<_> =
                keys.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?.span))).collect();
            set.extend(grades.words.as_ref().map(|node| ("words", node.span)));
            set.extend(grades.pair.as_ref().map(|node| ("pair", node.span)));
            for (key, span) in set {
                let message = format!("`{key}` is for graded rows, and this task is {}", task.name());
                let help = "set `task: score` if each row has a grade in place of a label and a prediction";
                self.problems.push(Diagnostic::new(message, span).with_help(help));
            }
            return None;
        }
        let better = grades.better.as_ref().and_then(|word| match word.value.as_str() {
            "higher" => Some(Direction::HigherIsBetter),
            "lower" => Some(Direction::LowerIsBetter),
            _ => {
                self.word(word, "`better`", &["higher", "lower"]);
                None
            }
        });
        let is_uneven = grades.samples.as_ref().is_some_and(|word| match word.value.as_str() {
            "uneven" => true,
            "even" => false,
            _ => {
                self.word(word, "`samples`", &["even", "uneven"]);
                false
            }
        });
        let words = grades.words.as_ref().map(|node| self.words(node)).unwrap_or_default();
        // With questions, the key identifies their samples, and the questions pair.
        let sample_key = match &model.query {
            Some(_) => model.key.iter().map(|key| key.value.clone()).collect(),
            None => Vec::new(),
        };
        let behaviour = self.behaviour(model);
        // A model that a variant moves less is better.
        let is_size = behaviour.as_ref().is_some_and(|of| of.expected == Expected::Every(AnswerChange::Size));
        let better = better.or(is_size.then_some(Direction::LowerIsBetter));
        Some(Grading { better, words, is_uneven, sample_key, behaviour })
    }

    /// Reads the handling of rows that were not scored.
    pub(super) fn unscored(&mut self, model: &Model, task: Task) -> Unscored {
        let Some(node) = &model.grades.unscored else { return Unscored::Refused };
        let mut problem = |message: String, help: &str| {
            self.problems.push(Diagnostic::new(message, node.span).with_help(help));
            Unscored::Refused
        };
        let help =
            "choose `error`, `wrong` or `drop-pairs`; of grades also the grade that they count as, as in `unscored: 0`";
        match &node.value {
            Value::Text(word) => match word.as_str() {
                "error" => Unscored::Refused,
                "wrong" if task == Task::Score => Unscored::Wrong,
                "wrong" => problem(
                    format!("`wrong` is a count of graded rows, and this task is {}", task.name()),
                    "use `drop-pairs`, or write the wrong class into the predictions",
                ),
                "drop-pairs" => Unscored::DropPairs { most: Unscored::MOST },
                other => match did_you_mean(other, UNSCORED) {
                    Some(near) => problem(
                        format!("`{other}` is not a way to handle unscored rows"),
                        &format!("did you mean `{near}`?"),
                    ),
                    None => problem(format!("`{other}` is not a way to handle unscored rows"), help),
                },
            },
            Value::Map(entries) => match entries.as_slice() {
                [entry] if entry.key.value == "drop-pairs" => match share(&entry.value) {
                    Ok(most) if (0.0..1.0).contains(&most) => Unscored::DropPairs { most },
                    _ => problem(
                        "`drop-pairs` takes the largest proportion of rows that may be left out".to_owned(),
                        "write it as in `unscored: {drop-pairs: 2%}`",
                    ),
                },
                _ => problem("`unscored` has only the key `drop-pairs`".to_owned(), help),
            },
            _ => match node.as_number() {
                Some(grade) if task == Task::Score && grade.is_finite() => Unscored::As(grade),
                Some(_) => problem(format!("a {} task has no grades", task.name()), "use `drop-pairs`"),
                None => problem(format!("expected a word, found {}", node.kind_name()), help),
            },
        }
    }

    /// Reads `words: {good: 1, bad: 0, skipped: null}`.
    fn words(&mut self, node: &Node) -> BTreeMap<String, Option<f64>> {
        let entries = node.entries().unwrap_or_default();
        if entries.is_empty() {
            let message = format!("expected a grade for each word, found {}", node.kind_name());
            let problem = Diagnostic::new(message, node.span);
            self.problems.push(problem.with_help("write them as in `words: {good: 1, bad: 0}`"));
        }
        let mut words = BTreeMap::new();
        for entry in entries {
            let grade = match &entry.value.value {
                Value::Null => None,
                Value::Bool(passed) => Some(f64::from(u8::from(*passed))),
                _ => match entry.value.as_number().filter(|grade| grade.is_finite()) {
                    Some(grade) => Some(grade),
                    None => {
                        let message = format!("the grade of `{}` is {}", entry.key.value, entry.value.kind_name());
                        let help = "a grade is a number, `true` or `false`; `null` marks a row that was not scored";
                        self.problems.push(Diagnostic::new(message, entry.value.span).with_help(help));
                        continue;
                    }
                },
            };
            words.insert(entry.key.value.clone(), grade);
        }
        words
    }

    fn word(&mut self, word: &Spanned<String>, what: &str, known: &[&str]) {
        let message = format!("`{}` is not a value of {what}", word.value);
        let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        self.problems.push(Diagnostic::new(message, word.span).with_help(format!("use {}", known.join(" or "))));
    }

    /// Refuses what graded rows do not have, and questions without what they need.
    pub(super) fn fits_grades(&mut self, model: &Model, spec: &PredictionSpec) {
        if spec.task != Task::Score {
            return;
        }
        let mut wrong = Vec::new();
        if let Some(label) = model.label.first() {
            wrong.push(("a score task has no labels: the grade of a row is its `score`", label.span));
        }
        if let Some(file) = &model.labels {
            wrong.push(("a score task has no file of labels", file.span));
        }
        let sides = [Some(&model.answers), model.baseline.as_ref().map(|baseline| &baseline.value)];
        for answers in sides.into_iter().flatten() {
            if let Some(column) = answers.prediction.first().or(answers.interval.first()) {
                wrong.push(("a score task has its grades under `score`", column.span));
            }
            if let Some(class) = answers.score_of.first() {
                wrong.push(("a score task has one column of grades", class.span));
            }
        }
        if model.logits {
            wrong.push(("a score task has no logits", model.name.span));
        }
        if model.threshold.is_some() {
            wrong.push(("a score task has no threshold; use `share_at_least@0.8`", model.name.span));
        }
        if let (Some(query), false) = (&model.query, model.key.is_empty())
            && !model.key.iter().any(|key| key.value == query.value)
        {
            wrong.push(("the `key` of a sample includes the column of its question", query.span));
        }
        self.problems.extend(wrong.into_iter().map(|(message, span)| Diagnostic::new(message, span)));
    }

    /// Returns the metric in the direction of the model's grades, or `None` if these have no such metric.
    pub(super) fn graded_metric(
        &mut self,
        spec: &PredictionSpec,
        metric: Metric,
        name: &Spanned<String>,
    ) -> Option<Metric> {
        let Some(grading) = &spec.grading else { return Some(metric) };
        let is_of_passes =
            matches!(metric.measure, Measure::PassRate | Measure::PassAtK | Measure::PassHatK | Measure::WinRate);
        if is_of_passes && grading.better == Some(Direction::LowerIsBetter) {
            let message = format!("higher is better for `{}`, but lower is better for the grades", name.value);
            let help = "use `mean`, or turn the grades around, as in `words: {harmful: 0, harmless: 1}`";
            self.problems.push(Diagnostic::new(message, name.span).with_help(help));
            return None;
        }
        if matches!(metric.measure, Measure::Median | Measure::GradeQuantile) && spec.is_of_questions() {
            let message = format!("`{}` is of single rows, and `query` makes questions of them", name.value);
            let help = "describe the rows without `query`, with the questions as `cluster`, as a second model";
            self.problems.push(Diagnostic::new(message, name.span).with_help(help));
            return None;
        }
        Some(metric.toward(grading.better))
    }
}
