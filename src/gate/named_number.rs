//! Numbers that other programs have computed, and what is known of them.

use crate::stats::{Direction, KnownNumber};

/// A number that another program has computed, by what the config and its name tell of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedNumber {
    /// Which way is better.
    pub direction: Direction,
    /// What its name tells; none where the name is not known, or the config contradicts it.
    pub known: Option<KnownNumber>,
    /// Whether the name alone tells the direction.
    pub is_by_name: bool,
}
