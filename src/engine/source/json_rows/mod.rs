//! Rows of a JSON document: the objects of a list become JSON lines, while the document is read.
//!
//! The list is the document itself, or lies under a key: for logs of promptfoo and Inspect where they keep their rows, and
//! otherwise under the only key of the document whose value is a list of objects. The lines keep their numbers as far as
//! each object starts on a line of its own.

#[cfg(test)]
mod tests;

use std::io::{self, BufRead, BufReader, Read};

use super::text_reader::TextReader;

/// The key of the samples in a log of Inspect.
const SAMPLES: [&str; 1] = ["samples"];
/// The deepest nesting outside of the rows.
const MOST_DEPTH: usize = 128;
/// The longest key that is compared, in bytes.
const LONGEST_KEY: usize = 256;
/// Bytes of the document that are turned at a time.
const PIECE: usize = 64 << 10;

/// The reason why a document has no rows.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoRows(String);

/// Returns JSON lines as they are, and the rows of a document as JSON lines.
///
/// # Errors
///
/// The text cannot be read.
pub(super) fn lines(mut text: TextReader) -> io::Result<TextReader> {
    let head = text.fill_buf()?;
    let Some(path) = place(head) else { return Ok(text) };
    let rows = RowsOfDocument {
        inner: text,
        path,
        found: false,
        out: Vec::new(),
        sent: 0,
        stack: Vec::new(),
        in_text: false,
        escaped: false,
        word: Vec::new(),
        rows: RowsState::Outside,
        pending: None,
        line: 1,
        line_out: 1,
        is_over: false,
        item: 0,
    };
    let rows: Box<dyn Read + Send> = Box::new(rows);
    Ok(BufReader::new(rows))
}

/// The place of the rows in a document.
#[derive(Debug, PartialEq)]
enum RowsPlace {
    /// The document is the list.
    Top,
    /// Under these keys.
    At(&'static [&'static str]),
    /// Under the only key with a list of objects.
    OnlyList,
}

/// Returns the place of the rows in a document that starts so; nothing for JSON lines.
fn place(head: &[u8]) -> Option<RowsPlace> {
    let text = head.trim_ascii_start();
    let has = |key: &[u8]| text.windows(key.len()).any(|window| window == key);
    match text.first()? {
        b'[' => Some(RowsPlace::Top),
        b'{' => {
            let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let key = text[1..].trim_ascii_start();
            let is_first = |name: &[u8]| key.starts_with(name);
            if is_first(b"\"evalId\"") && has(b"\"results\"") {
                Some(RowsPlace::At(&["results", "results"]))
            } else if is_first(b"\"version\"") && has(b"\"status\"") && has(b"\"eval\"") && has(b"\"run_id\"") {
                Some(RowsPlace::At(&SAMPLES))
            } else {
                (first_line.trim_ascii() == b"{").then_some(RowsPlace::OnlyList)
            }
        }
        _ => None,
    }
}

struct RowsOfDocument {
    inner: TextReader,
    path: RowsPlace,
    /// True once the rows have begun.
    found: bool,
    /// Lines that are not read yet, from `sent` on.
    out: Vec<u8>,
    sent: usize,
    /// The open brackets outside of the rows, each with the key of the value that is read in it.
    stack: Vec<(u8, Vec<u8>)>,
    in_text: bool,
    escaped: bool,
    /// The last text outside of the rows, which may be a key.
    word: Vec<u8>,
    rows: RowsState,
    /// A list whose first item decides about it.
    pending: Option<u64>,
    line: u64,
    line_out: u64,
    is_over: bool,
    item: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum RowsState {
    /// Before or behind the rows.
    Outside,
    /// Between two rows: at the start, behind a row, behind a comma.
    Start,
    Behind,
    Comma,
    /// In a row, this many brackets deep.
    Within(usize),
}

fn refused(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, NoRows(why.into()))
}

impl RowsOfDocument {
    fn step(&mut self, byte: u8) -> io::Result<()> {
        if byte == b'\n' {
            self.line += 1;
        }
        if let RowsState::Within(depth) = self.rows {
            return self.within(byte, depth);
        }
        if self.in_text {
            return self.text(byte);
        }
        if byte.is_ascii_whitespace() {
            return Ok(());
        }
        if self.rows == RowsState::Outside { self.outside(byte) } else { self.between(byte) }
    }

    fn within(&mut self, byte: u8, depth: usize) -> io::Result<()> {
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                // A line break would make two lines of one.
                b'\n' | b'\r' => return Err(refused(format!("a text of item {} has a line break", self.item))),
                _ => {}
            }
            self.out.push(byte);
            return Ok(());
        }
        self.out.push(if matches!(byte, b'\n' | b'\r') { b' ' } else { byte });
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.rows = RowsState::Within(depth + 1),
            b'}' | b']' if depth > 1 => self.rows = RowsState::Within(depth - 1),
            b'}' | b']' => {
                self.out.push(b'\n');
                self.line_out += 1;
                self.rows = RowsState::Behind;
            }
            _ => {}
        }
        Ok(())
    }

    fn between(&mut self, byte: u8) -> io::Result<()> {
        match (byte, self.rows) {
            (b'{', RowsState::Start | RowsState::Comma) => {
                while self.line_out < self.line {
                    self.out.push(b'\n');
                    self.line_out += 1;
                }
                self.item += 1;
                self.out.push(byte);
                self.rows = RowsState::Within(1);
                Ok(())
            }
            (b',', RowsState::Behind) => {
                self.rows = RowsState::Comma;
                Ok(())
            }
            (b']', RowsState::Start | RowsState::Behind) => {
                self.rows = RowsState::Outside;
                self.close(b']')
            }
            (_, RowsState::Behind) => Err(refused(format!("item {} is not followed by a comma", self.item))),
            _ => Err(refused(format!("item {} of its list is not an object", self.item + 1))),
        }
    }

    fn text(&mut self, byte: u8) -> io::Result<()> {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_text = false;
                return self.check_status();
            }
            _ => {}
        }
        if self.word.len() < LONGEST_KEY {
            self.word.push(byte);
        }
        Ok(())
    }

    /// Refuses the samples of a run that did not end by itself.
    fn check_status(&self) -> io::Result<()> {
        let is_status = matches!(self.stack.as_slice(), [(_, key)] if key == b"status");
        if !is_status || self.path != RowsPlace::At(&SAMPLES) || self.word == b"success" {
            return Ok(());
        }
        let status = String::from_utf8_lossy(&self.word).into_owned();
        Err(refused(format!("the status of its run is `{status}`; only a finished run is compared")))
    }

    fn outside(&mut self, byte: u8) -> io::Result<()> {
        if self.is_over {
            return Err(refused(format!("more text follows its end, in line {}", self.line)));
        }
        if let Some(line) = self.pending.take()
            && byte == b'{'
        {
            return self.begin(line).and_then(|()| self.between(byte));
        }
        match byte {
            b'"' => {
                self.word.clear();
                self.in_text = true;
            }
            b':' => {
                if let Some((_, key)) = self.stack.last_mut() {
                    key.clone_from(&self.word);
                }
            }
            b',' => {
                if let Some((_, key)) = self.stack.last_mut() {
                    key.clear();
                }
            }
            b'{' | b'[' => return self.open(byte),
            b'}' | b']' => return self.close(byte),
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, byte: u8) -> io::Result<()> {
        if self.stack.len() >= MOST_DEPTH {
            return Err(refused(format!("it is nested more than {MOST_DEPTH} levels deep")));
        }
        let is_list = byte == b'[';
        let keys = || self.stack.iter().map(|(_, key)| key.as_slice());
        let is_rows = is_list
            && match self.path {
                RowsPlace::Top => self.stack.is_empty(),
                RowsPlace::At(path) => keys().eq(path.iter().map(|key| key.as_bytes())),
                RowsPlace::OnlyList => false,
            };
        if is_list && self.path == RowsPlace::OnlyList && self.stack.len() == 1 {
            self.pending = Some(self.line);
        }
        self.stack.push((byte, Vec::new()));
        if is_rows { self.begin(self.line) } else { Ok(()) }
    }

    fn begin(&mut self, line: u64) -> io::Result<()> {
        if self.found {
            return Err(refused(format!(
                "it has several lists of objects, another one in line {line}; write the rows alone"
            )));
        }
        self.found = true;
        self.rows = RowsState::Start;
        Ok(())
    }

    fn close(&mut self, byte: u8) -> io::Result<()> {
        let opened = if byte == b'}' { b'{' } else { b'[' };
        if self.stack.pop().is_none_or(|(open, _)| open != opened) {
            return Err(refused(format!("an unexpected `{}` is in line {}", char::from(byte), self.line)));
        }
        self.is_over = self.stack.is_empty();
        Ok(())
    }

    fn end(&self) -> io::Result<()> {
        if !self.is_over {
            return Err(refused("its list or object does not end; is the file cut off?"));
        }
        match self.path {
            _ if self.found => Ok(()),
            RowsPlace::At(path) => Err(refused(format!("it has no list `{}`", path.join(".")))),
            _ => Err(refused(
                "it is one object over several lines and none of its keys has a list of objects; rows are JSON lines, or the items of a list",
            )),
        }
    }
}

impl Read for RowsOfDocument {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.sent == self.out.len() {
            self.out.clear();
            self.sent = 0;
            let piece = self.inner.fill_buf()?;
            if piece.is_empty() {
                return self.end().map(|()| 0);
            }
            let piece = piece[..piece.len().min(PIECE)].to_vec();
            self.inner.consume(piece.len());
            piece.into_iter().try_for_each(|byte| self.step(byte))?;
        }
        let count = to.len().min(self.out.len() - self.sent);
        to[..count].copy_from_slice(&self.out[self.sent..self.sent + count]);
        self.sent += count;
        Ok(count)
    }
}
