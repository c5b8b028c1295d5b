//! Text that one thread cuts into pieces, and several threads process.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::guard::guarded;

/// The size below which a file is not worth a second thread, in bytes.
pub(super) const SMALL: u64 = 1 << 20;

/// Returns the findings of each of at most `threads` threads on the pieces that `cut` produces, and the result of
/// `cut`.
///
/// # Errors
///
/// A thread stopped unexpectedly.
pub(super) fn share_out<Piece: Send, Seen: Send>(
    threads: usize,
    nothing: impl Fn() -> Seen + Sync,
    look: impl Fn(&Piece, &mut Seen) + Sync,
    cut: impl FnOnce(&mut dyn FnMut(Piece)) -> Result<(), String>,
) -> Result<(Vec<Seen>, Result<(), String>), String> {
    let (pieces, taken) = sync_channel::<Piece>(threads);
    let taken = Mutex::new(taken);
    thread::scope(|scope| {
        let work = || work(&taken, nothing(), &look);
        let wanted = if threads < 2 { 0 } else { threads };
        // The system may start fewer threads, or none.
        let started = (0..wanted).map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok());
        let workers: Vec<_> = started.collect();
        if workers.is_empty() {
            let mut seen = nothing();
            let end = cut(&mut |piece| look(&piece, &mut seen));
            return Ok((vec![seen], end));
        }
        // The channel blocks while the workers have enough to do.
        let end = cut(&mut |piece| drop(pieces.send(piece)));
        drop(pieces);
        let mut found = Vec::with_capacity(workers.len());
        for worker in workers {
            found.push(worker.join().map_err(|_| "cannot be read: its reader stopped".to_owned())??);
        }
        Ok((found, end))
    })
}

/// Takes all pieces, even after one failed: otherwise `cut` would block.
fn work<Piece, Seen>(
    pieces: &Mutex<Receiver<Piece>>,
    mut seen: Seen,
    look: &(impl Fn(&Piece, &mut Seen) + Sync),
) -> Result<Seen, String> {
    let mut looked = Ok(());
    loop {
        let piece = pieces.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(piece) = piece else { return looked.map(|()| seen) };
        if looked.is_ok() {
            looked = guarded(|| {
                look(&piece, &mut seen);
                Ok(())
            });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn all_pieces_are_seen_whatever_the_threads() {
        for threads in [1, 2, 5] {
            let cut = |take: &mut dyn FnMut(u64)| {
                (1..=100).for_each(take);
                Err("the end".to_owned())
            };
            let (seen, end) = share_out(threads, || 0, |piece, sum| *sum += piece, cut).unwrap();
            assert_eq!((seen.len(), seen.iter().sum::<u64>(), end), (threads, 5050, Err("the end".to_owned())));
        }
    }

    #[test]
    fn a_panic_of_all_threads_is_an_error_and_no_standstill() {
        let cut = |take: &mut dyn FnMut(u64)| {
            (1..=100).for_each(take);
            Ok(())
        };
        let found = share_out(3, || (), |_, ()| panic!("no"), cut);
        assert!(found.unwrap_err().contains("it is broken (no)"));
    }
}
