//! Limits on the speed and the size of a download: a server that sends a few bytes now and then would hold up a gate
//! for hours, and one that sends more than the disk has would fill it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, timeout};

/// The longest time without any bytes.
const SILENCE: Duration = Duration::from_secs(60);
/// The longest time until an answer begins, including all attempts, or until another file is listed.
const PATIENCE: Duration = Duration::from_secs(120);
/// The period over which the speed is measured.
const WINDOW: Duration = Duration::from_secs(30);
/// The fewest bytes that must arrive in that period: one KiB per second.
const LEAST: u64 = 30 << 10;
/// The most bytes of all files of a table together. They are all copied before any is read.
const MOST: u64 = 512 << 30;

/// Waits for an answer to begin.
///
/// # Errors
///
/// The rest of a sentence that begins with the file.
pub(super) async fn begun<T>(answer: impl Future<Output = T>) -> Result<T, String> {
    let late = |_| format!("the server did not answer within {} seconds", PATIENCE.as_secs());
    timeout(PATIENCE, answer).await.map_err(late)
}

/// Counter of the bytes of one file as they arrive.
#[derive(Debug)]
pub(super) struct Pace {
    since: Instant,
    arrived: u64,
}

impl Pace {
    /// Starts counting.
    pub(super) fn start() -> Self {
        Self { since: Instant::now(), arrived: 0 }
    }

    /// Waits for the next bytes.
    ///
    /// # Errors
    ///
    /// The bytes do not arrive in time; the error is the rest of a sentence.
    pub(super) async fn next<T>(&mut self, chunk: impl Future<Output = T>) -> Result<T, String> {
        let late = |_| format!("the server sent nothing for {} seconds", SILENCE.as_secs());
        timeout(SILENCE, chunk).await.map_err(late)
    }

    /// Counts bytes that have arrived.
    ///
    /// # Errors
    ///
    /// The bytes arrived too slowly; the error is the rest of a sentence.
    pub(super) fn arrived(&mut self, bytes: u64) -> Result<(), String> {
        self.arrived += bytes;
        let passed = self.since.elapsed();
        if passed < WINDOW {
            return Ok(());
        }
        if self.arrived * u64::from(WINDOW.as_secs() as u32) < LEAST * passed.as_secs() {
            let (arrived, seconds) = (self.arrived, passed.as_secs());
            return Err(format!(
                "the server sent {arrived} bytes in {seconds} seconds; limit: at least 1 KiB in a second"
            ));
        }
        *self = Self::start();
        Ok(())
    }
}

/// The number of bytes that the files of one table occupy.
#[derive(Debug, Default)]
pub(super) struct Room {
    taken: AtomicU64,
}

impl Room {
    /// Reserves room for a file of `bytes` bytes.
    ///
    /// # Errors
    ///
    /// There is not enough room; the error is the rest of a sentence.
    pub(super) fn take(&self, bytes: u64) -> Result<(), String> {
        let taken = self.taken.fetch_add(bytes.min(MOST + 1), Ordering::Relaxed).saturating_add(bytes);
        if taken > MOST {
            Err(format!("all remote files together have {taken} bytes; limit: {} GiB", MOST >> 30))
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_size() {
        let room = Room::default();
        assert_eq!(room.take(1 << 30), Ok(()));
        assert_eq!(room.take(MOST - (1 << 30)), Ok(()));
        assert!(room.take(1).is_err_and(|why| why.ends_with("limit: 512 GiB")));
        assert!(Room::default().take(1 << 50).is_err());
        let full = Room::default();
        for _ in 0..4 {
            assert!(full.take(u64::MAX).is_err());
        }
    }

    #[test]
    fn who_sends_too_slowly_is_not_waited_for() {
        let late = |arrived: u64, seconds: u64| {
            let since = Instant::now().checked_sub(Duration::from_secs(seconds));
            let mut pace = Pace { since: since.unwrap_or_else(Instant::now), arrived: 0 };
            pace.arrived(arrived)
        };
        assert_eq!(late(6, 29), Ok(()), "a small file may take a while");
        assert!(late(180, 31).is_err_and(|why| why.contains("180 bytes in 31 seconds")));
        assert_eq!(late(40 << 10, 31), Ok(()));
        assert!(late(40 << 10, 60).is_err());
    }
}
