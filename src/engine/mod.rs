//! Reads data: the only place that does, and the only one that names DataFusion.
//!
//! The engine turns a [`Plan`] into [`Measurements`], independent of verdicts.

mod cells;
pub mod cluster;
mod error;
mod fault;
mod first_rows;
mod idle;
mod indexed_table;
mod metrics_file;
mod planted;
pub(crate) mod predictions;
mod resources;
mod source;
mod spelling;
mod sql;
pub(crate) mod table;
mod threads;
mod types;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{io, thread};

use datafusion::dataframe::DataFrame;
use datafusion::execution::context::SessionContext;

use crate::config::ReadAs;
use crate::measurement::plan::Plan;
use crate::measurement::prediction_spec::PredictionSpec;
use crate::measurement::protocol::EvaluationProtocol;
use crate::measurement::{
    MeasureError, Measured, Measurement, Measurements, TableId, TableInfo, TableKind, TableMeasure, Tables,
};
use crate::stats::Side;
use cluster::Distributed;
use indexed_table::IndexedTable;
pub use metrics_file::MetricFault;
use metrics_file::MetricsFile;
use resources::QueryLimits;
use source::{Source, told_of};
use threads::Workers;

pub use fault::{Fault, OutputShape};
pub use planted::{StandIn, TableRows};
pub use predictions::rehearsal::Rehearsal;
pub use resources::Resources;
pub use source::{Undelivered, download};
pub use table::profile::{ColumnProfile, MISSING_TOKENS, Profile, Tails};

/// An embedded query engine with its opened tables.
pub struct Engine {
    runtime: Workers,
    query_limits: QueryLimits,
    context: SessionContext,
    root: PathBuf,
    /// All paths that the config names; none of them is suggested in place of another one.
    named: Vec<String>,
    tables: BTreeMap<TableId, Result<Opened, MeasureError>>,
    metrics: BTreeMap<TableId, Result<MetricsFile, MeasureError>>,
}

struct Opened {
    table: DataFrame,
    indexed: Arc<IndexedTable>,
    info: TableInfo,
    source: Arc<Source>,
}

/// Name of a file that was read, and `sha256:` with the digest of its bytes.
pub type Digest = (String, String);

impl Engine {
    /// Starts an engine; relative paths start at `root`.
    ///
    /// # Errors
    ///
    /// The system starts no threads.
    pub fn new(root: &Path) -> io::Result<Self> {
        Self::within(root, Resources::default())
    }

    /// Starts an engine with limited resources. The results do not depend on them.
    ///
    /// # Errors
    ///
    /// Fails like [`Self::new`].
    pub fn within(root: &Path, resources: Resources) -> io::Result<Self> {
        let (runtime, workers) = threads::runtime(resources.workers()?)?;
        let context = resources.session(workers)?;
        let query_limits = resources.of_query();
        Ok(Self {
            runtime,
            query_limits,
            context,
            root: root.to_owned(),
            named: Vec::new(),
            tables: BTreeMap::new(),
            metrics: BTreeMap::new(),
        })
    }

    /// Sets all paths that will be opened, so that none of them is suggested in place of a missing file.
    pub fn expect(&mut self, paths: Vec<String>) {
        self.named = paths;
    }

    /// Opens a table: finds its files and their columns. Rows of text files are read for that, those of Parquet and
    /// Arrow are not.
    pub fn open(&mut self, id: TableId, path: &str, read_as: &ReadAs) {
        let opened = self.open_source(path, read_as, true);
        self.tables.insert(id, opened);
    }

    /// Reads a file of metrics that another program has computed.
    pub fn open_metrics(&mut self, id: TableId, path: &str) {
        let read = self.guarded(MetricsFile::read(&self.root, path, &self.named));
        self.metrics.insert(id, read);
    }

    fn open_source(&self, path: &str, read_as: &ReadAs, is_input: bool) -> Result<Opened, MeasureError> {
        let threads = self.context.copied_config().target_partitions();
        let (source, table) = self.guarded(async {
            let source = Source::find(&self.root, path, (read_as, &self.named)).await?;
            source.look(threads).await?;
            let table = source.open(&self.context, is_input).await.map_err(|error| {
                MeasureError(format!("`{}` cannot be read: {}", source.path(), error::sentence(&error)))
            })?;
            Ok((source, table))
        })?;
        let mut columns = types::columns(table.schema().as_arrow());
        let mixed = source.mixed();
        for column in &mut columns {
            column.nullable = source.nullable(&column.name);
            if mixed.contains(&column.name) {
                column.data_type = types::mixed();
            }
        }
        if columns.is_empty() {
            return Err(MeasureError(format!("`{}` has no columns", source.path())));
        }
        let protocol = if is_input { source.protocol() } else { Ok(EvaluationProtocol::default()) };
        let info = TableInfo { path: source.path().to_owned(), columns, protocol };
        let indexed = Arc::new(IndexedTable::of(&table));
        Ok(Opened { table, indexed, info, source: Arc::new(source) })
    }

    /// Waits for a result and contains panics: a malicious file may find a way to stop a reader.
    fn guarded<T>(&self, work: impl Future<Output = Result<T, MeasureError>>) -> Result<T, MeasureError> {
        let runtime = self.runtime.runtime().map_err(|error| MeasureError(error.to_string()))?;
        let answer = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work)));
        answer.unwrap_or_else(|_| {
            Err(MeasureError("the reader stopped unexpectedly; the file is broken, or mlgate has a bug".to_owned()))
        })
    }

    /// Summarises a table, for a first config; `read_as` is its reading in that config.
    ///
    /// # Errors
    ///
    /// The table cannot be read.
    pub fn profile(&self, path: &str, read_as: &ReadAs) -> Result<Profile, MeasureError> {
        let opened = self.open_source(path, read_as, false)?;
        let profiled = self.guarded(table::profile::profile(&opened.indexed)).map(|mut profile| {
            for column in &mut profile.columns {
                column.padded = opened.source.padded(&column.column.name).map(str::to_owned);
            }
            profile.mixed = opened.source.mixed().into_iter().collect();
            profile
        });
        profiled.map_err(|error| {
            let (path, why) = (opened.source.path(), &error.0);
            MeasureError(if why.starts_with("cannot ") {
                told_of(path, why)
            } else {
                format!("`{path}` cannot be read: {why}")
            })
        })
    }

    /// Returns the files and columns of all opened tables.
    pub fn tables(&self) -> Tables {
        let info = |opened: &Result<Opened, MeasureError>| match opened {
            Ok(opened) => Ok(opened.info.clone()),
            Err(error) => Err(error.clone()),
        };
        let tables = self.tables.iter().map(|(id, opened)| (id.clone(), info(opened)));
        let metrics = self
            .metrics
            .iter()
            .map(|(id, file)| (id.clone(), file.as_ref().map(MetricsFile::info).map_err(Clone::clone)));
        tables.chain(metrics).collect()
    }

    /// Returns the digest of every file of one side, each with the datasets and models that are read from it: `data.train`,
    /// `models.income`.
    ///
    /// Unreadable files are left out; whatever needs them fails on its own.
    pub fn readers(&self, side: Side) -> BTreeMap<Digest, Vec<String>> {
        let mut readers: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
        let mut add = |id: &TableId, digests: Vec<Digest>| {
            let reader = match id.kind {
                TableKind::Dataset => format!("data.{}", id.name),
                TableKind::Predictions | TableKind::Labels | TableKind::Metrics => format!("models.{}", id.name),
            };
            for digest in digests {
                let of_file = readers.entry(digest).or_default();
                if !of_file.contains(&reader) {
                    of_file.push(reader.clone());
                }
            }
        };
        for (id, opened) in self.tables.iter().filter(|(id, _)| id.side == side) {
            add(id, opened.as_ref().ok().and_then(|opened| opened.source.digests().ok()).unwrap_or_default());
        }
        for (id, file) in self.metrics.iter().filter(|(id, _)| id.side == side) {
            add(id, file.as_ref().map_or_else(|_| Vec::new(), |file| file.digests().to_vec()));
        }
        readers
    }

    /// Returns the digests of the files of one table, in order; `None` if it cannot be read.
    pub fn digests_of(&self, id: &TableId) -> Option<Vec<(String, String)>> {
        match (self.tables.get(id), self.metrics.get(id)) {
            (Some(opened), _) => opened.as_ref().ok()?.source.digests().ok(),
            (None, Some(file)) => Some(file.as_ref().ok()?.digests().to_vec()),
            (None, None) => None,
        }
    }

    /// Measures everything that is planned and not known yet; calls `done` after each table.
    ///
    /// The files are digested at the same time.
    pub fn measure(
        &self,
        plan: &Plan,
        specs: &BTreeMap<String, PredictionSpec>,
        known: &Measurements,
        done: impl FnMut(),
    ) -> Measurements {
        let digest = || {
            let opened = self.tables.values().flatten();
            opened.for_each(|opened| opened.source.digest_ahead(Distributed::of(&opened.source).is_none()));
        };
        thread::scope(|scope| {
            // If the system starts no thread, digests are computed when they are needed.
            let digesting = thread::Builder::new().spawn_scoped(scope, digest);
            let measurements = self.measured(plan, specs, known, done);
            // Joined, not detached: a thread that ends while it is detached may crash the process in glibc. If it panicked,
            // its digests are computed when they are needed.
            drop(digesting.map(thread::ScopedJoinHandle::join));
            measurements
        })
    }

    fn measured(
        &self,
        plan: &Plan,
        specs: &BTreeMap<String, PredictionSpec>,
        known: &Measurements,
        mut done: impl FnMut(),
    ) -> Measurements {
        let mut measurements = known.clone();
        for (id, measures) in &plan.scans {
            let key = |measure: &TableMeasure| Measurement::Table(id.clone(), measure.clone());
            let unknown = measures.iter().filter(|measure| !known.contains_key(&key(measure))).cloned();
            let (mut measures, mut columns) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
            for measure in unknown {
                match measure.parts() {
                    (rows, TableMeasure::Distribution(column, of)) => {
                        columns.entry(rows.map(str::to_owned)).or_default().push((column.clone(), of.clone()));
                    }
                    _ => measures.push(measure),
                }
            }
            let states = self.scan(id, &measures);
            for (measure, state) in measures.into_iter().zip(states) {
                measurements.insert(Measurement::Table(id.clone(), measure), state);
            }
            for (rows, columns) in columns {
                let states = self.distributions((id, rows.as_deref()), &columns, known);
                for ((column, of), state) in columns.into_iter().zip(states) {
                    let measure = TableMeasure::Distribution(column, of).of_rows(rows.as_deref());
                    measurements.insert(key(&measure), state.map(Measured::Distribution));
                }
            }
            done();
        }
        measurements.extend(self.cells(&plan.cells, known));
        plan.cells.values().flatten().for_each(|_| done());
        for query in plan.queries.iter().filter(|query| !known.contains_key(&Measurement::Query((*query).clone()))) {
            let tables = self.datasets(query.side);
            let answer = table::query::answer(&self.context, tables, &query.sql, query.is_number, self.query_limits);
            let state = self.guarded(answer);
            measurements.insert(Measurement::Query(query.clone()), state);
            done();
        }
        for (id, name) in &plan.reported {
            let key = Measurement::Reported(id.clone(), name.clone());
            if known.contains_key(&key) {
                continue;
            }
            let state = match self.metrics.get(id) {
                Some(Ok(file)) => file.number(name),
                Some(Err(error)) => Err(error.clone()),
                None => Err(MeasureError(format!("the config has no file for `{}`", id.name))),
            };
            measurements.insert(key, state);
        }
        for (model, measures) in &plan.predictions {
            let mut states = specs
                .get(model)
                .ok_or_else(|| MeasureError(format!("the model `{model}` is not in the config")))
                .and_then(|spec| self.predictions(model, spec, measures));
            for measure in measures {
                let state = match &mut states {
                    Ok(states) => states
                        .remove(measure)
                        .unwrap_or_else(|| Err(MeasureError("internal error: it was not measured".to_owned()))),
                    Err(error) => Err(error.clone()),
                };
                measurements.insert(Measurement::Predictions(model.clone(), measure.clone()), state);
            }
            done();
        }
        measurements
    }

    fn opened(&self, id: &TableId) -> Result<&Opened, MeasureError> {
        match self.tables.get(id) {
            Some(Ok(opened)) => Ok(opened),
            Some(Err(error)) => Err(error.clone()),
            None => Err(MeasureError(format!("the config has no file for `{}`", id.name))),
        }
    }

    /// Returns the opened datasets of a side, by name.
    fn datasets(&self, side: Side) -> Vec<(String, DataFrame)> {
        let of_side = self.tables.iter().filter(|(id, _)| id.kind == TableKind::Dataset && id.side == side);
        of_side.filter_map(|(id, opened)| Some((id.name.clone(), opened.as_ref().ok()?.table.clone()))).collect()
    }
}
