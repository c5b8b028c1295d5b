//! How much memory queries may hold.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::common::DataFusionError;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};

/// Consumers that an error of the engine names, which nobody but its developers reads.
const NAMED: NonZeroUsize = NonZeroUsize::MIN;

/// An environment for queries that hold at most so many bytes, and write to temporary files what they can.
pub(super) fn environment(bytes: Option<u64>) -> io::Result<Arc<RuntimeEnv>> {
    let mut builder = RuntimeEnvBuilder::new();
    if let Some(bytes) = bytes {
        let most = usize::try_from(bytes).unwrap_or(usize::MAX);
        builder = builder.with_memory_pool(Arc::new(TrackConsumersPool::new(FairSpillPool::new(most), NAMED)));
    }
    builder.build_arc().map_err(|error| io::Error::other(error.to_string()))
}

/// Whether an error says that the limit was reached.
pub(super) fn is_exhausted(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}
