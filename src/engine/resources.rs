//! What an engine may use.

use std::io;
use std::num::NonZero;
use std::time::Duration;

use datafusion::execution::context::SessionContext;
use datafusion::prelude::SessionConfig;
use tokio::runtime::{Builder, Runtime};

use super::memory::{self, QueryLimits};
use super::{format, sql};

/// As much stack as the engine's threads may take: for the longest SQL that is read, and files nested more deeply than any that
/// is.
const STACK: usize = 16 << 20;

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
    /// The threads of an engine.
    ///
    /// # Errors
    ///
    /// The system gives none.
    pub(super) fn runtime(self) -> io::Result<Workers> {
        let mut runtime = Builder::new_multi_thread();
        runtime.thread_stack_size(STACK);
        if let Some(threads) = self.threads {
            runtime.worker_threads(threads.get());
        }
        runtime.enable_all().build().map(|runtime| Workers { runtime: Some(runtime) })
    }

    /// An engine's session, without any table.
    ///
    /// # Errors
    ///
    /// The system gives no folder for temporary files.
    pub(super) fn session(self) -> io::Result<SessionContext> {
        let mut config = SessionConfig::new();
        if let Some(threads) = self.threads {
            config = config.with_target_partitions(threads.get());
        }
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
