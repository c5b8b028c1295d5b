//! JSON lines: one object a line.

use std::io::BufRead;
use std::io::Read as _;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::array::cast::AsArray;
use datafusion::arrow::datatypes::Schema;

use super::TYPED_BY;
use super::json_kind::Kind;
use super::json_value::Json;
use super::part::{Part, Text};

/// A longer line is a mistake, or malice: it has to be held in memory as a whole.
const LONGEST: u64 = 64 << 20;
/// Rows of a batch.
const BATCH_ROWS: usize = 8192;
/// Bytes of text of a batch.
const BATCH_BYTES: usize = 32 << 20;

/// The columns of the first rows, in the order in which they first appear.
pub(super) fn infer(part: &Part) -> Result<Vec<(String, Kind)>, String> {
    let mut lines = Lines::of(part)?;
    let mut kind = Kind::Map(Vec::new());
    for _ in 0..TYPED_BY {
        let Some((line, _, value)) = lines.next()? else { break };
        kind.widen(&value).map_err(|error| format!("line {line}: {error}"))?;
    }
    match kind {
        Kind::Map(columns) => Ok(columns),
        _ => Ok(Vec::new()),
    }
}

/// Reads all columns until `take` wants no more.
///
/// # Errors
///
/// A line is no JSON, or does not fit the columns; says which.
pub(super) fn read(
    part: &Part,
    columns: &[(String, Kind)],
    schema: &Arc<Schema>,
    mut take: impl FnMut(RecordBatch) -> bool,
) -> Result<(), String> {
    let mut lines = Lines::of(part)?;
    let kind = Kind::Map(columns.to_vec());
    loop {
        let (mut places, mut values, mut bytes) = (Vec::new(), Vec::new(), 0);
        while values.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            let Some((line, size, value)) = lines.next()? else { break };
            bytes += size;
            places.push(line);
            values.push(value);
        }
        if values.is_empty() {
            return Ok(());
        }
        let rows: Vec<Option<&Json>> = values.iter().map(Some).collect();
        let table = kind.column(&rows).map_err(|(at, why)| format!("line {}: {why}", places[at]))?;
        let batch = RecordBatch::from(table.as_struct().clone())
            .with_schema(Arc::clone(schema))
            .map_err(|error| format!("cannot be read: {error}"))?;
        if !take(batch) {
            return Ok(());
        }
    }
}

/// The lines that are not empty, read.
struct Lines<'a> {
    part: &'a Part,
    text: Text,
    line: u64,
    buffer: Vec<u8>,
}

impl<'a> Lines<'a> {
    fn of(part: &'a Part) -> Result<Self, String> {
        Ok(Self { part, text: part.text()?, line: 0, buffer: Vec::new() })
    }

    /// The number of the next line, its length, and its object.
    fn next(&mut self) -> Result<Option<(u64, usize, Json)>, String> {
        loop {
            self.buffer.clear();
            let mut limited = (&mut self.text).take(LONGEST + 1);
            let size = limited.read_until(b'\n', &mut self.buffer).map_err(|error| self.part.broken(&error))?;
            if size == 0 {
                return Ok(None);
            }
            self.line += 1;
            if size as u64 > LONGEST {
                return Err(self.fault(&format!("is longer than {} MiB", LONGEST >> 20)));
            }
            let text = match std::str::from_utf8(&self.buffer) {
                Ok(text) => text.trim_matches([' ', '\t', '\r', '\n']),
                Err(error) => return Err(self.not_text(error.valid_up_to())),
            };
            if text.is_empty() {
                continue;
            }
            let value: Json = serde_json::from_str(text).map_err(|error| self.explain(text, &error))?;
            return match value {
                Json::Map(_) => Ok(Some((self.line, size, value))),
                other => Err(self.explain_other(&other)),
            };
        }
    }

    fn explain(&self, text: &str, error: &serde_json::Error) -> String {
        if self.line == 1 && text.starts_with('[') {
            return self.is_list();
        }
        if self.line == 1 && text == "{" {
            return "cannot be read: its first object does not end on its line, and JSON lines have one object a line; \
                    convert it, as with `jq -c .`"
                .to_owned();
        }
        // The parser sees one line at a time, so that its own number of the line says nothing.
        let what = error.to_string();
        let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
        self.fault(&format!("is not JSON: {what} (column {})", error.column()))
    }

    fn explain_other(&self, other: &Json) -> String {
        if self.line == 1 && matches!(other, Json::List(_)) {
            return self.is_list();
        }
        self.fault(&format!("holds {}, and not an object", other.kind()))
    }

    fn is_list(&self) -> String {
        format!(
            "cannot be read: line {} begins a list, and JSON lines have one object a line; convert it, as with \
             `jq -c '.[]'` (pandas: `lines=True`)",
            self.line
        )
    }

    fn not_text(&self, at: usize) -> String {
        self.fault(&format!(
            "is not UTF-8: its byte {} is 0x{:02X}; if it is Latin-1 or Windows-1252, convert it, as with \
             `iconv -f WINDOWS-1252 -t UTF-8`",
            at + 1,
            self.buffer.get(at).copied().unwrap_or_default()
        ))
    }

    fn fault(&self, what: &str) -> String {
        format!("cannot be read: line {} {what}", self.line)
    }
}

/// The columns that two files hold together.
///
/// # Errors
///
/// A column's values are of types that do not fit: its name.
pub(super) fn merge(left: &mut [(String, Kind)], right: Vec<(String, Kind)>) -> Result<(), String> {
    for (name, kind) in right {
        if let Some((_, known)) = left.iter_mut().find(|(other, _)| *other == name) {
            match known.clone().merged(kind) {
                Some(merged) => *known = merged,
                None => return Err(name),
            }
        }
    }
    Ok(())
}
