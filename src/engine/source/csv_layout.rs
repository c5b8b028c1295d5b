//! Checks a CSV file from end to end before any value is used: every row has as many fields as the header, every quote
//! is closed, and every byte is text. The engine's own reader would accept an open quote as a very long last field.

use std::io::BufRead;

use super::format::{FileFormat, Packing};
use super::records::Records;
use crate::config::{CsvDialect, CsvNames};
use crate::engine::source::file::SourceFile;
use crate::engine::source::text_reader::TextReader;

/// The delimiters that a `.csv` may have.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The number of leading bytes in which the delimiter and the header are searched.
const HEAD: usize = 1 << 20;

/// CsvLayout of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CsvLayout {
    /// The delimiter between fields.
    pub(super) delimiter: u8,
    /// The names in the header.
    pub(super) header: Vec<String>,
    /// The number of rows below the header.
    pub(super) rows: u64,
    /// The length of the longest row, in bytes.
    pub(super) longest: usize,
}

/// A CSV file that is being read from its beginning.
pub(super) struct CsvPass<'a> {
    part: &'a SourceFile,
    delimiter: u8,
    header: Vec<String>,
    records: Records,
    utf8: Utf8,
}

impl<'a> CsvPass<'a> {
    /// Reads the header; also returns the bytes below it that were read.
    ///
    /// # Errors
    ///
    /// There is no header, or it does not name columns.
    pub(super) fn begin(
        part: &'a SourceFile,
        format: FileFormat,
        text: &mut TextReader,
        dialect: Option<&CsvDialect>,
    ) -> Result<(Self, Vec<u8>), String> {
        let head = head(part, text)?;
        refuse_instruction(&head)?;
        let delimiter = match (dialect, format) {
            (Some(_), _) => b',',
            (None, FileFormat::Tsv) => b'\t',
            (None, _) => delimiter(&head)?,
        };
        let records = match dialect.map(|dialect| &dialect.names) {
            None | Some(CsvNames::Header) => Records::new(delimiter),
            Some(_) => Records::below_given_names(delimiter),
        };
        let mut reading = Self { part, delimiter, header: Vec::new(), records, utf8: Utf8::default() };
        let mut below = Vec::new();
        reading.feed(&head, &mut below)?;
        while !reading.records.has_header() {
            let chunk = text.fill_buf().map_err(|error| part.broken(&error))?;
            let size = chunk.len();
            if size == 0 {
                reading.end()?;
                break;
            }
            reading.feed(chunk, &mut below)?;
            text.consume(size);
        }
        let header = reading.records.header().ok_or_else(|| "cannot be read: it has no header".to_owned())?;
        check_names(&header)?;
        reading.header = header;
        Ok((reading, below))
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// Returns the number of complete rows so far.
    pub(super) fn rows(&self) -> u64 {
        self.records.rows()
    }

    /// Returns the length of the incomplete row, in bytes.
    pub(super) fn open(&self) -> usize {
        self.records.open()
    }

    pub(super) fn broken(&self, error: &std::io::Error) -> String {
        self.part.broken(error)
    }

    /// Reads the next bytes, and appends those below the header to `below`.
    ///
    /// # Errors
    ///
    /// A row is not well formed; the error names it.
    pub(super) fn feed(&mut self, bytes: &[u8], below: &mut Vec<u8>) -> Result<(), String> {
        let utf8 = self.utf8.feed(bytes);
        // The rows before a bad byte are counted, so that the message can name its row.
        let good = utf8.as_ref().map_or_else(|bad| bad.in_chunk, |()| bytes.len());
        let rest = &bytes[self.records.feed_header(&bytes[..good])?..good];
        self.records.feed(rest)?;
        below.extend_from_slice(rest);
        utf8.map_err(|bad| not_text(self.part, &self.records, &bad))
    }

    /// Marks the end of the file.
    ///
    /// # Errors
    ///
    /// The last row is incomplete.
    pub(super) fn end(&mut self) -> Result<(), String> {
        self.utf8.finish().map_err(|bad| not_text(self.part, &self.records, &bad))?;
        self.records.finish()
    }

    /// Returns the layout of a file that was read to its end.
    pub(super) fn layout(self) -> CsvLayout {
        let (rows, longest) = (self.records.rows(), self.records.longest());
        CsvLayout { delimiter: self.delimiter, header: self.header, rows, longest }
    }
}

/// Refuses the line that tells Excel the delimiter, which other readers take for the header.
fn refuse_instruction(head: &[u8]) -> Result<(), String> {
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.is_empty()).unwrap_or_default();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [name @ .., sign] if name.eq_ignore_ascii_case(b"sep=") && DELIMITERS.contains(sign) => Err(format!(
            "cannot be read: its first line is `{}`, which gives Excel the delimiter and is not a header; remove this line",
            line.escape_ascii()
        )),
        _ => Ok(()),
    }
}

fn not_text(part: &SourceFile, records: &Records, bad: &BadByte) -> String {
    let of = if part.packing == Packing::None { "the file" } else { "the unpacked text" };
    format!(
        "cannot be read: it is not UTF-8: {}, byte {} of {of} is 0x{:02X}; if it is Latin-1 or Windows-1252, convert it, \
         as with `iconv -f WINDOWS-1252 -t UTF-8`, or declare `csv: {{encoding: windows-1252}}`",
        records.place(),
        bad.offset + 1,
        bad.byte
    )
}

/// Returns the first bytes, including the whole header.
fn head(part: &SourceFile, text: &mut TextReader) -> Result<Vec<u8>, String> {
    let mut head = Vec::new();
    while head.len() < HEAD {
        let chunk = text.fill_buf().map_err(|error| part.broken(&error))?;
        if chunk.is_empty() {
            break;
        }
        let size = chunk.len().min(HEAD - head.len());
        head.extend_from_slice(&chunk[..size]);
        text.consume(size);
    }
    Ok(head)
}

/// Returns the delimiter that the header contains and that the first rows contain as often.
fn delimiter(head: &[u8]) -> Result<u8, String> {
    let in_header: Vec<u8> = DELIMITERS.into_iter().filter(|byte| Records::columns(*byte, head) > 1).collect();
    match in_header.as_slice() {
        [] => return Ok(b','),
        [only] => return Ok(*only),
        _ => {}
    }
    let fitting: Vec<u8> = in_header.iter().copied().filter(|byte| Records::fits(*byte, head)).collect();
    match fitting.as_slice() {
        [only] => Ok(*only),
        // The name of the file promises a comma; the row that breaks it is reported later.
        [] if in_header.contains(&b',') => Ok(b','),
        _ => {
            let seen: Vec<String> = in_header.iter().map(|byte| format!("`{}`", byte.escape_ascii())).collect();
            Err(format!(
                "cannot be read: its header holds {}, and any of them could be the delimiter; put names that contain one in \
                 quotes",
                seen.join(" and ")
            ))
        }
    }
}

fn check_names(header: &[String]) -> Result<(), String> {
    for (at, name) in header.iter().enumerate() {
        if name.trim().is_empty() {
            return Err(format!(
                "cannot be read: column {} of its header has no name; name it, or write the file without its index \
                 (pandas: `index=False`)",
                at + 1
            ));
        }
    }
    let mut sorted: Vec<(&String, usize)> = header.iter().zip(1..).collect();
    sorted.sort();
    match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(format!(
            "cannot be read: its header names `{}` twice, in columns {} and {}",
            pair[0].0, pair[0].1, pair[1].1
        )),
        None => Ok(()),
    }
}

/// A check that bytes in pieces are UTF-8.
#[derive(Default)]
struct Utf8 {
    /// The first bytes of a character that continues in the next piece.
    open: Vec<u8>,
    /// The number of bytes in earlier pieces.
    before: u64,
}

struct BadByte {
    offset: u64,
    in_chunk: usize,
    byte: u8,
}

impl Utf8 {
    fn feed(&mut self, chunk: &[u8]) -> Result<(), BadByte> {
        let mut from = 0;
        while !self.open.is_empty() {
            let Some(next) = chunk.get(from) else { return Ok(()) };
            self.open.push(*next);
            from += 1;
            match std::str::from_utf8(&self.open) {
                Ok(_) => {
                    self.before += self.open.len() as u64;
                    self.open.clear();
                }
                Err(error) if error.error_len().is_none() => {}
                Err(_) => return Err(BadByte { offset: self.before, in_chunk: 0, byte: self.open[0] }),
            }
        }
        match std::str::from_utf8(&chunk[from..]) {
            Ok(_) => self.before += (chunk.len() - from) as u64,
            Err(error) => {
                let good = error.valid_up_to();
                let offset = self.before + good as u64;
                if error.error_len().is_some() {
                    return Err(BadByte { offset, in_chunk: from + good, byte: chunk[from + good] });
                }
                self.before = offset;
                self.open = chunk[from + good..].to_vec();
            }
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), BadByte> {
        match self.open.first() {
            Some(byte) => Err(BadByte { offset: self.before, in_chunk: 0, byte: *byte }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_fits() {
        assert_eq!(delimiter(b"a;b\n1,5;2,5\n").unwrap(), b';');
        assert_eq!(delimiter(b"a|b,c\n1,2\n").unwrap(), b',');
        assert_eq!(delimiter(b"a\tb\n1\t2\n").unwrap(), b'\t');
        assert_eq!(delimiter(b"\"a;b\",c\n1,2\n").unwrap(), b',');
        assert_eq!(delimiter(b"only\n1\n").unwrap(), b',');
        assert_eq!(delimiter(b"a;b,c\n").unwrap_err().matches('`').count(), 4);
    }

    #[test]
    fn characters_may_come_in_pieces() {
        let text = "aé€😀z".as_bytes();
        for size in 1..text.len() {
            let mut utf8 = Utf8::default();
            assert!(text.chunks(size).all(|chunk| utf8.feed(chunk).is_ok()) && utf8.finish().is_ok(), "{size}");
        }
        let mut cut = Utf8::default();
        assert!(cut.feed(&text[..2]).is_ok());
        assert_eq!(cut.finish().unwrap_err().offset, 1);
    }

    #[test]
    fn a_line_for_excel_is_no_header() {
        for line in ["sep=;\nid;q\n", "\r\nSEP=,\r\nid,q\r\n", "\"sep=|\"\nid|q\n", "sep=\t"] {
            assert!(refuse_instruction(line.as_bytes()).is_err(), "{line:?}");
        }
        for line in ["sep=x,b\n1,2\n", "sep,b\n", "sep=", "", "id\nsep=;\n"] {
            assert!(refuse_instruction(line.as_bytes()).is_ok(), "{line:?}");
        }
    }
}
