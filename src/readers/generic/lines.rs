//! JSON lines: an object for each step or epoch, as trainers log them.

use std::collections::BTreeMap;

use super::series::MetricSeries;
use super::steps::step_of;
use crate::readers::datum::{self, Datum, joined};
use crate::readers::{FoundPath, ReadError, RunSnapshot};

/// Returns true if the file has lines that are objects of their own.
pub(super) fn are_in(found: &FoundPath) -> bool {
    let Ok(head) = std::str::from_utf8(found.head()) else { return false };
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    let is_object = |line: &str| datum::json(line, found.limits()).is_ok_and(|value| value.is_map());
    lines.next().is_some_and(is_object) && lines.next().is_some_and(|line| line.trim_start().starts_with('{'))
}

/// Adds each number as a series over the lines: its last value by step, and its least, largest and best.
///
/// # Errors
///
/// A line is not an object, other than a last one that is cut: that line is left out with a warning.
pub(super) fn read(found: &FoundPath, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let text = found.text()?;
    let is_whole = text.is_empty() || text.ends_with('\n');
    let mut series: BTreeMap<String, MetricSeries> = BTreeMap::new();
    let mut lines = (1_i64..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).peekable();
    let mut count = 0_usize;
    while let Some((at, line)) = lines.next() {
        let value = match datum::json(line, found.limits()) {
            Ok(value) if value.is_map() => value,
            Err(_) if lines.peek().is_none() && !is_whole && count > 0 => {
                snapshot.ends_early(format!("`{}` ends within line {at}, which is left out", found.shown()));
                break;
            }
            Ok(_) => return Err(ReadError::unreadable(found.shown(), format!("line {at} is not an object"))),
            Err(why) => {
                let why = why.trim_end_matches(" in line 1");
                return Err(ReadError::unreadable(found.shown(), format!("line {at}: {why}")));
            }
        };
        count += 1;
        push(found, &value, "", (step_of(&value), at), &mut series)?;
    }
    if count == 0 {
        return Err(ReadError::unreadable(found.shown(), "it has no line"));
    }
    series.values().try_for_each(|series| series.add(found, snapshot))
}

/// Adds the numbers of an object to the series of their names.
///
/// # Errors
///
/// There are too many names, or two values of the object have one.
pub(super) fn push(
    found: &FoundPath,
    value: &Datum,
    name: &str,
    (step, at): (Option<i64>, i64),
    series: &mut BTreeMap<String, MetricSeries>,
) -> Result<(), ReadError> {
    if let Datum::Map(entries) = value {
        return entries.iter().try_for_each(|(key, value)| push(found, value, &joined(name, key), (step, at), series));
    }
    if let Some(number) = value.number() {
        if series.len() >= found.limits().entries && !series.contains_key(name) {
            let why = format!("it has too many metrics; limit: {}", found.limits().entries);
            return Err(ReadError::unreadable(found.shown(), why));
        }
        let series = series.entry(name.to_owned()).or_insert_with(|| MetricSeries::new(name));
        if series.has(at) {
            return Err(ReadError::unreadable(found.shown(), format!("two values of one line are named `{name}`")));
        }
        series.push(step, at, number);
    }
    Ok(())
}
