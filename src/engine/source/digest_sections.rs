//! Sections of a Parquet file, by which it is digested while it is read.
//!
//! A digest needs all bytes in order, and rows need them in the order of their columns. If a row group is small enough
//! to be held in memory, its bytes are read once for both.

use std::ops::Range;

use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

/// The size below which row groups form a section with their neighbours, in bytes.
const SMALL: u64 = 1 << 20;

/// The size above which row groups are not held in memory, in bytes.
const LARGE: u64 = 16 << 20;

/// The fewest sections of a file; with fewer, some workers would have more to do than others, so the file is digested
/// separately.
const FEW: usize = 8;

/// Adjacent row groups whose bytes are adjacent too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DigestSection {
    pub(super) groups: Range<usize>,
    /// The offset of its end: the first section begins with the file, and the last one ends with it.
    pub(super) end: u64,
}

/// Returns the sections of a file with these row groups and this length; none, if the file is to be digested
/// separately.
pub(super) fn of(groups: &[RowGroupMetaData], length: u64) -> Vec<DigestSection> {
    let bytes_of_group = |group: &RowGroupMetaData| {
        together(&group.columns().iter().map(bytes_of_chunk).collect::<Option<Vec<Range<u64>>>>()?)
    };
    let ranges: Option<Vec<Range<u64>>> = groups.iter().map(bytes_of_group).collect();
    ranges.map_or_else(Vec::new, |ranges| neighbours(&ranges, length))
}

/// Returns the byte range of a column chunk; `None` if the footer's values make no sense.
pub(super) fn bytes_of_chunk(chunk: &ColumnChunkMetaData) -> Option<Range<u64>> {
    let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
    let start = u64::try_from(start).ok()?;
    Some(start..start.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?)
}

/// Returns the range from the first to the last byte of these chunks; `None` if chunks overlap, because each would be
/// held in memory.
fn together(chunks: &[Range<u64>]) -> Option<Range<u64>> {
    let mut chunks = chunks.to_vec();
    chunks.sort_unstable_by_key(|chunk| (chunk.start, chunk.end));
    let are_apart = chunks.windows(2).all(|pair| pair[0].end <= pair[1].start);
    if are_apart { Some(chunks.first()?.start..chunks.last()?.end) } else { None }
}

/// Returns sections of row groups with these byte ranges; none, if they are few, large, or out of order.
fn neighbours(groups: &[Range<u64>], length: u64) -> Vec<DigestSection> {
    let mut sections: Vec<DigestSection> = Vec::new();
    let mut before = 0;
    let mut so_far = 0;
    for (at, bytes) in groups.iter().enumerate() {
        let size = bytes.end.saturating_sub(bytes.start);
        if bytes.start < before || bytes.end > length || size > LARGE {
            return Vec::new();
        }
        before = bytes.end;
        match sections.last_mut() {
            Some(section) if so_far < SMALL && so_far + size <= LARGE => {
                section.groups.end = at + 1;
                section.end = bytes.end;
                so_far += size;
            }
            _ => {
                sections.push(DigestSection { groups: at..at + 1, end: bytes.end });
                so_far = size;
            }
        }
    }
    if sections.len() < FEW {
        return Vec::new();
    }
    if let Some(last) = sections.last_mut() {
        last.end = length;
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    fn groups(sizes: &[u64]) -> Vec<Range<u64>> {
        let mut end = 4;
        let next = |size: &u64| {
            end += size;
            end - size..end
        };
        sizes.iter().map(next).collect()
    }

    #[test]
    fn sections_are_row_groups_or_some_small_ones() {
        let found = neighbours(&groups(&[9 * MB; 10]), 91 * MB);
        assert_eq!(found.len(), 10);
        assert_eq!(found[0], DigestSection { groups: 0..1, end: 4 + 9 * MB });
        assert_eq!(found[9], DigestSection { groups: 9..10, end: 91 * MB });
        let found = neighbours(&groups(&[MB / 4; 40]), 11 * MB);
        assert_eq!(found.len(), 10);
        assert_eq!(found[1], DigestSection { groups: 4..8, end: 4 + 2 * MB });
    }

    #[test]
    fn a_file_without_sections_is_digested_beside_its_reading() {
        assert_eq!(neighbours(&groups(&[MB; 7]), 8 * MB), []);
        assert_eq!(neighbours(&groups(&[MB / 100; 100]), 2 * MB), []);
        assert_eq!(neighbours(&groups(&[17 * MB; 20]), 400 * MB), []);
        assert_eq!(neighbours(&groups(&[MB; 10]), 9 * MB), [], "it says that it has more bytes than it has");
        let mut swapped = groups(&[MB; 10]);
        swapped.swap(3, 4);
        assert_eq!(neighbours(&swapped, 11 * MB), []);
        let mut shared = groups(&[MB; 10]);
        shared[4].start -= 1;
        assert_eq!(neighbours(&shared, 11 * MB), []);
    }

    #[test]
    fn columns_that_share_bytes_are_not_read_ahead() {
        assert_eq!(together(&[10..20, 4..10, 25..25]), Some(4..25));
        assert_eq!(together(&[4..10, 9..20]), None);
        assert_eq!(together(&[4..10, 4..10]), None);
        assert_eq!(together(&[]), None);
    }
}
