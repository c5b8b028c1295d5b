//! Files whose few bytes stand for a great many rows.
//!
//! Runs, dictionaries and columns of nulls cost next to nothing on disk and a time for each row that is read: a change of
//! a few hundred bytes could occupy a machine for hours.

use std::fs;

use super::SourceFile;
use crate::plural::counted;

/// The rows that files of any size may have.
const FREE: u64 = 500_000_000;
/// The rows that files may have for each of their bytes; of columns that say something, a byte holds a few.
const PER_BYTE: u64 = 64;

/// Refuses files of a table that have both more rows than are free and more than their bytes could tell apart.
///
/// # Errors
///
/// The files have too many rows.
pub(super) fn refuse_repetition(parts: &[SourceFile], rows: impl Iterator<Item = u64>) -> Result<(), String> {
    let bytes = parts.iter().map(|part| fs::metadata(&part.file).map_or(0, |file| file.len()));
    within(rows.fold(0, u64::saturating_add), bytes.fold(0, u64::saturating_add))
}

fn within(rows: u64, bytes: u64) -> Result<(), String> {
    if rows <= FREE.max(bytes.saturating_mul(PER_BYTE)) {
        return Ok(());
    }
    Err(format!(
        "cannot be read: {} in {} would take longer than a gate may; limit: {}, or {PER_BYTE} for each byte; write each row \
         once, with a column that counts it",
        counted(rows, "row"),
        counted(bytes, "byte"),
        counted(FREE, "row")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_limited_by_the_bytes_behind_them() {
        assert!(within(400_000_000, 600).is_ok() && within(FREE, 0).is_ok());
        assert!(within(10_000_000_000, 200_000_000).is_ok());
        assert!(within(FREE + 1, 600).is_err() && within(u64::MAX, 1 << 40).is_err());
    }
}
