//! The rows on which the two sides predict different classes.

/// Flipped rows by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flips {
    /// The names of the key's columns.
    pub key: Vec<String>,
    /// Right before, wrong now.
    pub broken: Flipped,
    /// Wrong before, right now.
    pub fixed: Flipped,
    /// Wrong before and now, in another way: of more than two classes.
    pub changed: Flipped,
}

/// Rows of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flipped {
    /// How many there are.
    pub rows: u64,
    /// The first of their keys, in the order of the keys and not of the rows.
    pub keys: Vec<Vec<String>>,
}

/// The flips of a model, or why they cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFlips {
    /// The model.
    pub model: String,
    /// What was found.
    pub found: Result<Flips, String>,
}
