//! The pieces of a table, which its workers come to one by one.

use std::iter;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::row_groups::Footer;
use crate::digest::Sections;

/// As many pieces for each worker: enough that all end at about the same time, and few, as each is a new beginning.
const EACH: usize = 4;

/// A file, or some neighbouring row groups of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its place among all.
    at: usize,
    pub(super) file: usize,
    pub(super) groups: Range<usize>,
    /// Its place among the pieces of its file.
    place: usize,
}

/// As many whole files.
pub(super) fn of_files(files: usize) -> Vec<Piece> {
    (0..files).map(|file| Piece { at: file, file, groups: 0..0, place: 0 }).collect()
}

/// The row groups of files, for so many workers.
pub(super) fn of_row_groups(footers: &[Footer], workers: usize) -> Vec<Piece> {
    let rows: u64 = footers.iter().flat_map(Footer::rows).sum();
    let enough = rows / (workers * EACH) as u64;
    let mut pieces = Vec::new();
    for (file, footer) in footers.iter().enumerate() {
        let ranges = if footer.sections.is_empty() {
            by_rows(footer.rows(), enough)
        } else {
            footer.sections.iter().map(|section| section.groups.clone()).collect()
        };
        for (place, groups) in ranges.into_iter().enumerate() {
            pieces.push(Piece { at: pieces.len(), file, groups, place });
        }
    }
    pieces
}

/// Neighbours with so many rows, but for the last ones.
fn by_rows(groups: impl Iterator<Item = u64>, enough: u64) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut so_far = 0;
    for (group, rows) in groups.enumerate() {
        match ranges.last_mut() {
            Some(range) if so_far < enough => {
                range.end = group + 1;
                so_far += rows;
            }
            _ => {
                ranges.push(group..group + 1);
                so_far = rows;
            }
        }
    }
    ranges
}

/// All pieces of a table, in their order. Workers take them one by one, so that none is left with more than the others.
#[derive(Debug)]
pub(super) struct Pieces {
    all: Vec<Piece>,
    /// Of each file that is digested while it is read, where its pieces end.
    ends: Vec<Option<Vec<u64>>>,
    readings: Mutex<Vec<Arc<Reading>>>,
}

/// One of the times that a table is read.
#[derive(Debug)]
pub(super) struct Reading {
    next: AtomicUsize,
    /// Of each piece, whether it was read to its end.
    done: Vec<AtomicBool>,
    digests: Vec<Option<Sections>>,
}

impl Reading {
    fn new(pieces: &Pieces) -> Self {
        let digests = pieces.ends.iter().map(|ends| ends.clone().map(Sections::new)).collect();
        Self { next: AtomicUsize::new(0), done: pieces.all.iter().map(|_| AtomicBool::new(false)).collect(), digests }
    }

    /// Takes note that a piece was read to its end.
    pub(super) fn finish(&self, piece: &Piece) {
        self.done[piece.at].store(true, Ordering::Relaxed);
    }

    /// The digest of the file, if it is taken while that is read, and the place of the piece in it.
    pub(super) fn digest(&self, piece: &Piece) -> Option<(&Sections, usize)> {
        Some((self.digests.get(piece.file)?.as_ref()?, piece.place))
    }
}

impl Pieces {
    pub(super) fn new(all: Vec<Piece>, ends: Vec<Option<Vec<u64>>>) -> Self {
        Self { all, ends, readings: Mutex::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The pieces before this one that nobody has read to the end.
    pub(super) fn open_before(&self, piece: &Piece, reading: &Reading) -> impl Iterator<Item = &Piece> {
        self.all[..piece.at].iter().filter(|before| !reading.done[before.at].load(Ordering::Relaxed))
    }

    /// The pieces that are left when they are asked for by a worker that reads the table for the `time`th time.
    pub(super) fn left(self: Arc<Self>, time: usize) -> (Arc<Reading>, impl Iterator<Item = Piece> + Send + use<>) {
        let reading = {
            let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
            let begun = readings.len();
            readings.extend((begun..=time).map(|_| Arc::new(Reading::new(&self))));
            Arc::clone(&readings[time])
        };
        let of = Arc::clone(&reading);
        (of, iter::from_fn(move || self.all.get(reading.next.fetch_add(1, Ordering::Relaxed)).cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reading_comes_to_every_piece_once() {
        let pieces = Arc::new(Pieces::new(of_files(5), Vec::new()));
        let left = |time| Arc::clone(&pieces).left(time).1.map(|piece| piece.file);
        let (mut one, mut other) = (left(0), left(0));
        assert_eq!([one.next(), other.next(), one.next()], [Some(0), Some(1), Some(2)]);
        // A worker that is asked again reads all again, whatever the others still do.
        assert_eq!(left(1).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(other.chain(one).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(left(0).next(), None);
    }

    #[test]
    fn small_row_groups_are_read_with_their_neighbours() {
        assert_eq!(by_rows([5, 5, 1, 1, 20, 3].into_iter(), 10), [0..2, 2..5, 5..6]);
        assert_eq!(by_rows([7, 7].into_iter(), 0), [0..1, 1..2]);
        assert!(by_rows(iter::empty(), 10).is_empty());
    }
}
