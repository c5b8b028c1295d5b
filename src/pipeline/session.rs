//! `mlgate run`: the whole pipeline on one screen.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::time::Duration;

use super::failure::Failure;
use super::progress::{OnStep, Step};
use super::project::Project;
use crate::config::Config;
use crate::engine::{Engine, Resources};
use crate::measurement::plan::plan;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::{Measurement, Measurements, TableId, TableKind, Tables};
use crate::report::document::FileDigest;
use crate::stats::Side;
use crate::workers;

/// An engine in which all files of a config are open.
pub(crate) struct Session {
    pub(crate) engine: Engine,
    /// The tables of the config's own files, without those of a stored baseline.
    pub(crate) opened: Tables,
}

impl Session {
    /// Starts an engine within the config's limits and opens all files that the config names.
    ///
    /// # Errors
    ///
    /// The engine cannot start. A file that cannot be opened is an error of its table, and no failure.
    pub(crate) fn open(project: &Project, threads: Option<NonZero<usize>>) -> Result<Self, Failure> {
        workers::limit(threads);
        let mut engine = Engine::within(&project.root, resources(&project.config, threads))
            .map_err(|error| Failure::Environment(format!("the engine cannot start: {error}")))?;
        open(&mut engine, &project.config);
        let opened = engine.tables();
        Ok(Self { engine, opened })
    }

    /// Measures all that is wanted and not known already.
    pub(crate) fn measure<'a>(
        &self,
        wanted: impl IntoIterator<Item = &'a Measurement>,
        specs: &BTreeMap<String, PredictionSpec>,
        known: &Measurements,
        on_step: OnStep<'_>,
    ) -> Measurements {
        let plan = plan(wanted);
        let steps = plan.scans.len()
            + plan.cells.values().map(BTreeSet::len).sum::<usize>()
            + plan.queries.len()
            + plan.predictions.len();
        on_step(Step::Started(steps, "tables"));
        let measurements = self.engine.measure(&plan, specs, known, || on_step(Step::Done));
        on_step(Step::Ended);
        measurements
    }

    /// Returns the files that were read for a side, with their digests and what is read from them.
    pub(crate) fn files(&self, side: Side) -> Vec<FileDigest> {
        let files = self.engine.readers(side).into_iter();
        files.map(|((path, digest), used_by)| FileDigest { path, digest, used_by }).collect()
    }
}

/// Returns the engine's limits of memory, disk, time and threads.
pub(crate) fn resources(config: &Config, threads: Option<NonZero<usize>>) -> Resources {
    Resources {
        memory: config.memory_limit,
        disk: config.disk_limit,
        time: config.time_limit.map(Duration::from_secs),
        threads,
        batch_rows: None,
    }
}

fn open(engine: &mut Engine, config: &Config) {
    let id = |kind, name: &str, side| TableId { kind, name: name.to_owned(), side };
    engine.expect(config.paths().map(str::to_owned).collect());
    for dataset in &config.data {
        let name = dataset.name.value.as_str();
        engine.open(id(TableKind::Dataset, name, Side::Candidate), &dataset.path.value, &dataset.read_as);
        if let Some(path) = &dataset.baseline_path {
            engine.open(id(TableKind::Dataset, name, Side::Baseline), &path.value, &dataset.read_as);
        }
        if dataset.fairness.is_some() {
            engine.open(
                id(TableKind::Predictions, &dataset.rows_of_labels(), Side::Candidate),
                &dataset.path.value,
                &dataset.read_as,
            );
        }
    }
    for model in &config.reported {
        let name = model.name.value.as_str();
        engine.open_metrics(id(TableKind::Metrics, name, Side::Candidate), &model.metrics_file.value);
        if let Some(path) = &model.baseline_metrics_file {
            engine.open_metrics(id(TableKind::Metrics, name, Side::Baseline), &path.value);
        }
    }
    for model in &config.models {
        let name = model.name.value.as_str();
        engine.open(id(TableKind::Predictions, name, Side::Candidate), &model.predictions.value, &model.read_as);
        if let Some(path) = &model.labels {
            engine.open(id(TableKind::Labels, name, Side::Candidate), &path.value, &model.read_as);
        }
        if let Some(path) = &model.baseline_predictions {
            engine.open(id(TableKind::Predictions, name, Side::Baseline), &path.value, &model.read_as);
        }
    }
}
