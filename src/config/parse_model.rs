//! The block of a model → [`Model`].

use super::keys::MODEL_KEYS;
use std::collections::BTreeSet;

use super::config::{
    GradesConfig, Lines, Model, PatternLines, PredictionColumns, ReportedLines, ReportedModel, SliceDefinition,
    SliceSearchConfig,
};
use super::parse::line;
use super::yaml::{Entry, Node, Value};
use crate::config::reader::ConfigReader;
use crate::config::span::{Span, Spanned};

/// Keys of a model that has a file of metrics and no predictions.
const REPORTED_KEYS: [&str; 4] = ["metrics_file", "baseline_metrics_file", "may_differ", "metrics"];

/// Keys of one side's predictions.
const ANSWER_KEYS: [&str; 3] = ["score", "prediction", "interval"];

/// Returns true if the value of a key `find` is a search; a column or a condition may have that name, too.
fn is_search(node: &Node) -> bool {
    matches!(node.value, Value::Map(_)) && node.get("bins").is_none()
}

/// Returns true for a task of graded rows.
fn is_graded(node: &Node) -> bool {
    node.get("task").and_then(Node::as_text) == Some("score")
}

impl ConfigReader {
    pub(super) fn model(&mut self, entry: &Entry) -> Option<Model> {
        let node = &entry.value;
        for inner in self.mapping(Some(node)) {
            self.known(&inner.key.value, inner.key.span, &MODEL_KEYS);
        }
        let label = match node.get("label") {
            Some(node) => self.names(node),
            // Graded rows have no labels.
            None if is_graded(node) => Vec::new(),
            None => vec![self.required(entry, "label")],
        };
        let (slices, find) = self.slices(node.get("slices"));
        let name = |reader: &mut Self, key: &str| node.get(key).and_then(|node| reader.text(node));
        let model = Model {
            name: self.name(&entry.key)?,
            task: name(self, "task"),
            predictions: self.required(entry, "predictions"),
            baseline_predictions: name(self, "baseline_predictions"),
            pairing: name(self, "pairing"),
            keys: node.get("keys").cloned(),
            may_differ: node.get("may_differ").map(|node| self.names(node)).unwrap_or_default(),
            labels: name(self, "labels"),
            read_as: self.read_as(node),
            key: node.get("key").map(|node| self.names(node)).unwrap_or_default(),
            label,
            positive: node.get("positive").cloned(),
            classes: self.classes(node.get("classes")),
            answers: self.answers(node),
            baseline: node.get("baseline").map(|node| Spanned { value: self.other_answers(node), span: node.span }),
            logits: self.flag(node.get("logits")),
            threshold: node.get("threshold").and_then(|node| self.between(node, "threshold", 0.0, 1.0)),
            weight: name(self, "weight"),
            cluster: name(self, "cluster"),
            query: name(self, "query"),
            series: name(self, "series"),
            time: name(self, "time"),
            naive_error: name(self, "naive_error"),
            grades: GradesConfig {
                better: name(self, "better"),
                words: node.get("words").cloned(),
                unscored: node.get("unscored").cloned(),
                samples: name(self, "samples"),
                pair: node.get("pair").cloned(),
            },
            slices,
            find,
            must_pass: self.mapping(Some(node)).iter().find(|inner| inner.key.value == "must_pass").map(line),
            metrics: self.metrics(node.get("metrics")),
            fairness: node.get("fairness").and_then(|node| self.fairness(node)),
        };
        if let Some(file) = node.get("baseline_metrics_file") {
            self.problem("`baseline_metrics_file` needs a `metrics_file`", file.span);
        }
        if model.answers == PredictionColumns::default() {
            if is_graded(node) {
                self.helped(
                    "the model has no `score`",
                    entry.key.span,
                    "name the column of the grades, as in `score: judge`",
                );
            } else {
                let help =
                    "name the column of P(positive) as `score`, or the column of predicted classes as `prediction`";
                self.helped("the model has neither `score` nor `prediction`", entry.key.span, help);
            }
        }
        let is_paired = model.pairing.as_ref().is_none_or(|pairing| pairing.value != "none");
        // Questions are paired by their own column.
        let has_key = !model.key.is_empty() || (is_graded(node) && model.query.is_some());
        if ((model.baseline_predictions.is_some() && is_paired) || model.labels.is_some()) && !has_key {
            let what = if model.labels.is_some() { "labels and predictions" } else { "the two sides' rows" };
            let help = "name the column that identifies a row, as in `key: id`";
            self.helped(format!("{what} are paired by a `key`, which is missing"), entry.key.span, help);
        }
        if let (Some(file), Some(columns)) = (&model.baseline_predictions, &model.baseline) {
            let help = "keep `baseline_predictions` for another file, or `baseline` for columns of the same one";
            self.helped("the baseline is named twice", columns.span, help);
            self.problem("here it is a file", file.span);
        }
        Some(model)
    }

    /// Reads a model that has a file of metrics and no predictions.
    pub(super) fn reported_model(&mut self, entry: &Entry) -> Option<ReportedModel> {
        let node = &entry.value;
        for inner in self.mapping(Some(node)) {
            let (key, span) = (inner.key.value.as_str(), inner.key.span);
            if MODEL_KEYS.contains(&key) && !REPORTED_KEYS.contains(&key) {
                let help = "a `metrics_file` has no rows; use `predictions` for what needs them";
                self.helped(format!("`{key}` cannot be combined with `metrics_file`"), span, help);
            } else {
                self.known(key, span, &MODEL_KEYS);
            }
        }
        let metrics = self.mapping(node.get("metrics"));
        let metrics = metrics.iter().map(|entry| {
            let lines = self.lines(&entry.value).into_iter().filter(|line| line.key.value != "direction").collect();
            let direction = entry.value.get("direction").and_then(|node| self.text(node));
            ReportedLines { name: entry.key.clone(), direction, lines }
        });
        let metrics = metrics.collect();
        Some(ReportedModel {
            name: self.name(&entry.key)?,
            metrics_file: self.required(entry, "metrics_file"),
            baseline_metrics_file: node.get("baseline_metrics_file").and_then(|node| self.text(node)),
            may_differ: node.get("may_differ").map(|node| self.names(node)).unwrap_or_default(),
            metrics,
        })
    }

    fn other_answers(&mut self, node: &Node) -> PredictionColumns {
        for inner in self.mapping(Some(node)) {
            self.known(&inner.key.value, inner.key.span, &ANSWER_KEYS);
        }
        let answers = self.answers(node);
        if answers == PredictionColumns::default() {
            self.helped(
                "the baseline has neither `score` nor `prediction`",
                node.span,
                "name its columns in the file of the predictions, as in `baseline: {score: score_main}`",
            );
        }
        answers
    }

    fn answers(&mut self, node: &Node) -> PredictionColumns {
        let (mut score, mut score_of) = (Vec::new(), Vec::new());
        match node.get("score") {
            Some(Node { value: Value::Map(entries), .. }) => {
                for entry in entries {
                    score_of.push(entry.key.clone());
                    score.extend(self.text(&entry.value));
                }
            }
            Some(node) => score = self.names(node),
            None => {}
        }
        let interval = node.get("interval").map(|node| (self.names(node), node.span));
        let interval = match interval {
            Some((ends, span)) if ends.len() != 2 => {
                self.helped(
                    "an interval needs two columns",
                    span,
                    "name the columns of both ends, as in `interval: [low, high]`",
                );
                Vec::new()
            }
            Some((ends, _)) => ends,
            None => Vec::new(),
        };
        let prediction = node.get("prediction").map(|node| self.names(node)).unwrap_or_default();
        PredictionColumns { score, score_of, prediction, interval }
    }

    /// Reads `slices`: a list, or a mapping with the list as `by` and a search as `find`. A search may also be in the list.
    fn slices(&mut self, node: Option<&Node>) -> (Vec<SliceDefinition>, Option<SliceSearchConfig>) {
        let Some(node) = node else { return (Vec::new(), None) };
        let (list, named) = match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    self.known(&entry.key.value, entry.key.span, &["find", "by"]);
                }
                (node.get("by"), node.get("find"))
            }
            _ => (Some(node), None),
        };
        let items = match list.map(|list| &list.value) {
            Some(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        let listed = items.iter().filter_map(|item| item.get("find")).filter(|find| is_search(find));
        let searches: Vec<&Node> = named.into_iter().chain(listed).collect();
        if let Some(second) = searches.get(1) {
            self.helped("a second search for slices".to_owned(), second.span, "a model has one `find`");
        }
        let find = searches.first().map(|find| self.finding(find));
        (list.map(|list| self.listed_slices(list)).unwrap_or_default(), find)
    }

    /// Reads `[sex, [sex, race], {under_25: "age < 25"}, {age: {bins: 4}}]`.
    fn listed_slices(&mut self, node: &Node) -> Vec<SliceDefinition> {
        let Value::List(items) = &node.value else {
            let help = "name columns, as in `slices: [sex, [sex, race], {under_25: \"age < 25\"}, {age: {bins: 4}}]`";
            self.helped(format!("expected a list of slices, found {}", node.kind_name()), node.span, help);
            return Vec::new();
        };
        let mut slices = Vec::new();
        let mut named = BTreeSet::new();
        for item in items {
            let Value::Map(entries) = &item.value else {
                let columns: Vec<String> = self.names(item).into_iter().map(|name| name.value).collect();
                if let Some(column) = columns.iter().enumerate().find(|(at, name)| columns[..*at].contains(name)) {
                    self.problem(format!("`{}` is crossed with itself", column.1), item.span);
                } else if !columns.is_empty() {
                    self.named_once(&mut named, columns.join(","), item.span);
                    slices.push(SliceDefinition::Columns(Spanned { value: columns, span: item.span }));
                }
                continue;
            };
            for entry in entries.iter().filter(|entry| entry.key.value != "find" || !is_search(&entry.value)) {
                self.named_once(&mut named, entry.key.value.clone(), entry.key.span);
                let Value::Map(_) = &entry.value.value else {
                    let condition = self.text(&entry.value);
                    slices.extend(
                        condition.map(|condition| SliceDefinition::Where { name: entry.key.clone(), condition }),
                    );
                    continue;
                };
                match entry.value.get("bins").map(|bins| &bins.value) {
                    Some(Value::Int(count @ 2..=100)) => {
                        slices.push(SliceDefinition::Bins { column: entry.key.clone(), count: count.unsigned_abs() })
                    }
                    _ => self.problem(
                        "the number of bins must be from 2 to 100, as in `{age: {bins: 4}}`",
                        entry.value.span,
                    ),
                }
            }
        }
        slices
    }

    /// Notes a problem if a slice's name is used twice: it becomes part of gates' ids.
    fn named_once(&mut self, named: &mut BTreeSet<String>, name: String, span: Span) {
        if named.contains(&name) {
            self.helped(format!("`{name}` names slices twice"), span, "remove one of the two, or give it another name");
        }
        named.insert(name);
    }

    /// Reads the metrics; the key `slices` below a metric is not a check.
    fn metrics(&mut self, node: Option<&Node>) -> Vec<Lines> {
        let mut metrics = self.subjects(node);
        for metric in &mut metrics {
            let Some(at) = metric.lines.iter().position(|line| line.key.value == "slices") else { continue };
            let line = metric.lines.remove(at);
            let all = |pattern: Spanned<String>| PatternLines { pattern, lines: metric.lines.clone() };
            metric.slices = match &line.value.value {
                Value::Map(entries) => entries
                    .iter()
                    .map(|entry| PatternLines { pattern: entry.key.clone(), lines: self.lines(&entry.value) })
                    .collect(),
                Value::Text(text) if text == "all" => {
                    vec![all(Spanned { value: "*".to_owned(), span: line.value.span })]
                }
                _ => self.names(&line.value).into_iter().map(all).collect(),
            };
        }
        metrics
    }

    fn classes(&mut self, node: Option<&Node>) -> Vec<Node> {
        match node {
            Some(Node { value: Value::List(items), .. }) => items.clone(),
            Some(node) => {
                self.problem(format!("expected a list of classes, found {}", node.kind_name()), node.span);
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    fn flag(&mut self, node: Option<&Node>) -> bool {
        match node.map(|node| (&node.value, node)) {
            None => false,
            Some((Value::Bool(flag), _)) => *flag,
            Some((_, node)) => {
                self.problem(format!("expected true or false, found {}", node.kind_name()), node.span);
                false
            }
        }
    }
}
