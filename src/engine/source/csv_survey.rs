//! The first pass over a CSV file, from end to end: its layout, and the form of every value.
//!
//! One thread follows the quotes, because a quote can only be recognised from the beginning of the file. It cuts the
//! text into complete records, whose values other threads classify.

use std::fs;
use std::io::BufRead;

use super::csv_fields;
use super::csv_layout::{CsvLayout, CsvPass};
use super::format::FileFormat;
use super::seen::SeenForms;
use super::share_out::{SMALL, share_out};
use crate::config::{ReadAs, TextType};
use crate::engine::source::file::SourceFile;

/// The size of the records that a thread takes at a time, in bytes.
const CHUNK: usize = 1 << 20;

/// Result of the first pass over a CSV file.
#[derive(Debug)]
pub(super) struct CsvSurvey {
    pub(super) layout: CsvLayout,
    /// The columns, in the order of the header.
    pub(super) columns: Vec<SeenForms>,
}

/// Complete records, and the number of rows before them.
type Chunk = (Vec<u8>, u64);

/// Reads a file from end to end, with at most `threads` threads.
///
/// # Errors
///
/// The file is not well formed; the error names the row.
pub(super) fn survey(
    part: &SourceFile,
    format: FileFormat,
    read_as: &ReadAs,
    threads: usize,
) -> Result<CsvSurvey, String> {
    let mut text = part.csv_text(read_as)?;
    let (mut reading, below) = CsvPass::begin(part, format, &mut text, read_as.csv.as_ref())?;
    let looker = Looker {
        delimiter: reading.delimiter(),
        declared: reading.header().iter().map(|name| read_as.type_of(name)).collect(),
        na: read_as.na.iter().map(|word| word.as_bytes()).collect(),
    };
    let is_small = fs::metadata(&part.file).is_ok_and(|file| file.len() < SMALL);
    let (seen, end) = share_out(
        if is_small { 1 } else { threads },
        || looker.none(),
        |chunk, columns| looker.look(chunk, columns),
        |take| cut(&mut reading, below, &mut text, take),
    )?;
    end?;
    let mut columns = looker.none();
    for seen in seen {
        columns.iter_mut().zip(seen).for_each(|(column, more)| column.merge(more));
    }
    Ok(CsvSurvey { layout: reading.layout(), columns })
}

/// Cuts the text into complete records; `open` has its first bytes.
fn cut(
    reading: &mut CsvPass<'_>,
    mut open: Vec<u8>,
    text: &mut impl BufRead,
    take: &mut dyn FnMut(Chunk),
) -> Result<(), String> {
    let mut before = 0;
    loop {
        let bytes = text.fill_buf().map_err(|error| reading.broken(&error))?;
        let size = bytes.len();
        if size == 0 {
            break;
        }
        reading.feed(bytes, &mut open)?;
        text.consume(size);
        let whole = open.len().saturating_sub(reading.open());
        if whole >= CHUNK {
            let rest = open.split_off(whole);
            take((std::mem::replace(&mut open, rest), before));
            before = reading.rows();
        }
    }
    reading.end()?;
    take((open, before));
    Ok(())
}

/// Settings for the classification of values.
struct Looker<'a> {
    delimiter: u8,
    declared: Vec<Option<TextType>>,
    na: Vec<&'a [u8]>,
}

impl Looker<'_> {
    fn none(&self) -> Vec<SeenForms> {
        vec![SeenForms::default(); self.declared.len()]
    }

    fn look(&self, (records, before): &Chunk, columns: &mut [SeenForms]) {
        csv_fields::each(records, self.delimiter, |record, column, value| {
            if value.is_empty() || self.na.contains(&value) {
                return;
            }
            if let Some(seen) = columns.get_mut(column) {
                seen.take(before + record + 1, value, self.declared[column]);
            }
        });
    }
}
