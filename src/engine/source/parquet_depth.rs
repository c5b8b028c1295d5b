//! Limit on the nesting of columns in a Parquet file.
//!
//! The reader recurses for every level. A small file may have a hundred thousand levels, which would exhaust the stack
//! and end the process without a report. So the levels are counted first, without recursion. The footer is in Thrift's
//! compact protocol, of which this module parses as much as is necessary to reach the columns.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// The most levels. A list takes two or three of them, a struct takes one.
const DEEPEST: usize = 256;

/// The deepest nesting of skipped values: a logical type is a struct in a struct.
const SKIPPED: usize = 16;

/// The length of the footer's length and of the magic word, at the end of a file.
const END: i64 = 8;

/// Rejects a file whose columns are nested too deeply.
///
/// # Errors
///
/// The columns are nested too deeply, or cannot be parsed. A file that is not Parquet, or is encrypted, is left to the
/// reader.
pub(super) fn refuse_deep(file: &File) -> Result<(), String> {
    let mut file = file;
    let mut end = [0; END as usize];
    if file.seek(SeekFrom::End(-END)).and_then(|_| file.read_exact(&mut end)).is_err() || &end[4..] != b"PAR1" {
        return Ok(());
    }
    let length = u32::from_le_bytes([end[0], end[1], end[2], end[3]]);
    if file.seek(SeekFrom::End(-END - i64::from(length))).is_err() {
        return Ok(());
    }
    let mut footer = Compact(BufReader::new(file.take(length.into())));
    match footer.levels() {
        Ok(levels) if levels <= DEEPEST => Ok(()),
        Ok(_) => Err(format!("cannot be read: its columns are nested too deep; limit: {DEEPEST} levels")),
        Err(_) => Err("cannot be read: its footer is broken; write it again".to_owned()),
    }
}

const INT32: u8 = 5;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A parser of the compact protocol.
struct Compact<R>(R);

impl<R: Read> Compact<R> {
    /// Returns the number of levels of the columns of a `FileMetaData`; it stops once there are too many.
    fn levels(&mut self) -> io::Result<usize> {
        // `schema` is the second field, and lists all columns and groups, each after its group.
        self.field(2, LIST)?;
        let (count, kind) = self.list()?;
        if kind != STRUCT {
            return Err(broken());
        }
        let (mut open, mut levels) = (Vec::new(), 0);
        for _ in 0..count {
            let mut children = 0;
            let mut field = 0;
            while let Some(kind) = self.next(&mut field)? {
                match (field, kind) {
                    (5, INT32) => children = self.signed()?,
                    _ => self.skip(kind, SKIPPED)?,
                }
            }
            while let Some(left) = open.pop() {
                if left > 0 {
                    open.push(left - 1);
                    break;
                }
            }
            if children > 0 {
                open.push(children);
                levels = levels.max(open.len());
                if levels > DEEPEST {
                    break;
                }
            }
        }
        Ok(levels)
    }

    /// Goes to a field of the struct that begins here.
    fn field(&mut self, wanted: i64, of: u8) -> io::Result<()> {
        let mut field = 0;
        while let Some(kind) = self.next(&mut field)? {
            if field == wanted {
                return if kind == of { Ok(()) } else { Err(broken()) };
            }
            self.skip(kind, SKIPPED)?;
        }
        Err(broken())
    }

    /// Returns the type of the next field of a struct; the field's number is encoded as the distance from the previous
    /// one.
    fn next(&mut self, field: &mut i64) -> io::Result<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        *field = if head >> 4 == 0 { self.signed()? } else { field.saturating_add((head >> 4).into()) };
        Ok(Some(head & 0x0f))
    }

    fn list(&mut self) -> io::Result<(u64, u8)> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
        Ok((count, head & 0x0f))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> io::Result<()> {
        let below = depth.checked_sub(1).ok_or_else(broken)?;
        match kind {
            // The value of a boolean field is encoded in its type.
            1 | 2 => Ok(()),
            3 => self.pass(1),
            4..=6 => self.unsigned().map(drop),
            7 => self.pass(8),
            8 => {
                let length = self.unsigned()?;
                self.pass(length)
            }
            LIST | 10 => {
                let (count, kind) = self.list()?;
                for _ in 0..count {
                    if kind <= 2 { self.pass(1)? } else { self.skip(kind, below)? }
                }
                Ok(())
            }
            11 => {
                let count = self.unsigned()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                for _ in 0..count {
                    for kind in [kinds >> 4, kinds & 0x0f] {
                        if kind <= 2 { self.pass(1)? } else { self.skip(kind, below)? }
                    }
                }
                Ok(())
            }
            STRUCT => {
                let mut field = 0;
                while let Some(kind) = self.next(&mut field)? {
                    self.skip(kind, below)?;
                }
                Ok(())
            }
            13 => self.pass(16),
            _ => Err(broken()),
        }
    }

    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        let passed = io::copy(&mut (&mut self.0).take(bytes), &mut io::sink())?;
        if passed == bytes { Ok(()) } else { Err(broken()) }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.0.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn unsigned(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for at in 0..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(broken())
    }

    /// Zigzag encoding: 0, −1, 1, −2, …
    fn signed(&mut self) -> io::Result<i64> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }
}

fn broken() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::io::Write;
    use std::sync::Arc;

    use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};
    use parquet::arrow::ArrowWriter;
    use tempfile::tempfile;

    use super::*;

    /// Returns a file whose footer consists of this many nested groups.
    fn groups(depth: usize) -> File {
        // Version 1, and a list of structs, each with the name `a` and one child; the last one has a column.
        let mut footer = vec![0x15, 2, 0x19, 0xfc];
        let mut count = depth as u64 + 1;
        while count >= 0x80 {
            footer.push((count & 0x7f) as u8 | 0x80);
            count >>= 7;
        }
        footer.push(count as u8);
        for _ in 0..depth {
            footer.extend([0x48, 1, b'a', 0x15, 2, 0]);
        }
        footer.extend([0x15, 2, 0x25, 0, 0x18, 1, b'b', 0, 0]);
        let mut file = tempfile().unwrap();
        file.write_all(b"PAR1").unwrap();
        file.write_all(&footer).unwrap();
        file.write_all(&(footer.len() as u32).to_le_bytes()).unwrap();
        file.write_all(b"PAR1").unwrap();
        file
    }

    #[test]
    fn more_levels_than_anybody_writes_are_refused() {
        assert_eq!(refuse_deep(&groups(DEEPEST)), Ok(()));
        for depth in [DEEPEST + 1, 1_000_000] {
            let why = refuse_deep(&groups(depth)).unwrap_err();
            assert_eq!(why, "cannot be read: its columns are nested too deep; limit: 256 levels");
        }
    }

    #[test]
    fn levels_are_those_of_the_deepest_column() {
        let nested = |depth: usize| {
            (0..depth)
                .fold(DataType::Int32, |inside, _| DataType::Struct(Fields::from(vec![Field::new("a", inside, true)])))
        };
        let list = DataType::List(Arc::new(Field::new_list_field(nested(2), true)));
        let fields = [("flat", DataType::Utf8), ("deep", nested(5)), ("list", list), ("last", DataType::Int64)];
        let fields: Vec<Field> = fields.map(|(name, data_type)| Field::new(name, data_type, true)).into();
        let mut file = tempfile().unwrap();
        ArrowWriter::try_new(&mut file, Arc::new(Schema::new(fields)), None).unwrap().close().unwrap();
        file.seek(SeekFrom::End(-END)).unwrap();
        let mut length = [0; 4];
        file.read_exact(&mut length).unwrap();
        file.seek(SeekFrom::End(-END - i64::from(u32::from_le_bytes(length)))).unwrap();
        // All columns are in one group.
        assert_eq!(Compact(&file).levels().unwrap(), 1 + 5);
    }

    #[test]
    fn what_is_no_footer_is_refused_or_left_to_the_reader() {
        let file = |bytes: &[u8]| {
            let mut file = tempfile().unwrap();
            file.write_all(bytes).unwrap();
            file
        };
        for bytes in [&b""[..], b"PAR1", b"a,b\n1,2\n3,4\n", b"\xff\xff\xff\xffPAR1", b"    \x04\0\0\0PARE"] {
            assert_eq!(refuse_deep(&file(bytes)), Ok(()), "{bytes:?}");
        }
        // Structs nested in structs.
        let skipped = [&[0x1c; 100][..], &[100, 0, 0, 0], b"PAR1"].concat();
        for bytes in [&b"\xff\xff\xff\xff\x04\0\0\0PAR1"[..], b"\0\0\0\0\x04\0\0\0PAR1", &skipped] {
            assert!(refuse_deep(&file(bytes)).is_err(), "{bytes:?}");
        }
    }
}
