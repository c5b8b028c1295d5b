//! Arrow IPC, as a file and as a stream.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::{FileReader, StreamReader};

use super::part::Part;

/// The last bytes of a stream that was written to its end.
const END_OF_STREAM: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// The columns that the file declares.
pub(super) fn schema(part: &Part) -> Result<SchemaRef, String> {
    open(part, None).map(|(schema, _)| schema)
}

/// Reads these columns until `take` wants no more.
pub(super) fn read(part: &Part, names: &[String], mut take: impl FnMut(RecordBatch) -> bool) -> Result<(), String> {
    let schema = schema(part)?;
    let mut places = Vec::with_capacity(names.len());
    for name in names {
        places.push(schema.index_of(name).map_err(|_| format!("cannot be read: its column `{name}` is gone"))?);
    }
    // The reader gives the columns in the order of the file.
    places.sort_unstable();
    let (_, batches) = open(part, Some(places))?;
    for batch in batches {
        if !take(batch.map_err(|error| broken(&error))?) {
            break;
        }
    }
    Ok(())
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

fn open(part: &Part, places: Option<Vec<usize>>) -> Result<(SchemaRef, Batches), String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let mut file = File::open(&part.file).map_err(unreadable)?;
    let mut first = [0; 6];
    file.read_exact(&mut first).map_err(|_| "cannot be read: it is too short for an Arrow file".to_owned())?;
    if first.starts_with(b"FEA1") {
        return Err("cannot be read: it is Feather of version 1; write it as version 2, which is Arrow IPC".to_owned());
    }
    if &first == b"ARROW1" {
        file.rewind().map_err(unreadable)?;
        let reader = FileReader::try_new_buffered(file, places).map_err(|error| broken(&error))?;
        return Ok((reader.schema(), Box::new(reader)));
    }
    // A stream may be cut off between two of its messages, and the reader would call that its end.
    let mut last = [0; 8];
    let whole = file.seek(SeekFrom::End(-8)).is_ok() && file.read_exact(&mut last).is_ok() && last == END_OF_STREAM;
    file.rewind().map_err(unreadable)?;
    let reader = StreamReader::try_new(BufReader::new(file), places).map_err(|error| broken(&error))?;
    if !whole {
        return Err("cannot be read: its stream has no end, so the file is cut off; write it again".to_owned());
    }
    Ok((reader.schema(), Box::new(reader)))
}

fn broken(error: &ArrowError) -> String {
    let text = match error {
        ArrowError::IpcError(text) | ArrowError::ParseError(text) | ArrowError::InvalidArgumentError(text) => {
            text.clone()
        }
        other => other.to_string(),
    };
    format!("cannot be read: it is no whole Arrow file ({text})")
}
