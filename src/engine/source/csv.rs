//! The values of a CSV file.

use std::io::BufRead;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::csv::ReaderBuilder;
use datafusion::arrow::csv::reader::Format;
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::arrow::error::ArrowError;

use super::TYPED_BY;
use super::csv_layout::Layout;
use super::part::Part;
use crate::engine::error::clipped;
use crate::engine::types;

/// Rows of a batch, where rows are not so long that a batch of them would be too large.
const BATCH_ROWS: usize = 8192;
/// Bytes of a batch.
const BATCH_BYTES: usize = 256 << 20;

/// The types of the columns, in the order of the file.
pub(super) fn infer(part: &Part, layout: &Layout) -> Result<Vec<DataType>, String> {
    let format = Format::default().with_header(true).with_delimiter(layout.delimiter);
    let infer = |most: Option<usize>| {
        let (schema, _) =
            format.infer_schema(part.text()?, most).map_err(|error| format!("cannot be read: {error}"))?;
        Ok::<_, String>(schema.fields().iter().map(|field| field.data_type().clone()).collect::<Vec<_>>())
    };
    let mut types = infer(Some(TYPED_BY))?;
    // A column may begin with a long stretch of nothing. To take it for empty would be to read its values as nulls.
    if layout.rows > TYPED_BY as u64 && types.contains(&DataType::Null) {
        for (found, whole) in types.iter_mut().zip(infer(None)?) {
            if *found == DataType::Null {
                *found = whole;
            }
        }
    }
    Ok(types)
}

/// The type of a column that is of one type in one file and of another in a second one; none if no type holds both.
pub(super) fn merged(left: &DataType, right: &DataType) -> Option<DataType> {
    use DataType::{Date32, Float64, Int64, Null, Timestamp};
    Some(match (left, right) {
        (left, right) if left == right => left.clone(),
        (Null, other) | (other, Null) => other.clone(),
        (Int64, Float64) | (Float64, Int64) => Float64,
        (Date32, time @ Timestamp(..)) | (time @ Timestamp(..), Date32) => time.clone(),
        (Timestamp(left, None), Timestamp(right, None)) => Timestamp(finer(*left, *right), None),
        _ => return None,
    })
}

fn finer(left: TimeUnit, right: TimeUnit) -> TimeUnit {
    let order = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];
    order.into_iter().rev().find(|unit| [left, right].contains(unit)).unwrap_or(left)
}

/// Reads the columns `wanted`, by their place in the file, until `take` wants no more.
///
/// # Errors
///
/// A value does not fit the type of its column; says in which row.
pub(super) fn read(
    part: &Part,
    layout: &Layout,
    types: &[DataType],
    wanted: &[usize],
    mut take: impl FnMut(RecordBatch) -> bool,
) -> Result<(), String> {
    let fields = layout.header.iter().zip(types).map(|(name, data_type)| Field::new(name, data_type.clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let rows = (BATCH_BYTES / layout.longest.max(1)).clamp(1, BATCH_ROWS);
    let mut decoder = ReaderBuilder::new(schema)
        .with_header(true)
        .with_delimiter(layout.delimiter)
        .with_projection(wanted.to_vec())
        .with_batch_size(rows)
        .build_decoder();
    let mut text = part.text()?;
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
        Err(format!("cannot be read: it has {} rows and {seen} were read; did it change meanwhile?", layout.rows))
    }
}

/// The reader's error with the name of the column for its number.
fn sentence(error: &ArrowError, layout: &Layout, types: &[DataType]) -> String {
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
            "row {row}: `{}` holds `{}`, and its first {} rows are {}",
            layout.header.get(column)?,
            clipped(value),
            TYPED_BY,
            types::type_name(types.get(column)?)
        ))
    };
    misfit().unwrap_or_else(|| format!("cannot be read: {}", clipped(&text)))
}
