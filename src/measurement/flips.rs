//! The rows on which the two sides predict different classes.

/// Flipped rows by kind of flip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flips {
    /// The names of the key's columns.
    pub key: Vec<String>,
    /// Negative flips: correct in the baseline, wrong in the candidate.
    pub broken: Flipped,
    /// Positive flips: wrong in the baseline, correct in the candidate.
    pub fixed: Flipped,
    /// Rows that are wrong on both sides, with different classes; only with more than two classes.
    pub changed: Flipped,
}

/// Flipped rows of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flipped {
    /// The number of rows.
    pub rows: u64,
    /// The first keys in the order of keys, not of rows.
    pub keys: Vec<Vec<String>>,
}

/// The flips of a model, or the reason they cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFlips {
    /// The model.
    pub model: String,
    /// The flips, or the reason there are none.
    pub found: Result<Flips, String>,
}
