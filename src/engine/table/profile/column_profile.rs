//! The profile of a column.

use crate::measurement::Column;

/// Texts that mean a missing value: the defaults of the check `missing`.
pub const MISSING_TOKENS: [&str; 30] = [
    "", "NA", "N/A", "n/a", "<NA>", "#N/A", "#N/A N/A", "#NA", "na", "Na", "NULL", "null", "Null", "None", "none",
    "NONE", "nil", "NIL", "NaN", "nan", "-NaN", "-nan", "NaT", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "\\N", "-",
    "?",
];

/// Values a number of ranks from each end, and the mean: together they show the length of the tails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tails {
    /// The value above the lowest 30, or above the lowest quarter if that is fewer.
    pub low: f64,
    /// The value below as many of the highest.
    pub high: f64,
    /// The mean of the finite values.
    pub mean: f64,
}

/// Range of a column of dates or times, as dates such as 2026-01-31.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// The first date.
    pub first: String,
    /// The last date.
    pub last: String,
    /// A date before the first, with the margin that the earliest dates suggest.
    pub least: String,
}

/// Summary of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnProfile {
    /// Name and type.
    pub column: Column,
    /// A value such as `02134`, if the column has whole numbers that are probably codes: `types` keeps the zeros.
    pub padded: Option<String>,
    /// The number of rows without a value.
    pub nulls: u64,
    /// The number of distinct values.
    pub distinct: u64,
    /// True if every number is finite.
    pub finite: bool,
    /// The smallest and the largest number.
    pub range: Option<(f64, f64)>,
    /// The values near both ends, for a numeric column with enough values.
    pub tails: Option<Tails>,
    /// The range of dates and times.
    pub days: Option<Days>,
    /// All values in order, for a column of text or codes with few of them.
    pub values: Vec<String>,
    /// The rows of the rarest of `values`.
    pub rarest: u64,
    /// Texts that mean a missing value with their rows, the most frequent first.
    pub tokens: Vec<(String, u64)>,
    /// The common format of all texts, for a column without a small domain.
    pub format: Option<&'static str>,
}
