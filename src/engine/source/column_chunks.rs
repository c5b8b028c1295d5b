//! Column chunks of a Parquet file in memory.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::digest::HeldBytes;

/// A Parquet file, parts of which were read ahead.
pub(super) struct Chunks {
    pub(super) file: File,
    /// The size of the file, in bytes.
    length: u64,
    /// The parts in memory, in the order of their offsets.
    held: Vec<HeldBytes>,
}

impl Chunks {
    /// Reads these ranges of a file into memory.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is shorter than a range.
    pub(super) fn read(file: File, mut ranges: Vec<Range<u64>>) -> Result<Self> {
        ranges.sort_unstable_by_key(|range| range.start);
        let held =
            ranges.into_iter().map(|range| Ok((range.start, exactly(&file, range.start, range.end - range.start)?)));
        Ok(Self { length: file.metadata()?.len(), held: held.collect::<Result<_>>()?, file })
    }

    /// Returns the parts in memory.
    pub(super) fn held(&self) -> &[HeldBytes] {
        &self.held
    }

    /// Returns the bytes in memory from an offset on, up to the end of their part.
    fn held_from(&self, start: u64) -> Option<Bytes> {
        let after = self.held.partition_point(|(begin, _)| *begin <= start);
        let (begin, bytes) = self.held.get(after.checked_sub(1)?)?;
        let within = usize::try_from(start - begin).ok()?;
        (within < bytes.len()).then(|| bytes.slice(within..))
    }
}

fn exactly(mut file: &File, start: u64, size: u64) -> Result<Bytes> {
    let mut bytes = Vec::with_capacity(usize::try_from(size)?);
    file.seek(SeekFrom::Start(start))?;
    file.take(size).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != size {
        return Err(ParquetError::EOF(format!("it ends before byte {}", start.saturating_add(size))));
    }
    Ok(bytes.into())
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Chunks {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        if let Some(bytes) = self.held_from(start) {
            return Ok(Box::new(Cursor::new(bytes)));
        }
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(start))?;
        Ok(Box::new(BufReader::new(file)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        match self.held_from(start) {
            Some(bytes) if length <= bytes.len() => Ok(bytes.slice(..length)),
            _ => exactly(&self.file, start, length as u64),
        }
    }
}
