//! Numbers that other programs computed, and the properties that their names imply.

use crate::stats::{Direction, KnownNumber};

/// A number that another program computed, with the properties that the config and its name imply.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedNumber {
    /// The better direction.
    pub direction: Direction,
    /// The properties of a known name; `None` if the name is unknown, or if the config contradicts it.
    pub known: Option<KnownNumber>,
    /// True: the direction follows from the name alone.
    pub is_by_name: bool,
}
