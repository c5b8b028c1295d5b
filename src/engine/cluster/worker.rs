//! The other side of a cluster: computes parts of tasks over files that this process sees.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use datafusion::common::DataFusionError;
use datafusion::execution::context::SessionContext;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionConfig;
use futures::StreamExt;
use tokio::sync::OnceCell;

use super::identity::FileIdentity;
use super::task::{ScanTask, TaskTable};
use super::{numbered, partial};
use crate::engine::indexed_table::IndexedTable;
use crate::engine::resources::{functions, settings};
use crate::engine::source::Source;
use crate::engine::table::scan;
use crate::engine::threads::{self, Workers};

/// The fewest threads of a worker.
const LEAST_THREADS: usize = 2;

/// The most tables that stay open for later tasks.
const MOST_OPEN: usize = 32;

/// A process that computes parts of tasks.
pub struct Worker {
    runtime: Workers,
    /// The folders below which files may be read.
    folders: Vec<PathBuf>,
    threads: usize,
    opened: Mutex<BTreeMap<String, Arc<OnceCell<OpenedTable>>>>,
}

/// A table that was found for an earlier task.
struct OpenedTable {
    source: Source,
    files: Vec<FileIdentity>,
}

impl Worker {
    /// Starts the threads of a worker, which reads files below these folders only.
    ///
    /// # Errors
    ///
    /// The system starts no threads, or a folder does not exist.
    pub fn new(folders: &[PathBuf], threads: usize) -> io::Result<Self> {
        // A runtime of a single thread works only while somebody waits for it there.
        let (runtime, started) = threads::runtime(threads.max(LEAST_THREADS))?;
        if started < LEAST_THREADS {
            return Err(io::Error::other("the system starts too few threads; allow more processes or more memory"));
        }
        let folders = folders.iter().map(|folder| folder.canonicalize()).collect::<io::Result<_>>()?;
        Ok(Self { runtime, folders, threads, opened: Mutex::default() })
    }

    /// Computes one part of a task, as one row; the memory is that of `environment`.
    ///
    /// # Errors
    ///
    /// The task is not readable, the table is another one here, or its rows cannot be read.
    pub async fn part(
        self: Arc<Self>,
        task: Vec<u8>,
        part: usize,
        environment: Arc<RuntimeEnv>,
    ) -> Result<RecordBatch, DataFusionError> {
        let worker = Arc::clone(&self);
        let runtime = self.runtime.runtime().map_err(|error| failed(error.to_string()))?;
        // On threads with a stack that fits the longest SQL, which those of the caller may not have.
        let running = runtime.spawn(async move { worker.compute(&task, part, environment).await });
        let ended = Abort(running);
        ended.await
    }

    async fn compute(
        &self,
        task: &[u8],
        part: usize,
        environment: Arc<RuntimeEnv>,
    ) -> Result<RecordBatch, DataFusionError> {
        let task: ScanTask =
            serde_json::from_slice(task).map_err(|error| failed(format!("the task cannot be read: {error}")))?;
        let opened = self.opened(&task.table).await.map_err(failed)?;
        let number = u32::try_from(part).ok().filter(|_| part < task.parts);
        let number = number.ok_or_else(|| failed(format!("there is no part {part} of {}", task.parts)))?;
        // Each part is one thread's work: others run beside it.
        let config = settings(SessionConfig::new().with_target_partitions(1));
        let session = functions(SessionContext::new_with_config_rt(config, environment));
        let source = &opened.get().ok_or_else(|| failed("internal error: the table is not open".to_owned()))?.source;
        let table = source.open_part(&session, (part, task.parts)).await?;
        let expressions = scan::asked(&IndexedTable::of(&table), &task.measures, &task.recounted);
        let plan = partial::plan(&table, &expressions).await?;
        let half = partial::half(&plan)?.ok_or_else(|| failed("the measures have no states".to_owned()))?;
        let schema = numbered(&half.schema());
        let mut rows = execute_stream(half, session.task_ctx())?;
        let mut states = Vec::new();
        while let Some(batch) = rows.next().await {
            states.push(batch?);
        }
        let one = match states.as_slice() {
            [batch] if batch.num_rows() == 1 => batch,
            _ => return Err(failed("internal error: a part has other states than one row".to_owned())),
        };
        let number: ArrayRef = Arc::new(UInt32Array::from(vec![number]));
        let columns = std::iter::once(number).chain(one.columns().iter().cloned()).collect();
        Ok(RecordBatch::try_new(schema, columns)?)
    }

    /// Finds a table, or takes the one that an earlier task found if its files are unchanged.
    async fn opened(&self, table: &TaskTable) -> Result<Arc<OnceCell<OpenedTable>>, String> {
        let key = serde_json::to_string(table).map_err(|error| error.to_string())?;
        let cell = self.cell(&key, None);
        let found = cell.get_or_try_init(|| self.find(table)).await?;
        if identities(&found.source)? == found.files {
            return Ok(cell);
        }
        let cell = self.cell(&key, Some(&cell));
        cell.get_or_try_init(|| self.find(table)).await?;
        Ok(cell)
    }

    /// Returns the place of a table, and a new one in place of an outdated one.
    fn cell(&self, key: &str, outdated: Option<&Arc<OnceCell<OpenedTable>>>) -> Arc<OnceCell<OpenedTable>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        match opened.get(key) {
            Some(known) if outdated.is_none_or(|outdated| !Arc::ptr_eq(known, outdated)) => Arc::clone(known),
            _ => {
                if opened.len() >= MOST_OPEN {
                    opened.clear();
                }
                let cell = Arc::new(OnceCell::new());
                opened.insert(key.to_owned(), Arc::clone(&cell));
                cell
            }
        }
    }

    async fn find(&self, table: &TaskTable) -> Result<OpenedTable, String> {
        let read_as = table.read_as().ok_or("the task declares a type that this version does not know")?;
        if table.path.contains("://") {
            return Err(format!("`{}` is remote; executors read files alone", table.path));
        }
        let full = table.root().join(&table.path);
        self.refuse_outside(&full, &table.path)?;
        let source =
            Source::find(table.root(), &table.path, (&read_as, &[])).await.map_err(|error| not_here(&error.0))?;
        for (name, file) in source.files() {
            self.refuse_outside(file, name)?;
        }
        let files = identities(&source)?;
        if files != table.files {
            return Err(not_here(&format!("`{}` has other files, or other bytes in them", table.path)));
        }
        source.look(self.threads).await.map_err(|error| not_here(&error.0))?;
        if source.columns().as_ref() != Some(&table.columns) {
            return Err(not_here(&format!("`{}` has other columns", table.path)));
        }
        Ok(OpenedTable { source, files })
    }

    /// Refuses files outside of the folders of this process, links resolved.
    fn refuse_outside(&self, file: &Path, name: &str) -> Result<(), String> {
        // A glob is not a file: its matches are checked one by one.
        let Ok(real) = file.canonicalize() else { return Ok(()) };
        match self.folders.iter().any(|folder| real.starts_with(folder)) {
            true => Ok(()),
            false => Err(format!("`{name}` is outside of the folders that this executor reads")),
        }
    }
}

fn identities(source: &Source) -> Result<Vec<FileIdentity>, String> {
    let identity = |(name, path): (&str, &Path)| {
        FileIdentity::of(path).map_err(|error| not_here(&format!("`{name}` cannot be read: {error}")))
    };
    source.files().map(identity).collect()
}

fn not_here(why: &str) -> String {
    format!("the executor sees another table: {why}")
}

fn failed(why: String) -> DataFusionError {
    DataFusionError::Execution(why)
}

/// Work that ends when nobody waits for it any more.
struct Abort<T>(tokio::task::JoinHandle<Result<T, DataFusionError>>);

impl<T> Future for Abort<T> {
    type Output = Result<T, DataFusionError>;

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        let polled = std::pin::Pin::new(&mut self.0).poll(context);
        polled
            .map(|ended| ended.unwrap_or_else(|error| Err(failed(format!("the worker stopped unexpectedly: {error}")))))
    }
}

impl<T> Drop for Abort<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
