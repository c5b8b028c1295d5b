//! CSV and TSV: a column of names and one of values, one row with a column for each metric, or a row for each epoch.

use csv::StringRecord;

use super::series::MetricSeries;
use super::steps::STEPS;
use crate::plural::counted;
use crate::readers::{FoundPath, MetricReading, ReadError, RunSnapshot, number};

/// Columns of names, and columns of their values, the surest first.
const NAMES: [&str; 4] = ["metric", "name", "key", "measure"];
const VALUES: [&str; 3] = ["value", "score", "result"];

/// Adds all numbers of a table.
///
/// # Errors
///
/// A row has another number of fields, other than a last one that is cut: that row is left out with a warning.
pub(super) fn read(found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let text = found.text()?;
    let refused = |why: String| ReadError::unreadable(found.shown(), why);
    let separator = if found.ending() == "tsv" { b'\t' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows: Vec<(StringRecord, u64)> = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| refused(format!("it cannot be read: {error}")))?;
        let line = row.position().map_or(0, csv::Position::line);
        rows.push((row, line));
    }
    if rows.is_empty() {
        return Err(refused("it is empty".to_owned()));
    }
    let (head, _) = rows.remove(0);
    if !text.ends_with(['\n', '\r']) {
        match rows.last() {
            Some((row, line)) if row.len() < head.len() => {
                snapshot.ends_early(format!("`{}` ends within line {line}, which is left out", found.shown()));
                rows.pop();
            }
            _ => {
                snapshot.warn(format!("`{}` does not end with a line break: its last value may be cut", found.shown()));
            }
        }
    }
    if let Some((row, line)) = rows.iter().find(|(row, _)| row.len() != head.len()) {
        let fields = counted(row.len() as u64, "field");
        return Err(refused(format!("line {line} has {fields}, but the first line has {}", head.len())));
    }
    let column = |words: &[&str]| {
        let place = |word: &&str| head.iter().position(|name| name.trim().eq_ignore_ascii_case(word));
        words.iter().find_map(place)
    };
    let step = column(&STEPS);
    match (column(&NAMES), column(&VALUES)) {
        (Some(names), Some(values)) => named_rows(found, &rows, (names, values, step), snapshot),
        _ => columns(found, &head, &rows, step, snapshot),
    }
}

/// Returns the step of a row: a whole number, also as `3.0`.
fn step_of(row: &StringRecord, column: Option<usize>) -> Option<i64> {
    let value = number::number(row.get(column?)?.trim())?;
    #[expect(clippy::cast_possible_truncation, reason = "checked before")]
    (value.abs() < 9e15 && value.fract() == 0.0).then_some(value as i64)
}

/// Adds a metric for each row; with a column of steps, a series for each name.
fn named_rows(
    found: &FoundPath,
    rows: &[(StringRecord, u64)],
    (names, values, step): (usize, usize, Option<usize>),
    snapshot: &mut RunSnapshot,
) -> Result<(), ReadError> {
    let mut series: std::collections::BTreeMap<&str, MetricSeries> = std::collections::BTreeMap::new();
    for ((row, line), order) in rows.iter().zip(0..) {
        let (name, text) = (row[names].trim(), row[values].trim());
        let Some(value) = number::number(text) else {
            snapshot.warn(format!("`{name}` in line {line} is {}", shown(text)));
            continue;
        };
        if step.is_some() {
            series.entry(name).or_insert_with(|| MetricSeries::new(name)).push(step_of(row, step), order, value);
        } else {
            snapshot.add(found.shown(), name.to_owned(), MetricReading::of(value), found.limits())?;
        }
    }
    series.values().try_for_each(|series| series.add(found, snapshot))
}

/// Adds a metric for each column: of one row its value, of several a series.
fn columns(
    found: &FoundPath,
    head: &StringRecord,
    rows: &[(StringRecord, u64)],
    step: Option<usize>,
    snapshot: &mut RunSnapshot,
) -> Result<(), ReadError> {
    if step.is_none() && rows.len() > 1 {
        snapshot.warn(format!(
            "`{}` has {} and no column `step` or `epoch`: the last row counts as the latest",
            found.shown(),
            counted(rows.len() as u64, "row")
        ));
    }
    for (at, name) in head.iter().enumerate() {
        let mut series = MetricSeries::new(name.trim());
        let mut is_text = false;
        for ((row, line), order) in rows.iter().zip(0..) {
            match row[at].trim() {
                // A column has a value only at some epochs.
                "" if rows.len() > 1 => {}
                text => match number::number(text) {
                    Some(value) => series.push(step_of(row, step), order, value),
                    None if rows.len() > 1 => is_text = true,
                    None => snapshot.warn(format!("`{}` in line {line} is {}", name.trim(), shown(text))),
                },
            }
        }
        // A number beside text would stand for another row than the last.
        if !is_text && !name.trim().is_empty() {
            series.add(found, snapshot)?;
        }
    }
    Ok(())
}

fn shown(text: &str) -> String {
    match text {
        "" => "empty".to_owned(),
        text => format!("text (`{}`)", text.chars().take(40).collect::<String>()),
    }
}
