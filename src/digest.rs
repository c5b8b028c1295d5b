//! SHA-256 digests of inputs, in the format of reports.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// The size of a read buffer, in bytes.
const BUFFER: usize = 1 << 16;

/// The most bytes kept in memory for sections whose turn has not come; further sections are read again when it comes.
const WAITING: usize = 64 << 20;

/// Returns `sha256:` and the 64 hexadecimal digits of the digest of `input`.
///
/// # Errors
///
/// The input cannot be read.
pub(crate) fn sha256(input: impl Read) -> io::Result<String> {
    let mut digest = RunningDigest::default();
    digest.read(input, BUFFER)?;
    Ok(digest.finish())
}

/// A digest of bytes that arrive in pieces.
#[derive(Debug, Default)]
pub(crate) struct RunningDigest(Sha256);

impl RunningDigest {
    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn read(&mut self, mut input: impl Read, at_once: usize) -> io::Result<()> {
        let mut buffer = vec![0; at_once];
        loop {
            let read = input.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            self.update(&buffer[..read]);
        }
    }

    /// Returns `sha256:` and the 64 hexadecimal digits of the digest.
    pub(crate) fn finish(self) -> String {
        let digits: String = self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{digits}")
    }
}

/// Bytes of a file in memory, with the offset of the first one.
pub(crate) type HeldBytes = (u64, Bytes);

/// Digest of a file that several workers read, each some sections of it, in any order.
///
/// A digest needs all bytes in order. The worker that brings the next section therefore digests it, and all sections
/// that were waiting behind it; no worker waits for another.
#[derive(Debug)]
pub(crate) struct Sections {
    /// The end of each section, where the next one begins; the first section begins with the file.
    ends: Vec<u64>,
    turns: Mutex<Turns>,
}

#[derive(Debug)]
struct Turns {
    next: usize,
    /// `None` while a worker digests, and after a worker could not read the file.
    digest: Option<RunningDigest>,
    waiting: BTreeMap<usize, Vec<HeldBytes>>,
}

impl Sections {
    /// Creates the sections of a file, none of which is read yet.
    pub(crate) fn new(ends: Vec<u64>) -> Self {
        let turns = Turns { next: 0, digest: Some(RunningDigest::default()), waiting: BTreeMap::new() };
        Self { ends, turns: Mutex::new(turns) }
    }

    /// Takes a section, with those of its bytes that are in memory, in the order of their offsets. The other bytes are
    /// read from the file.
    ///
    /// Returns the digest if this was the last missing section; `None` for ever if the file could not be read once.
    pub(crate) fn take(&self, file: &File, section: usize, held: Vec<HeldBytes>) -> Option<String> {
        let turns = || self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = turns();
        let waiting: usize = now.waiting.values().flatten().map(|(_, bytes)| bytes.len()).sum();
        let is_next = section == now.next && now.digest.is_some();
        now.waiting.insert(section, if is_next || waiting < WAITING { held } else { Vec::new() });
        let mut digest = now.digest.take()?;
        loop {
            let next = now.next;
            let Some(held) = now.waiting.remove(&next) else { break };
            drop(now);
            let start = next.checked_sub(1).map_or(0, |before| self.ends[before]);
            append(&mut digest, file, start..self.ends[next], held).ok()?;
            now = turns();
            now.next += 1;
        }
        if now.next == self.ends.len() {
            return Some(digest.finish());
        }
        now.digest = Some(digest);
        None
    }
}

/// Digests a range of a file, part of which is in memory.
fn append(digest: &mut RunningDigest, file: &File, range: Range<u64>, held: Vec<HeldBytes>) -> io::Result<()> {
    let mut at = range.start;
    for (start, bytes) in held {
        let end = start.saturating_add(bytes.len() as u64);
        // Two columns may claim the same bytes, which are digested once.
        if start < at || end > range.end {
            continue;
        }
        append_from_file(digest, file, at, start)?;
        digest.update(&bytes);
        at = end;
    }
    append_from_file(digest, file, at, range.end)
}

fn append_from_file(digest: &mut RunningDigest, mut file: &File, start: u64, end: u64) -> io::Result<()> {
    let size = end.saturating_sub(start);
    if size == 0 {
        return Ok(());
    }
    file.seek(SeekFrom::Start(start))?;
    digest.read(file.take(size), usize::try_from(size).map_or(BUFFER, |size| size.min(BUFFER)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::io::Write;

    use proptest::prelude::*;
    use tempfile::tempfile;

    use super::*;

    #[test]
    fn the_digest_of_abc() {
        // FIPS 180-2, appendix B.1
        let wanted = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&b"abc"[..]).ok().as_deref(), Some(wanted));
    }

    #[test]
    fn sections_of_a_file_come_in_any_order() {
        let sections = Sections::new(vec![1, 1, 3]);
        let mut file = tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        assert_eq!(sections.take(&file, 2, vec![(2, Bytes::from_static(b"c"))]), None);
        assert_eq!(sections.take(&file, 0, vec![(0, Bytes::from_static(b"a"))]), None);
        assert_eq!(sections.take(&file, 1, Vec::new()), sha256(&b"abc"[..]).ok());
    }

    #[test]
    fn bytes_that_two_columns_claim_are_taken_once() {
        let mut file = tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        let held = |start: u64, bytes: &'static str| (start, Bytes::from_static(bytes.as_bytes()));
        for twice in [vec![held(0, "ab"), held(0, "ab")], vec![held(0, "ab"), held(1, "bc")], vec![held(1, "bcd")]] {
            assert_eq!(Sections::new(vec![3]).take(&file, 0, twice), sha256(&b"abc"[..]).ok());
        }
    }

    proptest! {
        #[test]
        fn the_digest_is_that_of_the_file(
            sizes in prop::collection::vec((0_usize..5, 0_usize..300, 0_usize..5), 1..12),
            order in any::<prop::sample::Index>(),
            workers in 1_usize..4,
        ) {
            let all: Vec<u8> = (0..sizes.iter().map(|(a, b, c)| a + b + c).sum::<usize>()).map(|at| (at * 7 % 251) as u8).collect();
            let mut file = tempfile().unwrap();
            file.write_all(&all).unwrap();
            let mut end = 0;
            let mut held = Vec::new();
            let mut ends = Vec::new();
            // Each section has some bytes in memory, between others that are not.
            for (before, size, after) in &sizes {
                let start = end + before;
                held.push(vec![(start as u64, Bytes::copy_from_slice(&all[start..start + size]))]);
                end = start + size + after;
                ends.push(end as u64);
            }
            let sections = Sections::new(ends);
            let first = order.index(sizes.len());
            let turned: Vec<usize> = (first..sizes.len()).chain(0..first).collect();
            let found: Vec<String> = std::thread::scope(|scope| {
                let running: Vec<_> = (0..workers).map(|worker| {
                    let (mine, sections, held, file) = (turned.iter().skip(worker).step_by(workers), &sections, &held, &file);
                    scope.spawn(move || mine.filter_map(|at| sections.take(file, *at, held[*at].clone())).collect::<Vec<_>>())
                }).collect();
                running.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
            });
            prop_assert_eq!(found, [sha256(&all[..]).unwrap()]);
        }
    }
}
