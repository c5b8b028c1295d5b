//! The threads of an engine.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::source::guard::guarded;

/// The stack of each of the engine's threads, in bytes: enough for the longest accepted SQL and for the deepest
/// accepted nesting of files.
pub(super) const STACK: usize = 16 << 20;

/// The time within which every thread that the system starts is running.
const PATIENCE: Duration = Duration::from_secs(10);

/// A time longer than any run.
const EVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

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
