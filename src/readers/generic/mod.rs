//! Files of metrics that any program writes: JSON, YAML, TOML, CSV, TSV, JSON lines, and folders of them.

mod endings;
mod flatten;
mod folder;
mod lines;
mod series;
mod steps;
mod table;

pub(in crate::readers) use flatten::flatten;
pub(in crate::readers) use series::MetricSeries;

use super::datum::{self, Datum};
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{FoundPath, ReadError, ReadLimits, RunSnapshot};
use endings::{LINES_ENDINGS, TABLES, of_document};

pub(in crate::readers) const JSON: SourceKind = SourceKind {
    name: "json",
    about: "JSON with numbers",
    recognise: |found| !found.is_folder() && (found.ending() == "json" || found.starts_as_json()),
    read: |request| document(request, datum::json),
};

pub(in crate::readers) const YAML: SourceKind = SourceKind {
    name: "yaml",
    about: "YAML with numbers",
    recognise: |found| !found.is_folder() && matches!(found.ending().as_str(), "yaml" | "yml"),
    read: |request| document(request, datum::yaml),
};

pub(in crate::readers) const TOML: SourceKind = SourceKind {
    name: "toml",
    about: "TOML with numbers",
    recognise: |found| !found.is_folder() && found.ending() == "toml",
    read: |request| document(request, datum::toml),
};

pub(in crate::readers) const TABLE: SourceKind = SourceKind {
    name: "csv",
    about: "CSV or TSV: a row for each metric, one row, or a row for each epoch",
    recognise: |found| !found.is_folder() && TABLES.contains(&found.ending().as_str()),
    read: |request| {
        request.query.only(&[])?;
        one(request, table::read)
    },
};

pub(in crate::readers) const LINES: SourceKind = SourceKind {
    name: "jsonl",
    about: "JSON lines: an object for each step or epoch",
    recognise: |found| !found.is_folder() && (LINES_ENDINGS.contains(&found.ending().as_str()) || lines::are_in(found)),
    read: |request| {
        request.query.only(&[])?;
        one(request, lines::read)
    },
};

pub(in crate::readers) const FOLDER: SourceKind = SourceKind {
    name: "folder",
    about: "a folder with files of metrics",
    recognise: folder::has_metrics,
    read: |request| {
        request.query.only(&[])?;
        folder::read(&request.found()?)
    },
};

fn document(
    request: &SourceRequest<'_>,
    parse: fn(&str, &ReadLimits) -> Result<Datum, String>,
) -> Result<RunSnapshot, ReadError> {
    request.query.only(&[])?;
    one(request, |found, snapshot| of_document(found, &found.parsed(parse)?, snapshot))
}

/// Reads one file, which must hold a number.
fn one(
    request: &SourceRequest<'_>,
    read: impl FnOnce(&FoundPath, &mut RunSnapshot) -> Result<(), ReadError>,
) -> Result<RunSnapshot, ReadError> {
    let found = request.found()?;
    if found.is_folder() {
        return Err(ReadError::unreadable(found.shown(), "it is a folder, not a file"));
    }
    let mut snapshot = RunSnapshot::default();
    read(&found, &mut snapshot)?;
    if snapshot.metrics.is_empty() {
        return Err(ReadError::unreadable(found.shown(), "it holds no number with a name"));
    }
    Ok(snapshot)
}
