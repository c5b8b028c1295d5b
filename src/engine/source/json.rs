//! Reader of JSON lines, which have one object per line.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::SchemaRef;

use super::json_columns::{JsonColumn, columns, conform};
use super::json_kind::{JsonKind, within};
use super::json_lines::{JsonLines, object};
use super::json_value::Json;
use super::seen::SeenForms;
use super::share_out::{SMALL, share_out};
use super::text_form::Forms;
use crate::config::{ReadAs, TextType};
use crate::engine::source::file::SourceFile;

/// The most rows in a batch.
const BATCH_ROWS: usize = 8192;
/// The most bytes of text in a batch.
const BATCH_BYTES: usize = 32 << 20;
/// The size of the lines that a thread takes at a time, in bytes.
const CHUNK: usize = 1 << 20;

/// Result of the first pass over a file.
#[derive(Debug)]
pub(super) struct JsonSurvey {
    /// The type of the lines.
    pub(super) kind: JsonKind,
    /// The forms of declared dates and times, by column.
    pub(super) times: BTreeMap<String, Forms>,
}

/// Findings of one thread.
#[derive(Default)]
struct FoundTypes {
    kind: JsonKind,
    times: BTreeMap<String, SeenForms>,
    /// The first line that is not an object, and the reason.
    problem: Option<(u64, String)>,
}

/// Reads a file from end to end, with at most `threads` threads, and returns the types of all values.
///
/// # Errors
///
/// A line is not JSON, or has a value that does not fit its declared type.
pub(super) fn survey(part: &SourceFile, read_as: &ReadAs, threads: usize) -> Result<JsonSurvey, String> {
    let is_small = fs::metadata(&part.file).is_ok_and(|file| file.len() < SMALL);
    let mut lines = JsonLines::of(part)?;
    let cut = |take: &mut dyn FnMut((Vec<u8>, u64))| {
        let (mut chunk, mut first) = (Vec::new(), 1);
        while let Some(line) = lines.append(&mut chunk)? {
            if chunk.len() >= CHUNK {
                take((std::mem::take(&mut chunk), first));
                first = line + 1;
            }
        }
        take((chunk, first));
        Ok(())
    };
    let threads = if is_small { 1 } else { threads };
    let (found, end) = share_out(threads, FoundTypes::default, |chunk, found| look(chunk, read_as, found), cut)?;
    if let Some((_, why)) = found.iter().filter_map(|found| found.problem.as_ref()).min() {
        return Err(why.clone());
    }
    end?;
    let (mut kind, mut seen) = (JsonKind::Null, BTreeMap::<String, SeenForms>::new());
    for found in found {
        kind.merge(found.kind);
        for (name, more) in found.times {
            seen.entry(name).or_default().merge(more);
        }
    }
    kind.sort();
    let mut times = BTreeMap::new();
    for column in columns(&kind, read_as)? {
        if !column.is_as_declared() {
            return Err(column.undeclared(part, read_as)?);
        }
        if let Some(seen) = seen.get(&column.name) {
            times.insert(column.name.clone(), seen.forms(&column.name, column.declared, "line")?);
        }
    }
    Ok(JsonSurvey { kind, times })
}

fn look((lines, first): &(Vec<u8>, u64), read_as: &ReadAs, found: &mut FoundTypes) {
    for (line, bytes) in (*first..).zip(lines.split_inclusive(|byte| *byte == b'\n')) {
        let mut value = match object(line, bytes) {
            Ok(Some(value)) => value,
            Ok(None) => continue,
            Err(why) => {
                // The chunks of a thread are in the order of the lines.
                found.problem.get_or_insert((line, why));
                return;
            }
        };
        conform(&mut value, read_as);
        found.kind.widen(&value, line);
        for declared in &read_as.types {
            let name = &declared.column.value;
            if matches!(declared.is, TextType::Date | TextType::Timestamp)
                && let Some(Json::Text(text)) = value.find_mut(name)
            {
                found.times.entry(name.clone()).or_default().take(line, text.as_bytes(), Some(declared.is));
            }
        }
    }
}

/// Reads these columns until `take` returns false.
///
/// # Errors
///
/// A line is not JSON, or does not fit the columns; the error names it.
pub(super) fn read(
    part: &SourceFile,
    columns: &[&JsonColumn],
    schema: &SchemaRef,
    read_as: &ReadAs,
    mut take: impl FnMut(RecordBatch) -> bool,
) -> Result<(), String> {
    let mut lines = JsonLines::of(part)?;
    loop {
        let (mut places, mut values, mut bytes) = (Vec::new(), Vec::new(), 0);
        while values.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            let Some((line, size, mut value)) = lines.next()? else { break };
            conform(&mut value, read_as);
            bytes += size;
            places.push(line);
            values.push(value);
        }
        if values.is_empty() {
            return Ok(());
        }
        let arrays = columns.iter().map(|column| read_column(column, &values, &places));
        let arrays = arrays.collect::<Result<Vec<ArrayRef>, String>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(values.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)
            .map_err(|error| format!("cannot be read: {error}"))?;
        if !take(batch) {
            return Ok(());
        }
    }
}

fn read_column(column: &JsonColumn, lines: &[Json], places: &[u64]) -> Result<ArrayRef, String> {
    let values: Vec<Option<&Json>> = lines.iter().map(|line| column.of(line)).collect();
    let kind = match column.declared {
        Some(TextType::Float) => &JsonKind::Float,
        _ => &column.kind,
    };
    let told = |(at, why): (usize, String)| format!("line {}: {}", places[at], within(&column.name, &why));
    let array = kind.column(&values).map_err(told)?;
    let data_type = column.data_type();
    if *array.data_type() == data_type {
        return Ok(array);
    }
    let strictly = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(&array, &data_type, &strictly)
        .map_err(|error| format!("cannot be read: `{}` holds a value that is not {data_type}: {error}", column.name))
}
