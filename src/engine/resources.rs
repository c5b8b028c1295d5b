//! Resources of an engine, and their limits.

use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use datafusion::execution::context::SessionContext;
use datafusion::prelude::SessionConfig;
use tokio::runtime::{Builder, Runtime};

use super::memory::QueryLimits;
use super::source::guarded;
use super::{memory, spelling, sql};
use crate::engine::sql::looks_like;
use crate::workers;

/// The stack of each of the engine's threads, in bytes: enough for the longest accepted SQL and for the deepest
/// accepted nesting of files.
pub(super) const STACK: usize = 16 << 20;

/// The number of threads besides the workers, for blocking work, digests and progress.
const SPARE: usize = 4;

/// The fewest threads with which anything can be read.
const LEAST: usize = 4;

/// The time within which every thread that the system starts is running.
const PATIENCE: Duration = Duration::from_secs(10);

/// A time longer than any run.
const EVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

/// Limits on an engine's resources.
#[derive(Debug, Clone, Copy, Default)]
pub struct Resources {
    /// The most bytes for the states of its queries.
    ///
    /// States that need more are spilled to temporary files where possible, and are an error elsewhere. Batches in
    /// transit, and the buffers of readers, are not counted.
    pub memory: Option<u64>,
    /// The most bytes of temporary files at a time.
    pub disk: Option<u64>,
    /// The time limit of each query of the config.
    pub time: Option<Duration>,
    /// The most threads; the number of cores by default.
    pub threads: Option<NonZero<usize>>,
    /// The number of rows that pass through a query at a time.
    pub batch_rows: Option<NonZero<usize>>,
}

impl Resources {
    /// Returns the number of the engine's workers: as many as requested, or fewer if the system does not start as many
    /// threads.
    ///
    /// # Errors
    ///
    /// The system starts too few threads for any work.
    pub(super) fn workers(self) -> io::Result<usize> {
        let wanted = self.threads.map_or_else(workers::cores, NonZero::get);
        let startable = workers::startable(wanted.saturating_add(SPARE), STACK);
        if startable < LEAST {
            return Err(io::Error::other(format!(
                "the system starts only {startable} more threads; limit: at least {LEAST}; allow more processes or more memory"
            )));
        }
        // Scarce threads are needed elsewhere, too: stacks take memory, and other programs start threads.
        Ok(if startable < wanted + SPARE { (startable / 2).saturating_sub(SPARE).max(1) } else { wanted })
    }

    /// Returns a session for this many workers, without tables.
    ///
    /// # Errors
    ///
    /// The system has no folder for temporary files.
    pub(super) fn session(self, workers: usize) -> io::Result<SessionContext> {
        let mut config = SessionConfig::new().with_target_partitions(workers);
        if let Some(rows) = self.batch_rows {
            config = config.with_batch_size(rows.get());
        }
        // Column names are case-sensitive: `Age` is not `age`.
        config.options_mut().sql_parser.enable_ident_normalization = false;
        Ok(functions(SessionContext::new_with_config_rt(config, memory::environment(self.memory, self.disk)?)))
    }

    /// Returns the limits of one query of the config.
    pub(super) fn of_query(self) -> QueryLimits {
        let usual = QueryLimits::default();
        QueryLimits { disk: self.disk.unwrap_or(usual.disk), time: self.time.unwrap_or(usual.time), ..usual }
    }
}

/// Registers the functions that conditions may call.
pub(super) fn functions(session: SessionContext) -> SessionContext {
    session.register_udf(looks_like::looks_like());
    session.register_udf(looks_like::holds_like());
    session.register_udf(spelling::Form::Text.function());
    sql::register(&session);
    session
}

/// Threads of an engine. They are not joined at its end, because one may still work on a query that ran out of time.
pub(super) struct Workers {
    runtime: Option<Runtime>,
}

impl Workers {
    /// Returns the runtime.
    ///
    /// # Errors
    ///
    /// The threads have ended.
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

/// Starts the threads of an engine, and returns them with the number of workers: as many as requested, or the calling
/// thread alone.
///
/// # Errors
///
/// The system starts none.
pub(super) fn runtime(workers: usize) -> io::Result<(Workers, usize)> {
    let all = if workers > 1 { started(workers) } else { None };
    let found = all.map(|runtime| (runtime, workers)).or_else(|| started(1).map(|runtime| (runtime, 1)));
    let found = found.map(|(runtime, workers)| (Workers { runtime: Some(runtime) }, workers));
    found.ok_or_else(|| io::Error::other("the system starts no threads; allow more processes or more memory"))
}

/// Starts a runtime, all of whose threads are running.
///
/// The runtime itself accepts fewer threads, and work for the missing ones would wait for ever: above all blocking work
/// without a thread. So a thread for blocking work must run as well, and is kept.
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
    // The runtime panics without its first thread.
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
