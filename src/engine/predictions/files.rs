//! Opens the files of a model for a reader.

use std::collections::{BTreeMap, BTreeSet};

use super::row_table;
use crate::engine::predictions::kept_rows;
use crate::engine::{Engine, Opened, Rehearsal};
use crate::measurement::prediction_spec::{BaselinePredictions, PredictionSpec};
use crate::measurement::{MeasureError, Measured, PredictionMeasure, TableId, TableKind};
use crate::stats::Side;

impl Engine {
    /// Reads a model once, so that its measures can be computed on bootstrap samples of its rows.
    ///
    /// # Errors
    ///
    /// The model cannot be read.
    pub fn rehearse(
        &self,
        model: &str,
        spec: &PredictionSpec,
        measures: &BTreeSet<PredictionMeasure>,
    ) -> Result<Rehearsal, MeasureError> {
        self.with_files(model, (spec, measures), async |files| Rehearsal::read(spec, files, measures).await)
    }

    /// Returns the rows of a model in the format of stored rows: hashed keys and predictions.
    ///
    /// # Errors
    ///
    /// The rows cannot be read, or two keys have the same hash.
    pub fn rows_to_store(&self, model: &str, spec: &PredictionSpec, salt: &str) -> Result<Vec<u8>, MeasureError> {
        self.with_files(model, (spec, &BTreeSet::new()), async |files| {
            kept_rows::rows_to_store(spec, files.candidate, salt).await
        })
    }

    pub(crate) fn predictions(
        &self,
        model: &str,
        spec: &PredictionSpec,
        measures: &BTreeSet<PredictionMeasure>,
    ) -> Result<BTreeMap<PredictionMeasure, Result<Measured, MeasureError>>, MeasureError> {
        self.with_files(model, (spec, measures), async |files| super::measure(spec, files, measures).await)
    }

    /// Calls a reader with the files of a model; errors name the file that cannot be read.
    fn with_files<T>(
        &self,
        model: &str,
        (spec, measures): (&PredictionSpec, &BTreeSet<PredictionMeasure>),
        read: impl AsyncFnOnce(row_table::ModelFiles<'_>) -> Result<T, MeasureError>,
    ) -> Result<T, MeasureError> {
        let id = |kind, side| TableId { kind, name: model.to_owned(), side };
        let candidate = self.opened(&id(TableKind::Predictions, Side::Candidate))?;
        let baseline = match &spec.baseline {
            Some(BaselinePredictions::File(_) | BaselinePredictions::Apart(_) | BaselinePredictions::Hashed(_)) => {
                Some(self.opened(&id(TableKind::Predictions, Side::Baseline))?)
            }
            _ => None,
        };
        let labels = if spec.has_labels { Some(self.opened(&id(TableKind::Labels, Side::Candidate))?) } else { None };
        fn file(opened: &Opened) -> row_table::ModelFile<'_> {
            row_table::ModelFile { table: &opened.table, path: &opened.info.path }
        }
        let joined = measures.iter().filter_map(|measure| match measure {
            PredictionMeasure::FoundSlices(find) | PredictionMeasure::WorstSlices(find, _) => find.data.clone(),
            _ => None,
        });
        let datasets = joined.map(|name| {
            let id = TableId { kind: TableKind::Dataset, name: name.clone(), side: Side::Candidate };
            (name, self.opened(&id).map(file))
        });
        let datasets: Vec<_> = datasets.collect();
        let files = row_table::ModelFiles {
            candidate: file(candidate),
            baseline: baseline.map(file),
            labels: labels.map(file),
            datasets: &datasets,
        };
        self.guarded(read(files))
    }
}
