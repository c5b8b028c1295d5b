//! Columns of keys in a form in which equal keys have equal digests.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{RowConverter, SortField};
use twox_hash::XxHash3_128;

use crate::engine::spelling::{SpellingKind, nanos, plain, spelled};
use crate::workers;

/// The rows whose keys one thread digests at a time.
const DIGESTED: usize = 1 << 16;

/// Converts a column so that equal values are equal. Writers differ in the width of numbers, the unit of times and the
/// layout of text: pandas writes whole numbers as floats if one is missing.
pub(super) fn in_one_form(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let column = cast(column, plain(column.data_type()))?;
    let data_type = column.data_type().clone();
    match SpellingKind::of(&data_type) {
        SpellingKind::Number => match as_whole(&column)? {
            Some(whole) => Ok(whole),
            None => spelled(&column),
        },
        SpellingKind::Instant => spelled(&column),
        SpellingKind::Duration => Ok(Arc::new(nanos(&column)?)),
        SpellingKind::TimeOfDay => cast(&column, &DataType::Time64(TimeUnit::Nanosecond)),
        SpellingKind::Bytes => cast(&column, &DataType::LargeBinary),
        SpellingKind::Text => cast(&column, &DataType::Utf8),
        SpellingKind::Bool | SpellingKind::Null | SpellingKind::Other(_) => Ok(column),
    }
}

/// Returns numbers as 64-bit whole numbers, if all of them are whole.
fn as_whole(column: &ArrayRef) -> Result<Option<ArrayRef>, ArrowError> {
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let whole = cast_with_options(column, &DataType::Int64, &options)?;
    if whole.null_count() > column.null_count() {
        return Ok(None);
    }
    if column.data_type().is_integer() {
        return Ok(Some(whole));
    }
    // The cast truncates fractions.
    let (before, after) = (spelled(column)?, spelled(&whole)?);
    Ok((before.as_ref() == after.as_ref()).then_some(whole))
}

/// Returns a digest of each row.
pub(super) fn digests_of(columns: &[ArrayRef]) -> Result<Vec<u128>, ArrowError> {
    let rows = columns.first().map_or(0, Array::len);
    let parts = workers::map(rows.div_ceil(DIGESTED), |part| {
        let start = part * DIGESTED;
        let columns: Vec<ArrayRef> =
            columns.iter().map(|column| column.slice(start, DIGESTED.min(rows - start))).collect();
        let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
        let rows = RowConverter::new(fields)?.convert_columns(&columns)?;
        Ok(rows.iter().map(|row| XxHash3_128::oneshot(row.as_ref())).collect())
    });
    let parts = parts.into_iter().collect::<Result<Vec<Vec<u128>>, ArrowError>>()?;
    Ok(parts.concat())
}
