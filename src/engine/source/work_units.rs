//! WorkUnits of a table, which its workers take one by one.

use std::iter;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::row_groups::Footer;
use crate::digest::Sections;

/// The number of pieces for each worker: enough that all workers end at about the same time, but few, because each has
/// a cost.
const EACH: usize = 4;

/// A file, or some adjacent row groups of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WorkUnit {
    /// The index among all pieces.
    at: usize,
    pub(super) file: usize,
    pub(super) groups: Range<usize>,
    /// The index among the pieces of its file.
    place: usize,
}

/// Returns one piece per file.
pub(super) fn of_files(files: usize) -> Vec<WorkUnit> {
    (0..files).map(|file| WorkUnit { at: file, file, groups: 0..0, place: 0 }).collect()
}

/// Divides the row groups of files among `workers` workers.
pub(super) fn of_row_groups(footers: &[Footer], workers: usize) -> Vec<WorkUnit> {
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
            pieces.push(WorkUnit { at: pieces.len(), file, groups, place });
        }
    }
    pieces
}

/// Divides the row groups of files into about `parts` pieces, and at least one for each file. The result depends on the files
/// alone, so that every process divides them alike.
pub(super) fn in_parts(footers: &[Footer], parts: usize) -> Vec<WorkUnit> {
    let rows: u64 = footers.iter().flat_map(Footer::rows).sum();
    let enough = rows.div_ceil(parts.max(1) as u64);
    let ranges = footers.iter().enumerate().flat_map(|(file, footer)| {
        by_rows(footer.rows(), enough).into_iter().enumerate().map(move |(place, groups)| (file, place, groups))
    });
    ranges.enumerate().map(|(at, (file, place, groups))| WorkUnit { at, file, groups, place }).collect()
}

/// Returns the pieces of one of several parts, numbered anew. The pieces are dealt out one by one.
pub(super) fn of_part(all: Vec<WorkUnit>, part: usize, parts: usize) -> Vec<WorkUnit> {
    let own = all.into_iter().skip(part).step_by(parts.max(1));
    own.enumerate().map(|(at, piece)| WorkUnit { at, ..piece }).collect()
}

/// Groups adjacent row groups with at least `enough` rows, except for the last ones.
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

/// WorkUnits of a table, in order. Workers take them one by one, so that all finish at about the same time.
#[derive(Debug)]
pub(super) struct WorkUnits {
    all: Vec<WorkUnit>,
    /// The ends of the pieces of each file that is digested while it is read.
    ends: Vec<Option<Vec<u64>>>,
    readings: Mutex<Vec<Arc<TablePass>>>,
}

/// A pass over a table.
#[derive(Debug)]
pub(super) struct TablePass {
    next: AtomicUsize,
    /// For each piece, whether it was read to its end.
    done: Vec<AtomicBool>,
    digests: Vec<Option<Sections>>,
}

impl TablePass {
    fn new(pieces: &WorkUnits) -> Self {
        let digests = pieces.ends.iter().map(|ends| ends.clone().map(Sections::new)).collect();
        Self { next: AtomicUsize::new(0), done: pieces.all.iter().map(|_| AtomicBool::new(false)).collect(), digests }
    }

    /// Marks a piece as read to its end.
    pub(super) fn finish(&self, piece: &WorkUnit) {
        self.done[piece.at].store(true, Ordering::Relaxed);
    }

    /// Returns the digest of the piece's file, if it is computed while the file is read, and the index of the piece in
    /// it.
    pub(super) fn digest(&self, piece: &WorkUnit) -> Option<(&Sections, usize)> {
        Some((self.digests.get(piece.file)?.as_ref()?, piece.place))
    }
}

impl WorkUnits {
    pub(super) fn new(all: Vec<WorkUnit>, ends: Vec<Option<Vec<u64>>>) -> Self {
        Self { all, ends, readings: Mutex::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns the pieces before this one that are not read to their end yet.
    pub(super) fn open_before(&self, piece: &WorkUnit, reading: &TablePass) -> impl Iterator<Item = &WorkUnit> {
        self.all[..piece.at].iter().filter(|before| !reading.done[before.at].load(Ordering::Relaxed))
    }

    /// Returns an iterator over the remaining pieces, for a worker that reads the table for the `time`th time.
    pub(super) fn left(
        self: Arc<Self>,
        time: usize,
    ) -> (Arc<TablePass>, impl Iterator<Item = WorkUnit> + Send + use<>) {
        let reading = {
            let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
            let begun = readings.len();
            readings.extend((begun..=time).map(|_| Arc::new(TablePass::new(&self))));
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
        let pieces = Arc::new(WorkUnits::new(of_files(5), Vec::new()));
        let left = |time| Arc::clone(&pieces).left(time).1.map(|piece| piece.file);
        let (mut one, mut other) = (left(0), left(0));
        assert_eq!([one.next(), other.next(), one.next()], [Some(0), Some(1), Some(2)]);
        // A worker that starts again reads all pieces again, independent of the others.
        assert_eq!(left(1).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!(other.chain(one).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(left(0).next(), None);
    }

    #[test]
    fn parts_have_each_piece_once() {
        for parts in 1..7 {
            let mut dealt: Vec<usize> = (0..parts)
                .flat_map(|part| {
                    let own = of_part(of_files(5), part, parts);
                    assert!(own.iter().zip(0..).all(|(piece, at)| piece.at == at));
                    own.into_iter().map(|piece| piece.file)
                })
                .collect();
            dealt.sort_unstable();
            assert_eq!(dealt, [0, 1, 2, 3, 4], "{parts}");
        }
    }

    #[test]
    fn small_row_groups_are_read_with_their_neighbours() {
        assert_eq!(by_rows([5, 5, 1, 1, 20, 3].into_iter(), 10), [0..2, 2..5, 5..6]);
        assert_eq!(by_rows([7, 7].into_iter(), 0), [0..1, 1..2]);
        assert!(by_rows(iter::empty(), 10).is_empty());
    }
}
