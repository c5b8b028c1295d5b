//! A table of predictions → its block in a config.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::draft::Draft;
use super::quote::quoted;
use crate::engine::{ColumnProfile, Profile};
use crate::measurement::TypeFamily;
use crate::report::document::Report;

/// The metric of a model that is better lower; the others are better higher.
const LOSS: &str = "log_loss";
const LABELS: [&str; 7] = ["label", "y_true", "target", "actual", "ground_truth", "y", "truth"];
/// The most values of a label.
const MOST_CLASSES: u64 = 20;
const SCORES: [&str; 9] =
    ["score", "y_score", "probability", "proba", "prob", "y_prob", "y_proba", "predicted_probability", "p"];
const PREDICTIONS: [&str; 6] = ["prediction", "y_pred", "predicted", "pred", "predicted_label", "prediction_label"];
const KEYS: [&str; 5] = ["id", "row_id", "key", "uuid", "index"];
/// Names of columns whose groups should be compared; the law of most countries protects them.
const GROUPS: [&str; 8] = ["sex", "gender", "race", "ethnicity", "age_group", "religion", "disability", "nationality"];
const POSITIVE: [&str; 8] = ["1", "true", "yes", "y", "positive", "pos", "good", ">50k"];

/// The columns of a table of predictions, by role.
#[derive(Debug, Clone, PartialEq)]
pub struct Roles {
    label: String,
    positive: Option<String>,
    score: Option<String>,
    prediction: Option<String>,
    key: Option<String>,
    groups: Vec<String>,
}

/// Returns true if the names of columns are those of a table of predictions: labels, with scores or predicted classes.
pub(super) fn are_of_predictions(columns: &[String]) -> bool {
    let has = |names: &[&str]| columns.iter().any(|column| names.iter().any(|name| column.eq_ignore_ascii_case(name)));
    has(&LABELS) && (has(&SCORES) || has(&PREDICTIONS))
}

/// Returns the column of labels of a table of features: one that models name as such, or one whose name says so.
pub fn label_of<'a>(profile: &'a Profile, models: &[&Roles]) -> Option<&'a str> {
    let is_class =
        |column: &&ColumnProfile| (2..=MOST_CLASSES).contains(&column.distinct) && column.distinct < profile.rows;
    let names = models.iter().map(|roles| roles.label.as_str()).chain(LABELS);
    let mut found = names.filter_map(|name| {
        let columns = profile.columns.iter().filter(is_class);
        columns.map(|column| column.column.name.as_str()).find(|column| column.eq_ignore_ascii_case(name))
    });
    found.next()
}

impl Roles {
    /// Returns the roles, if the columns' names identify a table of binary predictions.
    pub fn of(profile: &Profile) -> Option<Self> {
        let find = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| profile.columns.iter().find(|column| column.column.name.eq_ignore_ascii_case(name)))
        };
        let label = find(&LABELS).filter(|label| label.distinct <= 2)?;
        let is_probability =
            |column: &&ColumnProfile| column.range.is_some_and(|(low, high)| low >= 0.0 && high <= 1.0);
        let score = find(&SCORES).filter(is_probability);
        let prediction = find(&PREDICTIONS).filter(|prediction| prediction.distinct <= 2);
        if score.is_none() && prediction.is_none() {
            return None;
        }
        let name = |column: &ColumnProfile| column.column.name.clone();
        let is_key = |column: &&ColumnProfile| column.distinct == profile.rows && column.nulls == 0;
        Some(Self {
            label: name(label),
            positive: (label.column.data_type.family == TypeFamily::String).then(|| positive(&label.values)),
            score: score.map(name),
            prediction: prediction.map(name),
            key: find(&KEYS).filter(is_key).map(name),
            groups: GROUPS.iter().filter_map(|group| find(&[group])).map(name).collect(),
        })
    }

    /// Returns the metrics that can be computed.
    fn metrics(&self) -> Vec<&'static str> {
        if self.score.is_some() { vec!["roc_auc", "accuracy", "log_loss"] } else { vec!["accuracy", "f1"] }
    }
}

fn positive(values: &[String]) -> String {
    let known = values.iter().find(|value| POSITIVE.contains(&value.to_ascii_lowercase().as_str()));
    known.or(values.last()).cloned().unwrap_or_default()
}

/// Returns the loss of a metric with its interval, from its change: positive if the candidate is worse.
fn loss(metric: &str, (change, [low, high]): (f64, [f64; 2])) -> (f64, [f64; 2]) {
    if metric == LOSS { (change, [low, high]) } else { (-change, [-high, -low]) }
}

/// Returns the metrics in which a model is significantly worse than its baseline, by the models' names.
pub fn regressions(report: &Report) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for gate in report.gates.iter().filter(|gate| gate.check == "max_drop") {
        let (Some(model), Some(metric)) = (gate.subject.get("model"), gate.subject.get("metric")) else { continue };
        let Some((value, interval)) = gate.change.as_ref().and_then(|of| Some((of.value, of.interval?))) else {
            continue;
        };
        let (_, [least, _]) = loss(metric, (value, interval));
        if least > 0.0 {
            found.entry(model).or_default().push(metric);
        }
    }
    found
}

/// Returns the block of a model under `models:`, compared with the predictions of `other` if there are any.
///
/// A first draft has limits that always pass; the next one is written from the intervals of the first.
pub fn model(name: &str, path: &str, roles: &Roles, other: Option<&str>, draft: &Draft) -> String {
    let measured = draft.metrics(name);
    let mut text = String::new();
    let _ = writeln!(text, "  {}:", quoted(name));
    let _ = writeln!(text, "    predictions: {}", quoted(path));
    match other {
        Some(other) => writeln!(text, "    baseline_predictions: {}", quoted(other)),
        None => writeln!(
            text,
            "    # baseline_predictions: main/{name}.parquet   # the same rows, scored by the model on main"
        ),
    }
    .unwrap_or_default();
    match &roles.key {
        Some(key) => writeln!(text, "    key: {}", quoted(key)),
        None => writeln!(text, "    # key: id   # the column that tells rows apart, to pair them with the baseline's"),
    }
    .unwrap_or_default();
    let _ = writeln!(text, "    label: {}", quoted(&roles.label));
    if let Some(positive) = &roles.positive {
        let _ = writeln!(
            text,
            "    positive: {}   # the class that is predicted; make sure that it is this one",
            quoted(positive)
        );
    }
    for (role, column) in [("score", &roles.score), ("prediction", &roles.prediction)] {
        if let Some(column) = column {
            let _ = writeln!(text, "    {role}: {}", quoted(column));
        }
    }
    let _ = writeln!(text, "    metrics:");
    for metric in roles.metrics() {
        let is_loss = metric == LOSS;
        let (limit, comment) = match measured.get(metric) {
            Some([_, high]) if is_loss => (((high * 100.0).ceil() / 100.0).to_string(), format!("up to {high:.4} now")),
            Some([low, _]) => (((low * 100.0).floor() / 100.0).to_string(), format!("from {low:.4} now")),
            None if is_loss => ("1000".to_owned(), String::new()),
            None => ("0.001".to_owned(), String::new()),
        };
        let key = if is_loss { "max" } else { "min" };
        if other.is_none() {
            let _ = writeln!(
                text,
                "      {metric}: {{{key}: {limit}}}   # {comment}; with a baseline also `max_drop: 0.005`"
            );
            continue;
        }
        let change = draft.change(&format!("models.{name}.metrics.{metric}.max_drop"));
        let loss = change.map(|change| loss(metric, change));
        // The largest loss that the interval contains.
        let worst = loss.map(|(_, [_, high])| high);
        let drop = match worst {
            None if is_loss => 1000.0,
            None => 0.999,
            Some(worst) if worst <= 0.005 => 0.005,
            Some(worst) => (worst * 1000.0).ceil() / 1000.0,
        };
        let loss = match loss {
            None => String::new(),
            Some((_, [_, worst])) if worst <= 0.0 => "; no worse than the baseline".to_owned(),
            Some((loss, [least, worst])) if least > 0.0 => {
                format!("; already worse by {loss:.4} [{least:.4}, {worst:.4}]; lower this when the model is fixed")
            }
            Some((_, [_, worst])) => format!("; worse by at most {worst:.4}"),
        };
        let _ = writeln!(text, "      {metric}: {{{key}: {limit}, max_drop: {drop}}}   # {comment}{loss}");
    }
    if !roles.groups.is_empty() {
        let groups: Vec<String> = roles.groups.iter().map(|group| quoted(group)).collect();
        let _ = writeln!(text, "    fairness:");
        let _ = writeln!(text, "      by: [{}]", groups.join(", "));
        let _ = writeln!(text, "      rates:");
        let _ = writeln!(text, "        selection_rate: {{}}   # measured only; `{{min_ratio: 0.8}}` sets a limit");
        let _ = writeln!(text, "        true_positive_rate: {{}}   # measured only; `{{max_gap: 0.1}}` sets a limit");
    }
    text
}
