//! Endings of names by which a file is one of metrics.

use super::super::datum::Datum;
use super::super::{FoundPath, MetricReading, ReadError, RunSnapshot};
use super::flatten::flatten;
use super::{lines, table};

/// Endings of names by which a file is one of metrics.
pub(super) const DOCUMENTS: [&str; 4] = ["json", "yaml", "yml", "toml"];

pub(super) const TABLES: [&str; 2] = ["csv", "tsv"];

pub(super) const LINES_ENDINGS: [&str; 2] = ["jsonl", "ndjson"];

/// Reads a file by the ending of its name; false if it is none of metrics.
pub(super) fn by_ending(found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<bool, ReadError> {
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

pub(super) fn of_document(found: &FoundPath, document: &Datum, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
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

/// Returns true if the text of a file is complete to its last line.
fn ends_with_a_line(found: &FoundPath) -> bool {
    found.text().is_ok_and(|text| text.is_empty() || text.ends_with(['\n', '\r']))
}
