//! Resources of an engine, and their limits.

use std::io;
use std::num::{NonZero, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::context::SessionContext;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryLimit, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionConfig;

use super::threads::STACK;
use super::{cluster, spelling, sql};
use crate::engine::sql::looks_like;
use crate::workers;

/// The number of threads besides the workers, for blocking work, digests and progress.
const SPARE: usize = 4;

/// The fewest threads with which anything can be read.
const LEAST: usize = 4;

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
        Ok(functions(SessionContext::new_with_config_rt(settings(config), environment(self.memory, self.disk)?)))
    }

    /// Returns the limits of one query of the config.
    pub(super) fn of_query(self) -> QueryLimits {
        let usual = QueryLimits::default();
        QueryLimits { disk: self.disk.unwrap_or(usual.disk), time: self.time.unwrap_or(usual.time), ..usual }
    }
}

/// Sets what every session has in common.
pub(super) fn settings(mut config: SessionConfig) -> SessionConfig {
    // Column names are case-sensitive: `Age` is not `age`.
    config.options_mut().sql_parser.enable_ident_normalization = false;
    config
}

/// Registers the functions that conditions may call.
pub(super) fn functions(session: SessionContext) -> SessionContext {
    let session = cluster::as_elsewhere(session);
    session.register_udf(looks_like::looks_like());
    session.register_udf(looks_like::holds_like());
    session.register_udf(spelling::Form::Text.function());
    sql::register(&session);
    session
}

/// The number of consumers that an error of the engine lists; only its developers need them.
const NAMED: NonZeroUsize = NonZeroUsize::MIN;

/// Returns an environment for queries that hold at most `bytes` bytes, and write what they can to at most `disk` bytes
/// of temporary files.
pub(super) fn environment(bytes: Option<u64>, disk: Option<u64>) -> io::Result<Arc<RuntimeEnv>> {
    let mut builder = RuntimeEnvBuilder::new();
    if let Some(bytes) = disk {
        builder = builder.with_max_temp_directory_size(bytes);
    }
    if let Some(bytes) = bytes {
        let most = usize::try_from(bytes).unwrap_or(usize::MAX);
        builder = builder.with_memory_pool(Arc::new(TrackConsumersPool::new(FairSpillPool::new(most), NAMED)));
    }
    builder.build_arc().map_err(|error| io::Error::other(error.to_string()))
}

/// Limits of one query of the config.
#[derive(Debug, Clone, Copy)]
pub(super) struct QueryLimits {
    /// The memory in bytes, if `memory_limit` is not set.
    pub(super) memory: usize,
    /// The size of temporary files, in bytes.
    pub(super) disk: u64,
    /// The running time.
    pub(super) time: Duration,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self { memory: 2 << 30, disk: 4 << 30, time: Duration::from_secs(30) }
    }
}

/// Returns the environment of one query of the config.
pub(super) fn of_query(all: &RuntimeEnv, limits: QueryLimits) -> Result<Arc<RuntimeEnv>> {
    let mut builder = RuntimeEnvBuilder::from_runtime_env(all)
        .with_disk_manager_builder(DiskManagerBuilder::default().with_max_temp_directory_size(limits.disk));
    if matches!(all.memory_pool.memory_limit(), MemoryLimit::Infinite | MemoryLimit::Unknown) {
        let pool = TrackConsumersPool::new(FairSpillPool::new(limits.memory), NAMED);
        builder = builder.with_memory_pool(Arc::new(pool));
    }
    builder.build_arc()
}

/// Returns true if an error means that the memory limit was reached.
pub(super) fn is_exhausted(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}
