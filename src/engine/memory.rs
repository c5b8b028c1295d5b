//! Memory limits of queries.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryLimit, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};

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
