//! Boundaries of the records and fields of a CSV file.
//!
//! The rules are RFC 4180's, and those of the `csv-core` crate that reads the values: `\r`, `\n` and `\r\n` end a
//! record, empty lines are skipped, a quote opens a field only at its beginning. Two things that `csv-core` accepts are
//! errors here: a quote that is never closed, which would swallow all rows below it, and text behind a closing quote.

use crate::plural::noun;

/// The longest row, in bytes; it is held in memory as a whole, and a longer one is a mistake or an attack.
const LONGEST: usize = 64 << 20;

/// The number of records that are examined to choose a delimiter.
const SAMPLE: u64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReaderState {
    /// Before the first byte of a record.
    Record,
    /// Before the first byte of a further field.
    Field,
    /// In a field without quotes.
    Plain,
    /// In a field with quotes.
    Quoted,
    /// Behind a quote in a field with quotes: the end of the field, or the first half of an escaped quote.
    Closed,
}

/// Counter of records and their fields.
#[derive(Debug)]
pub(super) struct Records {
    delimiter: u8,
    state: ReaderState,
    /// The fields of the header, as bytes, during and after its reading.
    header: Vec<Vec<u8>>,
    in_header: bool,
    fields: usize,
    rows: u64,
    line: u64,
    /// The line on which the current record began.
    began: u64,
    length: usize,
    longest: usize,
    after_return: bool,
    /// The line of an empty line, which could be a missing value in a table of one column.
    empty_line: Option<u64>,
    line_is_empty: bool,
}

impl Records {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: ReaderState::Record,
            header: Vec::new(),
            in_header: true,
            fields: 0,
            rows: 0,
            line: 1,
            began: 1,
            length: 0,
            longest: 0,
            after_return: false,
            empty_line: None,
            line_is_empty: true,
        }
    }

    /// Returns a counter for a text whose header is not a line of the file.
    pub(super) fn below_given_names(delimiter: u8) -> Self {
        Self { line: 0, began: 0, ..Self::new(delimiter) }
    }

    /// Returns the number of columns of the header with this delimiter.
    pub(super) fn columns(delimiter: u8, head: &[u8]) -> usize {
        let mut records = Self::new(delimiter);
        for byte in head {
            if records.byte(*byte).is_err() || !records.in_header {
                break;
            }
        }
        records.header.len()
    }

    /// Returns true if the first rows have as many fields as the header, with this delimiter.
    pub(super) fn fits(delimiter: u8, head: &[u8]) -> bool {
        let mut records = Self::new(delimiter);
        for byte in head {
            if records.byte(*byte).is_err() {
                return false;
            }
            if records.rows == SAMPLE {
                break;
            }
        }
        true
    }

    /// Reads the next bytes.
    ///
    /// # Errors
    ///
    /// A row has another number of fields than the header, or is not CSV.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), String> {
        bytes.iter().try_for_each(|byte| self.byte(*byte))
    }

    /// Reads bytes up to the end of the header, and returns their number; all of them, if the header continues.
    ///
    /// # Errors
    ///
    /// The header is not CSV.
    pub(super) fn feed_header(&mut self, bytes: &[u8]) -> Result<usize, String> {
        for (at, byte) in bytes.iter().enumerate() {
            if !self.in_header {
                return Ok(at);
            }
            self.byte(*byte)?;
        }
        Ok(bytes.len())
    }

    /// Returns true if the header was read to its end.
    pub(super) fn has_header(&self) -> bool {
        !self.in_header
    }

    /// Returns the length of the incomplete record, in bytes.
    pub(super) fn open(&self) -> usize {
        if self.state == ReaderState::Record { 0 } else { self.length }
    }

    #[inline]
    fn byte(&mut self, byte: u8) -> Result<(), String> {
        let ends_line = byte == b'\n' || byte == b'\r';
        self.length += 1;
        match self.state {
            ReaderState::Quoted if byte == b'"' => self.state = ReaderState::Closed,
            ReaderState::Closed if byte == b'"' => {
                self.keep(byte);
                self.state = ReaderState::Quoted;
            }
            ReaderState::Record if ends_line => {
                if self.line_is_empty && !(byte == b'\n' && self.after_return) && self.empty_line.is_none() {
                    self.empty_line = Some(self.line);
                }
                self.length = 0;
            }
            ReaderState::Plain | ReaderState::Closed | ReaderState::Field if ends_line => self.end_record()?,
            ReaderState::Record | ReaderState::Field if byte == b'"' => {
                self.begin()?;
                self.state = ReaderState::Quoted;
            }
            ReaderState::Record | ReaderState::Field | ReaderState::Plain | ReaderState::Closed
                if byte == self.delimiter =>
            {
                if self.state == ReaderState::Record {
                    self.begin()?;
                }
                if self.state == ReaderState::Field {
                    self.begin()?;
                }
                self.state = ReaderState::Field;
            }
            ReaderState::Record | ReaderState::Field => {
                self.begin()?;
                self.keep(byte);
                self.state = ReaderState::Plain;
            }
            ReaderState::Closed => {
                return Err(self.fault(&format!(
                    "has text after the closing quote of field {}; write a quote inside quotes as `\"\"`",
                    self.fields
                )));
            }
            ReaderState::Plain | ReaderState::Quoted => self.keep(byte),
        }
        if byte == 0 {
            return Err(format!(
                "cannot be read: {} holds a NUL byte; is it UTF-16, or not a text file?",
                self.place()
            ));
        }
        if self.length > LONGEST {
            return Err(self.fault(&format!("is longer than {} MiB; is a quote not closed?", LONGEST >> 20)));
        }
        if byte == b'\n' && self.after_return {
            // The second half of a line ending.
        } else if ends_line {
            self.line += 1;
        }
        self.after_return = byte == b'\r';
        self.line_is_empty = ends_line;
        Ok(())
    }

    /// Begins a field.
    fn begin(&mut self) -> Result<(), String> {
        if self.state == ReaderState::Record {
            self.began = self.line;
            self.length = 1;
            if let (Some(line), false, [_]) = (self.empty_line, self.in_header, self.header.as_slice()) {
                return Err(format!(
                    "cannot be read: line {line} is empty; if that is a missing value of a table with one column, \
                     write it as `\"\"`"
                ));
            }
            self.empty_line = None;
        }
        self.fields += 1;
        if self.in_header {
            self.header.push(Vec::new());
        }
        Ok(())
    }

    #[inline]
    fn keep(&mut self, byte: u8) {
        if self.in_header
            && let Some(name) = self.header.last_mut()
        {
            name.push(byte);
        }
    }

    fn end_record(&mut self) -> Result<(), String> {
        if self.state == ReaderState::Field {
            // An empty last field.
            self.begin()?;
        }
        if !self.in_header && self.fields != self.header.len() {
            return Err(self.fault(&format!(
                "has {} {}, but the header has {}",
                self.fields,
                noun(self.fields, "field"),
                self.header.len()
            )));
        }
        if self.in_header {
            self.in_header = false;
        } else {
            self.rows += 1;
        }
        self.longest = self.longest.max(self.length);
        self.fields = 0;
        self.length = 0;
        self.state = ReaderState::Record;
        Ok(())
    }

    /// Marks the end of the file.
    ///
    /// # Errors
    ///
    /// The last row is incomplete.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        match self.state {
            ReaderState::Record => Ok(()),
            ReaderState::Quoted => Err(self.fault("opens a quote that is never closed; is the file cut off?")),
            ReaderState::Field | ReaderState::Plain | ReaderState::Closed => self.end_record(),
        }
    }

    /// Returns the names in the header; `None` before it was read.
    pub(super) fn header(&self) -> Option<Vec<String>> {
        if self.in_header {
            return None;
        }
        Some(self.header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    /// Returns the number of complete rows below the header so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the length of the longest row, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Returns the current place, for messages.
    pub(super) fn place(&self) -> String {
        let line = if self.state == ReaderState::Record { self.line } else { self.began };
        if self.in_header {
            format!("the header (line {line})")
        } else {
            format!("row {} (line {line})", self.rows + 1)
        }
    }

    fn fault(&self, what: &str) -> String {
        format!("cannot be read: {} {what}", self.place())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn read(text: &str) -> Result<(Vec<String>, u64), String> {
        let mut records = Records::new(b',');
        records.feed(text.as_bytes())?;
        records.finish()?;
        Ok((records.header().unwrap_or_default(), records.rows()))
    }

    #[test]
    fn rows_are_counted_as_the_engine_s_reader_counts_them() {
        for (text, rows) in [
            ("a,b\n1,2\n", 1),
            ("a,b\r\n1,2\r\n3,4", 2),
            ("a,b\r1,2\r", 1),
            ("\n\na,b\n\n1,2\n\n\n3,4\n\n", 2),
            ("a,b\n\"x\ny\",\"\"\"\"\n", 1),
            ("a,b\n,\n", 1),
            ("a,b\n5\" pipe,it's\n", 1),
            ("a,b\n\"\",\n", 1),
            ("\"a\nb\",c\n", 0),
        ] {
            assert_eq!(read(text).map(|read| read.1), Ok(rows), "{text:?}");
        }
        assert_eq!(read("\"a \"\"1\"\"\",b\n").unwrap().0, ["a \"1\"", "b"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_row_and_line() {
        for (text, why) in [
            ("a,b\n1,2\n\"x\ny\",2\n3\n", "row 3 (line 5) has 1 field, but the header has 2"),
            ("a,b\n1,2,3\n", "row 1 (line 2) has 3 fields, but the header has 2"),
            ("a,b\n1,\"2\n3,4\n", "row 1 (line 2) opens a quote that is never closed"),
            ("a,b\n\"1\"x,2\n", "row 1 (line 2) has text after the closing quote of field 1"),
            ("a\n1\n\n2\n", "line 3 is empty"),
            ("a,b\n1,\0\n", "row 1 (line 2) holds a NUL byte"),
            ("\"a,b\n1,2\n", "the header (line 1) opens a quote"),
        ] {
            let found = read(text).unwrap_err();
            assert!(found.contains(why), "{text:?}: {found}");
        }
        assert!(read("a\n1\n\"\"\n2\n\n\n").is_ok(), "empty lines at the end are no values");
    }
}
