//! Reader of the values of a CSV file.

use std::io::BufRead;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::error::ArrowError;
use regex::Regex;

use super::csv_layout::CsvLayout;
use crate::config::ReadAs;
use crate::engine::error::clipped;
use crate::engine::source::file::SourceFile;
use crate::engine::types;
use crate::plural::noun;

/// The most rows in a batch.
const BATCH_ROWS: usize = 8192;
/// The most bytes in a batch.
const BATCH_BYTES: usize = 256 << 20;
/// The most fields in a batch.
const BATCH_FIELDS: usize = 4 << 20;

/// Reads the columns `wanted`, by their index in the file, until `take` returns false.
///
/// # Errors
///
/// A value does not fit the type of its column; the error names the row.
pub(super) fn read(
    part: &SourceFile,
    layout: &CsvLayout,
    types: &[DataType],
    wanted: &[usize],
    read_as: &ReadAs,
    mut take: impl FnMut(RecordBatch) -> bool,
) -> Result<(), String> {
    let fields = layout.header.iter().zip(types).map(|(name, data_type)| Field::new(name, data_type.clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    // The reader allocates space for all fields of a batch.
    let rows =
        (BATCH_BYTES / layout.longest.max(1)).min(BATCH_FIELDS / layout.header.len().max(1)).clamp(1, BATCH_ROWS);
    let mut builder = ReaderBuilder::new(schema)
        .with_header(true)
        .with_delimiter(layout.delimiter)
        .with_projection(wanted.to_vec())
        .with_batch_size(rows);
    if let Some(nulls) = nulls(read_as)? {
        builder = builder.with_null_regex(nulls);
    }
    let mut decoder = builder.build_decoder();
    let mut text = part.csv_text(read_as)?;
    let mut seen = 0;
    loop {
        let chunk = text.fill_buf().map_err(|error| part.broken(&error))?;
        let size = decoder.decode(chunk).map_err(|error| sentence(&error, layout, types))?;
        text.consume(size);
        if size != 0 && decoder.capacity() != 0 {
            continue;
        }
        match decoder.flush().map_err(|error| sentence(&error, layout, types))? {
            Some(batch) => {
                seen += batch.num_rows() as u64;
                if !take(batch) {
                    return Ok(());
                }
            }
            None if size == 0 => break,
            None => {}
        }
    }
    if seen == layout.rows {
        Ok(())
    } else {
        Err(format!(
            "cannot be read: it has {} {}, but {seen} were read; did it change in the meantime?",
            layout.rows,
            noun(layout.rows, "row")
        ))
    }
}

/// Rewords an error of the reader, with the name of the column in place of its index.
///
/// Every value was checked when the table was opened, so the file has changed since.
fn sentence(error: &ArrowError, layout: &CsvLayout, types: &[DataType]) -> String {
    let text = match error {
        ArrowError::CsvError(text) | ArrowError::ParseError(text) => text.clone(),
        other => other.to_string(),
    };
    let misfit = || {
        let (value, rest) = text.strip_prefix("Error while parsing value '")?.rsplit_once("' as type '")?;
        let (_, rest) = rest.split_once("' for column ")?;
        let (column, rest) = rest.split_once(" at line ")?;
        let row: u64 = rest.split('.').next()?.trim().parse().ok()?;
        let column: usize = column.parse().ok()?;
        Some(format!(
            "row {row}: `{}` holds `{}`, which is not {}; did the file change in the meantime?",
            layout.header.get(column)?,
            clipped(value),
            types::type_name(types.get(column)?)
        ))
    };
    misfit().unwrap_or_else(|| format!("cannot be read: {}", clipped(&text)))
}

/// Returns a pattern of an empty field and of the words for null, if there are any.
fn nulls(read_as: &ReadAs) -> Result<Option<Regex>, String> {
    if read_as.na.is_empty() {
        return Ok(None);
    }
    let words: Vec<String> = read_as.na.iter().map(|word| regex::escape(word)).collect();
    Regex::new(&format!("(?s)\\A(?:|{})\\z", words.join("|")))
        .map(Some)
        .map_err(|error| format!("cannot be read: `na` is too long: {error}"))
}
