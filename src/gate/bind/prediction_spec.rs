//! A model's block → the columns of its predictions.

use std::collections::{BTreeMap, BTreeSet};

use super::super::param::literal;
use super::Binder;
use crate::config::{Diagnostic, Model, Node, PredictionColumns, Spanned, did_you_mean};
use crate::measurement::Literal;
use crate::measurement::prediction_spec::{BaselinePredictions, OutputColumns, PredictionSpec};
use crate::stats::Task;

impl Binder<'_> {
    pub(super) fn prediction_spec(&mut self, model: &Model) -> PredictionSpec {
        let task = self.model_task(model);
        let positive = model.positive.as_ref().and_then(|node| self.class(node));
        let named = |name: &Option<Spanned<String>>| name.as_ref().map(|name| name.value.clone());
        let mut classes: Vec<String> = model.classes.iter().filter_map(|node| self.class(node)).map(plain).collect();
        if classes.is_empty() {
            classes = model.answers.score_of.iter().map(|class| class.value.clone()).collect();
        }
        let candidate = self.answer_columns(&model.answers, &classes);
        let baseline = match (&model.baseline_predictions, &model.baseline) {
            (Some(_), _) if self.is_apart(model) => Some(BaselinePredictions::Apart(candidate.clone())),
            (Some(_), _) => Some(BaselinePredictions::File(candidate.clone())),
            (None, Some(answers)) => Some(BaselinePredictions::Columns(self.answer_columns(&answers.value, &classes))),
            (None, None) => self.config.baseline.as_ref().map(|_| BaselinePredictions::Stored),
        };
        let series = match (&model.series, &model.time) {
            (Some(series), Some(time)) => Some([series.value.clone(), time.value.clone()]),
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                let message = "`series` and `time` need each other: the series of each row, and its time";
                self.problems.push(Diagnostic::new(message, one.span));
                None
            }
        };
        let grading = self.grading(model, task);
        let key = match (&grading, &model.query) {
            (Some(_), Some(query)) => vec![query.value.clone()],
            _ => model.key.iter().map(|key| key.value.clone()).collect(),
        };
        let originals = grading.as_ref().and_then(|grading| Some(grading.behaviour.as_ref()?.of.clone()));
        let spec = PredictionSpec {
            task,
            key,
            label: model.label.iter().map(|label| label.value.clone()).collect(),
            positive,
            classes,
            candidate,
            baseline,
            has_labels: model.labels.is_some(),
            logits: model.logits,
            threshold: model.threshold.unwrap_or(0.5),
            weight: named(&model.weight),
            // The variants of an original are alike.
            cluster: named(&model.cluster).or(originals),
            query: named(&model.query),
            series,
            naive_error: named(&model.naive_error),
            grading,
            unscored: self.unscored(model, task),
            allows_new_keys: self.allows_new_keys(model),
            edges: BTreeMap::new(),
        };
        self.fits_task(model, &spec);
        self.fits_grades(model, &spec);
        spec
    }

    fn model_task(&mut self, model: &Model) -> Task {
        let Some(name) = &model.task else { return Task::Binary };
        if let Some(task) = Task::ALL.into_iter().find(|task| task.name() == name.value) {
            return task;
        }
        let names = Task::ALL.map(Task::name);
        let help = match did_you_mean(&name.value, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        self.problems.push(Diagnostic::new(format!("there is no task `{}`", name.value), name.span).with_help(help));
        Task::Binary
    }

    /// Returns true if the sides' rows are unrelated.
    fn is_apart(&mut self, model: &Model) -> bool {
        let Some(pairing) = &model.pairing else { return false };
        let problem = match (pairing.value.as_str(), &model.labels) {
            ("keys", _) => return false,
            ("none", None) => return true,
            ("none", Some(labels)) => Diagnostic::new("two sets of rows cannot share one file of labels", labels.span)
                .with_help("put the labels beside the predictions, on both sides"),
            (other, _) => Diagnostic::new(format!("`{other}` is not a way to pair rows"), pairing.span)
                .with_help("rows are paired by `keys`, or not at all: `none`"),
        };
        self.problems.push(problem);
        false
    }

    fn class(&mut self, node: &Node) -> Option<Literal> {
        match literal(node) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.push(Diagnostic::new(message, node.span));
                None
            }
        }
    }

    /// Returns the columns of predictions, those named by class in the order of the classes.
    fn answer_columns(&mut self, answers: &PredictionColumns, classes: &[String]) -> OutputColumns {
        let texts = |names: &[Spanned<String>]| names.iter().map(|name| name.value.clone()).collect::<Vec<_>>();
        let mut score = texts(&answers.score);
        if let Some(first) = answers.score_of.first().filter(|_| answers.score_of.len() == score.len()) {
            let of: BTreeSet<&str> = answers.score_of.iter().map(|class| class.value.as_str()).collect();
            if of == classes.iter().map(String::as_str).collect() {
                let column = |class: &String| {
                    answers.score_of.iter().position(|of| of.value == *class).map(|at| score[at].clone())
                };
                score = classes.iter().filter_map(column).collect();
            } else {
                let message = format!("the classes of the scores are not those of {}", classes.join(", "));
                self.problems.push(Diagnostic::new(message, first.span));
            }
        }
        let interval = match texts(&answers.interval).as_slice() {
            [low, high] => Some([low.clone(), high.clone()]),
            _ => None,
        };
        OutputColumns { score, prediction: texts(&answers.prediction), interval }
    }

    /// Refuses a model that lacks what its task needs, or that sets what is not defined for its task.
    fn fits_task(&mut self, model: &Model, spec: &PredictionSpec) {
        let task = spec.task.name();
        let mut wrong: Vec<(String, crate::config::Span)> = Vec::new();
        if let (Some(pairing), None) = (&model.pairing, &model.baseline_predictions) {
            let message = "`pairing` needs `baseline_predictions`, whose rows it is about";
            wrong.push((message.to_owned(), pairing.span));
        }
        let first = |names: &[Spanned<String>]| names.first().map_or(model.name.span, |name| name.span);
        let label = first(&model.label);
        let score = first(&model.answers.score);
        if spec.task == Task::Multilabel {
            if spec.label.len() < 2 {
                let message = "a multilabel task needs a column for each label, as in `label: [sports, politics]`";
                wrong.push((message.to_owned(), label));
            }
            let columns =
                [(&spec.candidate.score, score), (&spec.candidate.prediction, first(&model.answers.prediction))];
            for (names, span) in columns {
                if !names.is_empty() && names.len() != spec.label.len() {
                    let message = format!("there are {} labels, but columns for {}", spec.label.len(), names.len());
                    wrong.push((message, span));
                }
            }
        } else {
            if spec.label.len() > 1 {
                wrong.push((
                    format!("a {task} task has one column of labels; for several, set `task: multilabel`"),
                    label,
                ));
            }
            if spec.candidate.prediction.len() > 1 {
                wrong.push((format!("a {task} task has one column of predictions"), first(&model.answers.prediction)));
            }
            if spec.task != Task::Multiclass && spec.candidate.score.len() > 1 {
                let message =
                    format!("a {task} task has one column of scores; for several classes, set `task: multiclass`");
                wrong.push((message, score));
            }
        }
        if spec.task == Task::Multiclass && spec.candidate.score.len() > 1 && spec.classes.is_empty() {
            let message =
                "which column belongs to which class is not known; set it, as in `score: {cat: p_cat, dog: p_dog}`";
            wrong.push((message.to_owned(), score));
        }
        if spec.task == Task::Ranking && spec.query.is_none() {
            wrong.push((
                "a ranking needs the column of its queries, as in `query: query_id`".to_owned(),
                model.name.span,
            ));
        }
        if let (Some(query), false) = (&model.query, matches!(spec.task, Task::Ranking | Task::Score)) {
            wrong.push((format!("a {task} task has no queries; did you mean `task: ranking`?"), query.span));
        }
        if let (Some(naive), false) = (&model.naive_error, spec.task == Task::Regression) {
            let message = format!("a {task} task has no naive errors; did you mean `task: regression`?");
            wrong.push((message, naive.span));
        }
        if let (Some(positive), Task::Multiclass | Task::Regression | Task::Ranking | Task::Score) =
            (&model.positive, spec.task)
        {
            wrong.push((format!("a {task} task has no positive class"), positive.span));
        }
        if !spec.classes.is_empty() && spec.task != Task::Multiclass {
            let span = model.classes.first().map_or(score, |class| class.span);
            wrong.push((format!("`classes` is for `task: multiclass`, and this task is {task}"), span));
        }
        self.problems.extend(wrong.into_iter().map(|(message, span)| Diagnostic::new(message, span)));
    }
}

/// Returns a class as it is written in a file.
fn plain(class: Literal) -> String {
    match class {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Float(value) => value.0.to_string(),
        Literal::Exact(text) => text.clone(),
        Literal::Text(text) | Literal::Expression(text) | Literal::Column(text) => text,
        Literal::Null | Literal::List(_) | Literal::Time(_) => String::new(),
    }
}
