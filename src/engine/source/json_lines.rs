//! Lines of a JSON lines file, each of which is an object; the objects of a list count as lines.

use std::io::{self, BufRead as _, Read as _};

use super::json_rows::{self, NoRows};
use super::json_value::Json;
use crate::engine::source::file::SourceFile;
use crate::engine::source::text_reader::TextReader;

/// The longest line, in bytes; it is held in memory as a whole, and a longer one is a mistake or an attack.
const LONGEST: u64 = 64 << 20;

/// The lines of a file, in order.
pub(super) struct JsonLines<'a> {
    part: &'a SourceFile,
    text: TextReader,
    line: u64,
    buffer: Vec<u8>,
}

impl<'a> JsonLines<'a> {
    pub(super) fn of(part: &'a SourceFile) -> Result<Self, String> {
        let text = json_rows::lines(part.text()?).map_err(|error| part.broken(&error))?;
        Ok(Self { part, text, line: 0, buffer: Vec::new() })
    }

    /// Appends the next line to `to`, and returns its number; `None` at the end.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or the line is too long.
    pub(super) fn append(&mut self, to: &mut Vec<u8>) -> Result<Option<u64>, String> {
        let broken = |error: io::Error| match error.get_ref().filter(|inner| inner.is::<NoRows>()) {
            Some(why) => format!("cannot be read: {why}"),
            None => self.part.broken(&error),
        };
        let size = (&mut self.text).take(LONGEST + 1).read_until(b'\n', to).map_err(broken)?;
        if size == 0 {
            return Ok(None);
        }
        self.line += 1;
        if size as u64 > LONGEST {
            return Err(fault(self.line, &format!("is longer than {} MiB", LONGEST >> 20)));
        }
        Ok(Some(self.line))
    }

    /// Returns the number, the length and the object of the next line that is not empty.
    pub(super) fn next(&mut self) -> Result<Option<(u64, usize, Json)>, String> {
        loop {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            let line = self.append(&mut buffer);
            self.buffer = buffer;
            let Some(line) = line? else { return Ok(None) };
            if let Some(object) = object(line, &self.buffer)? {
                return Ok(Some((line, self.buffer.len(), object)));
            }
        }
    }
}

/// Reads the object of a line; `None` if the line is empty.
///
/// # Errors
///
/// The line has something else.
pub(super) fn object(line: u64, bytes: &[u8]) -> Result<Option<Json>, String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_matches([' ', '\t', '\r', '\n']),
        Err(error) => return Err(not_text(line, bytes, error.valid_up_to())),
    };
    if text.is_empty() {
        return Ok(None);
    }
    match serde_json::from_str(text) {
        Ok(object @ Json::Map(_)) => Ok(Some(object)),
        Ok(other) => Err(fault(line, &format!("holds {} and not an object", other.kind()))),
        Err(error) => Err(explain(line, &error)),
    }
}

fn explain(line: u64, error: &serde_json::Error) -> String {
    // The parser sees one line at a time, so its own line number is meaningless.
    let what = error.to_string();
    let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
    fault(line, &format!("is not JSON: {what} (column {})", error.column()))
}

fn not_text(line: u64, bytes: &[u8], at: usize) -> String {
    fault(
        line,
        &format!(
            "is not UTF-8: its byte {} is 0x{:02X}; if it is Latin-1 or Windows-1252, convert it, as with \
             `iconv -f WINDOWS-1252 -t UTF-8`",
            at + 1,
            bytes.get(at).copied().unwrap_or_default()
        ),
    )
}

fn fault(line: u64, what: &str) -> String {
    format!("cannot be read: line {line} {what}")
}
