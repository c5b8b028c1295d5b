//! Frequencies of a column's values, as long as the column may be a list of categories.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::common::HashMap;

/// The most distinct values of a list of categories; counting more would only fill the memory.
pub(crate) const MOST_VALUES: usize = 100_000;

fn add(counts: &mut HashMap<String, u64>, value: &str, times: u64) {
    match counts.get_mut(value) {
        Some(count) => *count += times,
        None => {
            counts.insert(value.to_owned(), times);
        }
    }
}

/// Counts the values of a column, and gives up above [`MOST_VALUES`].
pub(crate) fn take_values(values: &mut Option<HashMap<String, u64>>, column: &ArrayRef) {
    if let Some(counts) = values {
        column.as_string_view().iter().flatten().for_each(|value| add(counts, value, 1));
        if counts.len() > MOST_VALUES {
            *values = None;
        }
    }
}

/// Adds another worker's counts.
pub(crate) fn merge_values(ours: &mut Option<HashMap<String, u64>>, theirs: Option<HashMap<String, u64>>) {
    match (&mut *ours, theirs) {
        (Some(counts), Some(theirs)) => {
            theirs.into_iter().for_each(|(value, count)| add(counts, &value, count));
            if counts.len() > MOST_VALUES {
                *ours = None;
            }
        }
        _ => *ours = None,
    }
}

/// Estimates the memory of the counts, with short texts.
pub(crate) fn size_of_values(values: Option<&HashMap<String, u64>>) -> usize {
    values.map_or(0, |counts| counts.capacity() * 64)
}
