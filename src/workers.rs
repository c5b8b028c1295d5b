//! Work on several threads, or on as many as the system starts.
//!
//! A container may allow few threads, and a memory limit may leave no room for their stacks. Workers take the pieces of
//! a job one by one, so that fewer threads, down to the calling one alone, complete the same work.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::{io, iter, thread};

/// The most threads of the process; 0 without a limit.
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Limits the threads of everything that takes as many as there are cores. No result depends on their number.
pub(crate) fn limit(threads: Option<NonZero<usize>>) {
    MOST.store(threads.map_or(0, NonZero::get), Ordering::Relaxed);
}

/// Returns the number of cores, or the limit if that is lower.
pub(crate) fn cores() -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    match MOST.load(Ordering::Relaxed) {
        0 => cores,
        most => cores.min(most),
    }
}

/// Calls `work` on up to `most` threads, including the calling one, and returns the results.
///
/// Each call must continue until no work is left, because it may be the only one.
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

/// Starts a thread that nobody waits for.
///
/// It begins its work when its handle is gone: glibc detaches a thread by reading its memory, which a thread that ended in
/// between has given back.
///
/// # Errors
///
/// The system starts no thread.
pub(crate) fn detached(builder: thread::Builder, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let (begin, begun) = mpsc::channel::<()>();
    drop(builder.spawn(move || {
        let _ = begun.recv();
        work();
    })?);
    drop(begin);
    Ok(())
}

/// Calls `other` on a thread beside `own`, which the calling thread runs; one after the other if no thread starts.
pub(crate) fn beside<T: Send, U>(other: impl Fn() -> T + Sync, own: impl FnOnce() -> U) -> (T, U) {
    let other = &other;
    thread::scope(|scope| match thread::Builder::new().spawn_scoped(scope, other) {
        Ok(started) => {
            let own = own();
            (started.join().unwrap_or_else(|panic| resume_unwind(panic)), own)
        }
        Err(_) => (other(), own()),
    })
}

/// Calls `work` with each number below `count`, on all cores, and returns the results in the order of the numbers.
pub(crate) fn map<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < count);
    let done = each(cores().min(count), || iter::from_fn(|| take().map(|at| (at, work(at)))).collect::<Vec<_>>());
    let mut done: Vec<(usize, T)> = done.into_iter().flatten().collect();
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Returns the number of threads with this stack size that the system starts at the same time, up to `wanted`.
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
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_numbers() {
        for count in [0, 1, 2, 1000] {
            assert_eq!(map(count, |at| at * at), (0..count).map(|at| at * at).collect::<Vec<_>>());
        }
    }

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
    fn two_jobs_run_beside_each_other() {
        // Each waits for the other.
        let met = std::sync::Barrier::new(2);
        let meet = |result| {
            met.wait();
            result
        };
        assert_eq!(beside(|| meet(1), || meet(2)), (1, 2));
    }

    #[test]
    fn nobody_waits_for_a_detached_thread() {
        let (done, wait) = mpsc::channel();
        let work = move || done.send(7).expect("somebody listens");
        detached(thread::Builder::new(), work).expect("a thread starts");
        assert_eq!(wait.recv(), Ok(7));
    }

    #[test]
    fn threads_that_start_are_counted() {
        assert_eq!(startable(0, 1 << 20), 0);
        assert_eq!(startable(3, 1 << 20), 3);
        // A stack that is too large for any machine.
        assert_eq!(startable(3, 1 << 52), 0);
    }
}
