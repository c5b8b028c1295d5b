//! Columns that identify rows, recognised by their names and values.

use crate::engine::ColumnProfile;
use crate::measurement::{TypeFamily, is_pandas_index};

/// Last words of the names of identifying columns.
const IDENTIFIERS: [&str; 9] = ["id", "ids", "key", "uuid", "guid", "pk", "index", "nbr", "rowid"];

/// Returns true if the column identifies rows: all values are distinct, and the name or the values suggest an
/// identifier.
pub(super) fn is_key(column: &ColumnProfile, all: u64) -> bool {
    let differ = column.distinct == all && column.nulls == 0 && all > 1;
    let of_type = matches!(column.column.data_type.family, TypeFamily::Int | TypeFamily::String);
    differ
        && of_type
        && !is_pandas_index(&column.column.name)
        && (is_identifier(&column.column.name) || is_consecutive(column, all))
}

/// Returns true if the name is one of an identifier: `id`, `user_id`, `userId`, `PatientID`.
pub(super) fn is_identifier(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    IDENTIFIERS.iter().any(|word| lower.strip_suffix(word).is_some_and(|rest| is_word_end(name, rest)))
}

/// Returns true if the rest of a name, without its last word, ends at the end of a word.
fn is_word_end(name: &str, rest: &str) -> bool {
    let Some((before, word)) = name.get(..rest.len()).zip(name.get(rest.len()..)) else { return false };
    let is_capital = |text: &str| text.starts_with(|first: char| first.is_ascii_uppercase());
    match before.chars().next_back() {
        None => true,
        Some(last) => !last.is_alphanumeric() || (last.is_lowercase() && is_capital(word)),
    }
}

/// Returns true if the values are consecutive integers.
fn is_consecutive(column: &ColumnProfile, all: u64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
    let all = all as f64;
    column.column.data_type.family == TypeFamily::Int
        && column.range.is_some_and(|(low, high)| (high - low + 1.0 - all).abs() < 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_identifiers_end_in_a_word_for_it() {
        for name in ["id", "_id", "ID", "user_id", "userId", "patient_nbr", "order-key", "row id"] {
            assert!(is_identifier(name), "{name}");
        }
        for name in ["paid", "valid", "monkey", "birthday", "identity", "idle", "ééid"] {
            assert!(!is_identifier(name), "{name}");
        }
    }
}
