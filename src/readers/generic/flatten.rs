//! Numbers of a document, by their paths.

use std::collections::BTreeMap;

use super::lines::push;
use super::series::MetricSeries;
use super::steps::step_of;
use crate::readers::datum::{Datum, joined};
use crate::readers::{FoundPath, MetricReading, ReadError, RunSnapshot};

/// Keys of a record's name, as in `[{"key": "accuracy", "value": 0.9}]`.
const NAME_KEYS: [&str; 3] = ["key", "name", "metric"];
const VALUE_KEY: &str = "value";
/// The longest list whose numbers are named one by one; of a longer one only the last, the least and the largest are.
const MOST_NAMED: usize = 1_000;

/// Adds all numbers below a value to a snapshot: levels are joined by dots, and items of a list are counted from 0.
///
/// A list of records with a name and a value has the names of its records. With `histories`, a list of numbers also has
/// `NAME.last`, `NAME.min`, `NAME.max` and, if its direction is known by its name, `NAME.best`; a list of objects that each
/// have a step also has their series, as JSON lines have. Text is not a number, except
/// for words such as `"nan"`; a null has a warning.
///
/// # Errors
///
/// Two values have one name, or there are too many.
pub(in crate::readers) fn flatten(
    found: &FoundPath,
    value: &Datum,
    name: &str,
    histories: bool,
    snapshot: &mut RunSnapshot,
) -> Result<(), ReadError> {
    match value {
        Datum::Map(entries) => {
            entries.iter().try_for_each(|(key, value)| flatten(found, value, &joined(name, key), histories, snapshot))
        }
        Datum::List(items) => list(found, items, name, histories, snapshot),
        Datum::Null => {
            snapshot.warn(format!("`{name}` is null"));
            Ok(())
        }
        scalar => match scalar.number() {
            Some(number) if !name.is_empty() => {
                snapshot.add(found.shown(), name.to_owned(), MetricReading::of(number), found.limits())
            }
            _ => Ok(()),
        },
    }
}

fn list(
    found: &FoundPath,
    items: &[Datum],
    name: &str,
    histories: bool,
    snapshot: &mut RunSnapshot,
) -> Result<(), ReadError> {
    if let Some(records) = records(items) {
        return records
            .into_iter()
            .try_for_each(|(key, value)| flatten(found, value, &joined(name, key), histories, snapshot));
    }
    if histories && items.len() > 1 && items.iter().all(|item| step_of(item).is_some()) {
        add_history(found, items, name, snapshot)?;
    }
    let is_series =
        histories && items.len() > 1 && !name.is_empty() && items.iter().all(|item| item.number().is_some());
    if is_series {
        let mut series = MetricSeries::new(name);
        (0..).zip(items.iter().filter_map(Datum::number)).for_each(|(at, number)| series.push(Some(at), at, number));
        series.add_named(found, snapshot)?;
    }
    if items.len() > MOST_NAMED {
        if is_series {
            snapshot.warn(format!("`{name}` has {} numbers, which are not listed one by one", items.len()));
            return Ok(());
        }
        snapshot.warn(format!("`{name}` has {} items; limit: {MOST_NAMED}; the list is not read", items.len()));
        return Ok(());
    }
    items
        .iter()
        .enumerate()
        .try_for_each(|(at, item)| flatten(found, item, &joined(name, &at.to_string()), histories, snapshot))
}

/// Adds the series of a list of objects that each have a step, as trainers log them.
fn add_history(found: &FoundPath, items: &[Datum], name: &str, snapshot: &mut RunSnapshot) -> Result<(), ReadError> {
    let mut series = BTreeMap::new();
    for (item, at) in items.iter().zip(0..) {
        push(found, item, name, (step_of(item), at), &mut series)?;
    }
    series.values().try_for_each(|series| series.add(found, snapshot))
}

/// Returns names and values if all items are records of the two.
fn records(items: &[Datum]) -> Option<Vec<(&str, &Datum)>> {
    let record = |item| {
        let name = NAME_KEYS.iter().find_map(|key| Datum::get(item, key)?.text())?;
        Some((name, item.get(VALUE_KEY)?))
    };
    let records: Option<Vec<_>> = items.iter().map(record).collect();
    records.filter(|records| !records.is_empty())
}
