//! Reads the files of a table, several at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::guard::guarded;
use crate::engine::source::file::SourceFile;

/// Returns the results of `read` for each file, in the order of the files, with at most `threads` threads.
///
/// # Errors
///
/// The error of the first file that cannot be read, with its name.
pub(super) fn each<T: Send>(
    path: &str,
    parts: &[SourceFile],
    threads: usize,
    read: impl Fn(&SourceFile) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let one = |part: &SourceFile| guarded(|| read(part)).map_err(|error| part.blame(path, &error));
    if parts.len() < 2 || threads < 2 {
        return parts.iter().map(one).collect();
    }
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::with_capacity(parts.len()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(at) else { return };
            let answer = one(part);
            if answer.is_err() {
                // Files after the first problem are not reported.
                next.fetch_max(parts.len(), Ordering::Relaxed);
            }
            found.lock().unwrap_or_else(PoisonError::into_inner).push((at, answer));
        }
    };
    thread::scope(|scope| {
        // If the system starts no thread, the current one reads all files.
        let start = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let started: Vec<_> = (1..threads.min(parts.len())).map_while(start).collect();
        work();
        // Joined, not detached: a thread that ends while it is detached may crash the process in glibc.
        started.into_iter().for_each(|worker| drop(worker.join()));
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, answer)| answer).collect()
}
