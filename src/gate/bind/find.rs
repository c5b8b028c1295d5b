//! The search for slices of a model → an observation.

use super::super::{Observation, Observed};
use super::{Binder, has_column, no_column, subject};
use crate::config::{Diagnostic, Model, SliceSearchConfig, did_you_mean};
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::slice_search::FindSlices;
use crate::measurement::{Measurement, PredictionMeasure, TableKind};
use crate::stats::{Metric, Side, Task};

impl Binder<'_> {
    pub(super) fn find_slices(
        &mut self,
        model: &Model,
        spec: Option<&PredictionSpec>,
        lost: &Option<String>,
        find: &SliceSearchConfig,
    ) {
        let name = model.name.value.as_str();
        if spec.is_some_and(|spec| spec.task == Task::Ranking) {
            let problem = Diagnostic::new("a ranking has no loss of single rows to search slices by", find.span);
            self.problems.push(problem.with_help("compare its metrics in slices that you name"));
            return;
        }
        let metric = match &find.metric {
            Some(wanted) => match self.known_metric(model, spec, wanted) {
                Some(metric) if metric.has_row_loss() => Some(metric),
                Some(metric) => {
                    let problem = Diagnostic::new(format!("`{metric}` is not a mean of losses of rows"), wanted.span);
                    self.problems.push(problem.with_help("search by log_loss, accuracy or mean_absolute_error"));
                    return;
                }
                None => return,
            },
            None => self.first_row_loss(model, spec),
        };
        let datasets = self.config.data.iter().map(|dataset| dataset.name.value.as_str());
        if let Some(data) = find.data.as_ref().filter(|data| datasets.clone().all(|name| name != data.value)) {
            let help = match did_you_mean(&data.value, datasets) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a dataset of `data`".to_owned(),
            };
            let problem = Diagnostic::new(format!("there is no dataset `{}`", data.value), data.span);
            self.problems.push(problem.with_help(help));
            return;
        }
        let lost = lost.clone().or_else(|| self.lost_feature(model, find));
        let search = self.search_of(Some(find), metric);
        let state = Measurement::Predictions(name.to_owned(), PredictionMeasure::FoundSlices(search));
        let (id, at) = (format!("models.{name}.slices.find"), find.span);
        let roles = subject(&[("model", name)]);
        self.observe(Observation { subject: roles, what: Observed::FoundSlices, state, id, at }, &lost);
    }

    /// Returns the reason that the columns of a search cannot be read, if they cannot.
    pub(super) fn lost_feature(&self, model: &Model, find: &SliceSearchConfig) -> Option<String> {
        let info = match &find.data {
            Some(data) => self.table(TableKind::Dataset, &data.value, Side::Candidate),
            None => self.table(TableKind::Predictions, &model.name.value, Side::Candidate),
        };
        let info = match info {
            Ok(info) => info,
            Err(error) => return Some(error.0),
        };
        let columns = find.columns.iter().flat_map(|columns| &columns.value);
        let mut columns = columns.map(|name| name.value.as_str());
        columns.find(|column| !has_column(info, column)).map(|column| no_column(info, column))
    }

    /// Returns the search by a metric; what `find` does not say is the default.
    pub(super) fn search_of(&self, find: Option<&SliceSearchConfig>, metric: Option<Metric>) -> FindSlices {
        let [depth, min_n, most] = FindSlices::DEFAULTS;
        let columns = find.and_then(|find| find.columns.as_ref());
        FindSlices {
            metric,
            columns: columns.map(|columns| columns.value.iter().map(|name| name.value.clone()).collect()),
            data: find.and_then(|find| find.data.as_ref()).map(|data| data.value.clone()),
            depth: find.and_then(|find| find.depth).unwrap_or(depth),
            // Slices whose numbers are not shown are not named.
            min_n: find.and_then(|find| find.min_n).unwrap_or(min_n).max(self.config.min_cell),
            most: find.and_then(|find| find.most).unwrap_or(most),
            seed: self.config.seed,
        }
    }

    /// Returns the first metric of the model that is a mean of losses of rows.
    fn first_row_loss(&self, model: &Model, spec: Option<&PredictionSpec>) -> Option<Metric> {
        let better = spec.and_then(|spec| spec.grading.as_ref()).and_then(|grading| grading.better);
        let parse = |name: &str| match spec {
            Some(spec) => Metric::parse_for(name, spec.task),
            None => Metric::parse(name),
        };
        let metrics = model.metrics.iter().filter_map(|lines| parse(&lines.name.value).ok());
        let metrics = metrics.map(|metric| metric.toward(better));
        metrics
            .filter(|metric| spec.is_none_or(|spec| metric.applies_to(spec.task)))
            .find(|metric| metric.has_row_loss())
    }
}
