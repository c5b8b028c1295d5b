//! What an engine may use.

use std::io;
use std::num::NonZero;
use std::time::Duration;

use datafusion::execution::context::SessionContext;
use datafusion::prelude::SessionConfig;
use tokio::runtime::{Builder, Runtime};

use super::memory;
use crate::workers;

/// As much stack as the engine's threads may take: for the longest SQL that is read, and files nested more deeply than any that
/// is.
pub(super) const STACK: usize = 16 << 20;

/// Threads besides the workers: for work that blocks, digests and progress.
const SPARE: usize = 4;

/// With fewer threads nothing can be read.
const LEAST: usize = 3;

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
                "the system starts {startable} more threads; limit: at least {LEAST}; allow more processes or more memory"
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
        Ok(SessionContext::new_with_config_rt(config, memory::environment(self.memory)?))
    }
}

/// The threads of an engine: so many workers, or the thread that asks where there is one.
///
/// # Errors
///
/// The system gives none.
pub(super) fn runtime(workers: usize) -> io::Result<Runtime> {
    let mut runtime = if workers > 1 { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    if workers > 1 {
        runtime.worker_threads(workers);
    }
    let runtime = runtime.thread_stack_size(STACK).thread_keep_alive(EVER).enable_all().build()?;
    // Work that blocks waits for one of its own threads when the system starts no more of them. So there has to be one, which
    // stays.
    runtime.block_on(runtime.spawn_blocking(|| ())).map_err(io::Error::other)?;
    Ok(runtime)
}
