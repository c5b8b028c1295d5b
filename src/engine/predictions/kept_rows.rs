//! Rows of predictions that are stored beside a baseline, so that later rows pair with them: hashed keys and
//! predictions only.
//!
//! Numbers are stored as 32-bit floats. The candidate's are rounded in the same way before they are paired, so that an
//! unchanged model is recognised as such.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, UInt64Array};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

use super::grades::graded;
use super::pairing::Keys;
use super::row_table::{ModelFile, RowTable, keys_of, read};
use super::tally::ScoreTally;
use super::unscored::drop_rows;
use crate::measurement::MeasureError;
use crate::measurement::prediction_spec::{OutputColumns, PredictionSpec};

/// The name of the column of hashed keys.
pub(crate) const KEY: &str = "key (hashed)";

/// Returns for each row the first 64 bits of the SHA-256 of the salt and the parts of its key, each after its length.
pub(crate) fn hashed(keys: &Keys, salt: &str) -> Int64Array {
    let start = Sha256::new_with_prefix(salt.as_bytes());
    let hash = |row: usize| {
        let mut digest = start.clone();
        for part in keys.parts(row) {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        let digest = digest.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        i64::from_le_bytes(first)
    };
    (0..keys.digests().len()).map(hash).collect::<Vec<_>>().into()
}

/// Returns the rows of a model in the format of stored rows.
pub(crate) async fn rows_to_store(
    spec: &PredictionSpec,
    file: ModelFile<'_>,
    salt: &str,
) -> Result<Vec<u8>, MeasureError> {
    let columns = spec.key.iter().chain(spec.candidate.names()).chain(spec.sample_key()).chain(spec.of_variants());
    let columns = columns.chain(&spec.query);
    let (table, _held) = read(file, columns).await?;
    let outputs: Vec<&String> = spec.candidate.names().collect();
    let mut tally = ScoreTally::default();
    let mut table = graded(spec, table, &outputs, (&mut tally, &|_| true))?;
    drop_rows(spec, vec![(&mut table, outputs)], [&mut tally, &mut ScoreTally::default()])?;
    let keys = keys_of(spec, &table)?;
    file_of(spec, &table, &keys, salt)
}

/// Returns the file of the rows, in the order of their hashes.
fn file_of(spec: &PredictionSpec, table: &RowTable, keys: &Keys, salt: &str) -> Result<Vec<u8>, MeasureError> {
    let hashes = hashed(keys, salt);
    let different: HashSet<i64> = hashes.values().iter().copied().collect();
    if different.len() != hashes.len() {
        return Err(MeasureError("two keys have the same hash of 64 bits".to_owned()));
    }
    let mut order: Vec<u64> = (0..).take(hashes.len()).collect();
    order.sort_unstable_by_key(|row| usize::try_from(*row).ok().map(|row| hashes.value(row)));
    let order = UInt64Array::from(order);
    let wrap = |error: &dyn std::error::Error| table.blame(MeasureError(format!("its rows cannot be stored: {error}")));
    let mut fields = vec![Field::new(KEY, DataType::Int64, false)];
    let mut columns = vec![take(&hashes, &order, None).map_err(|error| wrap(&error))?];
    for name in spec.candidate.names() {
        let column = single(table.column(name)?).map_err(|error| wrap(&error))?;
        fields.push(Field::new(name, column.data_type().clone(), column.is_nullable()));
        columns.push(take(&column, &order, None).map_err(|error| wrap(&error))?);
    }
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|error| wrap(&error))?;
    let level = ZstdLevel::try_new(9).map_err(|error| wrap(&error))?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties)).map_err(|error| wrap(&error))?;
    writer.write(&batch).map_err(|error| wrap(&error))?;
    writer.into_inner().map_err(|error| wrap(&error))
}

/// Rounds the numbers of a table's predictions like those of a stored one.
pub(crate) fn round(table: &mut RowTable, answers: &OutputColumns) -> Result<(), MeasureError> {
    for name in answers.names() {
        let column = table.column(name)?;
        let rounded = single(column).and_then(|single| cast(&single, column.data_type()));
        let rounded = rounded.map_err(|error| table.blame(MeasureError(format!("`{name}`: {error}"))))?;
        table.columns.insert(name.clone(), rounded);
    }
    table.is_rounded = true;
    Ok(())
}

/// Converts 64-bit floats to 32 bits; other values are unchanged.
fn single(column: &ArrayRef) -> Result<ArrayRef, datafusion::arrow::error::ArrowError> {
    let narrow = |field: &Arc<Field>| Arc::new(field.as_ref().clone().with_data_type(DataType::Float32));
    let is_wide = |field: &Arc<Field>| field.data_type() == &DataType::Float64;
    match column.data_type() {
        DataType::Float64 => cast(column, &DataType::Float32),
        DataType::List(field) if is_wide(field) => cast(column, &DataType::List(narrow(field))),
        DataType::LargeList(field) if is_wide(field) => cast(column, &DataType::LargeList(narrow(field))),
        DataType::FixedSizeList(field, size) if is_wide(field) => {
            cast(column, &DataType::FixedSizeList(narrow(field), *size))
        }
        _ => Ok(Arc::clone(column)),
    }
}

/// Returns the stored rows in the order of the candidate's, with the candidate's types; `None` if they are not the same
/// rows.
pub(crate) fn in_order_of(
    ours: &Keys,
    candidate: &RowTable,
    stored: RowTable,
    answers: &OutputColumns,
    salt: &str,
) -> Option<RowTable> {
    let name = [KEY.to_owned()];
    let hashes: ArrayRef = Arc::new(hashed(ours, salt));
    let ours = Keys::read(&name, &[hashes], &candidate.path).ok()?;
    let theirs = Keys::read(&name, &[Arc::clone(stored.column(KEY).ok()?)], &stored.path).ok()?;
    let order: Vec<u64> = ours.pair(&theirs, "stored rows").ok()?.into_iter().map(|row| row as u64).collect();
    let rows = UInt64Array::from(order.clone());
    let columns = answers.names().map(|name| {
        let column = take(stored.column(name).ok()?, &rows, None).ok()?;
        Some((name.clone(), cast(&column, candidate.column(name).ok()?.data_type()).ok()?))
    });
    let columns = columns.collect::<Option<_>>()?;
    Some(RowTable { path: stored.path.clone(), columns, order: Some(order), is_rounded: true })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use datafusion::arrow::array::StringArray;

    use super::*;

    fn keys(columns: &[Vec<&str>]) -> Keys {
        let names: Vec<String> = (0..columns.len()).map(|column| format!("k{column}")).collect();
        let columns: Vec<ArrayRef> =
            columns.iter().map(|column| Arc::new(StringArray::from(column.clone())) as ArrayRef).collect();
        Keys::read(&names, &columns, "preds.csv").unwrap()
    }

    #[test]
    fn parts_of_a_key_do_not_run_together_and_the_salt_counts() {
        let (one, other) = (keys(&[vec!["ab"], vec!["c"]]), keys(&[vec!["a"], vec!["bc"]]));
        assert_ne!(hashed(&one, "s"), hashed(&other, "s"));
        assert_ne!(hashed(&one, "s"), hashed(&one, "t"));
        assert_eq!(hashed(&one, "s"), hashed(&keys(&[vec!["ab"], vec!["c"]]), "s"));
    }
}
