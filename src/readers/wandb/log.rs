//! The log of a run: records in chunks with checksums, in blocks of 32 KiB, after LevelDB's write-ahead log.
//!
//! A process that was killed leaves a tail that is cut anywhere. Everything before it is sound, because each chunk has its
//! CRC-32 (over the chunk's type and content; the length is not covered). Any other damage is refused: a flipped bit must
//! neither change a number nor hide the records behind it.

use crate::plural::counted;
use std::io::{self, Read};

/// Bytes of a block; the first one includes the header of the file.
const BLOCK: usize = 32_768;
/// Bytes of a chunk before its content: the checksum, the length and the type.
const CHUNK_HEADER: usize = 7;
/// `:W&B`, the magic number 0xBEE1 and version 0.
pub(super) const FILE_HEADER: [u8; 7] = [b':', b'W', b'&', b'B', 0xe1, 0xbe, 0];

const FULL: u8 = 1;
const FIRST: u8 = 2;
const MIDDLE: u8 = 3;
const LAST: u8 = 4;

/// Reads the records of a log one after the other.
pub(super) struct LogReader<R> {
    from: R,
    block: Vec<u8>,
    /// The offset of the next chunk in the block.
    at: usize,
    /// The offset of the block in the file.
    start: u64,
    /// The chunks of a record that is not complete yet.
    open: Option<Vec<u8>>,
    /// The largest record, in bytes.
    most: u64,
}

/// The next record of a log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NextRecord {
    /// The content of a record.
    Record(Vec<u8>),
    /// The file ends after a whole record.
    End,
    /// The file ends within a record, at this offset.
    Cut(u64),
}

impl<R: Read> LogReader<R> {
    /// Opens a log.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or does not start like a log of version 0.
    pub(super) fn open(from: R, most: u64) -> Result<Self, String> {
        let mut reader = Self { from, block: Vec::new(), at: 0, start: 0, open: None, most };
        reader.next_block()?;
        if reader.block.len() < FILE_HEADER.len() && FILE_HEADER.starts_with(&reader.block) {
            return Err(format!(
                "it ends after {}, before the first record of the run",
                counted(reader.block.len() as u64, "byte")
            ));
        }
        match reader.block.strip_prefix(&FILE_HEADER) {
            Some(_) => reader.at = FILE_HEADER.len(),
            None if reader.block.starts_with(&FILE_HEADER[..6]) => {
                return Err(format!("it is of version {} of the format; known is version 0", reader.block[6]));
            }
            None => return Err("it does not start as a log of W&B does".to_owned()),
        }
        Ok(reader)
    }

    /// Returns the next record.
    ///
    /// # Errors
    ///
    /// The log is damaged before its end, a record is too large, or the file cannot be read.
    pub(super) fn next(&mut self) -> Result<NextRecord, String> {
        loop {
            let left = self.block.len() - self.at;
            if left < CHUNK_HEADER {
                let is_whole = self.block.len() == BLOCK;
                // The end of a whole block is filled up; that of the file is cut.
                if !is_whole && left > 0 {
                    return Ok(NextRecord::Cut(self.offset()));
                }
                if is_whole {
                    self.next_block()?;
                }
                if self.block.is_empty() || !is_whole {
                    return Ok(if self.open.is_some() { NextRecord::Cut(self.offset()) } else { NextRecord::End });
                }
                continue;
            }
            let offset = self.offset();
            let rest = &self.block[self.at..];
            let length = usize::from(u16::from_le_bytes([rest[4], rest[5]]));
            let kind = rest[6];
            if rest[..CHUNK_HEADER] == [0; CHUNK_HEADER] && self.only_zeros()? {
                // Some file systems extend a file before the bytes arrive.
                return Ok(NextRecord::Cut(offset));
            }
            let rest = &self.block[self.at..];
            let damaged = |why: &str| Err(format!("it is damaged at byte {offset}: {why}"));
            let Some(content) = rest.get(CHUNK_HEADER..CHUNK_HEADER + length) else {
                let fits = self.at + CHUNK_HEADER + length <= BLOCK;
                if !fits || self.block.len() == BLOCK || hides_chunk(rest) {
                    return damaged("the length of a chunk is wrong");
                }
                return Ok(NextRecord::Cut(offset));
            };
            if !is_sound(rest, length) {
                return damaged("the checksum of a chunk does not match");
            }
            let content = content.to_vec();
            self.at += CHUNK_HEADER + length;
            let record = match (kind, self.open.take()) {
                (FULL, None) => return Ok(NextRecord::Record(content)),
                (FIRST, None) => content,
                (MIDDLE | LAST, Some(mut record)) => {
                    record.extend_from_slice(&content);
                    record
                }
                _ => return damaged("a chunk is out of its order"),
            };
            if record.len() as u64 > self.most {
                return Err(format!("a record before byte {offset} is too large; limit: {} MiB", self.most >> 20));
            }
            if kind == LAST {
                return Ok(NextRecord::Record(record));
            }
            self.open = Some(record);
        }
    }

    fn offset(&self) -> u64 {
        self.start + self.at as u64
    }

    fn next_block(&mut self) -> Result<(), String> {
        self.start += self.block.len() as u64;
        self.at = 0;
        self.block.clear();
        let read = self.from.by_ref().take(BLOCK as u64).read_to_end(&mut self.block);
        read.map(drop).map_err(|error: io::Error| format!("it cannot be read: {error}"))
    }

    /// Returns true if nothing but zeros follows; otherwise the reader stays in its block.
    fn only_zeros(&mut self) -> Result<bool, String> {
        if self.block[self.at..].iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        // Zeros within the log are damage as well, whichever of its blocks they fill: the caller finds no checksum.
        let mut buffer = [0; 4096];
        loop {
            let read = self.from.read(&mut buffer).map_err(|error| format!("it cannot be read: {error}"))?;
            if buffer[..read].iter().any(|byte| *byte != 0) {
                return Err(format!("it is damaged at byte {}: there are zeros instead of records", self.offset()));
            }
            if read == 0 {
                return Ok(true);
            }
        }
    }
}

/// Returns true if a chunk with content of this length has the checksum that its header states.
fn is_sound(chunk: &[u8], length: usize) -> bool {
    let Some(covered) = chunk.get(6..CHUNK_HEADER + length) else { return false };
    crc32fast::hash(covered).to_le_bytes() == chunk[..4]
}

/// Returns true if what looks like the beginning of a cut chunk is a whole chunk with a wrong length: its checksum holds for
/// fewer bytes, up to the end of the file or up to another sound chunk.
fn hides_chunk(rest: &[u8]) -> bool {
    let after = |at: usize| {
        rest.get(at..).filter(|chunk| chunk.len() >= CHUNK_HEADER && (FULL..=LAST).contains(&chunk[6])).is_some_and(
            |chunk| {
                let length = usize::from(u16::from_le_bytes([chunk[4], chunk[5]]));
                is_sound(chunk, length)
            },
        )
    };
    is_sound(rest, rest.len() - CHUNK_HEADER) || (CHUNK_HEADER..rest.len()).any(after)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// Writes a log as W&B does.
    fn log(records: &[&[u8]]) -> Vec<u8> {
        let mut file = FILE_HEADER.to_vec();
        for record in records {
            let mut rest = *record;
            let mut is_first = true;
            loop {
                let left = BLOCK - file.len() % BLOCK;
                if left < CHUNK_HEADER {
                    file.extend(vec![0; left]);
                    continue;
                }
                let (part, after) = rest.split_at(rest.len().min(left - CHUNK_HEADER));
                let kind = match (is_first, after.is_empty()) {
                    (true, true) => FULL,
                    (true, false) => FIRST,
                    (false, false) => MIDDLE,
                    (false, true) => LAST,
                };
                let covered = [&[kind], part].concat();
                file.extend(crc32fast::hash(&covered).to_le_bytes());
                file.extend(u16::try_from(part.len()).unwrap().to_le_bytes());
                file.extend(covered);
                (rest, is_first) = (after, false);
                if rest.is_empty() {
                    break;
                }
            }
        }
        file
    }

    fn read(file: &[u8]) -> Result<(Vec<Vec<u8>>, bool), String> {
        let mut reader = LogReader::open(file, 1 << 20)?;
        let mut records = Vec::new();
        loop {
            match reader.next()? {
                NextRecord::Record(record) => records.push(record),
                NextRecord::End => return Ok((records, false)),
                NextRecord::Cut(_) => return Ok((records, true)),
            }
        }
    }

    fn records() -> Vec<Vec<u8>> {
        // The second spans three blocks; the fourth leaves six bytes of its block, which are filled up.
        let mut records = vec![b"first".to_vec(), vec![7; 70_000], vec![1; 100]];
        let used = log(&records.iter().map(Vec::as_slice).collect::<Vec<_>>()).len();
        records.push(vec![2; BLOCK - used % BLOCK - CHUNK_HEADER - 6]);
        records.extend([b"".to_vec(), b"last".to_vec()]);
        records
    }

    #[test]
    fn records_span_blocks() {
        let records = records();
        let file = log(&records.iter().map(Vec::as_slice).collect::<Vec<_>>());
        assert_eq!(read(&file).unwrap(), (records, false));
        assert_eq!(read(&FILE_HEADER).unwrap(), (vec![], false));
    }

    #[test]
    fn a_cut_tail_is_seen_at_every_byte() {
        let records = records();
        let file = log(&records.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let ends: Vec<usize> = (1..=records.len())
            .map(|count| log(&records[..count].iter().map(Vec::as_slice).collect::<Vec<_>>()).len())
            .collect();
        let near = ends.iter().flat_map(|end| end.saturating_sub(12)..(end + 12).min(file.len()));
        for cut in (FILE_HEADER.len()..60).chain((60..file.len()).step_by(997)).chain(near) {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            let (found, is_cut) = read(&file[..cut]).unwrap_or_else(|why| panic!("{cut}: {why}"));
            assert_eq!(found, records[..whole], "{cut}");
            // A block that is filled up and nothing more may end a sound file.
            let is_filler = ends.iter().any(|end| cut > *end && cut - end < CHUNK_HEADER && cut % BLOCK == 0);
            assert_eq!(is_cut, cut != FILE_HEADER.len() && !ends.contains(&cut) && !is_filler, "{cut}");
        }
    }

    #[test]
    fn no_flipped_bit_is_read_over() {
        let records: Vec<Vec<u8>> = (0..40_u8).map(|at| vec![at; 30 + usize::from(at)]).collect();
        let file = log(&records.iter().map(Vec::as_slice).collect::<Vec<_>>());
        for byte in 0..file.len() {
            for bit in [0, 3, 7] {
                let mut file = file.clone();
                file[byte] ^= 1 << bit;
                assert!(read(&file).is_err(), "byte {byte}, bit {bit}");
            }
        }
    }

    #[test]
    fn zeros_at_the_end_are_a_cut_tail_and_elsewhere_damage() {
        let mut file = log(&[b"first"]);
        let end = file.len();
        file.extend(vec![0; 100_000]);
        assert_eq!(read(&file).unwrap(), (vec![b"first".to_vec()], true));
        file.push(1);
        assert!(read(&file).unwrap_err().contains(&format!("byte {end}")));
    }

    #[test]
    fn other_files_are_refused() {
        assert!(read(b"").unwrap_err().contains("ends after 0 bytes"));
        assert!(read(b":W&").unwrap_err().contains("ends after 3 bytes"));
        assert!(read(b"PK\x03\x04 and more").unwrap_err().contains("does not start"));
        assert!(read(&[&FILE_HEADER[..6], &[1]].concat()).unwrap_err().contains("version 1"));
        assert!(read(&log(&[&vec![0; 2 << 20]])).unwrap_err().contains("too large"));
    }
}
