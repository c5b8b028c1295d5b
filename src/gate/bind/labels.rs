//! Rates of a dataset's labels between groups: bias in the data, before any model.

use std::collections::BTreeMap;

use super::super::param::literal;
use super::{Binder, has_column, no_column, subject};
use crate::config::{Dataset, Diagnostic, LabelFairness};
use crate::gate::bind::group_source::GroupSource;
use crate::measurement::TableKind;
use crate::measurement::grading::Unscored;
use crate::measurement::prediction_spec::{BaselinePredictions, OutputColumns, PredictionSpec};
use crate::stats::{Side, Task};

impl Binder<'_> {
    pub(super) fn labels(&mut self, dataset: &Dataset, labels: &LabelFairness) {
        let key = dataset.rows_of_labels();
        if let Some(model) = self.config.models.iter().find(|model| model.name.value == key) {
            let message =
                format!("the dataset `{}` and this model have the same name for their rows", dataset.name.value);
            self.problems.push(Diagnostic::new(message, model.name.span).with_help("give the model another name"));
            return;
        }
        let before = self.problems.len();
        let label = labels.label.value.clone();
        let positive = labels.positive.as_ref().and_then(|node| match literal(node) {
            Ok(value) => Some(value),
            Err(message) => {
                self.problems.push(Diagnostic::new(message, node.span));
                None
            }
        });
        let of_class = labels.fairness.rates.iter().find(|lines| lines.name.value.contains('@'));
        if let (Some(node), Some(_)) = (&labels.positive, of_class) {
            let message = "several classes have no positive one; write the class of a rate after an `@`";
            self.problems.push(Diagnostic::new(message, node.span));
        }
        // The label is read as a prediction of itself; only rates that need no prediction are measured.
        let spec = PredictionSpec {
            task: if of_class.is_some() { Task::Multiclass } else { Task::Binary },
            key: Vec::new(),
            label: vec![label.clone()],
            positive,
            classes: Vec::new(),
            candidate: OutputColumns { prediction: vec![label.clone()], ..OutputColumns::default() },
            baseline: self.config.baseline.as_ref().map(|_| BaselinePredictions::Stored),
            has_labels: false,
            logits: false,
            threshold: 0.5,
            weight: None,
            cluster: None,
            query: None,
            series: None,
            naive_error: None,
            grading: None,
            unscored: Unscored::Refused,
            allows_new_keys: false,
            edges: BTreeMap::new(),
        };
        let lost = match self.table(TableKind::Predictions, &key, Side::Candidate) {
            Ok(info) => (!has_column(info, &label)).then(|| no_column(info, &label)),
            Err(error) => Some(error.0),
        };
        let name = dataset.name.value.as_str();
        let whose = GroupSource {
            path: format!("data.{name}"),
            key: &key,
            roles: subject(&[("dataset", name)]),
            model: None,
            spec: &spec,
            is_known: self.problems.len() == before,
            lost,
        };
        self.fairness(&whose, &labels.fairness);
        self.out.specs.insert(key, spec);
    }
}
