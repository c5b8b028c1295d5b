//! Files of metrics that any program writes: JSON, YAML, TOML, CSV, TSV, JSON lines, and folders of them.

mod flatten;
mod folder;
mod lines;
mod series;
mod table;

pub(in crate::readers) use flatten::flatten;
pub(in crate::readers) use series::MetricSeries;

use super::datum::{self, Datum};
use super::kinds::SourceKind;
use super::{FoundPath, MetricReading, ReadError, ReadLimits, RunSnapshot, SourceRequest};

/// Endings of names by which a file is one of metrics.
const DOCUMENTS: [&str; 4] = ["json", "yaml", "yml", "toml"];
const TABLES: [&str; 2] = ["csv", "tsv"];
const LINES_ENDINGS: [&str; 2] = ["jsonl", "ndjson"];

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

fn of_document(found: &FoundPath, document: &Datum, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let mut part = RunSnapshot::default();
    flatten(found, document, "", true, &mut part)?;
    // The step of a document that has one, as DVCLive's, is that of its numbers.
    let step = document.get("step").and_then(Datum::whole);
    for (name, reading) in part.metrics {
        let step = reading.step.or(step);
        snapshot.add(found.shown(), name, MetricReading { step, ..reading }, found.limits())?;
    }
    part.warnings.into_iter().for_each(|warning| snapshot.warn(warning));
    // The end of a JSON text is certain; that of YAML and TOML may be missing.
    if !found.starts_as_json() && !ends_with_a_line(found) {
        snapshot.warn(format!("`{}` does not end with a line break: its last value may be cut", found.shown()));
    }
    Ok(())
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

/// Reads a file by the ending of its name; false if it is none of metrics.
fn by_ending(found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<bool, ReadError> {
    let ending = found.ending();
    if DOCUMENTS.contains(&ending.as_str()) {
        of_document(found, found.document()?, snapshot)?;
    } else if TABLES.contains(&ending.as_str()) {
        table::read(found, snapshot)?;
    } else if LINES_ENDINGS.contains(&ending.as_str()) {
        lines::read(found, snapshot)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// Returns true if the text of a file is complete to its last line.
fn ends_with_a_line(found: &FoundPath) -> bool {
    found.text().is_ok_and(|text| text.is_empty() || text.ends_with(['\n', '\r']))
}
