//! The faults of predictions, labels and files of metrics, and the lines that may catch them.

use super::kind::{self, FaultKind};
use super::line::ConfigLine;
use super::places::{PlannedChange, PlannedFault, SummarisedFile};
use crate::config::{Config, Model, ReportedModel};
use crate::engine::{ColumnProfile, Fault, OutputShape};
use crate::init::quoted;
use crate::measurement::{TableId, TableKind};
use crate::stats::{Direction, Metric, Side};

/// The most values of a column of groups.
const MOST_GROUPS: u64 = 20;

/// A model whose faults are planned.
pub(super) struct DrilledModel<'a> {
    pub(super) config: &'a Config,
    pub(super) model: &'a Model,
    pub(super) files: &'a [SummarisedFile],
}

impl DrilledModel<'_> {
    /// Returns the faults of the model's files.
    pub(super) fn faults(&self) -> Vec<PlannedFault> {
        let Some(own) = self.file(&self.model.predictions.value) else { return Vec::new() };
        let labels = self.model.labels.as_ref().map_or(Some(own), |path| self.file(&path.value));
        let mut found = Vec::new();
        for (file, what) in
            [Some((own, "predictions")), labels.filter(|labels| *labels != own).map(|at| (at, "labels"))]
                .into_iter()
                .flatten()
        {
            if !self.is_dataset(file) {
                found.extend(self.of_file(file, what));
            }
        }
        if let Some(labels) = labels {
            found.extend(self.of_labels(labels, own));
        }
        found.extend(self.of_outputs(own));
        found
    }

    /// Returns faults of rows and columns of a file that is not a dataset.
    fn of_file(&self, file: usize, what: &str) -> Vec<PlannedFault> {
        let mut found = Vec::new();
        for (kind, fault) in [
            (&kind::ROWS_REPEATED, Fault::RowsRepeated),
            (&kind::ROWS_LOST, Fault::RowsLost),
            (&kind::ROWS_MULTIPLIED, Fault::RowsMultiplied(None)),
            (&kind::TRUNCATED, Fault::Truncated(None)),
        ] {
            found.extend(self.fault(kind, what, file, fault, &[]));
        }
        let names = |spanned: &[crate::config::Spanned<String>]| {
            spanned.iter().map(|name| name.value.clone()).collect::<Vec<_>>()
        };
        let keys = names(&self.model.key);
        let mut columns = keys.clone();
        let label_is_here = (what == "labels") == self.model.labels.is_some();
        if label_is_here {
            columns.extend(names(&self.model.label));
        }
        if what == "predictions" {
            columns.extend([names(&self.model.answers.score), names(&self.model.answers.prediction)].concat());
            columns.extend(self.group_columns().map(str::to_owned));
        }
        columns.retain(|name| self.column(file, name).is_some());
        columns.dedup();
        for column in columns {
            let here = format!("{what}.{column}");
            if !keys.contains(&column) {
                found.extend(self.fault(&kind::NULLS, &here, file, Fault::Nulls(column.clone()), &[]));
            } else {
                found.extend(self.fault(&kind::RETYPED, &here, file, Fault::Retyped(column.clone()), &[]));
            }
            found.extend(self.fault(&kind::RENAMED, &here, file, Fault::Renamed(column), &[]));
        }
        found
    }

    fn of_labels(&self, file: usize, own: usize) -> Vec<PlannedFault> {
        let labels: Vec<String> = self.model.label.iter().map(|label| label.value.clone()).collect();
        if labels.is_empty() {
            return Vec::new();
        }
        let here = format!("{}.{}", if file == own { "predictions" } else { "labels" }, labels[0]);
        let cures = self.drops(self.general());
        let all = Fault::LabelsFlipped { labels: labels.clone(), group: None };
        let mut found = self.fault(&kind::LABELS, &here, file, all, &cures);
        if let Some(group) = self.group(file) {
            let cures = [self.gaps(&group), cures].concat();
            let one = Fault::LabelsFlipped { labels, group: Some(group.clone()) };
            let here = format!("{here} by {group}");
            found.extend(self.fault(&kind::LABELS_IN_GROUP, &here, file, one, &cures));
        }
        found
    }

    fn of_outputs(&self, file: usize) -> Vec<PlannedFault> {
        let shape = self.shape();
        let (noise, calibration) = if shape.is_numeric {
            (&kind::NOISE, Some(&kind::BIAS))
        } else if shape.scores.is_empty() {
            (&kind::REPLACED, None)
        } else if shape.scores.len() == 1 || shape.is_multilabel {
            (&kind::NOISE, Some(&kind::CALIBRATION))
        } else {
            (&kind::MIXED, None)
        };
        let what = if shape.scores.is_empty() { "prediction" } else { "score" };
        let here = format!("predictions.{what}");
        let mut found = self.fault(noise, &here, file, Fault::Noise(shape.clone()), &self.drops(self.general()));
        if self.task() == "ranking" {
            return found;
        }
        if let Some(calibration) = calibration {
            let cures = self.drops(if shape.is_numeric {
                &["mean_bias_error", "mean_absolute_error"]
            } else {
                &["brier_score", "log_loss"]
            });
            found.extend(self.fault(calibration, &here, file, Fault::Miscalibrated(shape.clone()), &cures));
        }
        let is_binary = matches!(self.task(), "binary" | "multilabel");
        if is_binary && !shape.predictions.is_empty() {
            let cures = self.drops(&["recall", "f1", "accuracy"]);
            let here = "predictions.prediction";
            found.extend(self.fault(&kind::THRESHOLD, here, file, Fault::ThresholdMoved(shape.clone()), &cures));
        }
        if let (true, Some(group), [label], None) =
            (self.task() == "binary", self.group(file), self.model.label.as_slice(), &self.model.labels)
        {
            let fault = Fault::GroupRecall { outputs: shape, label: label.value.clone(), group: group.clone() };
            let here = format!("{here} by {group}");
            let cures = [self.gaps(&group), self.drops(&["recall"])].concat();
            found.extend(self.fault(&kind::GROUP_RECALL, &here, file, fault, &cures));
        }
        found
    }

    fn task(&self) -> &str {
        self.model.task.as_ref().map_or("binary", |task| task.value.as_str())
    }

    fn shape(&self) -> OutputShape {
        let names =
            |columns: &[crate::config::Spanned<String>]| columns.iter().map(|name| name.value.clone()).collect();
        let answers = &self.model.answers;
        OutputShape {
            scores: names(&answers.score),
            predictions: names(&answers.prediction),
            is_multilabel: self.task() == "multilabel",
            is_numeric: matches!(self.task(), "regression" | "forecast"),
            is_logit: self.model.logits,
        }
    }

    /// Returns the metrics of the task that a general loss of quality moves.
    fn general(&self) -> &'static [&'static str] {
        match self.task() {
            "binary" if self.model.answers.score.is_empty() => &["accuracy", "f1"],
            "binary" => &["roc_auc", "log_loss", "accuracy"],
            "multiclass" if self.model.answers.score.is_empty() => &["accuracy", "f1_macro"],
            "multiclass" => &["log_loss", "accuracy", "f1_macro"],
            "multilabel" => &["hamming_loss", "f1_micro"],
            "ranking" => &["ndcg", "mean_average_precision"],
            _ => &["mean_absolute_error", "root_mean_squared_error"],
        }
    }

    /// Returns lines that compare metrics with the baseline; none where there is no baseline.
    fn drops(&self, metrics: &[&str]) -> Vec<ConfigLine> {
        let model = self.model;
        let compares =
            model.baseline_predictions.is_some() || model.baseline.is_some() || self.config.baseline.is_some();
        if !compares {
            return Vec::new();
        }
        let margin = |metric: &str| match metric {
            "mean_absolute_error" | "root_mean_squared_error" | "mean_bias_error" => "2%",
            "brier_score" => "0.005",
            _ => "0.01",
        };
        let line = |metric: &&str| {
            ConfigLine::new(&["models", &model.name.value, "metrics", metric, "max_drop"], margin(metric))
        };
        metrics.iter().map(line).collect()
    }

    /// Returns lines that compare the recall of groups.
    fn gaps(&self, group: &str) -> Vec<ConfigLine> {
        let name = self.model.name.value.as_str();
        let Some(fairness) = &self.model.fairness else {
            let value = format!("{{by: [{}], rates: {{true_positive_rate: {{max_gap: 0.1}}}}}}", quoted(group));
            return vec![ConfigLine::new(&["models", name, "fairness"], value)];
        };
        let is_by = |by: &crate::config::Spanned<Vec<crate::config::GroupBy>>| {
            by.value.iter().any(|by| by.column.value == group)
        };
        if !fairness.by.iter().any(is_by) {
            return Vec::new();
        }
        let line = |check, value: &str| {
            ConfigLine::new(&["models", name, "fairness", "rates", "true_positive_rate", check], value)
        };
        vec![line("max_gap", "0.1"), line("max_gap_growth", "0.05")]
    }

    fn group_columns(&self) -> impl Iterator<Item = &str> {
        let by = self.model.fairness.iter().flat_map(|fairness| &fairness.by).flat_map(|by| &by.value);
        by.map(|by| by.column.value.as_str())
    }

    /// Returns a column of groups in a file: one of the config's, or one with few values.
    fn group(&self, file: usize) -> Option<String> {
        let own = self.group_columns().find(|name| self.column(file, name).is_some_and(|column| column.distinct > 1));
        if let Some(own) = own {
            return Some(own.to_owned());
        }
        let shape = self.shape();
        let label = self.model.label.iter().map(|label| &label.value);
        let taken: Vec<&String> = label.chain(&shape.scores).chain(&shape.predictions).collect();
        let profile = self.files[file].profile.as_ref().ok()?;
        let is_group = |column: &&ColumnProfile| {
            let name = &column.column.name;
            !column.values.is_empty() && (2..=MOST_GROUPS).contains(&column.distinct) && !taken.contains(&name)
        };
        profile.columns.iter().find(is_group).map(|column| column.column.name.clone())
    }

    fn column(&self, file: usize, name: &str) -> Option<&ColumnProfile> {
        let profile = self.files[file].profile.as_ref().ok()?;
        profile.columns.iter().find(|column| column.column.name == name)
    }

    fn file(&self, path: &str) -> Option<usize> {
        self.files.iter().position(|known| known.file.path == path)
    }

    fn is_dataset(&self, file: usize) -> bool {
        self.files[file].file.tables.iter().any(|(id, _)| id.kind == TableKind::Dataset)
    }

    fn fault(
        &self,
        kind: &'static FaultKind,
        place: &str,
        file: usize,
        fault: Fault,
        cures: &[ConfigLine],
    ) -> Vec<PlannedFault> {
        let target = format!("models.{}.{place}", self.model.name.value);
        PlannedFault::all(kind, &target, &PlannedChange::Table(file, fault), cures)
    }
}

/// Returns the faults of a file of metrics.
pub(super) fn of_metrics(model: &ReportedModel, config: &Config) -> Vec<PlannedFault> {
    let id = TableId { kind: TableKind::Metrics, name: model.name.value.clone(), side: Side::Candidate };
    let mut found = Vec::new();
    for metric in &model.metrics {
        let name = &metric.name.value;
        let target = format!("models.{}.metrics_file.{name}", model.name.value);
        let renamed = PlannedChange::MetricRenamed(id.clone(), name.clone());
        found.extend(PlannedFault::all(&kind::METRIC_RENAMED, &target, &renamed, &[]));
        let told = metric.direction.as_ref().map(|direction| direction.value.starts_with("lower"));
        let known = || match Metric::parse(name).ok()?.direction() {
            Direction::HigherIsBetter => Some(false),
            Direction::LowerIsBetter => Some(true),
            Direction::Neither => None,
        };
        let Some(lower_is_better) = told.or_else(known) else { continue };
        let worse = PlannedChange::MetricWorse(id.clone(), name.clone(), lower_is_better);
        let compares = model.baseline_metrics_file.is_some() || config.baseline.is_some();
        let path = ["models", &model.name.value, "metrics", name, "max_drop"];
        let cures: Vec<ConfigLine> = compares.then(|| ConfigLine::new(&path, "2%")).into_iter().collect();
        found.extend(PlannedFault::all(&kind::METRIC_WORSE, &target, &worse, &cures));
    }
    found
}
