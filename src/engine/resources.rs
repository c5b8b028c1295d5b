//! What an engine may use.

use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use datafusion::execution::context::SessionContext;
use datafusion::prelude::SessionConfig;
use tokio::runtime::{Builder, Runtime};

use super::memory::{self, QueryLimits};
use super::source::guarded;
use super::{format, spelling, sql};
use crate::workers;

/// As much stack as the engine's threads may take: for the longest SQL that is read, and files nested more deeply than any that
/// is.
pub(super) const STACK: usize = 16 << 20;

/// Threads besides the workers: for work that blocks, digests and progress.
const SPARE: usize = 4;

/// With fewer threads nothing can be read.
const LEAST: usize = 4;

/// Threads that the system starts at all run before that.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longer than any run.
const EVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// What an engine may use.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resources {
    /// At most so many bytes for the states of its queries.
    ///
    /// What needs more is moved to the system's folder for temporary files where that can be done, and is an error
    /// elsewhere. Batches on their way, and the buffers of readers, are not counted.
    pub memory: Option<u64>,
    /// At most so many bytes of temporary files at a time.
    pub disk: Option<u64>,
    /// At most so much time for each query of the config.
    pub time: Option<Duration>,
    /// At most so many threads; as many as there are cores where nothing is said.
    pub threads: Option<NonZero<usize>>,
    /// Rows that pass through a query at a time.
    pub batch_rows: Option<NonZero<usize>>,
}

impl Resources {
    /// Returns how many threads the engine's work is shared out to: as many as are asked for, or fewer where the system does not
    /// start as many.
    ///
    /// # Errors
    ///
    /// The system starts too few for any work.
    pub(super) fn workers(self) -> io::Result<usize> {
        let wanted = self.threads.map_or_else(workers::cores, NonZero::get);
        let startable = workers::startable(wanted.saturating_add(SPARE), STACK);
        if startable < LEAST {
            return Err(io::Error::other(format!(
                "the system starts only {startable} more threads; limit: at least {LEAST}; allow more processes or more memory"
            )));
        }
        // What is short is wanted elsewhere, too: memory for stacks is memory, and other programs start threads.
        Ok(if startable < wanted + SPARE { (startable / 2).saturating_sub(SPARE).max(1) } else { wanted })
    }

    /// An engine's session for so many workers, without any table.
    ///
    /// # Errors
    ///
    /// The system gives no folder for temporary files.
    pub(super) fn session(self, workers: usize) -> io::Result<SessionContext> {
        let mut config = SessionConfig::new().with_target_partitions(workers);
        if let Some(rows) = self.batch_rows {
            config = config.with_batch_size(rows.get());
        }
        // Columns are named as the file names them: `Age` is not `age`.
        config.options_mut().sql_parser.enable_ident_normalization = false;
        Ok(functions(SessionContext::new_with_config_rt(config, memory::environment(self.memory, self.disk)?)))
    }

    /// What one query of the config may use.
    pub(super) fn of_query(self) -> QueryLimits {
        let usual = QueryLimits::default();
        QueryLimits { disk: self.disk.unwrap_or(usual.disk), time: self.time.unwrap_or(usual.time), ..usual }
    }
}

/// The session with the functions that conditions may call.
pub(super) fn functions(session: SessionContext) -> SessionContext {
    session.register_udf(format::looks_like());
    session.register_udf(format::holds_like());
    session.register_udf(spelling::Form::Text.function());
    sql::register(&session);
    session
}

/// The threads of an engine, which are not waited for at its end: one of them may still work on a query that ran out of time.
pub(super) struct Workers {
    runtime: Option<Runtime>,
}

impl Workers {
    /// # Errors
    ///
    /// They have ended.
    pub(super) fn runtime(&self) -> io::Result<&Runtime> {
        self.runtime.as_ref().ok_or_else(|| io::Error::other("the engine has ended"))
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The threads of an engine, and how many workers they are: as many as are asked for, or the thread that asks alone.
///
/// # Errors
///
/// The system gives none.
pub(super) fn runtime(workers: usize) -> io::Result<(Workers, usize)> {
    let all = if workers > 1 { started(workers) } else { None };
    let found = all.map(|runtime| (runtime, workers)).or_else(|| started(1).map(|runtime| (runtime, 1)));
    let found = found.map(|(runtime, workers)| (Workers { runtime: Some(runtime) }, workers));
    found.ok_or_else(|| io::Error::other("the system starts no threads; allow more processes or more memory"))
}

/// A runtime of which every thread runs.
///
/// The runtime itself is content with a part of its threads. What is meant for the others would wait for ever: above all work
/// that blocks, when no thread is left for it. So one for that has to run as well, and stays.
fn started(workers: usize) -> Option<Runtime> {
    let running = Arc::new(AtomicUsize::new(0));
    let (wanted, counter) = (if workers > 1 { workers + 1 } else { 1 }, Arc::clone(&running));
    let mut builder = if workers > 1 { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    if workers > 1 {
        builder.worker_threads(workers);
    }
    builder.thread_stack_size(STACK).thread_keep_alive(EVER).enable_all();
    builder.on_thread_start(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    // Without its first thread it panics.
    guarded(|| {
        let runtime = builder.build().map_err(|error| error.to_string())?;
        let blocks = runtime.spawn_blocking(|| ());
        let all_run = async {
            let _ = blocks.await;
            while running.load(Ordering::Relaxed) < wanted {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let has_started = runtime.block_on(async { tokio::time::timeout(PATIENCE, all_run).await.is_ok() });
        if has_started {
            return Ok(runtime);
        }
        runtime.shutdown_background();
        Err("its threads do not start".to_owned())
    })
    .ok()
}
