//! Work on several threads, or on as many as the system starts.
//!
//! A container may allow few threads, and a limit of memory leaves no room for their stacks. Whatever is shared out here is
//! taken piece by piece by whoever comes next, so that fewer threads, down to this one alone, do the same work.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::{iter, thread};

/// As many threads as there are cores.
pub(crate) fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Calls `work` on up to `most` threads, this one among them, and returns what each call gives.
///
/// Each call has to go on until nothing is left to do: there may be one.
pub(crate) fn each<T: Send>(most: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let start = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let started: Vec<_> = (1..most).map_while(start).collect();
        let own = work();
        let others = started.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        iter::once(own).chain(others).collect()
    })
}

/// Returns how many threads with so much stack the system starts side by side, up to `wanted`.
pub(crate) fn startable(wanted: usize, stack: usize) -> usize {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let held = gate.lock();
        let wait = || drop(gate.lock());
        let start = |_| thread::Builder::new().stack_size(stack).spawn_scoped(scope, wait).ok();
        let started = (0..wanted).map_while(start).count();
        drop(held);
        started
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn all_work_is_done_by_however_many() {
        for most in [0, 1, 2, 7] {
            let next = AtomicUsize::new(0);
            let work = || iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < 100)).count();
            let done = each(most, work);
            assert_eq!((done.len(), done.iter().sum::<usize>()), (most.max(1), 100));
        }
    }

    #[test]
    fn threads_that_start_are_counted() {
        assert_eq!(startable(0, 1 << 20), 0);
        assert_eq!(startable(3, 1 << 20), 3);
        // More stack than any machine has room for.
        assert_eq!(startable(3, 1 << 52), 0);
    }
}
