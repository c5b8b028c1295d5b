//! Validation of the lengths in an Arrow file against the size of the file.
//!
//! The reader allocates as much memory as a file asks for. If there is not enough, there is no error: the process ends
//! without a report. Therefore a corrupt or malicious file is rejected first.

use std::fmt::Display;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::ipc::convert::fb_to_schema;
use datafusion::arrow::ipc::reader::read_footer_length;
use datafusion::arrow::ipc::{
    BodyCompression, CompressionType, Message, MessageHeader, RecordBatch, root_as_footer, root_as_message,
};

use crate::engine::error::clipped;
use crate::plural::noun;

/// The marker before the length of a message; old files have the length alone.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// The length of the magic word and of the footer's length, at the end of a file.
const END: u64 = 10;

/// The length of the prefix of a compressed buffer, which is its uncompressed length.
const PREFIX: u64 = 8;

/// The uncompressed size above which the available memory is tested.
const MUCH: usize = 64 << 20;

const BEYOND: &str = "a part of it lies beyond its end";

/// Returns the columns of a file and its number of rows, after checking that the file contains all it refers to.
///
/// # Errors
///
/// Returns an error if a part would lie beyond the end of the file, or would be larger uncompressed than its bytes
/// allow.
pub(super) fn of_file(file: &File) -> Result<(Schema, u64), String> {
    let file = Bytes::of(file)?;
    let end = file.length.checked_sub(END).ok_or("it is too short")?;
    let last: [u8; END as usize] = file.read(end..file.length)?.try_into().map_err(|_| "it is too short")?;
    let footer = read_footer_length(last).map_err(|error| error.to_string())?;
    let start = end.checked_sub(footer as u64).ok_or("its footer is longer than the file")?;
    let footer = file.read(start..end)?;
    let footer = root_as_footer(&footer).map_err(|error| broken("its footer", &error))?;
    let mut rows = 0;
    let dictionaries = footer.dictionaries().into_iter().flatten();
    for block in dictionaries.chain(footer.recordBatches().into_iter().flatten()) {
        let offset = unsigned(block.offset());
        let body = offset.saturating_add(unsigned(block.metaDataLength().into()));
        let (start, _) = file.message_length(offset)?;
        let text = file.read(start..body)?;
        let message = message(&text)?;
        rows = rows_after(rows, message);
        file.check(message, body..body.saturating_add(unsigned(block.bodyLength())))?;
    }
    footer.schema().map(|schema| (fb_to_schema(schema), rows)).ok_or_else(|| "it has no columns".to_owned())
}

/// Returns the columns of a stream and its number of rows, after checking that the file contains all it refers to.
///
/// # Errors
///
/// Fails like [`of_file`].
pub(super) fn of_stream(file: &File) -> Result<(Schema, u64), String> {
    let file = Bytes::of(file)?;
    let (mut at, mut schema, mut rows) = (0, None, 0);
    loop {
        if at == file.length {
            // The reader would accept this as the end, though the stream may have been cut off between two messages.
            return Err("its stream has no end mark, so it is cut off; write it again".to_owned());
        }
        let (start, length) = file.message_length(at)?;
        if length == 0 {
            at = start;
            break;
        }
        let end = start.saturating_add(length);
        let text = file.read(start..end)?;
        let message = message(&text)?;
        at = end.saturating_add(unsigned(message.bodyLength()));
        file.check(message, end..at)?;
        rows = rows_after(rows, message);
        schema = schema.or_else(|| message.header_as_schema().map(fb_to_schema));
    }
    match file.length - at {
        0 => schema.map(|schema| (schema, rows)).ok_or_else(|| "it has no columns".to_owned()),
        left => Err(format!("{left} {} follow the end of its stream, and would not be read", noun(left, "byte"))),
    }
}

struct Bytes<'a> {
    file: &'a File,
    length: u64,
}

impl<'a> Bytes<'a> {
    fn of(file: &'a File) -> Result<Self, String> {
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        Ok(Self { file, length })
    }

    fn read(&self, range: Range<u64>) -> Result<Vec<u8>, String> {
        let size = range.end.checked_sub(range.start).filter(|_| range.end <= self.length);
        let size = size.and_then(|size| usize::try_from(size).ok()).ok_or(BEYOND)?;
        let mut bytes = vec![0; size];
        let mut file = self.file;
        let read = file.seek(SeekFrom::Start(range.start)).and_then(|_| file.read_exact(&mut bytes));
        read.map(|()| bytes).map_err(|error| error.to_string())
    }

    /// Returns the offset and the length of the message whose length is stored at `at`.
    fn message_length(&self, at: u64) -> Result<(u64, u64), String> {
        let four = |at: u64| {
            let bytes = self.read(at..at.saturating_add(4))?;
            <[u8; 4]>::try_from(bytes).map_err(|_| "it is too short".to_owned())
        };
        let (mut start, mut length) = (at.saturating_add(4), four(at)?);
        if length == CONTINUATION {
            (start, length) = (start + 4, four(start)?);
        }
        Ok((start, unsigned(i32::from_le_bytes(length).into())))
    }

    /// Checks the lengths that a message gives of its body.
    ///
    /// # Errors
    ///
    /// The body or a buffer does not fit into the file.
    fn check(&self, message: Message<'_>, body: Range<u64>) -> Result<(), String> {
        if body.end > self.length {
            return Err(BEYOND.to_owned());
        }
        let batch = match message.header_type() {
            MessageHeader::RecordBatch => message.header_as_record_batch(),
            MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|batch| batch.data()),
            _ => None,
        };
        batch.map_or(Ok(()), |batch| self.check_batch(batch, &body))
    }

    fn check_batch(&self, batch: RecordBatch<'_>, body: &Range<u64>) -> Result<(), String> {
        let most = batch.compression().map(most_of_one_byte);
        for buffer in batch.buffers().into_iter().flatten() {
            let within = |length: i64| u64::try_from(length).ok().filter(|length| *length <= body.end - body.start);
            let bytes = within(buffer.offset()).zip(within(buffer.length()));
            let bytes = bytes.map(|(offset, length)| body.start + offset..body.start + offset + length);
            let bytes = bytes.filter(|bytes| bytes.end <= body.end).ok_or("a column lies beyond its batch")?;
            let (Some(most), Some(packed)) = (most, (bytes.end - bytes.start).checked_sub(PREFIX)) else { continue };
            let told = self.read(bytes.start..bytes.start + PREFIX)?;
            // A negative length marks an uncompressed buffer.
            let Ok(told) = u64::try_from(told.try_into().map_or(-1, i64::from_le_bytes)) else { continue };
            if told > packed.saturating_mul(most) {
                return Err(format!("{packed} bytes of a column would decompress to {told}"));
            }
            let size = usize::try_from(told).unwrap_or(usize::MAX);
            if size > MUCH && Vec::<u8>::new().try_reserve_exact(size).is_err() {
                return Err(format!("a column would decompress to {told} bytes, which is more than the memory"));
            }
        }
        Ok(())
    }
}

/// Adds the rows that a message tells of.
fn rows_after(rows: u64, message: Message<'_>) -> u64 {
    let batch = message.header_as_record_batch();
    rows.saturating_add(batch.map_or(0, |batch| unsigned(batch.length())))
}

/// Converts a length; a negative one becomes larger than any file.
fn unsigned(length: i64) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn message(text: &[u8]) -> Result<Message<'_>, String> {
    root_as_message(text).map_err(|error| broken("one of its messages", &error))
}

fn broken(part: &str, error: &dyn Display) -> String {
    format!("{part} is broken: {}", clipped(&error.to_string()))
}

/// Returns the most bytes that one compressed byte can expand to.
fn most_of_one_byte(compression: BodyCompression<'_>) -> u64 {
    match compression.codec() {
        // Each further byte extends a match by at most 255 (LZ4 block format, "Matches").
        CompressionType::LZ4_FRAME => 256,
        // A block of 128 KiB can be a header of three bytes and the one byte that it repeats (RFC 8878, 3.1.1.2).
        _ => (128 << 10) / 4,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::io::Write;
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use datafusion::arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
    use tempfile::tempfile;

    use super::*;

    fn table() -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![7; 5_000]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["seven"; 5_000]));
        RecordBatch::try_from_iter([("number", numbers), ("text", texts)]).unwrap()
    }

    fn file(compression: Option<CompressionType>) -> Vec<u8> {
        let table = table();
        let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
        let mut writer = FileWriter::try_new_with_options(Vec::new(), &table.schema(), options).unwrap();
        writer.write(&table).unwrap();
        writer.finish().unwrap();
        writer.into_inner().unwrap()
    }

    fn stream() -> Vec<u8> {
        let table = table();
        let mut writer = StreamWriter::try_new(Vec::new(), &table.schema()).unwrap();
        writer.write(&table).unwrap();
        writer.finish().unwrap();
        writer.into_inner().unwrap()
    }

    fn on_disk(bytes: &[u8]) -> File {
        let mut file = tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// Returns the offset of the first buffer that is not empty, in a file of one batch.
    fn first_buffer(bytes: &[u8]) -> usize {
        let end = bytes.len() - END as usize;
        let length = read_footer_length(bytes[end..].try_into().unwrap()).unwrap();
        let footer = root_as_footer(&bytes[end - length..end]).unwrap();
        let block = footer.recordBatches().unwrap().get(0);
        let (start, head) = (block.offset() as usize, block.metaDataLength() as usize);
        let batch = message(&bytes[start + 8..start + head]).unwrap().header_as_record_batch().unwrap();
        let buffer = batch.buffers().unwrap().iter().find(|buffer| buffer.length() > 0).unwrap();
        start + head + buffer.offset() as usize
    }

    #[test]
    fn whole_files_speak_the_truth() {
        for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
            assert_eq!(of_file(&on_disk(&file(compression))).unwrap(), (table().schema().as_ref().clone(), 5_000));
        }
        assert_eq!(of_stream(&on_disk(&stream())).unwrap(), (table().schema().as_ref().clone(), 5_000));
    }

    #[test]
    fn no_column_unpacks_to_more_than_its_bytes_can_make() {
        for (compression, whole) in [(CompressionType::LZ4_FRAME, 40_000), (CompressionType::ZSTD, 40_000)] {
            let mut bytes = file(Some(compression));
            let at = first_buffer(&bytes);
            assert_eq!(bytes[at..at + 8], i64::to_le_bytes(whole));
            // Flips one bit.
            bytes[at + 7] = 0x40;
            let why = of_file(&on_disk(&bytes)).unwrap_err();
            assert!(why.ends_with("bytes of a column would decompress to 4611686018427427904"), "{why}");
        }
    }

    #[test]
    fn nothing_lies_beyond_the_end() {
        let whole = stream();
        for length in [5, 100, whole.len() / 2, whole.len() - 9] {
            assert_eq!(of_stream(&on_disk(&whole[..length])).unwrap_err(), BEYOND, "{length}");
        }
        let whole = file(None);
        let end = whole.len() - END as usize;
        let mut longer = whole.clone();
        longer[end..end + 4].copy_from_slice(&i32::MAX.to_le_bytes());
        assert_eq!(of_file(&on_disk(&longer)).unwrap_err(), "its footer is longer than the file");
        let mut damaged = whole.clone();
        damaged[end - 40..end].fill(0x5a);
        let why = of_file(&on_disk(&damaged)).unwrap_err();
        assert!(why.starts_with("its footer is broken: ") && !why.contains('\n'), "{why}");
        // The footer belongs to a longer file.
        let cut = [&whole[..100], &whole[whole.len() - 400..]].concat();
        assert!(of_file(&on_disk(&cut)).is_err());
        assert_eq!(of_file(&on_disk(&whole[..5])).unwrap_err(), "it is too short");
    }

    #[test]
    fn a_stream_ends_with_its_end() {
        let whole = stream();
        let why = of_stream(&on_disk(&whole[..whole.len() - 8])).unwrap_err();
        assert_eq!(why, "its stream has no end mark, so it is cut off; write it again");
        let twice = [whole.as_slice(), &whole].concat();
        let why = of_stream(&on_disk(&twice)).unwrap_err();
        assert_eq!(why, format!("{} bytes follow the end of its stream, and would not be read", whole.len()));
    }
}
