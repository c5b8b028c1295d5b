//! Reader of Parquet, some row groups at a time.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type;
use parquet::errors::ParquetError;
use parquet::schema::types::SchemaDescriptor;

use super::parquet_depth;
use crate::digest::Sections;
use crate::engine::source::column_chunks::Chunks;
use crate::engine::source::digest_sections;
use crate::engine::source::digest_sections::DigestSection;
use crate::engine::source::file::SourceFile;

/// Footer of a file: its columns in the engine's types, and its row groups.
#[derive(Debug)]
pub(super) struct Footer {
    metadata: ArrowReaderMetadata,
    /// The sections by which the file is digested while it is read; none, if it is digested separately.
    pub(super) sections: Vec<DigestSection>,
}

impl Footer {
    /// Returns the columns.
    pub(super) fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// Returns the number of rows of each row group.
    pub(super) fn rows(&self) -> impl Iterator<Item = u64> {
        self.metadata.metadata().row_groups().iter().map(|group| group.num_rows().cast_unsigned())
    }
}

/// Reads the footer of a file.
///
/// # Errors
///
/// The file cannot be read.
pub(super) fn footer(part: &SourceFile) -> Result<Footer, String> {
    // Statistics and indices are claims of the file's writer. No row is skipped because of them, so they are not read.
    let file = open(part)?;
    parquet_depth::refuse_deep(&file)?;
    let found = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| broken(&error))?;
    let old = old_timestamps(found.parquet_schema());
    let fields = found.schema().fields().iter().map(|field| held(field, &old));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<FieldRef>>()));
    let options = ArrowReaderOptions::new().with_schema(schema);
    let metadata =
        ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options).map_err(|error| broken(&error))?;
    let length = fs::metadata(&part.file).map_err(|error| unreadable(&error.to_string()))?.len();
    let sections = digest_sections::of(metadata.metadata().row_groups(), length);
    Ok(Footer { metadata, sections })
}

/// Returns the batches of some row groups: these columns, with at most `size` rows each.
///
/// With sections for the digest, and the index of these row groups among them, their bytes are read once for both.
///
/// # Errors
///
/// The file cannot be read, or a column is missing.
pub(super) fn batches(
    part: &SourceFile,
    footer: &Footer,
    names: &[&String],
    groups: Range<usize>,
    digest: Option<(&Sections, usize)>,
    size: usize,
) -> Result<ParquetRecordBatchReader, String> {
    let known: HashMap<&String, usize> = footer.schema().fields().iter().map(|field| field.name()).zip(0..).collect();
    let place = |name: &&String| {
        known.get(name).copied().ok_or_else(|| format!("cannot be read: its column `{name}` is missing"))
    };
    let places = names.iter().map(place).collect::<Result<Vec<usize>, String>>()?;
    let mask = ProjectionMask::roots(footer.metadata.parquet_schema(), places);
    let mut ahead = Vec::new();
    if digest.is_some() {
        let columns = footer.metadata.metadata().row_groups()[groups.clone()].iter().flat_map(|group| {
            group.columns().iter().enumerate().filter(|(leaf, _)| mask.leaf_included(*leaf)).map(|(_, chunk)| chunk)
        });
        ahead.extend(columns.filter_map(digest_sections::bytes_of_chunk));
    }
    let chunks = Chunks::read(open(part)?, ahead).map_err(|error| broken(&error))?;
    if let Some((sections, section)) = digest
        && let Some(digest) = sections.take(&chunks.file, section, chunks.held().to_vec())
    {
        part.digested(digest);
    }
    ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, footer.metadata.clone())
        .with_projection(mask)
        .with_row_groups(groups.collect())
        .with_batch_size(size)
        .build()
        .map_err(|error| broken(&error))
}

/// Returns the next batch.
///
/// # Errors
///
/// The file is corrupt.
pub(super) fn next(batches: &mut ParquetRecordBatchReader) -> Result<Option<RecordBatch>, String> {
    batches.next().transpose().map_err(|error| match &error {
        ArrowError::ParquetError(text) => unreadable(text),
        other => unreadable(&other.to_string()),
    })
}

fn open(part: &SourceFile) -> Result<File, String> {
    File::open(&part.file).map_err(|error| unreadable(&error.to_string()))
}

fn broken(error: &ParquetError) -> String {
    match error {
        ParquetError::General(text) | ParquetError::EOF(text) => unreadable(text),
        other => unreadable(&other.to_string()),
    }
}

fn unreadable(why: &str) -> String {
    // The name of the crate that found the error is of no use to a user.
    let why = why.trim_start_matches("Parquet error: ").trim_start_matches("External: ");
    format!("cannot be read: {}", why.lines().next().unwrap_or_default().trim_end_matches('.'))
}

/// Returns the columns with timestamps of old versions of Spark, which reach years outside the range of nanoseconds.
fn old_timestamps(schema: &SchemaDescriptor) -> HashSet<&String> {
    let leaves = schema.columns().iter().filter(|leaf| leaf.physical_type() == Type::INT96);
    leaves.filter_map(|leaf| leaf.path().parts().first()).collect()
}

/// Returns the column in the engine's type.
fn held(field: &FieldRef, old: &HashSet<&String>) -> FieldRef {
    let data_type =
        if old.contains(field.name()) { in_microseconds(field.data_type()) } else { field.data_type().clone() };
    let held = Field::clone(field).with_data_type(flat(&data_type));
    Arc::new(held)
}

/// Returns the layout of the column that the reader produces; values inside lists and structs keep the file's layout.
fn flat(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::Dictionary(_, values) => flat(values),
        DataType::RunEndEncoded(_, values) => flat(values.data_type()),
        other => other.clone(),
    }
}

fn in_microseconds(data_type: &DataType) -> DataType {
    let inside = |field: &FieldRef| Arc::new(Field::clone(field).with_data_type(in_microseconds(field.data_type())));
    match data_type {
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        DataType::List(item) => DataType::List(inside(item)),
        DataType::LargeList(item) => DataType::LargeList(inside(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(inside(item), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inside).collect()),
        DataType::Map(entries, is_sorted) => DataType::Map(inside(entries), *is_sorted),
        other => other.clone(),
    }
}
