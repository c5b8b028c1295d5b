//! Folders of DVCLive: the last metrics, their histories, and the parameters.

use super::datum::Datum;
use super::generic::{MetricSeries, flatten};
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::{FoundPath, ReadError, RunSnapshot, number};

const METRICS: &str = "metrics.json";
const HISTORIES: &str = "plots/metrics";
const PARAMS: &str = "params.yaml";
/// Levels of the names of metrics, each a folder.
const MOST_DEPTH: usize = 16;

pub(in crate::readers) const DVCLIVE: SourceKind =
    SourceKind { name: "dvclive", about: "a folder of DVCLive", recognise: |found| found.has(HISTORIES), read };

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&[])?;
    let found = request.found()?;
    let mut snapshot = RunSnapshot::default();
    if let Some(metrics) = found.child(METRICS)? {
        let document = metrics.document()?;
        flatten(&metrics, document, "", false, &mut snapshot)?;
        let step = document.get("step").and_then(Datum::whole);
        snapshot.metrics.values_mut().for_each(|reading| reading.step = step);
        snapshot.artifacts.insert("metrics".to_owned(), metrics.shown().to_owned());
    }
    if let Some(histories) = found.child(HISTORIES)? {
        read_histories(&histories, "", 0, &mut snapshot)?;
    }
    if let Some(params) = found.child(PARAMS)? {
        params.document()?.params("", &mut snapshot.params);
    }
    if snapshot.metrics.is_empty() {
        return Err(ReadError::unreadable(found.shown(), "the folder of DVCLive has no metric"));
    }
    Ok(snapshot)
}

fn read_histories(folder: &FoundPath, above: &str, depth: usize, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    for name in folder.names()? {
        let Some(child) = folder.child(&name)? else { continue };
        if child.is_folder() {
            if depth >= MOST_DEPTH {
                return Err(ReadError::unreadable(child.shown(), "its folders are nested too deeply"));
            }
            read_histories(&child, &super::datum::joined(above, &name), depth + 1, snapshot)?;
        } else if let Some(stem) = name.strip_suffix(".tsv") {
            read_history(&child, &super::datum::joined(above, stem), snapshot)?;
        }
    }
    Ok(())
}

/// Adds the least, largest and best value of a history, and the last where the metrics do not have it.
fn read_history(file: &FoundPath, name: &str, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let refused = |why: String| ReadError::unreadable(file.shown(), why);
    let text = file.text()?;
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let place = |name: &str| head.iter().position(|column| *column == name);
    let Some(step) = place("step") else { return Err(refused("it has no column `step`".to_owned())) };
    let last = name.rsplit('.').next().unwrap_or(name);
    let Some(value) = place(last).or_else(|| (0..head.len()).rev().find(|at| *at != step)) else {
        return Err(refused(format!("it has no column `{last}`")));
    };
    let mut series = MetricSeries::new(name);
    let mut lines = (2_i64..).zip(lines).peekable();
    while let Some((at, line)) = lines.next() {
        if lines.peek().is_none() && !text.ends_with('\n') {
            snapshot.ends_early(format!("`{}` ends within line {at}, which is left out", file.shown()));
            break;
        }
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| cells.get(at).and_then(|cell| number::number(cell));
        let (Some(step), Some(value)) = (number(step), number(value)) else {
            return Err(refused(format!("line {at} has no step and value")));
        };
        #[expect(clippy::cast_possible_truncation, reason = "a step is a small whole number")]
        series.push(Some(step as i64), at, value);
    }
    if !snapshot.metrics.contains_key(name)
        && let Some(last) = series.last()
    {
        snapshot.add(file.shown(), name.to_owned(), last, file.limits())?;
    }
    series.add_extremes(file, snapshot)
}
