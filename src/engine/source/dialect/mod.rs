//! CSV of another dialect, rewritten as it is read: into UTF-8 with a header, commas and doubled quotes, line by line, so
//! that the rest of the engine knows one form of CSV and its messages name the lines of the file.

mod decimal;
mod decoded;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, BufRead, Read};

use decimal::{Decimal, decimal};
pub(super) use decoded::Decoded;

use super::text_reader::TextReader;
use crate::config::{CsvDialect, CsvNames, ReadAs, TextType};

/// The size of rewritten text that is made ahead, in bytes.
const AHEAD: usize = 1 << 16;
/// The longest record, in bytes, as elsewhere in CSV.
const LONGEST: usize = 64 << 20;
/// The delimiters that a header may show.
const SHOWN: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A text that does not follow its dialect.
#[derive(Debug)]
pub(super) struct DialectError(String);

impl fmt::Display for DialectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DialectError {}

/// Returns true if the error is about the dialect, and not about reading.
pub(super) fn is_of_dialect(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<DialectError>())
}

fn wrong(line: u64, what: &str) -> io::Error {
    io::Error::other(DialectError(format!("line {line}: {what}")))
}

/// The text of a CSV file in its dialect, as the rest of the engine reads CSV.
pub(super) struct StandardCsv {
    text: TextReader,
    /// Bytes that were read to find the delimiter.
    front: Vec<u8>,
    front_at: usize,
    signs: CsvSigns,
    skip_lines: usize,
    names: CsvNames,
    has_decimal_comma: bool,
    /// The columns that are declared as text, by name and then by position.
    declared: Vec<String>,
    are_text: Vec<bool>,
    na: Vec<Vec<u8>>,
    /// The number of columns; 0 before the header.
    columns: usize,
    line: u64,
    /// The line on which the current record began.
    began: u64,
    ready: Vec<u8>,
    at: usize,
    is_begun: bool,
    is_done: bool,
}

/// The signs of a dialect.
#[derive(Debug, Clone, Copy)]
struct CsvSigns {
    delimiter: Option<u8>,
    quote: Option<u8>,
    escape: Option<u8>,
    comment: Option<u8>,
}

/// A line or record of the text.
enum CsvLine {
    /// A line without values: it is empty, or a comment.
    Blank,
    Record(Vec<Vec<u8>>),
    End,
}

impl StandardCsv {
    /// Rewrites a text, whose delimiter is `usual` unless the dialect or the header says otherwise.
    pub(super) fn new(text: TextReader, dialect: &CsvDialect, read_as: &ReadAs, usual: Option<u8>) -> Self {
        let texts = read_as.types.iter().filter(|declared| declared.is == TextType::Text);
        Self {
            text,
            front: Vec::new(),
            front_at: 0,
            signs: CsvSigns {
                delimiter: dialect.delimiter.or(usual),
                quote: dialect.quote,
                escape: dialect.escape.filter(|escape| dialect.quote != Some(*escape)),
                comment: dialect.comment,
            },
            skip_lines: dialect.skip_lines,
            names: dialect.names.clone(),
            has_decimal_comma: dialect.has_decimal_comma,
            declared: texts.map(|declared| declared.column.value.clone()).collect(),
            are_text: Vec::new(),
            na: read_as.na.iter().map(|word| word.clone().into_bytes()).collect(),
            columns: 0,
            line: 1,
            began: 1,
            ready: Vec::new(),
            at: 0,
            is_begun: false,
            is_done: false,
        }
    }

    fn more(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.at = 0;
        if !self.is_begun {
            self.begin()?;
            self.is_begun = true;
        }
        while self.ready.len() < AHEAD && !self.is_done {
            match self.part()? {
                CsvLine::End => self.is_done = true,
                // In a table of one column, an empty line between rows could be a missing value.
                CsvLine::Blank if self.columns == 1 => {}
                CsvLine::Blank => self.ready.push(b'\n'),
                CsvLine::Record(fields) => self.record(&fields)?,
            }
        }
        Ok(())
    }

    /// Skips the lines before the header, finds the delimiter, and writes a header that the file does not have.
    fn begin(&mut self) -> io::Result<()> {
        for _ in 0..self.skip_lines {
            self.line_of_text()?;
            self.ready.push(b'\n');
        }
        if self.signs.delimiter.is_none() {
            self.front = self.first_line()?;
            self.signs.delimiter = Some(self.shown_delimiter()?);
        }
        if let CsvNames::Given(names) = &self.names {
            let names: Vec<Vec<u8>> = names.iter().map(|name| name.clone().into_bytes()).collect();
            self.header(&names);
        }
        Ok(())
    }

    /// Returns the lines up to the first one with values.
    fn first_line(&mut self) -> io::Result<Vec<u8>> {
        let mut lines = Vec::new();
        loop {
            let from = lines.len();
            (&mut self.text).take(LONGEST as u64).read_until(b'\n', &mut lines)?;
            let line = lines[from..].trim_ascii();
            let is_comment = lines.get(from).is_some() && lines.get(from).copied() == self.signs.comment;
            if from == lines.len() || !(line.is_empty() || is_comment) {
                return Ok(lines);
            }
            if lines.len() > LONGEST {
                return Err(wrong(self.line, "no line with values follows for 64 MB"));
            }
        }
    }

    fn shown_delimiter(&self) -> io::Result<u8> {
        let line = self.front.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let (mut is_quoted, mut shown) = (false, Vec::new());
        for byte in line {
            is_quoted ^= Some(*byte) == self.signs.quote;
            let is_decimal = self.has_decimal_comma && *byte == b',';
            if !is_quoted && SHOWN.contains(byte) && !is_decimal && !shown.contains(byte) {
                shown.push(*byte);
            }
        }
        match shown.as_slice() {
            [] => Ok(if self.has_decimal_comma { b';' } else { b',' }),
            [only] => Ok(*only),
            _ => Err(wrong(self.line, "several characters could be the delimiter; declare `delimiter` under `csv`")),
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        match self.front.get(self.front_at) {
            Some(byte) => Ok(Some(*byte)),
            None => Ok(self.text.fill_buf()?.first().copied()),
        }
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        let next = self.peek()?;
        if self.front_at < self.front.len() {
            self.front_at += 1;
        } else if next.is_some() {
            self.text.consume(1);
        }
        Ok(next)
    }

    /// Reads to the end of a line.
    fn line_of_text(&mut self) -> io::Result<()> {
        while let Some(byte) = self.next()? {
            if self.ends_line(byte)? {
                break;
            }
        }
        Ok(())
    }

    /// Returns true for a line break; of `\r\n` both are read.
    fn ends_line(&mut self, byte: u8) -> io::Result<bool> {
        if byte == b'\r' && self.peek()? == Some(b'\n') {
            self.next()?;
        }
        let is_end = matches!(byte, b'\n' | b'\r');
        self.line += u64::from(is_end);
        Ok(is_end)
    }

    fn part(&mut self) -> io::Result<CsvLine> {
        let Some(first) = self.next()? else { return Ok(CsvLine::End) };
        if Some(first) == self.signs.comment {
            self.line_of_text()?;
            return Ok(CsvLine::Blank);
        }
        if self.ends_line(first)? {
            return Ok(CsvLine::Blank);
        }
        self.began = self.line;
        let began = self.began;
        let (mut fields, mut field, mut length) = (Vec::new(), Vec::new(), 0);
        let mut next = Some(first);
        loop {
            // At the beginning of a field.
            if next.is_some() && next == self.signs.quote {
                self.quoted(&mut field, began)?;
                next = self.next()?;
                if let Some(byte) = next
                    && Some(byte) != self.signs.delimiter
                    && !matches!(byte, b'\n' | b'\r')
                {
                    return Err(wrong(
                        self.line,
                        "text follows a closing quote; declare `quote` or `escape` under `csv`",
                    ));
                }
            }
            let ends = loop {
                match next {
                    None => break true,
                    Some(byte) if Some(byte) == self.signs.delimiter => break false,
                    Some(byte) if Some(byte) == self.signs.escape => self.escaped(&mut field)?,
                    Some(byte) if self.ends_line(byte)? => break true,
                    Some(byte) => field.push(byte),
                }
                if length + field.len() > LONGEST {
                    return Err(wrong(began, "a row of more than 64 MB begins here"));
                }
                next = self.next()?;
            };
            length += field.len() + 1;
            fields.push(std::mem::take(&mut field));
            if ends {
                return Ok(CsvLine::Record(fields));
            }
            next = self.next()?;
        }
    }

    /// Reads a field behind its opening quote, up to the closing one.
    fn quoted(&mut self, field: &mut Vec<u8>, began: u64) -> io::Result<()> {
        while let Some(byte) = self.next()? {
            if Some(byte) == self.signs.quote {
                if self.peek()? != self.signs.quote {
                    return Ok(());
                }
                self.next()?;
                field.push(byte);
            } else if Some(byte) == self.signs.escape {
                self.escaped(field)?;
            } else {
                let is_pair = byte == b'\r' && self.peek()? == Some(b'\n');
                self.line += u64::from(matches!(byte, b'\n' | b'\r') && !is_pair);
                field.push(byte);
            }
            if field.len() > LONGEST {
                break;
            }
        }
        Err(wrong(began, "a quote that opens in this row is never closed"))
    }

    /// Reads what follows the sign of escape: a sign of the dialect stands for itself, and before others both stay.
    fn escaped(&mut self, field: &mut Vec<u8>) -> io::Result<()> {
        let CsvSigns { delimiter, quote, escape, comment } = self.signs;
        match self.peek()? {
            next @ Some(byte) if [delimiter, quote, escape, comment].contains(&next) => {
                self.next()?;
                field.push(byte);
            }
            Some(byte @ (b'\n' | b'\r')) => {
                self.next()?;
                field.push(byte);
                if byte == b'\r' && self.peek()? == Some(b'\n') {
                    self.next()?;
                    field.push(b'\n');
                }
                self.line += 1;
            }
            _ => field.extend(escape),
        }
        Ok(())
    }

    fn record(&mut self, fields: &[Vec<u8>]) -> io::Result<()> {
        if self.columns == 0 {
            match self.names {
                CsvNames::Header => {
                    self.header(fields);
                    return Ok(());
                }
                CsvNames::Numbered => {
                    let names: Vec<Vec<u8>> =
                        (1..=fields.len()).map(|at| format!("column_{at}").into_bytes()).collect();
                    self.header(&names);
                }
                CsvNames::Given(_) => {}
            }
        }
        if !self.has_decimal_comma {
            self.write(fields.iter().map(Vec::as_slice));
            return Ok(());
        }
        let line = self.began;
        let mut numbers = Vec::with_capacity(fields.len());
        for (at, field) in fields.iter().enumerate() {
            let stays = self.are_text.get(at) == Some(&true) || self.na.contains(field);
            numbers.push(match if stays { Decimal::Other } else { decimal(field) } {
                Decimal::Number(number) => number,
                Decimal::Other => field.clone(),
                Decimal::Point => {
                    let shown = String::from_utf8_lossy(field);
                    let what = format!(
                        "`{shown}` has a decimal point, but `decimal` is the comma; if its column is text, declare it as \
                         `string` under `types`"
                    );
                    return Err(wrong(line, &what));
                }
            });
        }
        self.write(numbers.iter().map(Vec::as_slice));
        Ok(())
    }

    fn header(&mut self, names: &[Vec<u8>]) {
        self.columns = names.len().max(1);
        let is_text = |name: &Vec<u8>| self.declared.iter().any(|declared| declared.as_bytes() == name.as_slice());
        self.are_text = names.iter().map(is_text).collect();
        self.write(names.iter().map(Vec::as_slice));
    }

    fn write<'f>(&mut self, fields: impl ExactSizeIterator<Item = &'f [u8]>) {
        let is_alone = fields.len() == 1;
        for (at, field) in fields.enumerate() {
            if at > 0 {
                self.ready.push(b',');
            }
            let has_sign = field.iter().any(|byte| matches!(byte, b'"' | b'\r' | b'\n') || SHOWN.contains(byte));
            if has_sign || (is_alone && field.is_empty()) {
                self.ready.push(b'"');
                for byte in field {
                    self.ready.extend((*byte == b'"').then_some(b'"'));
                    self.ready.push(*byte);
                }
                self.ready.push(b'"');
            } else {
                self.ready.extend_from_slice(field);
            }
        }
        self.ready.push(b'\n');
    }
}

impl Read for StandardCsv {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() && !self.is_done {
            self.more()?;
        }
        let size = into.len().min(self.ready.len() - self.at);
        into[..size].copy_from_slice(&self.ready[self.at..self.at + size]);
        self.at += size;
        Ok(size)
    }
}
