//! Reader of Arrow IPC, as a file and as a stream.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::{FileReader, StreamReader};

use super::arrow_lengths;
use super::relaid::{layout, relaid};
use crate::engine::source::file::SourceFile;

/// Returns the columns that the file declares, and its number of rows.
pub(super) fn schema(part: &SourceFile) -> Result<(SchemaRef, u64), String> {
    let (layout, file) = open(part)?;
    let (schema, rows) = layout.schema(&file)?;
    Ok((Arc::new(schema), rows))
}

/// Reads these columns until `take` returns false, in batches of at most `size` rows, because a file may have all rows
/// in one batch.
pub(super) fn read(
    part: &SourceFile,
    names: &[String],
    size: usize,
    mut take: impl FnMut(RecordBatch) -> bool,
) -> Result<(), String> {
    let (layout, mut file) = open(part)?;
    let (schema, _) = layout.schema(&file)?;
    let known: HashMap<&String, usize> = schema.fields().iter().map(|field| field.name()).zip(0..).collect();
    let place = |name: &String| {
        known.get(name).copied().ok_or_else(|| format!("cannot be read: its column `{name}` is missing"))
    };
    let mut places = names.iter().map(place).collect::<Result<Vec<usize>, String>>()?;
    // The reader returns the columns in the order of the file.
    places.sort_unstable();
    file.rewind().map_err(|error| unreadable(&error))?;
    let batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>> = match layout {
        IpcLayout::File => Box::new(FileReader::try_new_buffered(file, Some(places)).map_err(|error| broken(&error))?),
        IpcLayout::Stream => {
            let reader = StreamReader::try_new(BufReader::new(file), Some(places));
            Box::new(reader.map_err(|error| broken(&error))?)
        }
    };
    for batch in batches {
        let batch = batch.and_then(with_views).map_err(|error| broken(&error))?;
        let rows = batch.num_rows();
        if !(0..rows).step_by(size).all(|at| take(batch.slice(at, size.min(rows - at)))) {
            break;
        }
    }
    Ok(())
}

/// Converts the values of dictionaries to the engine's layout, once for all parts of the batch.
fn with_views(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let is_dictionary = |field: &FieldRef| matches!(field.data_type(), DataType::Dictionary(..));
    if !schema.fields().iter().any(is_dictionary) {
        return Ok(batch);
    }
    let mut columns = batch.columns().to_vec();
    for column in &mut columns {
        if let Some(dictionary) = column.as_any_dictionary_opt() {
            let values = relaid(dictionary.values(), &layout(dictionary.values().data_type()))?;
            *column = dictionary.with_values(values);
        }
    }
    let field = |(field, column): (&FieldRef, &ArrayRef)| Field::new(field.name(), column.data_type().clone(), true);
    let fields: Vec<Field> = schema.fields().iter().zip(&columns).map(field).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

#[derive(Clone, Copy)]
enum IpcLayout {
    File,
    Stream,
}

impl IpcLayout {
    fn schema(self, file: &File) -> Result<(Schema, u64), String> {
        let found = match self {
            Self::File => arrow_lengths::of_file(file),
            Self::Stream => arrow_lengths::of_stream(file),
        };
        found.map_err(|why| no_whole_file(&why))
    }
}

fn open(part: &SourceFile) -> Result<(IpcLayout, File), String> {
    let mut file = File::open(&part.file).map_err(|error| unreadable(&error))?;
    let mut first = [0; 6];
    file.read_exact(&mut first).map_err(|_| "cannot be read: it is too short for an Arrow file".to_owned())?;
    if first.starts_with(b"FEA1") {
        return Err("cannot be read: it is Feather of version 1; write it as version 2, which is Arrow IPC".to_owned());
    }
    if &first == b"ARROW1" {
        return Ok((IpcLayout::File, file));
    }
    Ok((IpcLayout::Stream, file))
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

fn no_whole_file(why: &str) -> String {
    format!("cannot be read: it is not a whole Arrow file ({why})")
}

fn broken(error: &ArrowError) -> String {
    let text = match error {
        ArrowError::IpcError(text) | ArrowError::ParseError(text) | ArrowError::InvalidArgumentError(text) => {
            text.clone()
        }
        other => other.to_string(),
    };
    no_whole_file(&text)
}
